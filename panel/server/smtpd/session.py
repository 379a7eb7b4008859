"""One session with an application that hands mail over by SMTP (RFC 5321, RFC 6409).

What has come is read in one go, and its replies leave together (RFC 2920). 250 to the final dot means that the message
is on disk: until then what the client says next waits.
"""

from __future__ import annotations

import asyncio
import binascii
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from panel import clock, logs
from panel.access.tokens import Scope, Tokens
from panel.errors import DatabaseError
from panel.mail.message.address import BadValue, parse_recipient
from panel.mail.message.normalize import MAX_BYTES, MAX_RECIPIENTS
from panel.outbox.enqueue import Key
from panel.server.smtpd import arguments
from panel.server.smtpd.group_commit import GroupCommit, Posting, TicketOrFault
from panel.server.smtpd.replies import FIXED, LAST_WORDS, STOPPING, refusal_of
from panel.server.smtpd.stream import CHUNK, NotTaken, Room, Stream, Unreadable
from panel.storage.actor import Actor

TIMEOUT_SECONDS = 300.0  # between commands, and for a whole message (RFC 5321 section 4.5.3.2.7)
UNREAD_SECONDS = 10.0  # for a client that is hung up on to read what was said to it
MAX_HELD = 4 * MAX_BYTES  # what all sessions together hold of messages that are coming in
MAX_UNKNOWN = 4  # commands that there are not, in one session
MAX_TOGETHER = 100  # replies that are gathered before they leave

# How often a session may say a command; of messages it may hand in any number.
_CALLS = {"AUTH": 3, **dict.fromkeys(("MAIL", "RCPT", "DATA", "RSET", "NOOP"), 10**9)}
_OTHER_CALLS = 20

_BARE = ("RSET", "QUIT", "STARTTLS")  # nothing stands behind them
_PROMPTS = {"PLAIN": ("",), "LOGIN": ("Username:", "Password:")}  # RFC 4954, RFC 4616
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
    chunk: memoryview = field(default_factory=lambda: memoryview(bytearray(CHUNK)))  # each read is taken out at once

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
        key = self.key and Key(f"smtp:{self.key}", sha256(" ".join(rcpt_to).encode() + content).digest())
        return Posting(content, rcpt_to, self.by, self.sender, key or None)


class SmtpdSession(asyncio.BufferedProtocol):
    """The server's side of one connection."""

    def __init__(self, desk: Desk, *, refusal: str = "") -> None:
        self._desk = desk
        self._refusal = refusal
        self._loop = asyncio.get_running_loop()
        self._stream = Stream(desk.room)
        self._take: Callable[[bytes], str] = self._command  # what is done with the next thing that comes
        self._replies: list[str] = []  # that have not left
        self._client = ""  # as it calls itself
        self._extended = False
        self._token = ""
        self._login: tuple[str, list[bytes]] = ("", [])  # the mechanism, and the answers so far
        self._calls: Counter[str] = Counter()
        self.transaction: _Transaction | None = None
        self._is_keeping = self._is_full = self._has_ended = self._is_finishing = False
        self.ended = self._loop.create_future()
        self.since = self._active = self._loop.time()  # when its last message was accepted; its last command came

    # Its beginning and its end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._desk.sessions.add(self)
        self._timer = self._loop.call_later(TIMEOUT_SECONDS, self._look_at_the_time)
        if self._refusal:
            self.leave(self._refusal)
        self._replies.append(f"220 {self._desk.host} ESMTP mail-panel")
        self._send()

    def connection_lost(self, _fault: Exception | None) -> None:
        self._timer.cancel()
        self._desk.sessions.discard(self)
        self.ended.set_result(None)
        if not self._is_keeping:
            self._stream.occupy(0)

    def has_had(self, seconds: float, *, within_message: float) -> bool:
        """Say whether it has had its time without a message accepted; never while one is being kept."""
        if self._is_keeping or self._transport.is_closing():
            return False
        return self._loop.time() - self.since >= (within_message if self.transaction else seconds)

    def finish(self) -> None:
        """Leave as soon as the message in hand has its reply, at once where there is none."""
        self._is_finishing = True
        self._go_on()

    def leave(self, reply: str) -> str:
        """Say a last word and hang up; there is no other reply."""
        self._replies.append(reply)
        self._hang_up()
        return ""

    def _hang_up(self) -> None:
        self._send()
        self._transport.close()
        if self._transport.get_write_buffer_size():  # who does not read would stay for ever
            self._timer.cancel()
            self._timer = self._loop.call_later(UNREAD_SECONDS, self._transport.abort)

    def _look_at_the_time(self) -> None:
        left = self._active + TIMEOUT_SECONDS - self._loop.time()
        if left > 0 or self._is_keeping:
            self._timer = self._loop.call_later(max(left, 1), self._look_at_the_time)
        else:
            self.leave("421 4.4.2 Nothing came for too long. Connect again.")

    # Its bytes

    def get_buffer(self, _hint: int) -> memoryview:
        return self._desk.chunk

    def buffer_updated(self, size: int) -> None:
        self._stream.feed(self._desk.chunk[:size])
        if self._must_wait():
            self._transport.pause_reading()
        else:
            self._go_on()

    def eof_received(self) -> bool:
        self._has_ended = True
        self._go_on()
        return True  # what came before has its replies still to come

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._go_on()

    def _must_wait(self) -> bool:
        return self._is_keeping or self._is_full

    def _go_on(self) -> None:
        """Answer what has come, and read on where nothing must be waited for."""
        while not self._must_wait() and not self._transport.is_closing() and self._answer_next():
            if len(self._replies) >= MAX_TOGETHER:
                self._send()
        self._send()
        if self._must_wait():
            return
        if self._has_ended:
            self._hang_up()
        else:
            self._transport.resume_reading()

    def _answer_next(self) -> bool:
        """Answer the next command or message, where all of it has come."""
        if self._is_finishing and self.transaction is None:
            self.leave(STOPPING)
            return False
        try:
            came = self._stream.next()
            if came is None:
                return False
            reply = self._take(came)
            self._replies.extend([reply] if reply else [])
        except NotTaken as refusal:
            self._end_message(str(refusal))
        except Unreadable as fault:
            self.leave(self._noted(str(fault)))
        except Exception as fault:
            self._take = self._command
            self._replies.append(refusal_of(fault))
        return True

    def _send(self) -> None:
        if self._replies and not self._transport.is_closing():
            self._transport.write("\r\n".join([*self._replies, ""]).encode())
        self._replies.clear()

    # What it hears

    def _command(self, line: bytes) -> str:
        word, _, rest = line.partition(b" ")
        if not line or not word.isascii():
            return "500 5.5.1 Error: bad syntax"
        name, argument = word.decode().upper(), rest.strip().decode("utf-8", "surrogateescape")
        known = name in FIXED or name in LAST_WORDS or name in _COMMANDS
        self._calls[name if known else ""] += 1
        if self._calls[""] > MAX_UNKNOWN:
            return self.leave("502 5.5.1 Too many unrecognized commands, goodbye.")
        if not known:
            return f'500 5.5.1 Error: command "{name}" not recognized'
        if self._calls[name] > _CALLS.get(name, _OTHER_CALLS):
            return self.leave(f"421 4.7.0 {name} sent too many times")
        self._active = self._loop.time()
        if argument and name in _BARE:
            return f"501 5.5.4 Syntax: {name}"
        if name in LAST_WORDS:
            return self.leave(LAST_WORDS[name])
        return FIXED.get(name) or _COMMANDS[name](self, argument)

    def _greet(self, client: str, *extensions: str) -> str:
        if not client:
            return "501 5.5.4 Say who you are, such as EHLO app.example.org."
        self.transaction = None
        self._client = client[:255]
        self._extended = bool(extensions)
        *lines, last = [self._desk.host, *extensions]
        return "\r\n".join([*(f"250-{line}" for line in lines), f"250 {last}"])

    def _mail(self, argument: str) -> str:
        if not self._client:
            return "503 5.5.1 Say EHLO first."
        if self.transaction:
            return "503 5.5.1 A message is begun already. Finish it, or say RSET."
        account = self._desk.account(self._token) if self._token else ""
        if account is None or (self._desk.must_log_in and not account):
            return "530 5.7.0 Log in with an API token that may send."
        found = arguments.PATH.fullmatch(argument)
        if not found or found[1].upper() != "FROM":
            return "501 5.5.4 Say MAIL FROM:<address>, or MAIL FROM:<> for none."
        parameters = arguments.parameters(found[4] or "")
        if refusal := arguments.parameter_refusal(parameters):
            return refusal
        sender, utf8 = found[2] or found[3] or "", "SMTPUTF8" in parameters
        self.transaction = _Transaction(Actor(account, SMTP_DOOR), sender, utf8, parameters.get("XKEY"))
        return "250 2.1.0 Ok"

    def _rcpt(self, argument: str) -> str:
        if self.transaction is None:
            return "503 5.5.1 Say MAIL first."
        found = arguments.PATH.fullmatch(argument)
        if not found or found[1].upper() != "TO":
            return "501 5.5.4 Say RCPT TO:<address>."
        if found[4]:
            return "555 5.5.4 RCPT takes no parameters here."
        if len(self.transaction.rcpt_to) >= MAX_RECIPIENTS:
            return f"452 4.5.3 A message has at most {MAX_RECIPIENTS} recipients. Send it to the others separately."
        path = found[2] or found[3] or ""
        if not path.isascii() and not self.transaction.utf8:
            return "553 5.6.7 This address needs SMTPUTF8 behind MAIL."
        try:
            self.transaction.rcpt_to.append(parse_recipient(path))
        except BadValue:
            return "553 5.1.3 That is no mail address. Give one like hanako@example.org."
        return "250 2.1.5 Ok"

    def _data(self, argument: str) -> str:
        if argument:
            return "501 5.5.4 DATA takes nothing behind it."
        if self.transaction is None:
            return "503 5.5.1 Say MAIL first."
        if not self.transaction.rcpt_to:
            return "554 5.5.1 No recipient was accepted."
        self._stream.expect_message()
        self._take = self._keep
        return "354 Go on, and end with CR LF . CR LF"

    def _keep(self, content: bytes) -> str:
        """Put a message into the outbox; its reply comes with `_kept`."""
        assert self.transaction
        alone = not any(each.transaction for each in self._desk.sessions if each is not self)
        self._desk.commit.keep(self.transaction.posting(content), self._kept, alone=alone)
        self._is_keeping = True
        return ""

    def _kept(self, outcome: TicketOrFault) -> None:
        """Hear what became of the message, whether the client is still there or not."""
        assert self.transaction
        self._is_keeping = False
        if isinstance(outcome, Exception):
            self._end_message(refusal_of(outcome))
        else:
            account = self.transaction.by.name or None
            logs.info("submitted", door=SMTP_DOOR, message=outcome.number, client=self._client, account=account)
            self.since = self._loop.time()
            self._end_message(f"250 2.0.0 Ok: message {outcome.number} is in the outbox")
        self._go_on()

    def _end_message(self, reply: str) -> None:
        self._stream.occupy(0)
        self._replies.append(self._noted(reply))
        self._active = self._loop.time()
        self.transaction = None
        self._take = self._command

    def _rset(self, _argument: str) -> str:
        self.transaction = None
        return "250 2.0.0 OK"

    # Logging in

    def _auth(self, argument: str) -> str:
        mechanism, *initial = argument.split() or [""]
        self._login = mechanism.upper(), []
        if refusal := self._auth_refusal(mechanism.upper(), initial):
            return refusal
        return self._answer(initial[0].encode("utf-8", "surrogateescape")) if initial else self._ask()

    def _auth_refusal(self, mechanism: str, initial: Sequence[str]) -> str:
        refusals = {
            "503 5.5.1 Log in before MAIL.": self.transaction,
            "503 5.5.1 Error: send EHLO first": not self._client,
            "500 5.5.1 Error: command 'AUTH' not recognized": not self._extended,
            "503 5.5.1 Already authenticated": self._token,
            "501 5.5.4 Not enough value": not mechanism,
            "501 5.5.4 Too many values": len(initial) > 1,
            "504 5.5.4 Unrecognized authentication type": mechanism not in _PROMPTS,
        }
        return next((reply for reply, holds in refusals.items() if holds), "")

    def _answer(self, answer: bytes) -> str:
        self._take = self._command
        if answer.strip() == b"*":
            return "501 5.7.0 Auth aborted"
        try:
            self._login[1].append(b64decode(answer.strip(), validate=True))
        except binascii.Error:
            return "501 5.5.2 Can't decode base64"
        return self._ask()

    def _ask(self) -> str:
        """Ask for what is missing of a login, or try it when it is whole; whatever the user is called."""
        mechanism, answers = self._login
        if len(answers) < len(_PROMPTS[mechanism]):
            self._take = self._answer
            return f"334 {b64encode(_PROMPTS[mechanism][len(answers)].encode()).decode()}"
        parts = answers[-1].split(b"\0") if mechanism == "PLAIN" else answers
        if mechanism == "PLAIN" and len(parts) != 3:
            return "501 5.5.2 Can't split auth value"
        return self._try(parts[-1].decode("utf-8", "replace"))

    def _try(self, token: str) -> str:
        try:
            known = self._desk.account(token)
        except DatabaseError as fault:
            logs.error("database_failed", text=fault)
            return "454 4.7.0 The login cannot be checked for now."
        if not known:
            return self._noted(_WRONG)
        self._token = token
        return "235 2.7.0 Authentication successful"

    def _noted(self, reply: str) -> str:
        """Tell the log of a refusal."""
        if reply[:1] in ("4", "5"):
            logs.warning("submission_refused", door=SMTP_DOOR, reply=reply, client=self._client)
        return reply


_COMMANDS: Mapping[str, Callable[[SmtpdSession, str], str]] = {
    "HELO": SmtpdSession._greet,
    "EHLO": lambda session, client: session._greet(client, *_EXTENSIONS),
    "AUTH": SmtpdSession._auth,
    "MAIL": lambda session, argument: session._noted(session._mail(argument)),
    "RCPT": lambda session, argument: session._noted(session._rcpt(argument)),
    "DATA": SmtpdSession._data,
    "RSET": SmtpdSession._rset,
}
