"""The detail page and the form against bare pages of the same size, and against Flask-WTF's own widgets.

Both sides are asked over one kept connection, and served by the same server with as many threads.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.pairs import compare
from panel import clock
from panel.config import Config
from panel.services import open_services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.serving import Serving, free_port, wait_for

ACCOUNT, PASSWORD = "benchmark", "correct horse battery"
SETTINGS = Settings(
    from_address="report@example.org",
    smtp_host="smtp.example.org",
    smtp_user="report",
    smtp_password="stored secret",
    send_interval_ms=6000,
)
WAITRESS = ["-m", "waitress", "--threads", "8"]


class Visitor:
    """Asks one server over one connection, with its cookie."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port)
        self._cookie = ""

    def get(self, path: str) -> bytes:
        self._connection.request("GET", path, headers={"Cookie": self._cookie, "Accept-Language": "en"})
        return self._read(200)

    def sign_in(self) -> None:
        page = self.get("/login").decode()
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        sent = urlencode({"name": ACCOUNT, "password": PASSWORD, "csrf_token": token})
        headers = {"Cookie": self._cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", "/login", sent, headers)
        self._read(303)

    def asking(self, path: str) -> Callable[[], bytes]:
        return lambda: self.get(path)

    def _read(self, status: int) -> bytes:
        answer = self._connection.getresponse()
        self._cookie = (answer.getheader("Set-Cookie") or self._cookie).partition(";")[0]
        body = answer.read()
        assert answer.status == status, (answer.status, body[:200])
        return body


def run() -> None:
    """Compare the rates of answers."""
    with tempfile.TemporaryDirectory() as folder, Serving(_home(Path(folder))) as serving:
        ours = Visitor(serving.port)
        ours.sign_in()
        pages = {"detail": "/settings", "edit": "/settings/edit"}
        for name, path in pages.items():
            (Path(folder) / f"{name}.html").write_bytes(ours.get(path))
        with _peer(Path(folder)) as peer:
            for name, target in (("detail", "≥ 0.95"), ("edit", "–")):
                _compare(f"{name} page, rate", ours.asking(pages[name]), peer.asking(f"/{name}"), target)
            _compare("edit page, rate, plain widgets", ours.asking(pages["edit"]), peer.asking("/form/edit"), "≥ 2")


def _compare(name: str, ours: Callable[[], bytes], peer: Callable[[], bytes], target: str) -> None:
    compare(name, ours, peer, rounds=300, target=target, per_second=True)


def _home(folder: Path) -> Path:
    services = open_services(Config(home=folder / "home"))
    services.accounts.add(ACCOUNT, PASSWORD, now=clock.now())
    services.settings.save(SETTINGS, base=0, by=actor("benchmark"), now=clock.now())
    return folder / "home"


@contextmanager
def _peer(folder: Path) -> Iterator[Visitor]:
    port = free_port()
    command = [
        sys.executable,
        *WAITRESS,
        f"--listen=127.0.0.1:{port}",
        "benchmarks.peer:app",
    ]
    process = subprocess.Popen(command, env={**os.environ, "BENCHMARK_PAGES": str(folder)})
    try:
        wait_for(port)
        yield Visitor(port)
    finally:
        process.terminate()
        process.wait(30)
