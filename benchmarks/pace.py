"""How late a message starts after it is due, as its server sees it, against a bare timer of the same length."""

from __future__ import annotations

import multiprocessing
import socket
import sqlite3
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks.queueing import bare, mail
from panel import clock
from panel.clock import Instant
from panel.config import Config
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.result import DeliveryResult
from panel.outbox.delivery.worker import Worker
from panel.outbox.pace.pace import Terms, Wait
from panel.services import open_services
from panel.settings.model import Settings
from tests.support.actors import actor

INTERVAL_MS = 50
MESSAGES = 1_001


class _Noting(Claims):
    """The outbox as the worker sees it, which notes when the next message is due."""

    due_ms: list[int]

    def settle_window(
        self, claims: Sequence[Claim], results: Sequence[DeliveryResult], terms: Terms | None, at: Instant, **given: Any
    ) -> tuple[list[int], list[Claim] | Wait]:
        self.due_ms.append(at.steady_ms + 1 + INTERVAL_MS)  # the begun millisecond counts
        return super().settle_window(claims, results, terms, at, **given)


def run() -> None:
    """Send some hundred messages at an interval, with the timer beside them."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    with tempfile.TemporaryDirectory() as folder:
        due_ms, timer = _send(Path(folder), here.recv())
    process.join()
    begun_ms = here.recv()
    late = [began - due for began, due in zip(begun_ms[1:], due_ms, strict=False)]
    _show("a message starts after it is due", late)
    woken, committed = zip(*timer, strict=True)
    _show("Event.wait returns after it is due", woken)
    _show("Event.wait, then a bare durable commit", committed)
    for percent, target in ((50, 0.6), (95, 1.0)):
        over = _nth(late, percent) - _nth(woken, percent)
        print(f"{f'above the timer, p{percent}':<44} {over:>9.2f} ms  target ≤ {target} ms")


def _send(folder: Path, port: int) -> tuple[list[int], list[tuple[float, float]]]:
    """Give when the messages were due, and how late the timer was meanwhile."""
    services = open_services(Config(home=folder / "home"))
    here = Settings(
        from_address="report@example.org",
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_auth=False,
        tls=False,
        send_interval_ms=INTERVAL_MS,
    )
    services.settings.save(here, base=0, by=actor("benchmark"), now=clock.now())
    services.outbox.enqueue_all([mail(number) for number in range(MESSAGES)], by=actor(via="http"), now=clock.now())
    claims = _Noting(services.database)
    claims.due_ms = []
    worker = Worker(services.outbox, claims, services.settings, services.heartbeats, policy=services.config.policy)
    running = threading.Thread(target=worker.run, args=(services.database.notifier,))
    running.start()
    with closing(bare(folder)) as floor:
        timer = [_lateness(floor) for _ in range(MESSAGES)]
    while services.outbox.counts().waiting:
        time.sleep(0.1)
    worker.stop()
    running.join()
    return claims.due_ms, timer


def _lateness(floor: sqlite3.Connection) -> tuple[float, float]:
    """Wait, commit one row, and give how late both were done."""
    due = time.monotonic() + INTERVAL_MS / 1000
    threading.Event().wait(INTERVAL_MS / 1000)
    woken = time.monotonic()
    floor.execute("INSERT INTO messages (content) VALUES ('')")
    return (woken - due) * 1000, (time.monotonic() - due) * 1000


def _serve(pipe: Connection) -> None:
    """Take the messages, and tell when each of them began."""
    begun: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        pipe.send(listening.getsockname()[1])
        while len(begun) < MESSAGES:
            _take(listening.accept()[0], begun)
    pipe.send(begun)


def _take(connection: socket.socket, begun: list[float]) -> None:
    with connection, connection.makefile("rwb", buffering=0) as talk:
        talk.write(b"220 localhost\r\n")
        for line in talk:
            word = line[:4].upper().strip()
            if word == b"MAIL":
                begun.append(time.clock_gettime_ns(time.CLOCK_BOOTTIME) / 1_000_000)
            talk.write({b"DATA": b"354 Go on\r\n", b"QUIT": b"221 Bye\r\n"}.get(word, b"250 Ok\r\n"))
            if word == b"DATA":
                while talk.readline() != b".\r\n":
                    pass
                talk.write(b"250 Ok\r\n")


def _show(name: str, late: Sequence[float]) -> None:
    nth = ", ".join(f"p{percent} {_nth(late, percent):.2f}" for percent in (50, 95, 99))
    print(f"{name:<44} {min(late):>9.2f} ms at least, {nth}  ({len(late)} of them)")


def _nth(late: Sequence[float], percent: int) -> float:
    return quantiles(late, n=100)[percent - 1]
