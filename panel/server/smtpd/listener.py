"""Takes mail from the programs of this machine by SMTP, in a process of its own.

It needs no key: what it opens is the outbox.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable

from panel import logs
from panel.access.tokens import Tokens
from panel.config import Config
from panel.mail.net.connect import own_name_within
from panel.mail.net.deadline import Deadline
from panel.server.smtpd.group_commit import GroupCommit
from panel.server.smtpd.session import CROWDED, STOPPING, Desk, SmtpdSession
from panel.storage.database import Database

MAX_SESSIONS = 100
# Where there are so many, a session without a message accepted for so long makes room, whatever it says meanwhile.
IDLE_SECONDS = 5.0
MESSAGE_SECONDS = 30.0  # the same for one that is within a message
SMTP_REST_SECONDS = 1.0  # after a connection that could not be taken: until then the next one could not be either
SWITCH_SECONDS = 0.0001  # the thread that commits gets its turn at each statement: the usual 5 ms halve the rate
DRAIN_SECONDS = 10.0  # for the messages in hand
NAME_SECONDS = 2.0  # for the DNS to say what this machine is called


def run(config: Config, listening: socket.socket) -> None:
    """Take mail until SIGTERM or SIGINT."""
    logging.getLogger("mail").setLevel(logging.ERROR)  # aiosmtpd tells every step
    sys.setswitchinterval(SWITCH_SECONDS)
    asyncio.run(_run(config, listening))


async def _run(config: Config, listening: socket.socket) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    listener = Listener(
        Database(config.database_path),
        host=own_name_within(Deadline(NAME_SECONDS)) or "localhost",
        must_log_in=config.smtp_listen_auth == "required",
    )
    await listener.start(listening)
    logs.info("listener_began", port=listening.getsockname()[1])
    await stopping.wait()
    await listener.stop()
    logs.info("listener_ended")


class Listener:
    """Answers on one socket from `start` to `stop`, each client with a session of its own."""

    def __init__(self, database: Database, *, host: str, must_log_in: bool = False) -> None:
        self._desk = Desk(host, GroupCommit(database), Tokens(database), must_log_in)
        self._seldom = logs.Seldom()

    async def start(self, listening: socket.socket) -> None:
        self._desk.commit.start()
        self._acceptor = _Acceptor(listening, self._session, self._seldom)
        self._acceptor.open()

    async def stop(self, seconds: float = DRAIN_SECONDS) -> None:
        """Take no new mail, and return when each message in hand has its reply."""
        await self._acceptor.close()
        sessions = [*self._desk.sessions]
        for session in sessions:
            session.finish()
        if sessions:
            await asyncio.wait([session.ending() for session in sessions], timeout=seconds)
        for session in sessions:
            session.leave(STOPPING)
        await self._desk.commit.stop()

    def _session(self) -> asyncio.Protocol:
        """Begin a session; where there are too many, the one that has brought nothing for longest makes room."""
        if len(self._desk.sessions) < MAX_SESSIONS:
            return SmtpdSession(self._desk)
        self._seldom.warning("listener_full", sessions=MAX_SESSIONS)
        idle = [each for each in self._desk.sessions if each.has_had(IDLE_SECONDS, within_message=MESSAGE_SECONDS)]
        if not idle:
            return _Full()
        min(idle, key=lambda each: each.since).leave(CROWDED)
        return SmtpdSession(self._desk)


class _Acceptor:
    """Takes the connections of one socket; asyncio's own tells each fault a hundred times, with its traceback."""

    def __init__(self, listening: socket.socket, protocol: Callable[[], asyncio.Protocol], seldom: logs.Seldom) -> None:
        listening.setblocking(False)
        self._listening = listening
        self._protocol = protocol
        self._seldom = seldom
        self._loop = asyncio.get_running_loop()
        self._resting: asyncio.TimerHandle | None = None
        self._beginning: set[asyncio.Task[object]] = set()

    def open(self) -> None:
        self._resting = None
        self._loop.add_reader(self._listening, self._accept)

    async def close(self) -> None:
        """Take no more, and return when those that were taken have begun."""
        if self._listening.fileno() >= 0:
            self._loop.remove_reader(self._listening)
        if self._resting:
            self._resting.cancel()
        self._listening.close()
        if self._beginning:
            await asyncio.wait(self._beginning)

    def _accept(self) -> None:
        """Take one connection at a turn of the loop, and rest where the machine gives none."""
        try:
            connected, _ = self._listening.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as fault:
            self._rest(fault)
            return
        task = self._loop.create_task(self._begin(connected))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _begin(self, connected: socket.socket) -> None:
        connected.setblocking(False)
        try:
            await self._loop.connect_accepted_socket(self._protocol, connected)
        except OSError as fault:  # out of what its transport needs, or it has gone
            connected.close()
            self._seldom.error("not_connected", text=fault.strerror)

    def _rest(self, fault: OSError) -> None:
        """Leave who waits in the kernel's line: they are taken as soon as there is room."""
        self._seldom.error("not_connected", text=fault.strerror)
        self._loop.remove_reader(self._listening)
        self._resting = self._loop.call_later(SMTP_REST_SECONDS, self.open)


class _Full(asyncio.Protocol):
    """Sends a client away."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"421 4.3.2 Too many connections. Close some, or try again in a moment.\r\n")
        transport.close()
