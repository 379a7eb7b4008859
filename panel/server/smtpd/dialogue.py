"""What the client and the listener say to each other, line by line, up to the message and from its reply on.

Whoever holds the dialogue reads the lines, writes the replies and keeps the messages.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from panel import logs
from panel.errors import DatabaseError
from panel.mail.dsn.notify import for_all
from panel.mail.limits import MessageLimits
from panel.mail.message.address import BadValue, parse_recipient
from panel.outbox.enqueue import Key
from panel.server.smtpd import arguments
from panel.server.smtpd.posting import Posting
from panel.server.smtpd.replies import FIXED, LAST_WORDS
from panel.server.smtpd.terms import GuestTerms
from panel.storage.actor import Actor

MAX_UNKNOWN = 4  # commands that there are not, in one session

# How often a session may say a command; of messages it may hand in any number.
_CALLS = {"AUTH": 3, **dict.fromkeys(("MAIL", "RCPT", "DATA", "RSET", "NOOP"), 10**9)}
_OTHER_CALLS = 20

_BARE = ("RSET", "QUIT", "STARTTLS")  # nothing stands behind them
_PROMPTS = {"PLAIN": ("",), "LOGIN": ("Username:", "Password:")}  # RFC 4954, RFC 4616
_UNKNOWN = "500 5.5.1 Error: command not recognized"
_WRONG = "535 5.7.8 The password is no API token that may send."
_TLS_FIRST = "530 5.7.0 Must issue a STARTTLS command first."  # RFC 3207 section 4
_BARRED = "421 4.7.0 Too many wrong tokens came from this address. Wait 15 minutes, then try again."
_LOGIN = "AUTH PLAIN LOGIN"
_OF_OTHERS = ("8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES")
_EXTENSIONS = (
    *_OF_OTHERS,
    _LOGIN,
    "XKEY",  # ours: a message that comes again with the same key, for its reply was lost, is kept once
    "XREPORT",  # ours: what comes is a report on mail of ours, as `mail-panel bounce` hands it on
)

SMTP_DOOR = "smtp"


@dataclass
class Transaction:
    """What MAIL has begun."""

    by: Actor
    sender: str
    utf8: bool
    limits: MessageLimits
    key: str | None = None
    is_report: bool = False
    rcpt_to: list[str] = field(default_factory=list)
    notify: list[str | None] = field(default_factory=list)  # of each recipient

    def posting(self, content: bytes) -> Posting:
        """Give the message as it is kept; its key is no key of any other door."""
        rcpt_to = tuple(self.rcpt_to)
        key = self.key and Key(f"smtp:{self.key}", sha256(" ".join(rcpt_to).encode() + content).digest())
        return Posting(content, rcpt_to, self.by, self.sender, key or None, for_all(self.notify))


class DialogueHost(Protocol):
    """Where the dialogue is held: what the server is called, what it takes, and who may send."""

    @property
    def host(self) -> str: ...

    @property
    def limits(self) -> MessageLimits: ...

    def sender(self, token: str, address: str) -> Actor | None:
        """Give who sends with this token, or None where it may not, or no longer; `address` is where it comes from."""

    def refuse_beyond(self, by: Actor, address: str) -> None:
        """Raise `TokenLimited` where a sender has handed in as much as it may."""


class DialogueGuest(Protocol):
    """Who is heard, and from where: whether another token is looked at, and the log tells of another refusal."""

    @property
    def address(self) -> str: ...

    def may_try(self) -> bool: ...

    def note_failure(self) -> None: ...

    def may_be_told(self) -> bool: ...


class SmtpdDialogue:
    """The server's side of what is said, with all that it has to remember of it."""

    def __init__(self, at: DialogueHost, guest: DialogueGuest, terms: GuestTerms, now: Callable[[], float]) -> None:
        self._at = at
        self._guest = guest
        self._terms = terms
        self._now = now
        self._hear: Callable[[bytes], str] = self._command  # what is done with the next line
        self._extended = False
        self._token = ""
        self._login: tuple[str, list[bytes]] = ("", [])  # the mechanism, and the answers so far
        self._calls = Counter({"": 0})
        self.client = ""  # as it calls itself
        self.transaction: Transaction | None = None
        self.active = now()  # when the last command came
        self.awaits_message = self.awaits_tls = self.is_over = False

    def hear(self, line: bytes) -> str:
        """Give the reply to a line, the last one where the dialogue `is_over` then."""
        try:
            return self._hear(line)
        except Exception:
            self._hear = self._command
            raise

    @property
    def is_encrypted(self) -> bool:
        return self._terms.is_encrypted

    def end_message(self, reply: str) -> str:
        """Give the reply to a message, after which the next one may begin."""
        self.active = self._now()
        self.transaction = None
        self.awaits_message = False
        return self.noted(reply)

    def _end(self, reply: str) -> str:
        self.is_over = True
        return reply

    def _command(self, line: bytes) -> str:
        word, _, rest = line.partition(b" ")
        if not line or not word.isascii():
            return "500 5.5.1 Error: bad syntax"
        name, argument = word.decode().upper(), rest.strip().decode("utf-8", "surrogateescape")
        known = name in FIXED or name in LAST_WORDS or name in _COMMANDS
        self._calls[name if known else ""] += 1
        if self._calls[""] > MAX_UNKNOWN:
            return self._end("502 5.5.1 Too many unrecognized commands, goodbye.")
        if not known:
            return _UNKNOWN  # which is not repeated: after a login that was refused it may be the password
        if self._calls[name] > self._most(name):
            return self._end(f"421 4.7.0 {name} sent too many times")
        self.active = self._now()
        if argument and name in _BARE:
            return f"501 5.5.4 Syntax: {name}"
        if name in LAST_WORDS:
            return self._end(LAST_WORDS[name])
        return FIXED.get(name) or _COMMANDS[name](self, argument)

    def _most(self, name: str) -> int:
        """Say how often a command may come: many times only of whoever may hand in."""
        most = _CALLS.get(name, _OTHER_CALLS)
        return most if self._token or not self._terms.must_log_in else min(most, _OTHER_CALLS)

    def _greet(self, client: str, *extensions: str) -> str:
        if not client:
            return "501 5.5.4 Say who you are, such as EHLO app.example.org."
        self.transaction = None
        self.client = client[:255]
        self._extended = bool(extensions)
        *lines, last = [self._at.host, *extensions]
        return "\r\n".join([*(f"250-{line}" for line in lines), f"250 {last}"])

    def _mail(self, argument: str) -> str:
        if not self.client:
            return "503 5.5.1 Say EHLO first."
        if self.transaction:
            return "503 5.5.1 A message is begun already. Finish it, or say RSET."
        by = self._sender()
        if by is None or (self._terms.must_log_in and not by.name):
            return "530 5.7.0 Log in with an API token that may send." if self._terms.may_log_in else _TLS_FIRST
        found = arguments.PATH.fullmatch(argument)
        if not found or found[1].upper() != "FROM":
            return "501 5.5.4 Say MAIL FROM:<address>, or MAIL FROM:<> for none."
        parameters = arguments.parameters(found[4] or "")
        if refusal := arguments.parameter_refusal(parameters, limits := self._at.limits):
            return refusal
        sender, utf8 = found[2] or found[3] or "", "SMTPUTF8" in parameters
        key, is_report = parameters.get("XKEY"), "XREPORT" in parameters
        if self._terms.runner and (key or is_report):
            return "555 5.5.4 MAIL takes SIZE, BODY, SMTPUTF8, RET and ENVID here, and nothing else."
        if is_report and not (by.name or self._terms.is_local):
            return "530 5.7.0 Log in to hand a report over."
        if by.limited and not (key or is_report):  # one that comes again may be kept already
            self._at.refuse_beyond(by, self._guest.address)
        self.transaction = Transaction(by, sender, utf8, limits, key, is_report)
        return "250 2.1.0 Ok"

    def _sender(self) -> Actor | None:
        """Give who sends: whoever has begun this program, who has logged in, else nobody by name."""
        if self._token:
            return self._at.sender(self._token, self._guest.address)
        return self._terms.runner or Actor("", SMTP_DOOR)

    def _rcpt(self, argument: str) -> str:
        if self.transaction is None:
            return "503 5.5.1 Say MAIL first."
        found = arguments.PATH.fullmatch(argument)
        if not found or found[1].upper() != "TO":
            return "501 5.5.4 Say RCPT TO:<address>."
        if self.transaction.is_report:
            return "503 5.5.1 A report goes to nobody. Say DATA."
        notify, refusal = arguments.notify_of(arguments.parameters(found[4])) if found[4] else (None, "")
        if refusal:
            return refusal
        most = self.transaction.limits.max_recipients
        if len(self.transaction.rcpt_to) >= most:
            return f"452 4.5.3 A message has at most {most} recipients. Send it to the others separately."
        path = found[2] or found[3] or ""
        if not path.isascii() and not self.transaction.utf8:
            return "553 5.6.7 This address needs SMTPUTF8 behind MAIL."
        try:
            self.transaction.rcpt_to.append(parse_recipient(path))
        except BadValue:
            return _no_address(path)
        self.transaction.notify.append(notify)
        return "250 2.1.5 Ok"

    def _data(self, argument: str) -> str:
        if argument:
            return "501 5.5.4 DATA takes nothing behind it."
        if self.transaction is None:
            return "503 5.5.1 Say MAIL first."
        if not (self.transaction.rcpt_to or self.transaction.is_report):
            return "554 5.5.1 No recipient was accepted."
        self.awaits_message = True
        return "354 Go on, and end with CR LF . CR LF"

    def _starttls(self, _argument: str) -> str:
        if not self._terms.offers_starttls:
            return "503 5.5.1 TLS has begun already." if self._terms.is_encrypted else "454 4.7.0 TLS not available"
        self.awaits_tls = True
        return "220 2.0.0 Ready to start TLS"

    def _extensions(self) -> tuple[str, ...]:
        """Name what may be asked for on the connection as it is: a login beyond this machine under TLS alone."""
        size = f"SIZE {self._at.limits.max_bytes}"
        if self._terms.runner:
            return (size, *_OF_OTHERS)
        offered = _EXTENSIONS if self._terms.may_log_in else tuple(each for each in _EXTENSIONS if each != _LOGIN)
        return (size, *offered, "STARTTLS") if self._terms.names_starttls else (size, *offered)

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
            "503 5.7.0 Nobody logs in here: whoever runs the command sends.": self._terms.runner,
            "538 5.7.11 Encryption required: a login comes under TLS.": not self._terms.may_log_in,
            "503 5.5.1 Log in before MAIL.": self.transaction,
            "503 5.5.1 Error: send EHLO first": not self.client,
            "500 5.5.1 Error: command 'AUTH' not recognized": not self._extended,
            "503 5.5.1 Already authenticated": self._token,
            "501 5.5.4 Not enough value": not mechanism,
            "501 5.5.4 Too many values": len(initial) > 1,
            "504 5.5.4 Unrecognized authentication type": mechanism not in _PROMPTS,
        }
        return next((reply for reply, holds in refusals.items() if holds), "")

    def _answer(self, answer: bytes) -> str:
        self._hear = self._command
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
            self._hear = self._answer
            return f"334 {b64encode(_PROMPTS[mechanism][len(answers)].encode()).decode()}"
        parts = answers[-1].split(b"\0") if mechanism == "PLAIN" else answers
        if mechanism == "PLAIN" and len(parts) != 3:
            return "501 5.5.2 Can't split auth value"
        return self._try(parts[-1].decode("utf-8", "replace"))

    def _try(self, token: str) -> str:
        if not self._guest.may_try():
            return self._end(self.noted(_BARRED))
        try:
            known = self._at.sender(token, self._guest.address)
        except DatabaseError as fault:
            logs.error("database_failed", text=fault)
            return "454 4.7.0 The login cannot be checked for now."
        if not known:
            self._guest.note_failure()
            return self.noted(_WRONG)
        self._token = token
        return "235 2.7.0 Authentication successful"

    def noted(self, reply: str) -> str:
        """Tell the log of a refusal, unless whoever runs this program hears it, and nobody else keeps a log."""
        if reply[:1] in ("4", "5") and not self._terms.runner and self._guest.may_be_told():
            address = self._guest.address or None
            logs.warning("submission_refused", door=SMTP_DOOR, reply=reply, client=self.client, address=address)
        return reply


def _no_address(path: str) -> str:
    """Refuse a recipient; one without a domain by what it is, for `sendmail root` goes by /etc/aliases."""
    if path and "@" not in path:
        what = f"{path[:40]!a} is a local name, and no aliases are asked here."
        return f"553 5.1.3 {what} Give a whole address, such as hanako@example.org."
    return "553 5.1.3 That is no mail address. Give one like hanako@example.org."


_COMMANDS: Mapping[str, Callable[[SmtpdDialogue, str], str]] = {
    "HELO": SmtpdDialogue._greet,
    "EHLO": lambda dialogue, client: dialogue._greet(client, *dialogue._extensions()),
    "AUTH": SmtpdDialogue._auth,
    "MAIL": lambda dialogue, argument: dialogue.noted(dialogue._mail(argument)),
    "RCPT": lambda dialogue, argument: dialogue.noted(dialogue._rcpt(argument)),
    "DATA": SmtpdDialogue._data,
    "RSET": SmtpdDialogue._rset,
    "STARTTLS": SmtpdDialogue._starttls,
}
