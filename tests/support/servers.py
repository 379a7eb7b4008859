"""Servers that the tests start: real sockets on loopback, their faults scripted in words."""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Self

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from aiosmtpd.smtp import Envelope as Received
from aiosmtpd.smtp import Session as Dialogue

from panel.settings.model import Settings

USER, PASSWORD = "report", "correct horse"


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it arrived: the envelope and the very bytes."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority and a certificate of it for localhost."""

    pem: str
    context: ssl.SSLContext

    @classmethod
    def make(cls, *names: str) -> Self:
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*(names or ("localhost", "127.0.0.1", "::1"))).configure_cert(context)
        return cls(authority.cert_pem.bytes().decode(), context)


@dataclass
class Silence:
    """A server that takes connections and says nothing."""

    port: int = 0
    called: threading.Event = field(default_factory=threading.Event)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)


class Loop:
    """An event loop in a thread of its own, on which a test's servers run."""

    def __enter__(self) -> Self:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def silence(self) -> Silence:
        """Listen, and never say a word."""
        silence = Silence()

        async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            silence.writers.append(writer)
            silence.called.set()

        starting = asyncio.start_server(say_nothing, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(starting, self.loop).result(10)
        silence.port = server.sockets[0].getsockname()[1]
        return silence

    def listen(self, factory: Any, *, host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> int:
        """Listen with a protocol on a free port, and give the port."""
        making = self.loop.create_server(factory, host, 0, ssl=context)
        server = asyncio.run_coroutine_threadsafe(making, self.loop).result(10)
        port: int = server.sockets[0].getsockname()[1]
        return port


class Watched(list[Any]):
    """What a server notes, such as its `commands`, each shown to a test before it is answered."""

    def __init__(self, show: Callable[[Any], object], content: Iterable[Any] = ()) -> None:
        super().__init__(content)
        self._show = show

    def append(self, each: Any) -> None:
        super().append(each)
        self._show(each)


@dataclass
class SmtpServer:
    """An SMTP server; `replies` overrides what it says to a command, such as `replies["RCPT"] = "550 5.1.1 No"`."""

    port: int = 0
    host: str = "127.0.0.1"
    replies: dict[str, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    begun: list[float] = field(default_factory=list)  # when each MAIL came, by time.monotonic
    ended: list[float] = field(default_factory=list)  # when each final dot was answered
    arrival: threading.Condition = field(default_factory=threading.Condition)
    offers: tuple[str, ...] = ()  # beside what aiosmtpd offers, such as "PIPELINING"
    hides: tuple[str, ...] = ()  # of it
    reports: bool = False  # whether it makes DSN, which aiosmtpd does not
    at_most: int = 1_000  # connections at a time
    connected: int = 0
    refused: int = 0  # connections
    account_of: Callable[[str], str] | None = None  # of an access token, "" where it is not good; no password is taken
    lose_after_dot: bool = False  # take the message and hang up without a word
    dot_came: threading.Event = field(default_factory=threading.Event)
    may_answer: threading.Event = field(default_factory=threading.Event)  # the final dot; set, unless a test clears it

    def __post_init__(self) -> None:
        self.may_answer.set()

    def wait_for(self, number: int, seconds: float = 20.0) -> None:
        """Return as soon as so many messages have arrived."""
        with self.arrival:
            assert self.arrival.wait_for(lambda: len(self.messages) >= number, seconds), self.messages

    def start(self, loop: Loop, *, authority: Authority | None = None, implicit: bool = False) -> Self:
        """Listen: plain without an authority, else with TLS from the start or by STARTTLS, and a login over it."""

        def protocol() -> SMTP:
            return _Scripted(
                self,
                tls_context=authority.context if authority and not implicit else None,
                require_starttls=bool(authority) and not implicit,
                auth_require_tls=bool(authority) and not implicit,
                loop=loop.loop,
            )

        context = authority.context if authority and implicit else None
        self.port = loop.listen(protocol, host=self.host, context=context)
        return self


def settings_for(server: SmtpServer, authority: Authority, **more: Any) -> Settings:
    """Give settings that are right for a server with TLS and a login."""
    right: dict[str, Any] = {
        "from_address": "report@example.org",
        "smtp_host": "localhost",
        "smtp_port": server.port,
        "smtp_user": USER,
        "smtp_password": PASSWORD,
        "ca_certificate": authority.pem,
        "local_hostname": "app.example.org",
    }
    return Settings(**{**right, **more})


class _Scripted(SMTP):
    """aiosmtpd, which says what the script tells it to say."""

    def __init__(self, server: SmtpServer, **options: Any) -> None:
        if server.account_of:
            options["auth_exclude_mechanism"] = ["LOGIN", "PLAIN"]
        mailbox = _TokenMailbox(server) if server.account_of else _Mailbox(server)
        super().__init__(mailbox, hostname="localhost", authenticator=_authenticate, **options)
        self._server = server

    async def _handle_client(self) -> None:
        """Send away whom there is no room for, and serve the others."""
        if self._server.connected >= self._server.at_most:
            self._server.refused += 1
            await self.push("421 4.7.0 localhost Error: too many connections from 127.0.0.1")
            self.transport.close()
            return
        self._server.connected += 1
        try:
            await super()._handle_client()
        finally:
            self._server.connected -= 1


_DSN = re.compile(r" (?:RET|ENVID|NOTIFY|ORCPT)=\S+")


def _following_the_script(name: str) -> Any:
    """Wrap aiosmtpd's handler of a command: note it, and say the scripted reply where there is one."""
    handler = getattr(SMTP, f"smtp_{name}")

    @wraps(handler)
    async def follow(self: _Scripted, arg: str) -> None:
        self._server.commands.append(f"{name} {arg or ''}".strip())
        if name == "MAIL":
            self._server.begun.append(time.monotonic())
        scripted = self._server.replies.get(name)
        if scripted is None:
            await handler(self, _DSN.sub("", arg or "") if self._server.reports else arg)
            return
        await self.push(scripted)
        if scripted.startswith("421") and self.transport:
            self.transport.close()

    return follow


for _name in ("EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "QUIT"):
    setattr(_Scripted, f"smtp_{_name}", _following_the_script(_name))


class _Mailbox:
    """Keeps what arrives; `replies["."]` is what the final dot gets."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def handle_EHLO(
        self, _smtp: SMTP, dialogue: Dialogue, _envelope: Received, hostname: str, responses: list[str]
    ) -> list[str]:
        dialogue.host_name = hostname
        kept = [each for each in responses[:-1] if each[4:].partition(" ")[0] not in self._server.hides]
        return [*kept, *(f"250-{each}" for each in self._server.offers), responses[-1]]

    async def handle_DATA(self, smtp: SMTP, _dialogue: Dialogue, envelope: Received) -> str:
        self._server.dot_came.set()
        if not self._server.may_answer.is_set():
            await asyncio.get_running_loop().run_in_executor(None, self._server.may_answer.wait)
        scripted = self._server.replies.get(".", "250 2.0.0 Ok: queued as 4F1C2A")
        self._server.ended.append(time.monotonic())
        if scripted.startswith("2"):
            raw = envelope.original_content or b""
            with self._server.arrival:
                self._server.messages.append(Message(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
                self._server.arrival.notify_all()
        if self._server.lose_after_dot and smtp.transport:
            smtp.transport.close()
        return scripted


class _TokenMailbox(_Mailbox):
    """The same behind a login by XOAUTH2: the token must be good, and of the account that is named."""

    async def auth_XOAUTH2(self, smtp: SMTP, args: list[str]) -> AuthResult:
        assert self._server.account_of
        said = base64.b64decode(args[1]) if len(args) > 1 else bytes(await smtp.challenge_auth(""))
        user, token = (each.partition("=")[2] for each in said.decode().split("\1")[:2])
        right = self._server.account_of(token.removeprefix("Bearer ")) == user
        return AuthResult(success=right, handled=False, auth_data=user)


def _authenticate(_smtp: SMTP, _dialogue: Dialogue, _envelope: Received, _mechanism: str, given: object) -> AuthResult:
    right = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)
