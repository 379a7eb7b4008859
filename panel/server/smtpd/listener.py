"""Takes mail from the programs of this machine by SMTP, in a process of its own.

It needs no key: what it opens is the outbox.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from functools import partial

from panel import clock, logs
from panel.access.tokens import Tokens
from panel.config import Config
from panel.mail.net.connect import own_name_within
from panel.mail.net.deadline import Deadline
from panel.server.smtpd.group_commit import GroupCommit
from panel.server.smtpd.replies import CROWDED, FULL, STOPPING
from panel.server.smtpd.session import Desk, SmtpdSession
from panel.server.stops import STOPS
from panel.storage.actor import Actor
from panel.storage.database import Database
from panel.storage.journal import Refusals
from panel.storage.opening import open_database

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
    sys.setswitchinterval(SWITCH_SECONDS)
    asyncio.run(_run(config, listening))


async def _run(config: Config, listening: socket.socket) -> None:
    stopping = asyncio.Event()
    for number in STOPS:
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    listener = Listener(
        open_database(*config.place),
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
        commit, reports = GroupCommit(database), partial(_take_report, database)
        self._desk = Desk(host, commit, Tokens(database), Refusals(database), reports, must_log_in)
        self._seldom = logs.Seldom()

    async def start(self, listening: socket.socket) -> None:
        self._acceptor = _Acceptor(listening, self._session, self._seldom)

    async def stop(self, seconds: float = DRAIN_SECONDS) -> None:
        """Take no new mail, and return when each message in hand has its reply."""
        await self._acceptor.close()
        sessions = [*self._desk.sessions]
        for session in sessions:
            session.finish()
        if sessions:
            await asyncio.wait([session.ended for session in sessions], timeout=seconds)
        for session in sessions:
            session.leave(STOPPING)
        await self._desk.commit.stop()

    def _session(self) -> SmtpdSession:
        """Begin a session; where there are too many, the one that has brought nothing for longest makes room."""
        if len(self._desk.sessions) < MAX_SESSIONS:
            return SmtpdSession(self._desk)
        self._seldom.warning("listener_full", sessions=MAX_SESSIONS)
        idle = [each for each in self._desk.sessions if each.has_had(IDLE_SECONDS, within_message=MESSAGE_SECONDS)]
        if idle:
            min(idle, key=lambda each: each.since).leave(CROWDED)
        return SmtpdSession(self._desk, refusal="" if idle else FULL)


def _take_report(database: Database, content: bytes, by: Actor) -> str | Exception:
    """Take a report on mail in, and say what became of it; who has logged in reports on mail of theirs alone."""
    from panel.outbox.bounces.store import Bounces  # many listeners never see a report

    try:
        return str(Bounces(database).take(content, by=by, now=clock.now(), account=by.name or None).outcome)
    except Exception as fault:  # whatever it is, the client is told
        return fault


class _Acceptor:
    """Takes the connections of one socket; asyncio's own tells each fault a hundred times, with its traceback."""

    def __init__(
        self, listening: socket.socket, protocol: Callable[[], asyncio.BaseProtocol], seldom: logs.Seldom
    ) -> None:
        listening.setblocking(False)
        self._listening = listening
        self._protocol = protocol
        self._seldom = seldom
        self._work = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Take no more."""
        self._work.cancel()
        await asyncio.wait([self._work])
        self._listening.close()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connected, _ = await loop.sock_accept(self._listening)
                await asyncio.shield(loop.connect_accepted_socket(self._protocol, connected))  # who was taken begins
            except ConnectionAbortedError:
                pass
            except OSError as fault:
                await self._rest(fault)

    async def _rest(self, fault: OSError) -> None:
        """Leave who waits in the kernel's line: they are taken as soon as there is room."""
        self._seldom.error("not_connected", text=fault.strerror)
        await asyncio.sleep(SMTP_REST_SECONDS)
