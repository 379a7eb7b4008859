"""A sign-in of the tests, as Authelia is one: its pages set a cookie, by which it answers a proxy who asks."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, quote, urlsplit

import trustme

HOST = "portal.example.org"  # whose cookies are those of all its ports
COOKIE = "sign_in"
SIGNED_OUT = "Signed out of everything"


class SignIn:
    """Pages at `address` with TLS, and answers for proxies at `port`; `groups` says who there is, and in which."""

    def __init__(self, groups: Mapping[str, str]) -> None:
        self.groups = groups
        self._answers, self._pages = (_Server(("127.0.0.1", 0), _handler(self)) for _ in range(2))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert(HOST).configure_cert(context)
        self._pages.socket = context.wrap_socket(
            self._pages.socket, server_side=True, do_handshake_on_connect=False
        )  # a browser may connect ahead and say nothing
        self.port: int = self._answers.server_address[1]
        self.address = f"https://{HOST}:{self._pages.server_address[1]}"

    def __enter__(self) -> Self:
        for server in (self._answers, self._pages):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *fault: object) -> None:
        for server in (self._answers, self._pages):
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_whose: object) -> None:
        """Say nothing of a browser that goes away, or asks about the certificate first."""


def _handler(sign_in: SignIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
            if path.startswith("/api/authz/"):
                self._answer_proxy(forwards=path.endswith("forward-auth"))
            elif path == "/logout":
                self._show(SIGNED_OUT, cookie=f"{COOKIE}=; Max-Age=0; Path=/")
            elif path == "/" and "name" in query:
                self._go_on(query["rd"][0], query["name"][0])
            else:
                self._show(_FORM.format(rd=query.get("rd", [""])[0]))

        do_POST = do_HEAD = do_PUT = do_DELETE = do_GET

        def _answer_proxy(self, *, forwards: bool) -> None:
            name = self._name()
            if name:
                self._send(200, {"Remote-User": name, "Remote-Groups": sign_in.groups[name]})
            elif forwards and self.headers.get("X-Requested-With") != "XMLHttpRequest":
                here = "{}://{}{}".format(*(self.headers[f"X-Forwarded-{each}"] for each in ("Proto", "Host", "Uri")))
                self._send(302, {"Location": f"{sign_in.address}/?rd={quote(here, safe='')}"})
            else:
                self._send(401, {})

        def _name(self) -> str:
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
            return cookie.value if cookie and cookie.value in sign_in.groups else ""

        def _go_on(self, address: str, name: str) -> None:
            self._send(303, {"Location": address, "Set-Cookie": f"{COOKIE}={name}; HttpOnly; SameSite=Lax; Path=/"})

        def _show(self, text: str, *, cookie: str = "") -> None:
            more = {"Set-Cookie": cookie} if cookie else {}
            self._send(200, {"Content-Type": "text/html; charset=utf-8", **more}, text.encode())

        def _send(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *said: object) -> None:
            """Keep quiet."""

    return Handler


_FORM = (
    '<!doctype html><link rel="icon" href="data:,"><title>Sign in</title>'
    '<form><input type="hidden" name="rd" value="{rd}"><input name="name"><button>Sign in</button></form>'
)
