"""Whoever is told of alerts: keeps what it is asked, and answers as a test says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.servers import Authority


@dataclass(frozen=True, slots=True)
class Heard:
    """One request; names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What was asked so far; `answers` come first, each is used once, then it is 200."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: list[int | tuple[int, dict[str, str]] | bytes] = field(default_factory=list)
    always: int = 200
    may_answer: threading.Event = field(default_factory=threading.Event)
    called: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, number: int, seconds: float = 20) -> None:
        """Return as soon as so many requests have come."""
        with self.called:
            assert self.called.wait_for(lambda: len(self.heard) >= number, seconds), self.heard


@contextmanager
def receiving(authority: Authority | None = None) -> Iterator[Receiver]:
    """Listen on loopback, with TLS where there is an authority."""
    receiver = Receiver()
    receiver.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with receiver.called:
                receiver.heard.append(Heard(self.command, self.path, headers, body))
                receiver.called.notify_all()
                answer = receiver.answers.pop(0) if receiver.answers else receiver.always
            receiver.may_answer.wait(30)
            with suppress(OSError):
                self._answer(answer)

        do_GET = do_POST

        def _answer(self, answer: int | tuple[int, dict[str, str]] | bytes) -> None:
            if isinstance(answer, bytes):
                self.wfile.write(answer)
                return
            status, more = answer if isinstance(answer, tuple) else (answer, {})
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if authority:
        server.socket = authority.context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None
    receiver.url = f"{'https' if authority else 'http'}://localhost:{server.server_port}/hook/secret-path"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.may_answer.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
