"""POP before SMTP as servers do it: a POP login opens a window for the client's address, and time closes it again.

Dovecot's post-login script leaves a file named after the address; Postfix asks this policy service (its SMTP access
policy delegation) before it relays, and the service looks at the file's age.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from time import time
from types import TracebackType
from typing import Self

LIFETIME = 30 * 60.0  # seconds


class PopWindow:
    """A Postfix policy service that permits the addresses which have logged in by POP lately."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.verdict = self._verdict
        self._thread = Thread(target=self._server.serve_forever, name="pop window", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        port: int = self._server.server_address[1]
        return port

    def forget(self) -> None:
        """Start afresh: nobody has logged in."""
        for path in self.folder.iterdir():
            path.unlink()

    def pass_time(self, seconds: float) -> None:
        """Make every login older, instead of waiting for the window to close."""
        for path in self.folder.iterdir():
            then = path.stat().st_mtime - seconds
            os.utime(path, (then, then))

    def _verdict(self, attributes: dict[str, str]) -> str:
        path = self.folder / attributes["client_address"]
        if path.exists() and time() - path.stat().st_mtime < LIFETIME:
            return "OK"
        return "DUNNO"


class _Server(ThreadingTCPServer):
    daemon_threads = True
    verdict: Callable[[dict[str, str]], str]


class _Handler(StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        """Answer each request: lines of name=value, ended by a blank one."""
        attributes: dict[str, str] = {}
        for line in self.rfile:
            name, _, value = line.decode().strip().partition("=")
            if name:
                attributes[name] = value
                continue
            self.wfile.write(f"action={self.server.verdict(attributes)}\n\n".encode())
            attributes = {}
