"""One SMTP session, from connect to quit; gives a receipt or raises `DeliveryFailed`.

The protocol is spoken here and not by smtplib: its timeouts are per read, its replies have no end, a password beyond
ASCII fails in it, and a 421 to QUIT makes an accepted message look lost.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from socket import AddressFamily
from types import TracebackType
from typing import Protocol, Self

from panel import encryption, login, pop
from panel.destination import Policy
from panel.dialogue import Dialogue
from panel.encryption import TlsFacts
from panel.message import Envelope
from panel.pop import PopFailed
from panel.redaction import MASK, Redaction, Transcript
from panel.route import Endpoint, NoRoute, connect, own_name_within, resolve
from panel.settings import Settings
from panel.smtp import (
    MAX_EHLO_KEYWORDS,
    MAX_REPLY_LINES,
    SUBMISSIONS_PORT,
    Failure,
    Reply,
    Security,
    Stage,
)
from panel.wire import ConnectionLost, Limit, NoProtocol, Stopped, TimeIsUp, Wire

__all__ = ["DeliveryFailed", "Limit", "Receipt", "Session", "Stopped", "TlsFacts", "Watcher"]

REACH_SECONDS = 20.0  # to connect, greet and encrypt: what does not answer by then leaves time to look beside it
QUIT_SECONDS = 2.0  # the message is accepted by then: nobody waits long for a goodbye
_REPLY = re.compile(rb"([2-5][0-9][0-9])([ -]|\Z)")
_QUEUE_IDS = (
    re.compile(r"queued (?:as|with id|for delivery as) <?([\w.@/+-]{4,80})", re.IGNORECASE),  # Postfix, aiosmtpd
    re.compile(r"\bid=([\w.@-]{4,80})"),  # Exim
    re.compile(r"\[InternalId=(\d+)"),  # Exchange
    re.compile(r"\b([0-9a-f-]{12,60}(?:\.\d+)?) - gsmtp", re.IGNORECASE),  # Gmail
    re.compile(r"^(?:2\.\d\.\d )?(?:ok|accepted)[:,]? +(?:id )?<?([0-9A-Za-z][\w.@-]{11,100})>?\s*\Z", re.IGNORECASE),
    re.compile(r"^2\.0\.0 (\w{10,20}) message accepted", re.IGNORECASE),  # sendmail
)


class DeliveryFailed(Exception):
    """The session broke off; `failure` says where and why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.stage}: {failure.cause}")
        self.failure = failure


class Watcher(Protocol):
    """Hears of each stage as it begins and ends; `status` is `ok`, `failed` or `skipped`."""

    def begin(self, stage: Stage) -> None: ...

    def end(self, stage: Stage, status: str, ms: float, reply: Reply | None) -> None: ...


class _Nobody:
    """Watches nothing."""

    def begin(self, stage: Stage) -> None: ...

    def end(self, stage: Stage, status: str, ms: float, reply: Reply | None) -> None: ...


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server accepted: its reply to the final dot, its name for the message, and whom it refused."""

    reply: Reply
    queue_id: str | None
    refused: Mapping[str, Reply] = field(default_factory=dict)


class _Refused(Exception):
    """The server said no."""

    def __init__(self, reply: Reply, cause: str = "", detail: str = "") -> None:
        super().__init__(str(reply.code))
        self.reply = reply
        self.cause = cause or ("server_temporary" if reply.transient else "server_permanent")
        self.detail = detail


class _Broken(Exception):
    """The session cannot go on, for a cause that we see ourselves."""

    def __init__(self, cause: str, detail: str = "", *, uncertain: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.detail = detail
        self.uncertain = uncertain


class Session:
    """A session with the server of the settings; `deliver` may be called again while it is open."""

    def __init__(self, settings: Settings, *, policy: Policy, limit: Limit, watcher: Watcher | None = None) -> None:
        self.address: str | None = None
        self.tls: TlsFacts | None = None
        self.auth: str | None = None
        self.extensions: dict[str, str] = {}
        self._settings = settings
        self._policy = policy
        self._limit = limit
        self._watcher = watcher or _Nobody()
        self._transcript = Transcript()
        self._redaction = Redaction(_logins(settings))
        self._dialogue: Dialogue | None = None
        self._reply: Reply | None = None  # the last one of the stage
        self._failed = False

    @property
    def transcript(self) -> list[str]:
        return self._transcript.lines

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Reach the server, begin TLS, and log in, as the settings say."""
        self._reach(self._limit.shorter(REACH_SECONDS))
        self._wire.limit = self._limit
        with self._stage_if(Stage.AUTH, self._settings.smtp_auth) as needed:
            if needed:
                self._log_in()

    def _reach(self, limit: Limit) -> None:
        """Come to where a login or a message can begin."""
        security = self._settings.smtp_security
        family = self._log_in_by_pop(limit)
        with self._stage(Stage.RESOLVE):
            host, port = self._settings.smtp_host, self._settings.smtp_port
            endpoints = resolve(host, port, policy=self._policy, limit=limit, first=family)
        with self._stage(Stage.CONNECT):
            self._connect(endpoints, limit)
        with self._stage_if(Stage.TLS, security is Security.IMPLICIT) as needed:
            if needed:
                self._secure()
        with self._stage(Stage.GREETING):
            self._greet()
        with self._stage(Stage.EHLO):
            self._say_hello()
        with self._stage_if(Stage.STARTTLS, security is Security.STARTTLS) as needed:
            if needed:
                self._start_tls()

    def deliver(self, envelope: Envelope) -> Receipt:
        """Hand a message over; recipients that are refused are named while one is taken."""
        refused = self._offer(envelope)
        with self._stage(Stage.DATA):
            reply = self._hand_over(envelope.message)
        return Receipt(reply, _queue_id(reply), refused)

    def check(self, envelope: Envelope) -> None:
        """Go as far as RCPT and take it back: nothing is delivered."""
        self._offer(envelope)
        self._take_back()

    def close(self) -> None:
        """Say goodbye where that is possible; whatever the server answers, what was accepted stays accepted."""
        if self._dialogue is None:
            return
        began = time.monotonic()
        reply = None if self._limit.stopped else self._say_goodbye()
        self._dialogue.wire.close()
        self._dialogue = None
        if not self._failed:
            self._watcher.begin(Stage.QUIT)
            self._watcher.end(Stage.QUIT, "ok", (time.monotonic() - began) * 1000, reply)

    # The stages

    def _log_in_by_pop(self, limit: Limit) -> AddressFamily | None:
        with self._stage_if(Stage.POP, self._settings.pop_before_smtp) as needed:
            if not needed:
                return None
            endpoint, self._reply = pop.log_in(
                self._settings,
                policy=self._policy,
                limit=limit,
                redaction=self._redaction,
                transcript=self._transcript,
            )
            return endpoint.family

    def _connect(self, endpoints: list[Endpoint], limit: Limit) -> None:
        connected, endpoint = connect(endpoints, limit)
        self.address = endpoint.ip
        self._dialogue = Dialogue(Wire(connected, limit), self._redaction, self._transcript)

    def _secure(self) -> None:
        """Begin TLS, and tell by which names the certificate goes where ours is not among them."""
        try:
            context = encryption.context(self._settings.ca_certificate)
            secured = self._wire.secure(context, self._settings.smtp_host)
        except ssl.SSLError as fault:
            cause, detail = encryption.cause_of(fault)
            if cause == "certificate_hostname":
                detail = self._names_in_certificate()
            raise _Broken(cause, detail) from None
        self.tls = encryption.facts(secured)
        self._transcript.add("", [f"(encrypted with {self.tls.version})"])

    def _greet(self) -> None:
        try:
            self._hear(greeting=True)
        except TimeIsUp:
            raise _Broken("tls_wrong_mode" if _is_tls(self._wire.heard) else "greeting_timeout") from None
        except (ConnectionLost, ConnectionResetError):
            speaks_tls = _is_tls(self._wire.heard) or self._expects_tls
            raise _Broken("tls_wrong_mode" if speaks_tls else "connection_lost") from None
        except NoProtocol:
            raise _Broken("tls_wrong_mode" if _is_tls(self._wire.heard) else "not_smtp") from None

    @property
    def _expects_tls(self) -> bool:
        plain = self._settings.smtp_security is not Security.IMPLICIT
        return plain and self._settings.smtp_port == SUBMISSIONS_PORT

    def _say_hello(self) -> None:
        """Say EHLO, or HELO to a server that knows no better and where neither TLS nor a login is needed."""
        name = self._hello_name()
        reply = self._ask(f"EHLO {name}", expected=None)
        if reply.positive:
            self.extensions = _extensions(reply)
            return
        plain = self._settings.smtp_security is Security.NONE and not self._settings.smtp_auth
        if reply.code not in (500, 502) or not plain:
            raise _Refused(reply)
        self.extensions = {}
        self._ask(f"HELO {name}")

    def _start_tls(self) -> None:
        """Upgrade, or stop: TLS is required (RFC 8314), and nothing that was said before it counts (RFC 3207)."""
        if "STARTTLS" not in self.extensions:
            raise _Broken("starttls_not_offered")
        reply = self._ask("STARTTLS", expected=None)
        if reply.code != 220:
            raise _Refused(reply, "starttls_failed")
        if self._wire.heard:
            raise _Broken("starttls_failed", "plain text after STARTTLS")
        self.extensions = {}
        try:
            self._secure()
        except _Broken as fault:
            cause = "starttls_failed" if fault.cause in ("tls_wrong_mode", "connection_lost") else fault.cause
            raise _Broken(cause, fault.detail) from None
        except (ConnectionLost, OSError):
            raise _Broken("starttls_failed") from None
        self._say_hello()

    def _log_in(self) -> None:
        offered = _mechanisms(self.extensions)
        if not offered:
            raise _Broken("auth_not_offered")
        known = login.choose(offered, encrypted=self.tls is not None)
        if not known:
            raise _Broken("auth_mechanism", ", ".join(offered))
        for mechanism, others in zip(known, [*known[1:], ""], strict=True):
            reply = self._try(mechanism)
            self.auth = mechanism
            if reply.positive:
                return
            # RFC 4954 section 4: 504 is about the mechanism. A wrong password is not tried a second time in another
            # one, except that many servers cannot do CRAM-MD5 and say so as if the password were wrong.
            if not others or not (reply.code == 504 or (mechanism == "CRAM-MD5" and reply.permanent)):
                raise _Refused(reply, detail=mechanism)

    def _try(self, mechanism: str) -> Reply:
        exchange = login.MECHANISMS[mechanism](self._settings.smtp_user, self._settings.smtp_password)
        first = next(exchange)
        reply = self._begin_login(mechanism, first)
        while reply.code == 334:
            try:
                answer = exchange.send(login.decoded(reply.text)) if first is None else first
            except StopIteration:
                reply = self._ask("*", expected=None)  # RFC 4954 section 4: this ends the exchange
                if reply.code == 334:
                    raise NoProtocol from None
                continue
            first = None
            reply = self._ask(login.encoded(answer or b""), expected=None, shown=MASK)
        return reply

    def _begin_login(self, mechanism: str, first: bytes | None) -> Reply:
        command = f"AUTH {mechanism}"
        if first is None or len(first) > 8_000:  # RFC 4954 section 4: a line of at most 12,288 bytes
            return self._ask(command, expected=None)
        return self._ask(f"{command} {login.encoded(first)}", expected=None, shown=f"{command} {MASK}")

    def _offer(self, envelope: Envelope) -> dict[str, Reply]:
        """Say from whom and for whom; give those who were refused while others were taken."""
        with self._stage(Stage.MAIL):
            self._ask_or_take_back(self._mail(envelope))
        with self._stage(Stage.RCPT):
            replies = {to: self._ask(f"RCPT TO:<{to}>", expected=None) for to in envelope.rcpt_to}
            refused = {to: reply for to, reply in replies.items() if not reply.positive}
            if len(refused) == len(replies):
                self._take_back_if_possible(next(iter(refused.values())))
                raise _Refused(next(iter(refused.values())))
        return refused

    def _mail(self, envelope: Envelope) -> str:
        """Write MAIL with what the server offered (RFC 1870, RFC 6152)."""
        size = self.extensions.get("SIZE", "")
        if size.isdecimal() and 0 < int(size) < len(envelope.message):
            raise _Broken("message_too_large", size)
        parts = [f"MAIL FROM:<{envelope.mail_from}>"]
        if "SIZE" in self.extensions:
            parts.append(f"SIZE={len(envelope.message)}")
        if "8BITMIME" in self.extensions and not envelope.message.isascii():
            parts.append("BODY=8BITMIME")
        return " ".join(parts)

    def _hand_over(self, message: bytes) -> Reply:
        reply = self._ask("DATA", expected=None)
        if reply.code != 354:
            self._take_back_if_possible(reply)
            raise _Refused(reply)
        self._transcript.add("C", [f"(message, {len(message)} bytes)"])
        self._wire.send(on_the_wire(message))
        try:
            reply = self._hear()
        except TimeIsUp:
            raise _Broken("reply_timeout", uncertain=True) from None
        except (ConnectionLost, OSError):
            raise _Broken("connection_lost", uncertain=True) from None
        if not reply.positive:
            raise _Refused(reply)
        return reply

    # What the stages are made of

    @property
    def _wire(self) -> Wire:
        assert self._dialogue
        return self._dialogue.wire

    def _ask(self, line: str, *, expected: int | None = 2, shown: str | None = None) -> Reply:
        """Say a line and hear the reply; one of another class than `expected` is a refusal."""
        assert self._dialogue
        if self._wire.heard:
            raise NoProtocol  # an answer to what was not asked yet
        self._dialogue.say(line, shown=shown)
        reply = self._hear()
        if expected is not None and reply.code // 100 != expected:
            raise _Refused(reply)
        return reply

    def _hear(self, *, greeting: bool = False) -> Reply:
        """Read one reply (RFC 5321 section 4.2): every line with the same code, the last with a blank after it."""
        assert self._dialogue
        lines: list[bytes] = []
        code = b""
        while True:
            line = self._dialogue.hear()
            found = _REPLY.match(line)
            if found is None or (lines and found[1] != code) or len(lines) >= MAX_REPLY_LINES:
                self._transcript.add("", ["(an answer that is not SMTP)"])
                raise NoProtocol
            code = found[1]
            lines.append(line)
            if found[2] != b"-":
                break
        told = self._dialogue.understood(lines, frame=4)
        self._reply = Reply(int(code), tuple(line[4:] for line in told))
        if greeting and not self._reply.positive:
            raise _Refused(self._reply, "greeting_refused")
        return self._reply

    def _ask_or_take_back(self, line: str) -> None:
        reply = self._ask(line, expected=None)
        if not reply.positive:
            self._take_back_if_possible(reply)
            raise _Refused(reply)

    def _take_back_if_possible(self, refusal: Reply) -> None:
        """Leave the session usable after a refusal, unless the server is closing it (421)."""
        if refusal.code == 421:
            return
        with suppress(ConnectionLost, NoProtocol, TimeIsUp, OSError):
            self._take_back()
        self._reply = refusal

    def _take_back(self) -> None:
        self._ask("RSET", expected=None)

    def _say_goodbye(self) -> Reply | None:
        self._wire.limit = self._limit.shorter(QUIT_SECONDS)
        try:
            return self._ask("QUIT", expected=None)
        except (ConnectionLost, NoProtocol, TimeIsUp, Stopped, OSError):
            return None

    def _hello_name(self) -> str:
        """Give the name for EHLO: the one that is set, this machine's full name, or its address (RFC 5321 4.1.3)."""
        name = self._settings.local_hostname or own_name_within(self._limit)
        if name:
            return name
        address = ip_address(self._wire.own_address.partition("%")[0])
        return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"

    def _names_in_certificate(self) -> str:
        """Look at the certificate once more, its chain verified but not its name, and say nothing but the way there."""
        if self.address is None:
            return ""
        looking = Session(replace(self._settings, pop_before_smtp=False), policy=self._policy, limit=self._limit)
        try:
            return looking._look_at_names(self.address)
        except (DeliveryFailed, NoRoute, _Broken, _Refused, ConnectionLost, NoProtocol, TimeIsUp, OSError):
            return ""
        finally:
            if looking._dialogue:
                looking._wire.close()

    def _look_at_names(self, address: str) -> str:
        settings = self._settings
        self._connect(resolve(address, settings.smtp_port, policy=self._policy, limit=self._limit), self._limit)
        if settings.smtp_security is Security.STARTTLS:
            self._greet()
            self._say_hello()
            self._ask("STARTTLS")
        context = encryption.context(settings.ca_certificate, verify_name=False)
        return ", ".join(encryption.names(self._wire.secure(context, settings.smtp_host)))

    @contextmanager
    def _stage(self, stage: Stage) -> Iterator[None]:
        """Time a stage and tell of it; whatever breaks it off becomes a `DeliveryFailed`."""
        self._watcher.begin(stage)
        self._reply = None
        began = time.monotonic()
        status = "failed"
        try:
            yield
            status = "ok"
        except Stopped:
            raise
        except (_Broken, _Refused, NoRoute, PopFailed, ConnectionLost, NoProtocol, TimeIsUp, OSError) as fault:
            raise DeliveryFailed(_failure(stage, fault)) from None
        finally:
            self._failed = self._failed or status == "failed"
            self._watcher.end(stage, status, (time.monotonic() - began) * 1000, self._reply)

    @contextmanager
    def _stage_if(self, stage: Stage, needed: bool) -> Iterator[bool]:
        """The same for a stage that the settings may not need; it is told as skipped then."""
        if not needed:
            self._watcher.end(stage, "skipped", 0.0, None)
            yield False
            return
        with self._stage(stage):
            yield True


def on_the_wire(message: bytes) -> bytes:
    """Write a message as DATA takes it (RFC 5321 section 4.5.2): CR LF only, dots doubled, the final dot.

    A lone CR or LF becomes CR LF, so that no look-alike of the final dot can stand in the message.
    """
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    stuffed = re.sub(rb"(\A|\r\n)\.", rb"\1..", lines)
    return stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"


_TIMEOUTS = {Stage.RESOLVE: "dns_unavailable", Stage.CONNECT: "connect_timeout", Stage.GREETING: "greeting_timeout"}


def _failure(stage: Stage, fault: Exception) -> Failure:
    """Put what broke a stage off into words of ours."""
    match fault:
        case _Refused():
            return Failure(stage, fault.cause, fault.reply, fault.detail)
        case _Broken():
            return Failure(stage, fault.cause, None, fault.detail, fault.uncertain)
        case PopFailed():
            return Failure(stage, fault.cause, fault.reply, fault.detail)
        case NoRoute():
            return Failure(stage, fault.cause, None, fault.detail)
        case TimeIsUp():
            return Failure(stage, _TIMEOUTS.get(stage, "reply_timeout"))
        case NoProtocol():
            return Failure(stage, "protocol_error")
    return Failure(stage, "connection_lost")


def _logins(settings: Settings) -> list[tuple[str, str]]:
    return [(settings.smtp_user, settings.smtp_password), (settings.pop_user, settings.pop_password)]


def _is_tls(heard: bytes) -> bool:
    """Say whether a server answers in TLS records: an alert or a handshake (RFC 8446 section 5.1)."""
    return heard[:2] in (b"\x15\x03", b"\x16\x03")


def _extensions(reply: Reply) -> dict[str, str]:
    """Read the keywords of EHLO and their parameters (RFC 5321 section 4.1.1.1)."""
    lines = reply.lines[1:]
    if len(lines) > MAX_EHLO_KEYWORDS:
        raise NoProtocol
    pairs = (line.strip().partition(" ") for line in lines)
    return {keyword.upper(): parameters.strip() for keyword, _, parameters in pairs if keyword}


def _mechanisms(extensions: Mapping[str, str]) -> list[str]:
    """List the mechanisms on offer, those of the old spelling `AUTH=LOGIN` too."""
    offered = extensions.get("AUTH", "").upper().split()
    old = [
        word
        for keyword, parameters in extensions.items()
        if keyword.startswith("AUTH=")
        for word in (keyword[5:], *parameters.upper().split())
    ]
    return list(dict.fromkeys(filter(None, [*offered, *old])))


def _queue_id(reply: Reply) -> str | None:
    """Find the server's name for a message, in the words of the servers that are known."""
    found = (pattern.search(reply.text) for pattern in _QUEUE_IDS)
    return next((match[1] for match in found if match), None)
