"""One session with an application that hands mail over by SMTP (RFC 5321, RFC 6409), on aiosmtpd.

aiosmtpd reads commands, keeps the time and speaks AUTH. What counts as a line, what MAIL, RCPT and DATA take, and the
replies are ours: 250 to the final dot means that the message is on disk.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import AnyStr

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from panel import clock, logs
from panel.access.tokens import Scope, Tokens
from panel.errors import DatabaseError
from panel.mail.message.address import BadValue, parse_recipient
from panel.mail.message.normalize import MAX_BYTES, MAX_RECIPIENTS
from panel.outbox.enqueue import Key, Ticket
from panel.server.smtpd import arguments
from panel.server.smtpd.group_commit import GroupCommit, Posting
from panel.server.smtpd.replies import enhanced, refusal_of
from panel.server.smtpd.stream import CHUNK, LONGEST_LINE, NotTaken, Room, Share, Stream, Unreadable
from panel.storage.actor import Actor

TIMEOUT_SECONDS = 300.0  # between commands, and for a whole message (RFC 5321 section 4.5.3.2.7)
MAX_HELD = 4 * MAX_BYTES  # what all sessions together hold of messages that are coming in
MAX_LOGINS = 3  # tries of one session
CROWDED = "421 4.3.2 Too many connections, and this one has waited longest. Connect again."
STOPPING = "421 4.3.2 The panel stops. Try again in a moment."

# How often a session may say a command; of messages it may hand in any number.
_CALLS = {"*": 20, "AUTH": MAX_LOGINS, **dict.fromkeys(("MAIL", "RCPT", "DATA", "RSET", "NOOP"), 10**9)}

_WRONG = "535 5.7.8 The password is no API token that may send."
_EXTENSIONS = (
    *(f"SIZE {MAX_BYTES}", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN"),
    "XKEY",  # ours: a message that comes again with the same key, for its reply was lost, is kept once
)

SMTP_DOOR = "smtp"


@dataclass(eq=False)
class Desk:
    """What the sessions of a listener share."""

    host: str
    commit: GroupCommit
    tokens: Tokens
    must_log_in: bool = False
    room: Room = field(default_factory=lambda: Room(MAX_HELD))
    sessions: set[SmtpdSession] = field(default_factory=set)

    def account(self, token: str) -> str | None:
        """Give who sends with this token, or None where it may not, or no longer."""
        found = self.tokens.accept(token, clock.now())
        return found.account if found and found.may(Scope.SEND) else None


@dataclass
class _Transaction:
    """What MAIL has begun."""

    by: Actor
    sender: str
    utf8: bool
    key: str | None = None
    rcpt_to: list[str] = field(default_factory=list)

    def posting(self, content: bytes) -> Posting:
        """Give the message as it is kept; its key is no key of any other door."""
        rcpt_to = tuple(self.rcpt_to)
        if self.key is None:
            return Posting(content, rcpt_to, self.by, self.sender)
        digest = sha256(" ".join(rcpt_to).encode() + content).digest()
        return Posting(content, rcpt_to, self.by, self.sender, Key(f"smtp:{self.key}", digest))


class SmtpdSession(SMTP):
    """The server's side of one connection."""

    line_length_limit = CHUNK
    command_size_limit = LONGEST_LINE
    AuthLoginUsernameChallenge = "Username:"
    AuthLoginPasswordChallenge = "Password:"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._transaction: _Transaction | None = None
        self._finishing = False
        self._is_keeping = False
        self.since = asyncio.get_running_loop().time()  # when it began, or its last message was accepted
        self.command_size_limits = defaultdict(lambda: LONGEST_LINE)  # else one for all sessions, changed by each EHLO
        super().__init__(
            None,
            hostname=desk.host,
            ident="ESMTP mail-panel",
            enable_SMTPUTF8=True,
            timeout=TIMEOUT_SECONDS,
            auth_require_tls=False,
            authenticator=_authenticate,
            command_call_limit=_CALLS,
            loop=asyncio.get_running_loop(),
        )

    def has_had(self, seconds: float, *, within_message: float) -> bool:
        """Say whether it has had its time without a message accepted; never while one is being kept."""
        if self._is_keeping or self.transport is None or self.transport.is_closing():
            return False
        return self.loop.time() - self.since >= (within_message if self._transaction else seconds)

    def ending(self) -> asyncio.Task[None]:
        """Give what is done when the session has ended."""
        assert self._handler_coroutine
        return self._handler_coroutine

    def finish(self) -> None:
        """Leave as soon as the message in hand has its reply, at once where there is none."""
        self._finishing = True
        if self._transaction is None:
            self.leave(STOPPING)

    def leave(self, reply: str) -> None:
        """Say a last word and hang up."""
        if self.transport and self._handler_coroutine:
            self._write(reply)
            self.transport.close()
            self._handler_coroutine.cancel()

    def log_in(self, token: str) -> AuthResult:
        """Take a token for this session."""
        try:
            known = self._desk.account(token)
        except DatabaseError as fault:
            logs.error("database_failed", text=fault)
            return AuthResult(success=False, handled=False, message="454 4.7.0 The login cannot be checked for now.")
        if known:
            return AuthResult(success=True, auth_data=token)
        self._tell_refusal(_WRONG)
        return AuthResult(success=False, handled=False, message=_WRONG)

    # How aiosmtpd runs a session

    def __dir__(self) -> list[str]:
        return _COMMANDS  # aiosmtpd looks through all names for each connection, which took half of its time

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._desk.sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._desk.sessions.discard(self)
        super().connection_lost(error)

    def eof_received(self) -> bool | None:
        return super(SMTP, self).eof_received()  # what came before has its replies still to come

    async def push(self, status: AnyStr) -> None:
        await super().push(enhanced(status) if isinstance(status, str) else status)

    async def handle_exception(self, error: Exception) -> str:
        if isinstance(error, Unreadable):
            self._tell_refusal(str(error))
            self.leave(str(error))
            return ""
        return refusal_of(error)

    async def _handle_client(self) -> None:
        with suppress(ConnectionError):  # the client has gone
            await super()._handle_client()

    def _cb_client_connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super()._cb_client_connected(reader, writer)
        self._stream = Stream(reader)
        self._reader = self._stream  # type: ignore[assignment]  # it is asked for lines only

    def _timeout_cb(self) -> None:
        self.leave("421 4.4.2 Nothing came for too long. Connect again.")

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()  # type: ignore[no-untyped-call]  # aiosmtpd has none
        self._transaction = None
        if self._finishing:
            self.loop.call_soon(self.finish)

    # Commands

    async def smtp_HELO(self, hostname: str) -> None:
        await self._greet(hostname)

    async def smtp_EHLO(self, hostname: str) -> None:
        await self._greet(hostname, *_EXTENSIONS)

    async def smtp_MAIL(self, arg: str | None) -> None:
        await self._reply(self._mail(arg or ""))

    async def smtp_RCPT(self, arg: str | None) -> None:
        await self._reply(self._rcpt(arg or ""))

    async def smtp_DATA(self, arg: str | None) -> None:
        if arg:
            await self.push("501 5.5.4 DATA takes nothing behind it.")
        elif self._transaction is None:
            await self.push("503 5.5.1 Say MAIL first.")
        elif not self._transaction.rcpt_to:
            await self.push("554 5.5.1 No recipient was accepted.")
        else:
            await self.push("354 Go on, and end with CR LF . CR LF")
            reply = await self._take(self._transaction)
            await self._reply(reply)
            self._is_keeping = False
            self.since = self.loop.time() if reply.startswith("250") else self.since
            self._set_post_data_state()
            self._reset_timeout()

    async def smtp_VRFY(self, _arg: str | None) -> None:
        await self.push("252 2.5.2 Send the message: who cannot get it is seen then.")

    async def smtp_EXPN(self, _arg: str | None) -> None:
        await self.push("502 5.5.1 There are no lists here.")

    async def smtp_HELP(self, _arg: str | None) -> None:
        await self.push("214 2.0.0 EHLO, AUTH, MAIL, RCPT, DATA, RSET, NOOP, QUIT: RFC 5321 tells how.")

    async def smtp_AUTH(self, arg: str | None) -> None:
        mechanism, blank, rest = (arg or "").partition(" ")
        if self._transaction:
            await self.push("503 5.5.1 Log in before MAIL.")
        else:
            await super().smtp_AUTH(f"{mechanism.upper()}{blank}{rest}")

    async def smtp_BDAT(self, _arg: str | None) -> None:
        self.leave("502 5.5.1 BDAT is not offered: use DATA.")  # its chunk would be read as commands

    async def smtp_GET(self, _arg: str | None) -> None:
        self.leave("521 5.5.1 This is SMTP, not HTTP.")  # a web page may have sent a browser here

    smtp_POST = smtp_PUT = smtp_HEAD = smtp_OPTIONS = smtp_CONNECT = smtp_GET

    # What they do

    async def _greet(self, hostname: str, *extensions: str) -> None:
        if not hostname:
            await self.push("501 5.5.4 Say who you are, such as EHLO app.example.org.")
            return
        assert self.session
        self._set_post_data_state()
        self.session.host_name = hostname[:255]
        self.session.extended_smtp = bool(extensions)
        *lines, last = [self._desk.host, *extensions]
        self._write(*(f"250-{line}" for line in lines), f"250 {last}")

    def _mail(self, arg: str) -> str:
        assert self.session
        if not self.session.host_name:
            return "503 5.5.1 Say EHLO first."
        if self._transaction:
            return "503 5.5.1 A message is begun already. Finish it, or say RSET."
        token = self.session.auth_data
        account = self._desk.account(token) if token else ""
        if account is None or (self._desk.must_log_in and not account):
            return "530 5.7.0 Log in with an API token that may send."
        found = arguments.PATH.fullmatch(arg)
        if not found or found[1].upper() != "FROM":
            return "501 5.5.4 Say MAIL FROM:<address>, or MAIL FROM:<> for none."
        parameters = arguments.parameters(found[4] or "")
        if refusal := arguments.parameter_refusal(parameters):
            return refusal
        sender, utf8 = found[2] or found[3] or "", "SMTPUTF8" in parameters
        self._transaction = _Transaction(Actor(account, SMTP_DOOR), sender, utf8, parameters.get("XKEY"))
        return "250 2.1.0 Ok"

    def _rcpt(self, arg: str) -> str:
        if self._transaction is None:
            return "503 5.5.1 Say MAIL first."
        found = arguments.PATH.fullmatch(arg)
        if not found or found[1].upper() != "TO":
            return "501 5.5.4 Say RCPT TO:<address>."
        if found[4]:
            return "555 5.5.4 RCPT takes no parameters here."
        if len(self._transaction.rcpt_to) >= MAX_RECIPIENTS:
            return f"452 4.5.3 A message has at most {MAX_RECIPIENTS} recipients. Send it to the others separately."
        return self._recipient(self._transaction, found[2] or found[3] or "")

    def _recipient(self, transaction: _Transaction, path: str) -> str:
        if not path.isascii() and not transaction.utf8:
            return "553 5.6.7 This address needs SMTPUTF8 behind MAIL."
        try:
            address = parse_recipient(path)
        except BadValue:
            return "553 5.1.3 That is no mail address. Give one like hanako@example.org."
        transaction.rcpt_to.append(address)
        return "250 2.1.5 Ok"

    async def _take(self, transaction: _Transaction) -> str:
        """Receive a message, keep it, and give the reply to its final dot."""
        with Share(self._desk.room) as share:
            try:
                content = await self._stream.message(share)
                self._is_keeping = True
                ticket = await self._desk.commit.keep(transaction.posting(content))
            except NotTaken as refusal:
                return str(refusal)
            except Unreadable:
                raise
            except Exception as fault:
                return refusal_of(fault)
        self._tell(ticket, transaction)
        return f"250 2.0.0 Ok: message {ticket.number} is in the outbox"

    async def _reply(self, reply: str) -> None:
        """Send the reply to a part of a message, and tell the log of a refusal."""
        if reply[0] in "45":
            self._tell_refusal(reply)
        await self.push(reply)

    def _write(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())

    def _tell(self, ticket: Ticket, transaction: _Transaction) -> None:
        assert self.session
        account = transaction.by.name or None
        logs.info("submitted", door=SMTP_DOOR, message=ticket.number, client=self.session.host_name, account=account)

    def _tell_refusal(self, reply: str) -> None:
        assert self.session
        logs.warning("submission_refused", door=SMTP_DOOR, reply=reply, client=self.session.host_name)


def _authenticate(server: SMTP, _session: object, _envelope: object, _mechanism: str, login: object) -> AuthResult:
    """Take an API token as the password, whatever the user is called."""
    assert isinstance(server, SmtpdSession)
    assert isinstance(login, LoginPassword)
    return server.log_in(login.password.decode("utf-8", "replace"))


_COMMANDS = [name for each in SmtpdSession.__mro__ for name in vars(each) if name.startswith(("smtp_", "auth_"))]
