"""Takes mail from the programs of this machine by SMTP, in a process of its own.

It needs no key: what it opens is the outbox.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys

from panel import logs
from panel.config import Config
from panel.database import Database
from panel.group_commit import GroupCommit
from panel.reception import STOPPING, Desk, Reception
from panel.route import own_name_within
from panel.tokens import Tokens
from panel.wire import Limit

MAX_SESSIONS = 100
SWITCH_SECONDS = 0.0001  # the thread that commits gets its turn at each statement: the usual 5 ms halve the rate
STOP_SECONDS = 10.0  # for the messages in hand
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
        host=own_name_within(Limit(NAME_SECONDS)) or "localhost",
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
        self._desk = Desk(host, GroupCommit(database, door="smtp"), Tokens(database), must_log_in)

    async def start(self, listening: socket.socket) -> None:
        self._desk.commit.start()
        self._server = await asyncio.get_running_loop().create_server(self._session, sock=listening)

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Take no new mail, and return when each message in hand has its reply."""
        self._server.close()
        sessions = [*self._desk.sessions]
        for session in sessions:
            session.finish()
        if sessions:
            await asyncio.wait([session.ending() for session in sessions], timeout=seconds)
        for session in sessions:
            session.leave(STOPPING)
        await self._desk.commit.stop()

    def _session(self) -> asyncio.Protocol:
        return Reception(self._desk) if len(self._desk.sessions) < MAX_SESSIONS else _Full()


class _Full(asyncio.Protocol):
    """Sends a client away."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        logs.warning("listener_full", sessions=MAX_SESSIONS)
        transport.write(b"421 4.3.2 Too many connections. Close some, or try again in a moment.\r\n")
        transport.close()
