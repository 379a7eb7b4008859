"""A running listener for tests, and a client that says over the socket exactly what a test gives it."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Self

from panel import clock
from panel.access.rights import Scope
from panel.access.submission.listener_access import ListenerAccess
from panel.access.tokens import Tokens
from panel.outbox.entry import Entry
from panel.outbox.outbox import Outbox
from panel.server.smtpd.listener import Listener
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.rows import bodies
from tests.support.servers import Loop

HOST = "app.example.org"
WITHIN = 10.0  # seconds


@dataclass
class Door:
    """A listener, and what it has put into the outbox."""

    database: Database
    loop: Loop
    listener: Listener
    port: int

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.database)

    def entries(self) -> list[Entry]:
        """Give the messages, the first one first."""
        found = (
            self.outbox.get(row["number"]) for row in self.database.rows("SELECT number FROM messages ORDER BY number")
        )
        return [entry for entry in found if entry]

    def bodies(self) -> list[bytes]:
        """Give what stands behind the header of each message."""
        return [content.partition(b"\r\n\r\n")[2] for content in bodies(self.database).values()]

    def token(self, *scopes: Scope, name: str = "shop") -> str:
        return Tokens(self.database).create(name, scopes or (Scope.SEND,), by=actor("test"), now=clock.now())

    def client(self, source: str = "127.0.0.1") -> Client:
        return Client(self.port, source)

    def stop(self, seconds: float = WITHIN) -> None:
        asyncio.run_coroutine_threadsafe(self.listener.stop(seconds), self.loop.loop).result(2 * WITHIN)


@contextmanager
def open_door(
    database: Database,
    loop: Loop,
    *,
    must_log_in: bool = False,
    access: ListenerAccess | None = None,
    begins_with_tls: bool = False,
) -> Iterator[Door]:
    """Listen on a free port."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]

    async def start() -> Listener:
        listener = Listener(database, host=HOST, must_log_in=must_log_in, access=access)
        await listener.start(listening, begins_with_tls=begins_with_tls)
        return listener

    listener = asyncio.run_coroutine_threadsafe(start(), loop.loop).result(WITHIN)
    door = Door(database, loop, listener, port)
    yield door
    door.stop(0.1)


class Client:
    """One connection; `say` sends a line and gives the reply, `send` sends bytes as they are."""

    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), WITHIN, (source, 0))
        self._replies = self.socket.makefile("rb")
        self.greeting = self.hear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        self._replies.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def hear(self) -> str:
        """Give the next reply, its lines parted by line ends; nothing once the connection is closed."""
        lines = [self._replies.readline()]
        while lines[-1][3:4] == b"-":
            lines.append(self._replies.readline())
        return b"".join(lines).decode().replace("\r\n", "\n").strip()

    def say(self, line: str | bytes) -> str:
        self.send((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return self.hear()

    def begin(self, *rcpt_to: str, parameters: str = "") -> Self:
        """Go as far as the message."""
        for line in ("EHLO app.example.org", f"MAIL FROM:<shop@example.org>{parameters}"):
            assert self.say(line).startswith("250")
        for address in rcpt_to or ("hanako@example.org",):
            assert self.say(f"RCPT TO:<{address}>").startswith("250")
        assert self.say("DATA").startswith("354")
        return self


def keep_handing_in(port: int, name: int, told: set[str], ended: threading.Event) -> None:
    """Hand in one message after another, each once, and note those that were taken."""
    numbers = itertools.count()
    while not ended.is_set():
        with suppress(OSError, AssertionError), Client(port) as client:
            while not ended.is_set():
                message_id = f"<{name}.{next(numbers)}@app.example.org>"
                reply = client.begin().say(f"Message-ID: {message_id}\r\n\r\nHi\r\n.")
                told |= {message_id} if reply.startswith("250") else set()


def keep_posting(port: int, token: str, told: set[str], ended: threading.Event) -> None:
    """Hand in one message after another by HTTP, and note those that were taken."""
    head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    message = json.dumps({"to": ["hanako@example.org"], "subject": "請求書", "text": "本文"})
    while not ended.wait(0.01):
        with suppress(OSError, HTTPException), closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("POST", "/api/v1/messages", message.encode(), head)
            answer = connection.getresponse()
            document = json.loads(answer.read())
            if answer.status == 202:
                told.add(document["message_id"])
