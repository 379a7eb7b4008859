"""One SMTP session, from connect to quit; gives a receipt or raises `DeliveryFailed`.

The protocol is spoken here and not by smtplib: its timeouts are per read, its replies have no end, a password beyond
ASCII fails in it, and a 421 to QUIT makes an accepted message look lost.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from socket import AddressFamily
from types import TracebackType
from typing import Self

from panel.mail.message.address import parse_ehlo_name
from panel.mail.message.envelope import Envelope
from panel.mail.net import network_faults, peers, tls
from panel.mail.net.connect import Endpoint, connect, own_name_within, resolve
from panel.mail.net.connection import Wire
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import ConnectionLost, NoProtocol, SessionError, Stopped, TimeIsUp
from panel.mail.net.policy import Policy
from panel.mail.net.tls import TlsFacts
from panel.mail.smtp import sasl
from panel.mail.smtp.channel import SmtpChannel
from panel.mail.smtp.errors import Broken, DeliveryFailed, Refused
from panel.mail.smtp.extensions import parse_extensions
from panel.mail.smtp.protocol import QUIT_SECONDS, SUBMISSIONS_PORT, Reply, Security, Stage
from panel.mail.smtp.redaction import MASK, Transcript
from panel.mail.smtp.server import Password, Server, Token
from panel.mail.smtp.stages import Nobody, Stages, Watcher
from panel.mail.smtp.transaction import Receipt, Transactions

REACH_SECONDS = 20.0  # to connect, greet and encrypt: what does not answer by then leaves time to look beside it


class Session:
    """A session with a mail server; messages may be delivered as long as it is open.

    With `pipelining`, what need not wait for a reply goes out ahead of it where the server offers that (RFC 2920);
    without it each stage shows its own time. Where it is not `transcribed`, a reply is read once somebody asks for it.
    """

    def __init__(
        self,
        server: Server,
        *,
        policy: Policy,
        deadline: Deadline,
        watcher: Watcher | None = None,
        pipelining: bool = False,
        transcribed: bool = True,
    ) -> None:
        self.address: str | None = None
        self.tls: TlsFacts | None = None
        self.auth: str | None = None
        self.opened = False  # the way is clear for messages
        self.extensions: dict[str, str] = {}
        self.refuses_reports = False  # though it offered to make them
        self._server = server
        self._policy = policy
        self._deadline = deadline
        self._stages = Stages(watcher or Nobody())
        self._pipelining = pipelining
        self._transcript = Transcript(server.secrets(), kept=transcribed)
        self._connected: SmtpChannel | None = None

    @property
    def transcript(self) -> list[str]:
        """Give the dialogue line by line, without secrets."""
        return self._transcript.lines

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Reach the server, begin TLS, and log in, as the server asks for it."""
        if isinstance(self._server.login, Token):
            self._open_by_token(self._server.login)
        else:
            self._reach(self._deadline.shorter(REACH_SECONDS))
            with self._stages.run_if(Stage.AUTH, self._server.login) as password:
                if password:
                    self._log_in(password)
        self.opened = True

    def _open_by_token(self, login: Token) -> None:
        """Open with a living token; where the server refuses it, once more with a fresh one, in another connection."""
        from panel.mail.smtp import token_login  # few servers want it

        server, transcript, deadline = self._server, self._transcript, self._deadline
        with self._stages.run(Stage.TOKEN):
            token = token_login.token_for(server, login, transcript, deadline)
        try:
            self._open_with(login, token)
            return
        except DeliveryFailed as fault:
            if not token_login.blames_token(fault.failure):
                raise
            self.close()
            with self._stages.run(Stage.TOKEN):
                token = token_login.renewed(server, login, token, transcript, deadline)
                self._stages.reply = token_login.REFRESHED if token else None
            if not token:
                raise
        self._begin_anew()
        self._open_with(login, token)

    def _open_with(self, login: Token, token: str) -> None:
        from panel.mail.smtp import token_login

        self._reach(self._deadline.shorter(REACH_SECONDS))
        with self._stages.run(Stage.AUTH):
            known = self._mechanisms(sasl.choose_for_token, in_clear=False)
            attempt = partial(token_login.try_token, self._channel, self._server, login, token)
            self._try_each(known, attempt, partial(token_login.cause_of_refusal, login))

    def _begin_anew(self) -> None:
        self._transcript.add("", ["(again, with a fresh access token)"])
        self._stages.failed = False
        self.tls = self.auth = None
        self.extensions = {}

    def _reach(self, deadline: Deadline) -> None:
        """Come to where a login or a message can begin."""
        security = self._server.security
        family = self._log_in_by_pop(deadline)
        with self._stages.run(Stage.RESOLVE):
            endpoints = self._endpoints(self._server.host, deadline, family)
        with self._stages.run(Stage.CONNECT):
            self._connect(endpoints, deadline)
        with self._stages.run_if(Stage.TLS, security is Security.IMPLICIT) as needed:
            if needed:
                self._secure()
        with self._stages.run(Stage.GREETING):
            self._greet()
        with self._stages.run(Stage.EHLO):
            self._say_hello()
        with self._stages.run_if(Stage.STARTTLS, security is Security.STARTTLS) as needed:
            if needed:
                self._start_tls()
        self._wire.deadline = self._deadline

    def deliver(self, envelope: Envelope) -> Receipt:
        """Hand a message over; recipients that are refused are named while one is taken."""
        (found,) = self.deliver_all([envelope])
        if isinstance(found, DeliveryFailed):
            raise found
        return found

    def deliver_all(self, envelopes: Sequence[Envelope]) -> Iterator[Receipt | DeliveryFailed]:
        """Hand messages over in their order, and give what became of each; after a broken session, close it."""
        return self._transactions().run(envelopes, ahead=self._pipelining)

    def check(self, envelope: Envelope) -> None:
        """Go as far as RCPT and take it back: nothing is delivered."""
        self._transactions().check(envelope)

    def _transactions(self) -> Transactions:
        return Transactions(
            self._channel, self._stages, self.extensions, self._deadline, refuses_reports=self._ask_for_no_reports
        )

    def _ask_for_no_reports(self) -> None:
        self.refuses_reports = True
        self.extensions.pop("DSN", None)

    def fileno(self) -> int:
        """Give what can be read as soon as the server says something."""
        return self._wire.fileno()

    def has_ended(self) -> bool:
        """Say whether the server has ended the session while nothing was asked of it."""
        return self._connected is None or self._wire.has_spoken()

    def close(self, deadline: Deadline | None = None) -> None:
        """Say goodbye where that is possible; whatever the server answers, what was accepted stays accepted.

        A session that rests has a `deadline` of its own for it: there is time for a word even when all else is stopped.
        """
        if self._connected is None:
            return
        began = time.monotonic()
        self._deadline = deadline or self._deadline
        reply = None if self._deadline.stopped or self._channel.is_ahead else self._say_goodbye()
        self._wire.close()
        self._connected = None
        if not self._stages.failed:
            ms = (time.monotonic() - began) * 1000
            self._stages.note(Stage.QUIT, "ok" if reply else "skipped", ms, reply)

    # The stages

    def _log_in_by_pop(self, deadline: Deadline) -> AddressFamily | None:
        with self._stages.run_if(Stage.POP, self._server.pop) as server:
            if not server:
                return None
            from panel.mail.smtp import pop3  # few servers want it

            endpoint, self._stages.reply = pop3.log_in(
                server,
                policy=self._policy,
                deadline=deadline,
                transcript=self._transcript,
            )
            return endpoint.family

    def _endpoints(self, host: str, deadline: Deadline, first: AddressFamily | None = None) -> list[Endpoint]:
        port, source = self._server.port, self._server.source
        return resolve(host, port, policy=self._policy, deadline=deadline, first=first, source=source)

    def _connect(self, endpoints: list[Endpoint], deadline: Deadline) -> None:
        connected, endpoint = connect(endpoints, deadline)
        self.address = endpoint.ip
        self._connected = SmtpChannel(Wire(connected, deadline), self._transcript, self._stages.on_reply)

    def _secure(self) -> None:
        """Begin TLS, and tell by which names the certificate goes where ours is not among them."""
        try:
            context = tls.context(self._server.ca_certificate)
            secured = self._wire.secure(context, self._server.host)
        except ssl.SSLError as fault:
            cause, detail = tls.cause_of_tls_fault(fault)
            if cause == "certificate_hostname":
                detail = self._names_in_certificate()
            raise Broken(cause, detail) from None
        self.tls = tls.tls_facts(secured)
        self._transcript.add("", [f"(encrypted with {self.tls.version})"])

    def _greet(self) -> None:
        try:
            reply = self._channel.reply()
        except TimeIsUp:
            raise Broken("tls_wrong_mode" if _is_tls(self._wire.unread) else "greeting_timeout") from None
        except (ConnectionLost, OSError) as fault:
            cause, detail = _why_lost(fault)
            speaks_tls = cause == "connection_lost" and (_is_tls(self._wire.unread) or self._expects_tls)
            raise Broken("tls_wrong_mode" if speaks_tls else cause, detail) from None
        except NoProtocol:
            raise Broken("tls_wrong_mode" if _is_tls(self._wire.unread) else "not_smtp") from None
        if reply.code != 220:  # RFC 5321 section 4.3.1: nothing else is a welcome
            raise Refused(reply, "greeting_refused")

    @property
    def _expects_tls(self) -> bool:
        """Say whether a server that closes without a word was waiting for TLS: nothing else shows it."""
        plain = self._server.security is not Security.IMPLICIT
        return plain and self._server.port == SUBMISSIONS_PORT

    def _say_hello(self) -> None:
        """Say EHLO, or HELO to a server that knows no better and where neither TLS nor a login is needed."""
        name = self._hello_name()
        reply = self._channel.ask(f"EHLO {name}")
        if reply.positive:
            self.extensions = parse_extensions(self._channel.unmasked[1:])
            return
        plain = self._server.security is Security.NONE and self._server.login is None
        if reply.code not in (500, 502) or not plain:
            raise Refused(reply)
        self.extensions = {}
        self._expect_positive(self._channel.ask(f"HELO {name}"))

    def _start_tls(self) -> None:
        """Upgrade, or stop: TLS is required (RFC 8314), and nothing that was said before it counts (RFC 3207)."""
        if "STARTTLS" not in self.extensions:
            raise Broken("starttls_not_offered")
        reply = self._channel.ask("STARTTLS")
        if reply.code != 220:
            raise Refused(reply, "starttls_failed")
        if self._wire.unread:
            raise Broken("starttls_failed", "plain text after STARTTLS")
        self.extensions = {}
        try:
            self._secure()
        except Broken as fault:
            cause = "starttls_failed" if fault.cause in ("tls_wrong_mode", "connection_lost") else fault.cause
            raise Broken(cause, fault.detail) from None
        except (ConnectionLost, OSError) as fault:
            cause, detail = _why_lost(fault)
            raise Broken("starttls_failed" if cause == "connection_lost" else cause, detail) from None
        self._say_hello()

    def _log_in(self, password: Password) -> None:
        choose = partial(sasl.choose, encrypted=self.tls is not None)
        self._try_each(
            self._mechanisms(choose, in_clear=password.in_clear), lambda mechanism: (self._try(mechanism, password), "")
        )

    def _mechanisms(self, choose: Callable[[list[str]], list[str]], *, in_clear: bool) -> list[str]:
        """List the mechanisms to try, where a login may be made at all."""
        if not (self.tls or in_clear or self._wire.stays_here):
            raise Broken("login_in_clear", self._wire.other_address)
        offered = sasl.offered(self.extensions)
        if not offered:
            raise Broken("auth_not_offered")
        known = choose(offered)
        if not known:
            raise Broken("auth_mechanism", *self._transcript.hide([", ".join(offered)]))
        return known

    def _try_each(
        self, mechanisms: list[str], attempt: Callable[[str], tuple[Reply, str]], cause: Callable[[], str] = str
    ) -> None:
        for mechanism in mechanisms:
            reply, reason = attempt(mechanism)
            self.auth = mechanism
            if reply.positive:
                return
            # RFC 4954 section 4: 504 is about the mechanism. A refused login is not tried again in another one:
            # it would count twice against the account.
            if reply.code != 504:
                break
        raise Refused(reply, cause(), f"{mechanism} {reason}".strip())

    def _try(self, mechanism: str, password: Password) -> Reply:
        exchange = sasl.MECHANISMS[mechanism](password.user, password.password)
        first = next(exchange)
        reply = self._channel.begin_login(mechanism, first)
        while reply.code == 334:
            try:
                answer = exchange.send(sasl.decoded_challenge(self._channel.unmasked[0])) if first is None else first
            except StopIteration:
                reply = self._channel.ask("*")  # RFC 4954 section 4: this ends the exchange
                if reply.code == 334:
                    raise NoProtocol from None
                continue
            first = None
            reply = self._channel.ask(sasl.encoded(answer or b""), transcribed=MASK)
        return reply

    # What the stages are made of

    @property
    def _channel(self) -> SmtpChannel:
        assert self._connected
        return self._connected

    @property
    def _wire(self) -> Wire:
        return self._channel.wire

    @staticmethod
    def _expect_positive(reply: Reply) -> None:
        if not reply.positive:
            raise Refused(reply)

    def _say_goodbye(self) -> Reply | None:
        self._wire.deadline = self._deadline.shorter(QUIT_SECONDS)
        try:
            return self._channel.ask("QUIT")
        except (SessionError, Stopped, OSError):
            return None

    def _hello_name(self) -> str:
        """Give the name for EHLO: the one that is set, this machine's full name, or its address (RFC 5321 4.1.3)."""
        name = self._server.local_hostname or own_name_within(self._deadline)
        if name:
            return name
        return parse_ehlo_name(peers.plain_address(self._wire.own_address))

    def _names_in_certificate(self) -> str:
        """Look at the certificate once more, its chain verified but not its name, and say nothing but the way there."""
        if self.address is None:
            return ""
        looking = Session(self._server.without_login(), policy=self._policy, deadline=self._deadline)
        try:
            return looking._look_at_names(self.address)
        except (SessionError, OSError):
            return ""
        finally:
            if looking._connected:
                looking._wire.close()

    def _look_at_names(self, address: str) -> str:
        server = self._server
        self._connect(self._endpoints(address, self._deadline), self._deadline)
        if server.security is Security.STARTTLS:
            self._greet()
            self._say_hello()
            self._expect_positive(self._channel.ask("STARTTLS"))
        context = tls.context(server.ca_certificate, verify_name=False)
        return ", ".join(tls.certificate_names(self._wire.secure(context, server.host)))


def _why_lost(fault: ConnectionLost | OSError) -> tuple[str, str]:
    return network_faults.in_session(fault) if isinstance(fault, OSError) else ("connection_lost", "")


def _is_tls(unread: bytes) -> bool:
    """Say whether a server answers in TLS records: an alert or a handshake (RFC 8446 section 5.1)."""
    return unread[:2] in (b"\x15\x03", b"\x16\x03")
