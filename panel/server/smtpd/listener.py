"""Takes mail from the programs of this machine, and of the networks that may, by SMTP, in a process of its own.

It needs no key: what it opens is the outbox.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial

from panel import clock, logs
from panel.access.submission.listener_access import ListenerAccess
from panel.access.tokens import Tokens
from panel.config import Config
from panel.mail.net.connect import own_name_within
from panel.mail.net.deadline import Deadline
from panel.mail.net.peers import plain_address
from panel.server.smtpd.desk import Desk, DeskEncryption
from panel.server.smtpd.group_commit import GroupCommit
from panel.server.smtpd.guests import Guests
from panel.server.smtpd.replies import CROWDED, FULL, STOPPING
from panel.server.smtpd.session import SmtpdSession
from panel.server.smtpd.terms import LimitsInForce
from panel.server.stops import STOPS
from panel.settings.sender import door_terms
from panel.storage.actor import Actor
from panel.storage.database import Database
from panel.storage.journal import Refusals
from panel.storage.opening import open_database

MAX_SESSIONS = 100
MAX_GUEST_SESSIONS = 75  # of them from beyond this machine: the other places are for its own programs
# Where there are so many, a session without a message accepted for so long makes room, whatever it says meanwhile.
IDLE_SECONDS = 5.0
MESSAGE_SECONDS = 30.0  # the same for one that is within a message
SMTP_REST_SECONDS = 1.0  # after a connection that could not be taken: until then the next one could not be either
SWITCH_SECONDS = 0.0001  # the thread that commits gets its turn at each statement: the usual 5 ms halve the rate
DRAIN_SECONDS = 10.0  # for the messages in hand
NAME_SECONDS = 2.0  # for the DNS to say what this machine is called


def run(config: Config, *listening: socket.socket) -> None:
    """Take mail until SIGTERM or SIGINT; where TLS begins with the first byte, that socket is the last."""
    sys.setswitchinterval(SWITCH_SECONDS)
    asyncio.run(_run(config, listening))


async def _run(config: Config, sockets: Sequence[socket.socket]) -> None:
    stopping = asyncio.Event()
    for number in STOPS:
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    listener = Listener(
        open_database(*config.place),
        host=own_name_within(Deadline(NAME_SECONDS)) or "localhost",
        must_log_in=config.smtp_listen_auth == "required",
        access=config.smtp_access,
    )
    under_tls = config.smtp_access and config.smtp_access.tls_listen
    for listening in sockets:
        is_tls = bool(under_tls) and listening is sockets[-1]
        await listener.start(listening, begins_with_tls=is_tls)
        logs.info("listener_began", port=listening.getsockname()[1], tls="yes" if is_tls else None)
    await stopping.wait()
    await listener.stop()
    logs.info("listener_ended")


class Listener:
    """Answers on its sockets from `start` to `stop`, each client with a session of its own."""

    def __init__(
        self, database: Database, *, host: str, must_log_in: bool = False, access: ListenerAccess | None = None
    ) -> None:
        commit, reports = GroupCommit(database), partial(_take_report, database)
        limits = LimitsInForce(lambda: door_terms(database).limits)
        self._desk = Desk(host, commit, Tokens(database), Refusals(database), reports, limits, _encryption(access))
        self._guests = Guests(access or ListenerAccess(), must_log_in=must_log_in)
        self._seldom = logs.Seldom()
        self._acceptors: list[_Acceptor] = []

    async def start(self, listening: socket.socket, *, begins_with_tls: bool = False) -> None:
        session = partial(self._session, begins_with_tls=begins_with_tls)
        self._acceptors.append(_Acceptor(listening, session, self._seldom))

    async def stop(self, seconds: float = DRAIN_SECONDS) -> None:
        """Take no new mail, and return when each message in hand has its reply."""
        for each in self._acceptors:
            await each.close()
        sessions = [*self._desk.sessions]
        for session in sessions:
            session.finish()
        if sessions:
            await asyncio.wait([session.ended for session in sessions], timeout=seconds)
        for session in sessions:
            session.leave(STOPPING)
        await self._desk.commit.stop()

    def _session(self, address: str, *, begins_with_tls: bool) -> SmtpdSession | None:
        """Begin a session with who may connect; who may not hears nothing, and is told to the log."""
        guest = self._guests.receive(address)
        refusal = (guest.refusal or self._make_room(is_local=guest.terms.is_local)) if guest else ""
        if guest is None or (begins_with_tls and refusal):  # which costs no TLS
            self._seldom.warning("client_refused", address=plain_address(address))
            if guest:
                guest.leave()
            return None
        return SmtpdSession(self._desk, guest, refusal=refusal, begins_with_tls=begins_with_tls)

    def _make_room(self, *, is_local: bool) -> str:
        """Have the session that has brought nothing for longest make room, or give the reply to who comes too much.

        Whoever comes from beyond this machine takes a place of such a one alone.
        """
        most = MAX_SESSIONS if is_local else MAX_GUEST_SESSIONS
        sessions = [each for each in self._desk.sessions if is_local or not each.is_local]
        if len(self._desk.sessions) < MAX_SESSIONS and len(sessions) < most:
            return ""
        self._seldom.warning("listener_full", sessions=len(sessions))
        idle = [each for each in sessions if each.has_had(IDLE_SECONDS, within_message=MESSAGE_SECONDS)]
        if idle:
            min(idle, key=lambda each: each.since).leave(CROWDED)
        return "" if idle else FULL


def _encryption(access: ListenerAccess | None) -> DeskEncryption | None:
    if access is None or access.certificate is None:
        return None
    from panel.server.smtpd.encryption import Encryption  # few listeners speak TLS

    return Encryption(access.certificate, access.key)


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
        self, listening: socket.socket, protocol: Callable[[str], asyncio.BaseProtocol | None], seldom: logs.Seldom
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
                connected, address = await loop.sock_accept(self._listening)
                protocol = self._protocol(address[0])
                if protocol is None:
                    connected.close()
                    continue
                await asyncio.shield(_begin(protocol, connected))  # who was taken begins
            except ConnectionAbortedError:
                pass
            except OSError as fault:
                await self._rest(fault)

    async def _rest(self, fault: OSError) -> None:
        """Leave who waits in the kernel's line: they are taken as soon as there is room."""
        self._seldom.error("not_connected", text=fault.strerror)
        await asyncio.sleep(SMTP_REST_SECONDS)


async def _begin(protocol: asyncio.BaseProtocol, connected: socket.socket) -> None:
    """Begin a session on what was accepted; one that cannot begin has ended."""
    try:
        await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, connected)
    except OSError as fault:
        connected.close()
        protocol.connection_lost(fault)
        raise
