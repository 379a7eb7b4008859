"""A relay before a PostgreSQL server that understands what is asked, and dies at a moment of a test's choice.

`sever` says at which statement and how: before the server hears of it, once it has answered, or so that the server goes
on waiting for a client who is gone.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable
from enum import Enum

from tests.support.servers import Loop

_START_UP = 4  # bytes before the first message, which has no letter
_BOUND, _PARSED, _PLAIN = b"B", b"P", b"Q"


class How(Enum):
    """What becomes of the statement at which a connection is lost."""

    UNHEARD = "before the server hears of it"
    UNANSWERED = "after the server has answered"
    WAITING = "unheard, and the server waits on"


class Relay:
    """A port that leads to a server; `seen` are the statements that came through, those of all connections."""

    def __init__(self, loop: Loop, port: int) -> None:
        self.seen: list[str] = []
        self.severed = threading.Event()
        self.is_down = False
        self.ways: set[_Way] = set()
        self.to = port
        self._when: Callable[[str], bool] | None = None
        self._how = How.UNHEARD
        self._stays_down = False
        self.loop = loop.loop
        self.port = loop.listen(lambda: _Near(self))

    def sever(self, when: Callable[[str], bool], how: How, *, stays_down: bool = False) -> None:
        """Cut the connection of the next statement of which this is true; all of them, and for good, if so said."""
        self.severed.clear()
        self._when, self._how, self._stays_down = when, how, stays_down

    def sever_at(self, nth: int, how: How) -> None:
        """Cut at the n-th statement from now on."""
        before = len(self.seen)
        self.sever(lambda _: len(self.seen) - before == nth, how)

    def let_be(self) -> None:
        """Let everything through."""
        self._when, self.is_down = None, False

    def heard(self, statement: str) -> How | None:
        """Note a statement, and say how its connection ends, if it does."""
        self.seen.append(statement)
        if self._when is None or not self._when(statement):
            return None
        self._when, self.is_down = None, self._stays_down
        if self._stays_down:
            self.loop.call_soon(self._end_all)
        self.severed.set()
        return self._how

    def _end_all(self) -> None:
        for way in [*self.ways]:
            way.end()


class _Way:
    """One connection through the relay, of both ends."""

    def __init__(self, relay: Relay, near: asyncio.Transport) -> None:
        self.relay, self.near = relay, near
        self.far: asyncio.Transport | None = None
        self.waiting: list[bytes] = []  # until the server is reached
        self.is_deaf = False  # the client hears nothing more
        self.is_held = False  # the server is to go on waiting
        self._unread = bytearray()
        self._has_begun = False
        self._names: dict[bytes, str] = {}

    def take(self, data: bytes) -> None:
        """Pass on what the client says, message by message, up to the one at which it is to end."""
        self._unread += data
        while (message := self._next()) is not None:
            how = self._ends_at(message)
            if how is How.UNHEARD:
                return self.end()
            if how is How.WAITING:
                self.is_held = True
                return self.near.abort()
            self.is_deaf = self.is_deaf or how is How.UNANSWERED
            self._pass_on(message)

    def answer(self, data: bytes) -> None:
        """Pass on what the server says, or end where that is not to be heard."""
        if self.is_deaf:
            self.end()
        else:
            self.near.write(data)

    def end(self) -> None:
        self.near.abort()
        if self.far and not self.is_held:
            self.far.close()  # what was passed on is still heard

    def _next(self) -> bytes | None:
        at = 1 if self._has_begun else 0
        if len(self._unread) < at + _START_UP:
            return None
        end = at + struct.unpack_from("!i", self._unread, at)[0]
        if len(self._unread) < end:
            return None
        message = bytes(self._unread[:end])
        del self._unread[:end]
        self._has_begun = True
        return message

    def _ends_at(self, message: bytes) -> How | None:
        kind, words = message[:1], message[5:].split(b"\0")
        if kind == _PARSED:
            self._names[words[0]] = words[1].decode()
        if kind == _BOUND:
            return self.relay.heard(self._names[words[1]])
        return self.relay.heard(words[0].decode()) if kind == _PLAIN else None

    def _pass_on(self, message: bytes) -> None:
        if self.far:
            self.far.write(message)
        else:
            self.waiting.append(message)


class _Near(asyncio.Protocol):
    """The end towards the client."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._way = _Way(self._relay, transport)
        if self._relay.is_down:
            transport.abort()
            return
        self._relay.ways.add(self._way)
        self._opening = self._relay.loop.create_task(self._open())

    def data_received(self, data: bytes) -> None:
        self._way.take(data)

    def connection_lost(self, fault: Exception | None) -> None:
        self._relay.ways.discard(self._way)
        self._way.end()

    async def _open(self) -> None:
        try:
            await self._relay.loop.create_connection(lambda: _Far(self._way), "127.0.0.1", self._relay.to)
        except OSError:
            self._way.end()


class _Far(asyncio.Protocol):
    """The end towards the server."""

    def __init__(self, way: _Way) -> None:
        self._way = way

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._way.far = transport
        for message in self._way.waiting:
            transport.write(message)
        self._way.waiting.clear()

    def data_received(self, data: bytes) -> None:
        self._way.answer(data)

    def connection_lost(self, fault: Exception | None) -> None:
        self._way.near.close()
