"""The submission listener, whose 250 means on disk, against aiosmtpd that drops what it takes, and that commits it."""

from __future__ import annotations

import asyncio
import itertools
import logging
import multiprocessing
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, Envelope, Session

from benchmarks.pairs import compare
from panel import logs
from panel.config import Config
from panel.server.smtpd import listener
from panel.storage.opening import open_database
from tests.support.needs import find

MESSAGES = 300
BYTES = 2_000
ROUNDS = 7
TARGETS = {  # by peer, sessions at once, and whether they are kept open
    ("dropping", 10, True): "≥ 0.95",
    ("dropping", 10, False): "≥ 1.2",
    ("committing", 1, True): "≥ 1.0",
    ("committing", 1, False): "≥ 0.9",
}


def run() -> None:
    """Hand mail over with Postfix's own client: in sessions that stay open, and with a connection for each message."""
    client = find("smtp-source")
    if client is None:
        print("submission: skipped, smtp-source is not installed (Debian package: postfix)")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(_ours, folder) as ours,
        serving(_dropping) as dropping,
        serving(_committing, folder) as committing,
    ):
        ports = {"dropping": dropping, "committing": committing}
        for peer, sessions, kept in itertools.product(ports, (1, 10), (True, False)):
            compare(
                f"{sessions:>2} {'kept open' if kept else 'connecting'}, peer {peer}",
                _sending(client, sessions, kept, ours),
                _sending(client, sessions, kept, ports[peer]),
                rounds=ROUNDS,
                target=TARGETS.get((peer, sessions, kept), "–"),
                per_second=True,
            )


def _sending(client: str, sessions: int, kept: bool, port: int) -> Callable[[], object]:
    """Send all messages, in sessions that are kept open or in one for each."""
    words = [client, *(["-d"] if kept else []), "-4", "-s", str(sessions), "-m", str(MESSAGES), "-l", str(BYTES)]
    envelope = ["-f", "shop@example.org", "-t", "hanako@example.org", f"127.0.0.1:{port}"]
    return lambda: subprocess.run([*words, *envelope], check=True, capture_output=True)


@contextmanager
def serving(serve: Callable[..., None], *arguments: str) -> Iterator[int]:
    """Run a server in a process of its own, and give its port."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    process = multiprocessing.get_context("fork").Process(target=serve, args=(listening, *arguments), daemon=True)
    process.start()
    yield listening.getsockname()[1]
    process.terminate()
    process.join()


def _ours(listening: socket.socket, folder: str) -> None:
    config = Config(home=Path(folder))
    open_database(config.database_path).prepare()
    with Path(folder, "log").open("w") as log:
        logs.configure("text", log)
        listener.run(config, listening)


def _dropping(listening: socket.socket) -> None:
    _serve(listening, Sink())


class _Committing:
    """Keeps a message in the plainest table, with one commit of SQLite that is synced to the disk."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("CREATE TABLE messages (sender, recipients, content)")

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        row = (envelope.mail_from, " ".join(envelope.rcpt_tos), envelope.original_content)
        self._database.execute("INSERT INTO messages VALUES (?, ?, ?)", row)
        return "250 Ok"


def _committing(listening: socket.socket, folder: str) -> None:
    _serve(listening, _Committing(Path(folder, "peer.db")))


def _serve(listening: socket.socket, handler: object) -> None:
    logging.getLogger("mail").setLevel(logging.ERROR)  # as ours

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(handler, enable_SMTPUTF8=True, loop=loop), sock=listening)
        await server.serve_forever()

    asyncio.run(serve())
