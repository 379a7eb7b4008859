"""A server as if it stood far away: a relay in a process of its own that keeps back whatever it carries for a while."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized


@dataclass(frozen=True, slots=True)
class Far:
    """A port that leads to another one; `trips` counts how often a client waited for an answer before it went on."""

    port: int
    trips: Synchronized[int]


@contextmanager
def far_away(port: int, *, seconds: float) -> Iterator[Far]:
    """Lead to a port with so many seconds more for each round trip."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    trips = context.Value("i", 0)
    process = context.Process(target=_serve, args=(there, port, seconds / 2, trips), daemon=True)
    process.start()
    yield Far(here.recv(), trips)
    here.send("end")
    process.join()


def _serve(pipe: Connection, port: int, delay: float, trips: Synchronized[int]) -> None:
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: _Near(loop, port, delay, trips), "127.0.0.1", 0))
    loop.add_reader(pipe.fileno(), loop.stop)
    pipe.send(server.sockets[0].getsockname()[1])
    loop.run_forever()


class _End(asyncio.Protocol):
    """One end of a relayed connection: what comes in goes out at the other end, later."""

    def __init__(self, loop: asyncio.AbstractEventLoop, delay: float) -> None:
        self._loop = loop
        self._delay = delay
        self.transport: asyncio.Transport | None = None
        self.other: _End | None = None
        self.answered = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self.other and self.other.transport:
            self.other.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        self._loop.call_later(self._delay, self._pass_on, data)

    def connection_lost(self, fault: Exception | None) -> None:
        self._loop.call_later(self._delay, self._hang_up)

    def _pass_on(self, data: bytes) -> None:
        if self.other and self.other.transport:
            self.other.transport.write(data)
            self.other.answered = True

    def _hang_up(self) -> None:
        if self.other and self.other.transport:
            self.other.transport.close()


class _Near(_End):
    """The end that the client has connected to; it connects on."""

    def __init__(self, loop: asyncio.AbstractEventLoop, port: int, delay: float, trips: Synchronized[int]) -> None:
        super().__init__(loop, delay)
        self._port = port
        self._trips = trips

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.answered:
            self._trips.value += 1
        self.answered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert self.transport
        self.transport.pause_reading()  # until there is whom to pass it on to
        server = self.other = _End(self._loop, self._delay)
        server.other = self
        self._connecting = self._loop.create_task(self._loop.create_connection(lambda: server, "127.0.0.1", self._port))
