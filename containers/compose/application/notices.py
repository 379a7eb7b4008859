"""An application that sends mail: a page with a form, and a message to whoever is entered there.

It needs Python alone. SMTP_HOST and SMTP_PORT say where it hands its mail over.
"""

import os
import smtplib
from email.headerregistry import Address
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Notices</title><h1>Notices</h1><p>{said}</p>
<form method="post"><label>To <input name="to" type="email" required></label>
<label>Notice <input name="notice" required></label> <button>Send</button></form></html>"""
MOST_BYTES = 65_536


class Notices(BaseHTTPRequestHandler):
    """Shows the form, and sends what was entered."""

    def do_GET(self) -> None:
        """Show the form."""
        self._show(200, "")

    def do_POST(self) -> None:
        """Send a notice, and say what became of it."""
        length = int(self.headers.get("Content-Length", 0))
        if length > MOST_BYTES:
            self._show(413, "That is too long.")
            return
        entered = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        try:
            send(entered.get("to", ""), entered.get("notice", ""))
        except (OSError, ValueError, IndexError) as fault:  # IndexError: no address, as email says it
            print(f"not sent: {fault!r}", flush=True)
            self._show(503, "Not sent. Try again later.")
        else:
            self._show(200, "Sent.")

    def _show(self, status: int, said: str) -> None:
        body = PAGE.format(said=said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def send(to: str, notice: str) -> None:
    """Hand a notice over; when this returns, it is the panel's to deliver."""
    message = EmailMessage()
    message["From"] = "notices@example.org"
    message["To"] = Address(addr_spec=to)
    message["Subject"] = "Notice"
    message.set_content(notice)
    with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"]), timeout=30) as server:
        server.send_message(message)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8000), Notices).serve_forever()  # all addresses: who reaches them, compose.yaml says
