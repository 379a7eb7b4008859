"""The detail page and the form against bare pages of the same size, and against Flask-WTF's own widgets.

Both sides are asked over one kept connection, and served by the same server with as many threads; then the same pages
and the outbox without a server, for the processor time that they cost.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from benchmarks.filled import fill
from benchmarks.pairs import compare
from benchmarks.peer import make
from panel import clock
from panel.config import Config
from panel.services import Services, open_services
from panel.settings.model import Settings
from panel.web import create_app
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
    with tempfile.TemporaryDirectory() as folder:
        _compare_processor_time(Path(folder))


def _compare(name: str, ours: Callable[[], bytes], peer: Callable[[], bytes], target: str) -> None:
    compare(name, ours, peer, rounds=300, target=target, per_second=True)


_COSTS = (
    ("outbox, 50 that were sent", "sent", "/outbox?state=sent", "≤ 3.5 ms"),
    ("outbox, 50 that wait", "waiting", "/outbox", "≤ 3.5 ms"),
    ("detail page", "detail", "/settings", "≤ 1.4 ms"),
    ("edit page", "edit", "/settings/edit", "≤ 2.0 ms"),
)


def _compare_processor_time(folder: Path) -> None:
    """Ask both applications without a server between, each for its own pages."""
    services = open_services(Config(home=_home(folder)))
    _fill(services)
    ours = signed_in(create_app(services.config, services))
    for _, name, path, _ in _COSTS:
        (folder / f"{name}.html").write_bytes(ours(path)())
    peer = _asking(make(folder), "")
    for title, name, path, target in _COSTS:
        compare(f"{title}, CPU", ours(path), peer(f"/{name}"), rounds=200, target=target, clock=time.thread_time)


def _fill(services: Services) -> None:
    """Send, and leave waiting, as many messages as no page shows; each has a moment of its own."""
    fill(services.database, 2_000, clock.instant())
    services.heartbeats.beat("benchmark", message=None, now=clock.now())
    with services.database.writing() as write:
        write.run_all(
            "UPDATE messages SET queued_at = ?, due_at = ? WHERE number = ?",
            ((*[clock.stamp(clock.now() - timedelta(seconds=2_000 - each))] * 2, each) for each in range(1, 2_001)),
        )


def signed_in(app: Flask) -> Callable[[str], Callable[[], bytes]]:
    client = app.test_client()
    token = client.get("/login").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    client.post("/login", data={"name": ACCOUNT, "password": PASSWORD, "csrf_token": token})
    cookie = client.get_cookie("mail-panel")
    assert cookie
    return _asking(app, f"mail-panel={cookie.value}")


def _asking(app: Flask, cookie: str) -> Callable[[str], Callable[[], bytes]]:
    """Give what makes acts of asking; the environment of a request is no part of them."""

    def asking(path: str) -> Callable[[], bytes]:
        environ = create_environ(path, headers={"Cookie": cookie, "Accept-Language": "en"})
        return lambda: b"".join(run_wsgi_app(app, dict(environ))[0])

    return asking


def _home(folder: Path) -> Path:
    services = open_services(Config(home=folder / "home"))
    services.accounts.add(ACCOUNT, PASSWORD, by=actor(), now=clock.now())
    services.settings.save(SETTINGS, base=0, by=actor("benchmark"), now=clock.now())
    return folder / "home"


@contextmanager
def _peer(folder: Path) -> Iterator[Visitor]:
    port = free_port()
    command = [
        sys.executable,
        *WAITRESS,
        f"--listen=127.0.0.1:{port}",
        "--call",
        "benchmarks.peer:app",
    ]
    process = subprocess.Popen(command, env={**os.environ, "BENCHMARK_PAGES": str(folder)})
    try:
        wait_for(port)
        yield Visitor(port)
    finally:
        process.terminate()
        process.wait(30)
