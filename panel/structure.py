"""How a message is nested (RFC 2046 section 5): measured in one pass and without recursion, and bounded.

What reads and writes MIME in parts calls itself for each level, here and at every reader behind us.
"""

from __future__ import annotations

import re
from itertools import islice

from panel.message import Malformed

MAX_DEPTH = 50  # of multiparts and messages within each other; Postfix stops at 100, programs write fewer than 10
MAX_PARTS = 1_000
MAX_CONTENT_TYPE = 4_000  # octets: what reads its parameters takes time by the square of their length
# What begins with dashes may be a delimiter, which ends the header: each is looked at before the next is read.
_HEADER = re.compile(rb"(?:(?:From |(?!--)[!-9;-~]*:|[ \t])[^\n]*+\n)*+")
_DASHED = re.compile(rb"--[!-9;-~]*:[^\n]*+\n")
_CONTENT_TYPE = re.compile(rb"^content-type:((?:[^\n]|\n[ \t])*+)", re.IGNORECASE | re.MULTILINE)
_NESTS = re.compile(rb"multipart|message", re.IGNORECASE)
_BLANK = re.compile(rb"^\r?\n", re.MULTILINE)


def check(message: bytes) -> None:
    """Raise `Malformed` where a message with CR LF line ends is beyond the bounds."""
    _Walk(message).run()


class _Walk:
    """Goes through a message line by line; `open` are the boundaries in force, each with the depth of its parts."""

    def __init__(self, message: bytes) -> None:
        self._message = message
        self._open: dict[bytes, tuple[int, str]] = {}
        self._parts = self._grouped = 0

    def run(self) -> None:
        """Visit each part's header, in the order in which they stand there."""
        place, depth, default = 0, 0, "text/plain"
        while True:
            end = self._end_of_header(place)
            kind, boundary = _kind(self._message[place:end], default)
            place, default = self._after_blank(end), "text/plain"
            if kind.startswith("message/"):
                depth = self._deeper(depth)
                self._count(1 if kind != "message/delivery-status" else self._groups(place))
                continue
            found = self._next_part(place, depth, kind, boundary)
            if found is None:
                return
            place, depth, default = found

    def _next_part(self, place: int, depth: int, kind: str, boundary: bytes | None) -> tuple[int, int, str] | None:
        """Give where the next part begins, how deep it is, and what it is where it does not say so."""
        if kind.startswith("multipart/") and boundary is not None:
            of_parts = "message/rfc822" if kind == "multipart/digest" else "text/plain"
            self._open.setdefault(boundary, (self._deeper(depth), of_parts))
        _, after, found = self._next_delimiter(place, len(self._message))
        if found is None:
            return None
        self._count(1)
        return after, *found

    def _groups(self, place: int) -> int:
        """Count the groups of fields in a delivery status: each is read as a part of its own (RFC 3464 section 2.1).

        Those of one within another are among them already.
        """
        if place < self._grouped:
            return 1
        self._grouped = self._next_delimiter(place, len(self._message), closes=False)[0]
        return 1 + sum(1 for _ in islice(_BLANK.finditer(self._message, place, self._grouped), MAX_PARTS))

    def _end_of_header(self, place: int) -> int:
        while found := _HEADER.match(self._message, place):
            place = found.end()
            dashed = _DASHED.match(self._message, place)
            if dashed is None or self._delimits(dashed[0]):
                break
            place = dashed.end()
        return place

    def _delimits(self, dashed: bytes) -> bool:
        line = dashed[2:].rstrip()
        return line in self._open or line.removesuffix(b"--") in self._open

    def _after_blank(self, place: int) -> int:
        found = _BLANK.match(self._message, place)
        return found.end() if found else place

    def _next_delimiter(self, place: int, end: int, *, closes: bool = True) -> tuple[int, int, tuple[int, str] | None]:
        """Find the next line that begins a part, closing the boundaries that end before it."""
        while 0 <= (place := self._next_dashes(place, end)) < end:
            after = self._message.find(b"\n", place) + 1 or len(self._message)
            line = self._message[place + 2 : after].rstrip()
            if line in self._open:
                return place, after, self._begin(line) if closes else None
            if line.endswith(b"--") and line[:-2] in self._open:
                if not closes:
                    return place, after, None
                self._close(line[:-2])
            place = after
        return end, end, None

    def _next_dashes(self, place: int, end: int) -> int:
        if self._message.startswith(b"--", place):
            return place
        return self._message.find(b"\n--", place, end) + 1 or end

    def _begin(self, boundary: bytes) -> tuple[int, str]:
        """End what is deeper than the parts of this boundary."""
        depth, kind = self._open[boundary]
        self._open = {each: found for each, found in self._open.items() if found[0] <= depth}
        return depth, kind

    def _close(self, boundary: bytes) -> None:
        depth, _ = self._open[boundary]
        self._open = {each: found for each, found in self._open.items() if found[0] < depth}

    def _deeper(self, depth: int) -> int:
        if depth >= MAX_DEPTH:
            raise Malformed(f"The message has parts within parts, more than {MAX_DEPTH} deep.")
        return depth + 1

    def _count(self, more: int) -> None:
        self._parts += more
        if self._parts > MAX_PARTS:
            raise Malformed(f"The message has more than {MAX_PARTS} parts.")


def _kind(header: bytes, default: str) -> tuple[str, bytes | None]:
    """Give the content type that a header says and its boundary, as whoever parses the message reads them."""
    found = _CONTENT_TYPE.search(header)
    if found is None:
        return default, None
    if len(found[1]) > MAX_CONTENT_TYPE:
        raise Malformed(f"A Content-Type field of the message is longer than {MAX_CONTENT_TYPE} octets.")
    if not _NESTS.search(found[1]):
        return "text/plain", None  # whatever it is, there is nothing in it
    from email.message import Message  # few messages need it, and the `sendmail` command lives for one alone

    part = Message()
    part.set_default_type(default)
    try:
        part["Content-Type"] = found[1].strip().decode("ascii", "surrogateescape")
        boundary = part.get_boundary()
        return part.get_content_type(), None if boundary is None else boundary.encode("utf-8", "surrogateescape")
    except Exception:  # the parser has no list of what it may raise
        raise Malformed("A Content-Type field of the message cannot be read.") from None
