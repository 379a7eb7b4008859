"""A POP3 login and nothing more (RFC 1939): what POP before SMTP needs."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable
from contextlib import suppress

from panel.mail.net import network_faults
from panel.mail.net.connect import Endpoint, connect, resolve
from panel.mail.net.connection import Wire
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import NoProtocol, NoRoute, SessionError
from panel.mail.net.policy import Policy
from panel.mail.net.tls import cause_of_tls_fault, context
from panel.mail.patterns import pattern_of
from panel.mail.smtp.channel import Channel
from panel.mail.smtp.errors import PopFailed
from panel.mail.smtp.protocol import QUIT_SECONDS, Reply, Security
from panel.mail.smtp.redaction import MASK, Transcript
from panel.mail.smtp.server import PopServer

_TIMESTAMP = pattern_of(r"<[!-;=?-~]{1,255}@[!-;=?-~]{1,255}>")  # RFC 1939 section 7


def log_in(server: PopServer, *, policy: Policy, deadline: Deadline, transcript: Transcript) -> tuple[Endpoint, Reply]:
    """Log in and out again; give whom we met, so that SMTP comes from the same address family."""
    return _session(server, _Session.log_in, policy, deadline, transcript)


def reach(server: PopServer, *, policy: Policy, deadline: Deadline) -> None:
    """Go as far as a login could begin, TLS included, and leave."""
    _session(server, _Session.leave, policy, deadline, Transcript())


def _session(
    server: PopServer,
    act: Callable[[_Session], Reply],
    policy: Policy,
    deadline: Deadline,
    transcript: Transcript,
) -> tuple[Endpoint, Reply]:
    """Reach the server and do one thing there."""
    try:
        found = resolve(server.host, server.port, policy=policy, deadline=deadline, source=server.source)
        connected, endpoint = connect(found, deadline)
    except NoRoute as fault:
        raise _unreached(fault.cause, fault.detail) from None
    wire = Wire(connected, deadline)
    try:
        session = _Session(server, Channel(wire, transcript))
        session.open()
        return endpoint, act(session)
    except ssl.SSLError as fault:
        cause, detail = cause_of_tls_fault(fault)
        raise PopFailed("pop_unreachable" if cause == "connection_lost" else cause, None, detail) from None
    except PopFailed:
        raise
    except SessionError as fault:
        raise PopFailed("pop_unreachable", None, fault.cause) from None
    except OSError as fault:
        raise _unreached(*network_faults.in_session(fault)) from None
    finally:
        wire.close()


def _unreached(cause: str, detail: str) -> PopFailed:
    """Tell why the network gave no POP server: as what it is where another POP server would not mend it."""
    return PopFailed(cause, None, detail) if cause in _OURS else PopFailed("pop_unreachable", None, cause)


_OURS = {
    "address_denied",
    "connection_forbidden",
    "local_resources",
    "source_address",
}  # what no other POP server mends


class _Session:
    def __init__(self, server: PopServer, channel: Channel) -> None:
        self._server = server
        self._channel = channel

    def open(self) -> None:
        """Read the greeting, and begin TLS where it is to begin."""
        wire, security = self._channel.wire, self._server.security
        if security is Security.IMPLICIT:
            self._secure()
        self._greeting = self._expect(self._reply(), "pop_unreachable")
        if security is Security.STARTTLS:
            self._expect(self._ask("STLS"), "pop_unreachable", "starttls")  # RFC 2595 section 4
            if wire.unread:
                raise PopFailed("starttls_failed")
            self._secure()

    def log_in(self) -> Reply:
        plain = self._server.security is Security.NONE
        if plain and not (self._server.login.in_clear or self._channel.wire.stays_here):
            raise PopFailed("login_in_clear", None, self._channel.wire.other_address)
        timestamp = _TIMESTAMP.search(self._greeting.text) if plain else None
        reply = self._apop(timestamp[0]) if timestamp else self._user_and_pass()
        self.leave()
        return reply

    def leave(self) -> Reply:
        """Say goodbye and read the reply, where one comes soon: a login counts from there on some servers."""
        wire = self._channel.wire
        wire.deadline = wire.deadline.shorter(QUIT_SECONDS)
        with suppress(SessionError, OSError):
            self._ask("QUIT")
        return self._greeting

    def _user_and_pass(self) -> Reply:
        self._expect(self._ask(f"USER {self._server.login.user}"), "pop_login_refused")
        reply = self._ask(f"PASS {self._server.login.password}", transcribed=f"PASS {MASK}")
        return self._expect(reply, "pop_login_refused")

    def _apop(self, timestamp: str) -> Reply:
        """Log in by a digest where nothing is encrypted and the server can."""
        digest = hashlib.md5((timestamp + self._server.login.password).encode(), usedforsecurity=False).hexdigest()
        user = self._server.login.user
        return self._expect(self._ask(f"APOP {user} {digest}", transcribed=f"APOP {user} {MASK}"), "pop_login_refused")

    def _secure(self) -> None:
        self._channel.wire.secure(context(self._server.ca_certificate), self._server.host)

    def _ask(self, line: str, *, transcribed: str | None = None) -> Reply:
        self._channel.send(line, transcribed=transcribed)
        return self._reply()

    def _reply(self) -> Reply:
        raw = self._channel.read_line()
        if not raw.startswith((b"+OK", b"-ERR")):
            self._channel.transcript.add("", ["(an answer that is not POP3)"])
            raise NoProtocol
        (text,) = self._channel.read([raw], frame=4)
        return Reply(200 if raw.startswith(b"+OK") else 500, (text.removeprefix(" "),))

    @staticmethod
    def _expect(reply: Reply, cause: str, detail: str = "") -> Reply:
        if not reply.positive:
            raise PopFailed(cause, reply, detail)
        return reply
