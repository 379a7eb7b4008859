"""A full outbox emptied by the worker at interval 0, against Postfix's own client, smtplib, and the price of commits.

All send the same kilobyte to `smtp-sink`, once as it is on loopback, and once with 20 ms added to each round trip.
"""

from __future__ import annotations

import os
import smtplib
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from statistics import median

from benchmarks.pairs import timed
from panel import clock, logs
from panel.config import Config
from panel.mail.message.submission import Submission
from panel.mail.net.policy import Policy
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.heartbeats import Heartbeats
from panel.outbox.delivery.worker import Worker
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Reason
from panel.settings.model import Settings
from panel.settings.store import SettingsStore
from panel.storage import vault
from panel.storage.opening import open_database
from panel.storage.vault import Vault
from tests.support.actors import actor
from tests.support.far_away import Far, far_away
from tests.support.needs import find
from tests.support.serving import free_port, wait_for

SENDER, RECIPIENT = "report@example.org", "taro@example.net"
SIZE = 1024
HEAD = f"From: {SENDER}\r\nTo: {RECIPIENT}\r\nSubject: Report\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n"
WINDOW = Config(home=Path()).window
FAR_SECONDS, FAR_MESSAGES = 0.020, 200
Way = Callable[[int], Callable[[], object]]  # makes ready to send so many messages


def run() -> None:
    """Let everyone send a few thousand messages in turn, and print how they compare."""
    sink, source = find("smtp-sink"), find("smtp-source")
    if not sink or not source:
        print("draining: smtp-sink and smtp-source are missing (Debian package: postfix)")
        return
    with sinking(sink) as pipelining, sinking(sink, "-p") as plain, tempfile.TemporaryDirectory() as folder:
        near = {
            "smtp-source": _with_smtp_source(source, pipelining),
            "smtplib, finished bytes": _with_smtplib(pipelining),
            "one bare commit a message": _with_commits(Path(folder)),
            "outbox, pipelined": with_outbox(Path(folder) / "a", pipelining, WINDOW),
            "outbox, without PIPELINING": with_outbox(Path(folder) / "b", plain, WINDOW),
            "outbox, one commit a message": with_outbox(Path(folder) / "c", plain, 1),
        }
        seconds = _in_turn(near, messages=2000, rounds=5)
        _tell(seconds, "outbox, pipelined", "smtp-source", "≥ 0.9")
        _tell(seconds, "outbox, without PIPELINING", "one bare commit a message", "≥ 1.0")
        _tell(seconds, "outbox, one commit a message", "one bare commit a message", "–")
        through: tuple[tuple[str, int, Callable[[int], Way]], ...] = (
            ("outbox, pipelined", pipelining, lambda port: with_outbox(Path(folder) / "d", port, WINDOW)),
            ("outbox, without PIPELINING", plain, lambda port: with_outbox(Path(folder) / "e", port, WINDOW)),
            ("smtp-source", pipelining, lambda port: _with_smtp_source(source, port)),
        )
        for name, port, make in through:
            with far_away(port, seconds=FAR_SECONDS) as far:
                _tell_trips(name, far, make(far.port)(FAR_MESSAGES))


def _in_turn(ways: Mapping[str, Way], *, messages: int, rounds: int) -> dict[str, float]:
    """Give the median seconds that a message takes each way."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, prepare in ways.items():
            spent[name].append(timed(prepare(messages)) / 1000 / messages)
    return {name: median(each) for name, each in spent.items()}


def _tell(seconds: Mapping[str, float], ours: str, peer: str, target: str) -> None:
    rate, other = 1 / seconds[ours], 1 / seconds[peer]
    print(f"{ours:<44} {rate:>9.0f} /s  {peer} {other:.0f} /s  ratio {rate / other:>5.2f}  target {target}", flush=True)


def _tell_trips(name: str, far: Far, act: Callable[[], object]) -> None:
    """Print how many round trips a message takes, opening and closing the session included."""
    rate = FAR_MESSAGES / timed(act) * 1000
    trips = far.trips.value / FAR_MESSAGES
    target = "≤ 1.2" if name == "outbox, pipelined" else "–"
    print(
        f"{name + ', 20 ms away':<44} {rate:>9.1f} /s  {trips:>5.2f} round trips a message  target {target}", flush=True
    )


@contextmanager
def sinking(program: str, *options: str) -> Iterator[int]:
    """Start a server that takes everything and keeps nothing; `-p` takes PIPELINING out of its offer."""
    port = free_port()
    user = ("-u", "nobody") if os.geteuid() == 0 else ()
    process = subprocess.Popen([program, *user, *options, f"127.0.0.1:{port}", "100"])
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _with_smtp_source(program: str, port: int) -> Way:
    def prepare(messages: int) -> Callable[[], object]:
        envelope = ["-f", SENDER, "-t", RECIPIENT, "-l", str(SIZE)]
        command = [program, "-d", "-s", "1", "-m", str(messages), *envelope, f"127.0.0.1:{port}"]
        return lambda: subprocess.run(command, check=True)

    return prepare


def _with_smtplib(port: int) -> Way:
    message = (HEAD + "\r\n").encode() + _body(len(HEAD) + 2)

    def send(messages: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="app.example.org") as smtp:
            for _ in range(messages):
                smtp.sendmail(SENDER, [RECIPIENT], message)

    return lambda messages: lambda: send(messages)


def _with_commits(folder: Path) -> Way:
    """Commit one row at a time, as durable as the outbox is, and send nothing."""
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE t (number INTEGER)"):
        bare.execute(statement)

    def commit(messages: int) -> None:
        for number in range(messages):
            bare.execute("BEGIN IMMEDIATE")
            bare.execute("INSERT INTO t VALUES (?)", (number,))
            bare.execute("COMMIT")

    return lambda messages: lambda: commit(messages)


def with_outbox(folder: Path, port: int, window: int, url: str = "") -> Way:
    """Send by the real worker, its log written to a file; that the outbox is empty then is part of it."""
    folder.mkdir()
    database = open_database(folder / "panel.db", url)
    database.prepare()
    store = SettingsStore(database, Vault([vault.new_key()]))
    store.save(settings_for(port), base=0, by=actor("benchmark"), now=clock.now())
    outbox = Outbox(database)
    with redirect_stderr((folder / "log").open("w")):  # it stays open
        logs.configure("text")
    worker = Worker(outbox, Claims(database), store, Heartbeats(database), policy=Policy(), window=window)

    def prepare(messages: int) -> Callable[[], object]:
        outbox.enqueue_all(
            [submission(number) for number in range(messages)], by=actor(via="benchmark"), now=clock.now()
        )

        def drain() -> None:
            assert worker.run_once().reason is Reason.EMPTY
            assert not outbox.counts().waiting

        return drain

    return prepare


def settings_for(port: int) -> Settings:
    """Give the settings of a server on this machine, without TLS and login."""
    return Settings(
        from_address=SENDER,
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_auth=False,
        tls=False,
        local_hostname="app.example.org",
    )


def submission(number: int) -> Submission:
    """Give a message of a kilobyte."""
    head = f"Message-ID: <{number}@app.example.org>\r\n{HEAD[len(SENDER) + 8 :]}\r\n".encode()
    return Submission((RECIPIENT,), head + _body(len(head)), f"<{number}@app.example.org>", "Report")


def _body(head: int) -> bytes:
    """Fill up to a kilobyte."""
    return (b"x" * 76 + b"\r\n") * ((SIZE - head) // 78)
