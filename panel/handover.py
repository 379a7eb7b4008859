"""Hands a message to the panel's own SMTP listener: the way in for users who may not write to the data file."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from io import BufferedRWPair

from panel.errors import PanelError
from panel.fields import clean
from panel.message import on_the_wire
from panel.smtp import MAX_REPLY_LINE, MAX_REPLY_LINES

SECONDS = 60.0  # for each answer
MAX_SHOWN = 300  # characters of an answer


class NotTaken(PanelError):
    """The listener is not there, or did not take the message; `code` is its reply code, 0 where there was none."""

    def __init__(self, text: str, code: int = 0) -> None:
        super().__init__(text)
        self.code = code


def hand_over(message: bytes, rcpt_to: Sequence[str], *, to: tuple[str, int]) -> None:
    """Return when the listener has the message on disk for every recipient, or raise `NotTaken`."""
    try:
        with socket.create_connection(to, SECONDS) as connected, connected.makefile("rwb") as wire:
            mail = b"MAIL FROM:<>" if all(map(str.isascii, rcpt_to)) else b"MAIL FROM:<> SMTPUTF8"
            _speak(wire, [b"EHLO localhost", mail, *(f"RCPT TO:<{each}>".encode() for each in rcpt_to)])
            _say(wire, b"DATA", b"3")
            _say(wire, on_the_wire(message).removesuffix(b"\r\n"), b"2")
            with suppress(OSError):  # the message is taken by now, whatever becomes of the goodbye
                wire.write(b"QUIT\r\n")
    except OSError as fault:
        host, port = to
        why = fault.strerror or "it does not answer"
        raise NotTaken(f"The panel does not take mail at {host}:{port}: {why}. Is it running?") from fault


def _speak(wire: BufferedRWPair, commands: Sequence[bytes]) -> None:
    _hear(wire, b"2")
    for command in commands:
        _say(wire, command, b"2")


def _say(wire: BufferedRWPair, line: bytes, wanted: bytes) -> None:
    wire.write(line + b"\r\n")
    wire.flush()
    _hear(wire, wanted)


def _hear(wire: BufferedRWPair, wanted: bytes) -> None:
    """Read one reply (RFC 5321 section 4.2), and raise `NotTaken` where it is of another class."""
    for _ in range(MAX_REPLY_LINES):
        line = wire.readline(MAX_REPLY_LINE)
        if not re.match(rb"[2-5][0-9][0-9]([ -]|\r?\n)", line):
            raise NotTaken("What listens at MAIL_PANEL_SMTP_LISTEN is not the panel, or has hung up.")
        if line[3:4] != b"-":
            break
    if line[:1] != wanted:
        raise NotTaken(clean(line[4:].decode("utf-8", "replace")).strip()[:MAX_SHOWN], int(line[:3]))
