"""The HTTP API, whose 202 means on disk, against a bare Flask route that commits what it takes."""

from __future__ import annotations

import json
import logging
import re
import selectors
import socket
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from statistics import median, quantiles

import waitress
from flask import Flask, request

from benchmarks.submitting import serving
from panel import clock
from panel.access.rights import Scope
from panel.config import Config
from panel.services import open_services
from tests.support.actors import actor
from tests.support.serving import Serving

MESSAGES = 1_000
ROUNDS = 7
BATCH = 50  # messages
THREADS = 8  # as ours
TEXT = "Your report is ready.\n" * 44  # 1 KB
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Door:
    """Where mail is posted, and how many messages in one request."""

    port: int
    path: str
    token: str
    together: int = 1

    def requests(self) -> Iterator[bytes]:
        for first in range(0, MESSAGES, self.together):
            mails = [_mail(number) for number in range(first, first + self.together)]
            body = json.dumps(mails[0] if self.together == 1 else {"messages": mails}).encode()
            head = (
                f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            yield head.encode() + body


@dataclass(frozen=True, slots=True)
class Taken:
    """What one round has shown: messages a second, and how many ms each answer took."""

    rate: float
    ms: list[float]

    def nth(self, percent: int) -> float:
        return quantiles(self.ms, n=100)[percent - 1]


def run() -> None:
    """Post plain mails over connections that are kept, one client or many, one message a request or many."""
    with tempfile.TemporaryDirectory() as folder:
        services = open_services(Config(home=Path(folder) / "home"))
        token = services.tokens.create("shop", [Scope.SEND], by=actor("benchmark"), now=clock.now())
        with Serving(Path(folder) / "home") as ours, serving(_bare, folder) as port:
            one, peer = Door(ours.port, "/api/v1/messages", token), Door(port, "/", token)
            _compare("HTTP API, 1 client", one, peer, clients=1)
            _compare("HTTP API, 50 clients", one, peer, clients=50)
            many = Door(ours.port, "/api/v1/messages/batch", token, together=BATCH)
            _compare(f"HTTP API, 4 clients, {BATCH} in a batch", many, peer, clients=4)


def _mail(number: int) -> dict[str, str]:
    return {"to": f"user{number}@example.net", "subject": f"Report {number}", "text": TEXT}


def _compare(name: str, ours: Door, peer: Door, *, clients: int) -> None:
    """Post to both in turn, and print the medians of the rates, and of how long answers took."""
    rounds = [(post(ours, clients), post(peer, clients)) for _ in range(ROUNDS + 1)][1:]  # the first one warms up
    mine, theirs = ([pair[who] for pair in rounds] for who in (0, 1))
    rates = [median(each.rate for each in taken) for taken in (mine, theirs)]
    half, last = (median(each.nth(percent) for each in mine) for percent in (50, 99))
    print(
        f"{name:<44} {rates[0]:>9.0f} /s  peer {rates[1]:>9.0f} /s  ratio {rates[0] / rates[1]:>5.2f}"
        f"  p50 {half:.1f} ms, p99 {last:.1f} ms, {last / half:.1f} times  target ≤ 3 times"
        f"  (peer's p99 {median(each.nth(99) / each.nth(50) for each in theirs):.1f} times)",
        flush=True,
    )


@dataclass
class _Client:
    """One connection: it asks anew as soon as it has an answer."""

    connection: socket.socket
    answer: bytes = b""
    asked: float = 0.0
    ms: list[float] = field(default_factory=list)

    def ask(self, asked: bytes) -> None:
        self.answer, self.asked = b"", time.perf_counter()
        self.connection.sendall(asked)

    def has_answer(self) -> bool:
        self.answer += self.connection.recv(65_536)
        head, end, body = self.answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or length is None or len(body) < int(length[1]):
            return False
        assert head.startswith(b"HTTP/1.1 202"), self.answer
        self.ms.append((time.perf_counter() - self.asked) * 1000)
        return True


def post(door: Door, clients: int) -> Taken:
    """Post all messages, each client one request after the other."""
    requests = iter([*door.requests()])
    talking = [_Client(socket.create_connection(("127.0.0.1", door.port))) for _ in range(clients)]
    with selectors.DefaultSelector() as selector:
        began = time.perf_counter()
        for each in talking:
            selector.register(each.connection, selectors.EVENT_READ, each)
            each.ask(next(requests))
        while selector.get_map():
            for key, _ in selector.select():
                if not key.data.has_answer():
                    continue
                if (asked := next(requests, None)) is None:
                    selector.unregister(key.fileobj)
                else:
                    key.data.ask(asked)
        seconds = time.perf_counter() - began
    for each in talking:
        each.connection.close()
    return Taken(MESSAGES / seconds, [ms for each in talking for ms in each.ms])


def _bare(listening: socket.socket, folder: str) -> None:
    """Serve a route that writes a message with the email package, and commits it to the plainest table."""
    app, local = Flask(__name__), threading.local()
    path = Path(folder, "peer.db")
    _opened(path).execute("CREATE TABLE IF NOT EXISTS messages (recipient, content)")

    @app.post("/")
    def take() -> tuple[dict[str, bool], int]:
        given, message = request.get_json(), EmailMessage()
        message["To"], message["Subject"] = given["to"], given["subject"]
        message.set_content(given["text"])
        if not hasattr(local, "database"):
            local.database = _opened(path)
        local.database.execute("INSERT INTO messages VALUES (?, ?)", (given["to"], message.as_bytes()))
        return {"taken": True}, 202

    logging.getLogger("waitress").setLevel(logging.ERROR)  # it tells how long its queue is
    waitress.serve(app, sockets=[listening], threads=THREADS, _quiet=True)


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, timeout=30)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    return database
