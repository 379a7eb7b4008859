"""Hands a message to the panel's own SMTP listener: the way in for users who may not write to the data file.

What a moment may mend is tried again: a panel that is being started anew, a full listener, a busy outbox.
"""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BufferedRWPair, IOBase
from itertools import count
from typing import TypeVar

from panel.errors import NoAccess, PanelError
from panel.home import Home, reached_here
from panel.mail.message.envelope import on_the_wire
from panel.mail.message.header import clean, mailbox, write_field
from panel.mail.message.submission import Submission
from panel.mail.net.connection import MAX_REPLY_LINE
from panel.mail.smtp.protocol import MAX_REPLY_LINES
from panel.mail.text import decoded
from panel.outbox.pace.rate import backoff_ms

ANSWER_SECONDS = 60.0  # for each answer
XKEY = "XKEY"  # our extension: with the same key again, the listener takes a message once
XREPORT = "XREPORT"  # another one: what follows is a report on mail, and goes to nobody
Result = TypeVar("Result")
MAX_SHOWN = 300  # characters of an answer
_FIRST_WAIT_MS = 100
_LONGEST_WAIT_MS = 2_000


class NotRelayed(PanelError):
    """The listener is not there, or did not take the message; `code` is its reply code, 0 where there was none."""

    def __init__(self, text: str, code: int = 0, *, again: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.again = again  # another try is of use, and cannot make a second message


class Away(NotRelayed):
    """The panel is not there, or has gone; with the final dot sent it may have the message, under its key."""

    def __init__(self, text: str, *, may_have_it: bool = False) -> None:
        super().__init__(text, again=True)
        self.may_have_it = may_have_it


def hand_over(submission: Submission, where: Home, fault: NoAccess, *, patience: float) -> None:
    """Return when the panel has the message on disk, or the drop folder has it where the panel is away."""
    to, key, awaits = listener_or_none(where, fault), "", where.drop is None
    message, rcpt_to, notify = handed_on(submission), submission.rcpt_to, submission.notify
    if to:
        key = os.urandom(16).hex()
        try:
            relay(message, rcpt_to, to=to, notify=notify or "", key=key, patience=patience, awaits_panel=awaits)
            return
        except Away as away:
            if awaits:
                raise
            key = key if away.may_have_it else ""
    from panel.cli.sendmail.dropped import leave_message  # few have such a folder, and the panel is seldom away

    assert where.drop
    leave_message(where.drop, message, rcpt_to, notify, tried=key)


def relay(
    message: bytes,
    rcpt_to: Sequence[str],
    *,
    to: tuple[str, int],
    notify: str = "",
    key: str = "",
    patience: float = 0.0,
    awaits_panel: bool = True,
) -> None:
    """Return when the listener has the message on disk for every recipient, or raise `NotRelayed`.

    After so many seconds of `patience` no further try is begun; of a panel that is away only where it is awaited.
    `notify` is when to report on the message, if that is said. Under one `key` the listener keeps one message.
    """
    after = f" NOTIFY={notify.upper()}" if notify else ""
    rcpts = [f"RCPT TO:<{each}>{after}".encode() for each in rcpt_to]
    key = key or os.urandom(16).hex()
    _patiently(lambda: _relay(message, _mail(rcpt_to), rcpts, key, to), patience, awaits_panel=awaits_panel)


def handed_on(submission: Submission) -> bytes:
    """Write a message as it is handed on: it leaves out the From, so that answers go where they should."""
    head = write_field("Reply-To", submission.reply_to).encode("ascii") if submission.reply_to else b""
    if name := submission.name:
        head += write_field("From", mailbox("nobody", name)).encode("ascii")  # no address, so that no answer goes there
    return head + submission.without_name


def open_greeted(
    to: tuple[str, int], *, patience: float = 0.0, awaits_panel: bool = True
) -> tuple[socket.socket, bytes]:
    """Connect to the listener, and give its greeting too, or raise `NotRelayed` as `relay` does."""
    return _patiently(lambda: _open_greeted(to), patience, awaits_panel=awaits_panel)


def listener_of(where: Home, fault: NoAccess) -> tuple[str, int]:
    """Give where the panel takes mail of users who may not write to the data file, or raise their fault with a way."""
    if where.smtp_listen is None:
        raise NoAccess(
            f"{fault} Or set MAIL_PANEL_SMTP_LISTEN, here and for the panel: it then takes the message while it runs."
        )
    return reached_here(where.smtp_listen)


def listener_or_none(where: Home, fault: NoAccess) -> tuple[str, int] | None:
    """Give the same; None where there is a drop folder alone."""
    return None if where.drop and where.smtp_listen is None else listener_of(where, fault)


def relay_report(report: bytes, *, to: tuple[str, int]) -> str:
    """Give what the listener has made of a report on mail, or raise `NotRelayed`; it may come again."""
    try:
        with _session(to) as wire:
            if not any(line.startswith(XREPORT) for line in _command(wire, b"EHLO localhost", b"2")):
                raise NotRelayed(
                    "The panel at MAIL_PANEL_SMTP_LISTEN takes no reports: it is an older one.", again=True
                )
            _command(wire, f"MAIL FROM:<> {XREPORT}".encode(), b"2")
            _command(wire, b"DATA", b"3")
            _write(wire, on_the_wire(report))
            [answer, *_] = _hear(wire, b"2")
            return answer.rpartition(" ")[2].lower()
    except OSError as fault:
        raise _away(fault, to) from fault


@contextmanager
def _session(to: tuple[str, int]) -> Iterator[BufferedRWPair]:
    """Greet the listener, and say goodbye: what it has taken is taken by then, whatever becomes of that."""
    with socket.create_connection(to, ANSWER_SECONDS) as connected, connected.makefile("rwb") as wire:
        _hear(wire, b"2")
        yield wire
        with suppress(OSError):
            connected.sendall(b"QUIT\r\n")


def _patiently(act: Callable[[], Result], patience: float, *, awaits_panel: bool) -> Result:
    """Try again while a moment may mend it, for so many seconds."""
    ends = time.monotonic() + patience
    for tries in count(1):
        try:
            return act()
        except NotRelayed as fault:
            seconds = _wait_ms(tries) / 1000
            is_over = time.monotonic() + seconds > ends or (isinstance(fault, Away) and not awaits_panel)
            if not fault.again or is_over:
                raise
        time.sleep(seconds)
    raise AssertionError


def _open_greeted(to: tuple[str, int]) -> tuple[socket.socket, bytes]:
    try:
        connected = socket.create_connection(to, ANSWER_SECONDS)
        try:
            with connected.makefile("rwb", buffering=0) as wire:
                greeting = _line(wire)
            _refuse_other(greeting, b"2")
        except BaseException:
            connected.close()
            raise
    except OSError as fault:
        raise _away(fault, to) from fault
    connected.settimeout(None)
    return connected, greeting


def _wait_ms(tries: int) -> int:
    """Spread the tries of those who were sent away at once over all of the wait."""
    longest = backoff_ms(tries, 0.5, first_ms=_FIRST_WAIT_MS, most_ms=_LONGEST_WAIT_MS)
    return longest // 10 + int.from_bytes(os.urandom(2), "big") * longest // 0xFFFF


def _relay(message: bytes, mail: str, rcpts: Sequence[bytes], key: str, to: tuple[str, int]) -> None:
    is_keyed = is_sent = False
    try:
        with _session(to) as wire:
            is_keyed = XKEY in _command(wire, b"EHLO localhost", b"2")
            for line in ((mail + (f" {XKEY}={key}" if is_keyed else "")).encode(), *rcpts):
                _command(wire, line, b"2")
            _command(wire, b"DATA", b"3")
            _write(wire, on_the_wire(message))
            is_sent = True  # the final dot has left
            _hear(wire, b"2")
    except OSError as fault:
        raise _lost(fault, to, is_keyed=is_keyed) if is_sent else _away(fault, to) from fault


def _lost(fault: OSError, to: tuple[str, int], *, is_keyed: bool) -> NotRelayed:
    """Tell of a panel that may have the message; one that is silent may also be about to keep it."""
    away = _away(fault, to, may_have_it=True)
    if is_keyed:
        return NotRelayed(str(away), again=True) if isinstance(fault, TimeoutError) else away
    host, port = to
    return NotRelayed(
        f"The panel at {host}:{port} hung up before it said whether it has the message. "
        "Look into its outbox before you send it again."
    )


def _away(fault: OSError, to: tuple[str, int], *, may_have_it: bool = False) -> Away:
    host, port = to
    why = fault.strerror or "it does not answer"
    return Away(f"The panel does not take mail at {host}:{port}: {why}. Is it running?", may_have_it=may_have_it)


def _mail(rcpt_to: Sequence[str]) -> str:
    return f"MAIL FROM:<>{'' if all(map(str.isascii, rcpt_to)) else ' SMTPUTF8'}"


def _command(wire: BufferedRWPair, line: bytes, wanted: bytes) -> list[str]:
    _write(wire, line + b"\r\n")
    return _hear(wire, wanted)


def _write(wire: BufferedRWPair, data: bytes) -> None:
    wire.write(data)
    wire.flush()


def _hear(wire: BufferedRWPair, wanted: bytes) -> list[str]:
    """Read the lines of one reply (RFC 5321 section 4.2), or raise `NotRelayed` where it is of another class."""
    lines = [_line(wire)]
    while lines[-1][3:4] == b"-" and len(lines) < MAX_REPLY_LINES:
        lines.append(_line(wire))
    _refuse_other(lines[-1], wanted)
    return [decoded(line[4:]).strip().upper() for line in lines]


def _refuse_other(line: bytes, wanted: bytes) -> None:
    """Raise `NotRelayed` where a reply is of another class."""
    if line[:1] != wanted:
        text = clean(decoded(line[4:])).strip()[:MAX_SHOWN]
        raise NotRelayed(text, int(line[:3]), again=line[:1] == b"4")


def _line(wire: IOBase) -> bytes:
    line = wire.readline(MAX_REPLY_LINE)
    if not line:
        raise ConnectionResetError(0, "it has hung up")
    if not re.match(rb"[2-5][0-9][0-9]([ -]|\r?\n)", line):
        raise NotRelayed("What listens at MAIL_PANEL_SMTP_LISTEN is not the panel.")
    return line
