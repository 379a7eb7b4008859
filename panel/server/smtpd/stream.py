"""What a client of ours sends, in the lines of SMTP: each ends with CR LF, and only CR LF . CR LF ends a message.

A lone CR or LF in a command ends the session. In a message it is part of the text, and no look-alike of the final dot
ends anything, so that nobody can hide a second message in a first (SMTP smuggling).
"""

from __future__ import annotations

import re

from panel.mail.limits import DEFAULT_LIMITS, MAX_BYTES, MessageLimits

LONGEST_LINE = 12_288  # RFC 4954 section 4.5: the longest that AUTH may need
CHUNK = 64 * 1024  # the most that is read at once
CRLF = b"\r\n"
END = b"\r\n.\r\n"  # RFC 5321 section 4.1.1.4
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_TLS = b"\x16\x03"  # a ClientHello begins so


class Unreadable(Exception):
    """Something after which the session cannot go on; the message is our last reply."""


class NotTaken(Exception):
    """A message, or a login, that was read to its end and not taken; the message is the reply."""


class Room:
    """The bytes that all sessions together may hold; some of them have but a share of a larger room."""

    def __init__(self, most: int, within: Room | None = None) -> None:
        self.left = most
        self._within = within

    def take(self, size: int) -> bool:
        """Take so much more, less than nothing to give it back, or say that there is no room for it."""
        if size > self.left or (self._within and not self._within.take(size)):
            return False
        self.left -= size
        return True


class Stream:
    """One client's bytes, as far as they have come."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._size = 0  # of the room, that it takes
        self._held = bytearray()
        self._searched = 0  # before it no end begins
        self._is_message = False
        self._limits = DEFAULT_LIMITS
        self._skipped = 0  # of a message that is not taken
        self._refusal = ""

    def feed(self, data: bytes | memoryview) -> None:
        self._held += data

    @property
    def holds_more(self) -> bool:
        """Say whether something has come that was not given yet."""
        return bool(self._held)

    def occupy(self, size: int) -> bool:
        """Take so much of the room, instead of what was taken before, or say that there is no room for it."""
        if not self._room.take(size - self._size):
            return False
        self._size = size
        return True

    def expect_message(self, limits: MessageLimits) -> None:
        """Read a message next, which may be as large as the limits say."""
        self._held[:0] = CRLF  # that of the DATA line may begin the final dot
        self._is_message, self._limits, self._skipped, self._refusal = True, limits, 0, ""

    def next(self) -> bytes | None:
        """Give the next command or message, or None until all of it has come; raise `Unreadable`, or `NotTaken`."""
        return self._message() if self._is_message else self._line()

    def _line(self) -> bytes | None:
        """Give a command without its CR LF."""
        end = self._held.find(b"\n", self._searched)
        if (len(self._held) if end < 0 else end) > LONGEST_LINE:
            raise Unreadable("500 5.5.2 The line is too long.")
        if end < 0 and self._held.startswith(_TLS):
            raise Unreadable("500 5.5.1 TLS does not begin here with the first byte: turn it off, or ask for STARTTLS.")
        self._searched = len(self._held)
        if end < 0:
            return None
        line = self._taken(end + 1)
        if not line.endswith(CRLF) or _CONTROL.search(line, 0, len(line) - 2):
            raise Unreadable("500 5.5.2 A line ends with CR LF and holds no control characters.")
        return line[:-2]

    def _message(self) -> bytes | None:
        """Give a message up to the final dot, its dots undoubled."""
        end = self._held.find(END, self._searched)
        self._refusal = self._refusal or self._no_room(len(self._held) if end < 0 else end)
        if end < 0:
            self._wait_for_the_end()
            return None
        message = self._taken(end + len(END))[: -len(END) + len(CRLF)].replace(b"\r\n.", CRLF)[len(CRLF) :]
        self._is_message = False
        if refusal := self._refusal or too_large(len(message), self._limits):
            raise NotTaken(refusal)
        return message

    def _taken(self, end: int) -> bytes:
        taken = bytes(self._held[:end])
        del self._held[:end]
        self._searched = 0
        return taken

    def _wait_for_the_end(self) -> None:
        """Go on with what may begin it; the text before it goes where the message is not taken."""
        self._searched = max(0, len(self._held) - len(END) + 1)
        if self._refusal:
            self._skipped += self._searched
            self._taken(self._searched)
        if self._skipped > 2 * max(self._limits.max_bytes, MAX_BYTES):  # whoever does not end is hung up on
            raise Unreadable(self._refusal)

    def _no_room(self, size: int) -> str:
        """Say why so much of a message cannot be held."""
        refusal = too_large(size - CHUNK, self._limits)
        if not refusal and self.occupy(size):
            return ""
        self.occupy(0)
        return refusal or "452 4.3.1 Too much mail is being handed over at once. Try again in a moment."


def too_large(size: int, limits: MessageLimits) -> str:
    """Give the reply to a message of this size; nothing where it may be taken."""
    refusal = limits.too_large(size)
    return refusal and f"552 5.3.4 {refusal}"
