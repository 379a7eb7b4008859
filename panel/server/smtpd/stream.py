"""What a client of ours sends, in the lines of SMTP: each ends with CR LF, and only CR LF . CR LF ends a message.

A lone CR or LF in a command ends the session. In a message it is part of the text, and no look-alike of the final dot
ends anything, so that nobody can hide a second message in a first (SMTP smuggling).
"""

from __future__ import annotations

import asyncio
import re
from types import TracebackType
from typing import Self

from panel.mail.message.normalize import MAX_BYTES

LONGEST_LINE = 12_288  # RFC 4954 section 4.5: the longest that AUTH may need
CHUNK = 64 * 1024
CRLF = b"\r\n"
END = b"\r\n.\r\n"  # RFC 5321 section 4.1.1.4
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_TLS = b"\x16\x03"  # a ClientHello begins so


class Unreadable(Exception):
    """Something after which the session cannot go on; the message is our last reply."""


class NotTaken(Exception):
    """A message that was read to its end and not kept; the message is the reply."""


class Room:
    """The bytes that all sessions together may hold."""

    def __init__(self, most: int) -> None:
        self.left = most


class Share:
    """What one message holds of the room, for as long as the context lasts."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.resize(0)

    def resize(self, size: int) -> bool:
        """Hold so much, or say that there is no room for it."""
        more = size - self._size
        if more > self._room.left:
            return False
        self._room.left -= more
        self._size = size
        return True


class Stream:
    """One client's bytes; aiosmtpd asks it for lines as it would ask a `StreamReader`."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._held = bytearray()

    async def readuntil(self, _separator: bytes = b"\n") -> bytes:
        """Give the next command with its CR LF, or raise `Unreadable`."""
        searched = 0
        while (end := self._held.find(b"\n", searched)) < 0:
            searched = len(self._held)
            if searched > LONGEST_LINE:
                raise Unreadable("500 5.5.2 The line is too long.")
            if self._held.startswith(_TLS):
                raise Unreadable("500 5.5.1 Turn TLS off: this port is for programs on this machine, without TLS.")
            await self._fill()
        line = bytes(self._held[: end + 1])
        del self._held[: end + 1]
        if not line.endswith(CRLF) or _CONTROL.search(line, 0, len(line) - 2):
            raise Unreadable("500 5.5.2 A line ends with CR LF and holds no control characters.")
        return line

    readline = readuntil

    async def message(self, share: Share) -> bytes:
        """Give the message up to the final dot, its dots undoubled, or raise `NotTaken` when that has come."""
        self._held[:0] = CRLF  # that of the DATA line may begin the final dot
        skipped = searched = 0
        refusal = ""
        while (end := self._held.find(END, searched)) < 0:
            searched = max(0, len(self._held) - len(END) + 1)
            refusal = refusal or self._refusal(share)
            if refusal:
                skipped += searched
                del self._held[:searched]
                searched = 0
            if skipped > 2 * MAX_BYTES:  # whoever does not end is hung up on
                raise Unreadable(refusal)
            await self._fill()
        message = bytes(self._held[: end + len(CRLF)]).replace(b"\r\n.", CRLF)[len(CRLF) :]
        del self._held[: end + len(END)]
        if refusal or (refusal := too_large(len(message))):
            raise NotTaken(refusal)
        return message

    def _refusal(self, share: Share) -> str:
        """Say why the message cannot go on growing."""
        size = len(self._held)
        if refusal := too_large(size - CHUNK):
            share.resize(0)
            return refusal
        if share.resize(size):
            return ""
        share.resize(0)
        return "452 4.3.1 Too much mail is being handed over at once. Try again in a moment."

    async def _fill(self) -> None:
        data = await self._reader.read(CHUNK)
        if not data:
            raise asyncio.CancelledError  # the client has gone, which aiosmtpd tells its sessions so
        self._held += data


def too_large(size: int) -> str:
    """Give the reply to a message of this size; nothing where it may be taken."""
    if size <= MAX_BYTES:
        return ""
    return f"552 5.3.4 The message is larger than {MAX_BYTES // 1024 // 1024} MiB, the most that is taken."
