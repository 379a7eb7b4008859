"""How a message is nested (RFC 2046 section 5): measured in one pass and without recursion, and bounded.

What reads and writes MIME in parts calls itself for each level, here and at every reader behind us.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from panel.mail.message.envelope import Malformed
from panel.mail.message.transfer_encoding import ENCODED, encoding_of, uncommented
from panel.mail.patterns import pattern_of

MAX_DEPTH = 50  # of multiparts and messages within each other; Postfix stops at 100, programs write fewer than 10
MAX_PARTS = 1_000
MAX_CONTENT_TYPE = 4_000  # octets: what reads its parameters takes time by the square of their length
_HEADER = pattern_of(rb"(?>(?:(?:From |[!-9;-~]*:|[ \t])[^\n]*+\n)*)")
_DASHED = pattern_of(rb"\n--([^\n]*\S|)")
_FIRST_STEP, _STEP = 50, 4_000  # octets in which lines with dashes are looked at together
_NOWHERE = 1, (0, b"")
_CONTENT_TYPE = pattern_of(rb"^content-type:((?>(?:[^\n]++|\n[ \t])*))", re.IGNORECASE | re.MULTILINE)
_ENCODING = pattern_of(rb"^content-transfer-encoding:((?>(?:[^\n]++|\n[ \t])*))", re.IGNORECASE | re.MULTILINE)
X_FIELDS = "text/x-fields"  # what stands in a delivery status (RFC 3464 section 2.1)
_WHOLE = ("message/rfc822", "message/global", "message/news")  # the other kinds hold no message that could be changed
_NESTS = pattern_of(rb"multipart|message", re.IGNORECASE)
_SEALS = pattern_of(r"multipart/(?:signed|encrypted)|application/(?:x-)?pkcs7-", re.IGNORECASE)
_NAME = pattern_of(rb"^(?![ \t])([^:\n]*)", re.MULTILINE)
_BLANK = pattern_of(rb"^\r?\n", re.MULTILINE)


class PartSpan(NamedTuple):
    """Where a part stands in a message: its header, and its content without the line end that is the boundary's.

    Of a multipart and of a message within a message, the content is what comes before the first part of theirs.
    A `sealed` one is signed or encrypted with what is around it, or by itself: it may not be changed.
    """

    header: int
    header_end: int
    content: int
    end: int
    kind: str
    encoding: str
    sealed: bool

    @property
    def is_leaf(self) -> bool:
        """Say whether its content may be encoded: that of a multipart or a message may not."""
        return not self.kind.startswith(("multipart/", "message/", X_FIELDS))

    def with_header(self, fields: list[bytes]) -> tuple[int, int, bytes]:
        """Put other fields in the place of its header, which needs a blank line behind it from now on."""
        blank = b"\r\n" if self.content == self.header_end else b""
        return self.header, self.header_end, b"".join(fields) + blank


def check_structure(message: bytes) -> None:
    """Raise `Malformed` where a message with CR LF line ends is beyond the bounds; one in one part hardly can be."""
    if plain_header(message):
        return
    for _ in parts(message):
        pass


def plain_header(message: bytes) -> bytes:
    """Give the header of a message in one part, in small letters; none where there may be parts, or the bounds be met.

    Nothing in it speaks of a multipart, or of a message but for its Message-ID.
    """
    header = message[: message.find(b"\r\n\r\n") + 1].lower()
    nests = b"multipart" in header or header.count(b"message") != header.count(b"message-id:")
    return b"" if nests or len(header) >= MAX_CONTENT_TYPE else header


def parts(message: bytes) -> Iterator[PartSpan]:
    """Give each part of a message with CR LF line ends, itself first, as whoever parses it finds them."""
    return _Walk(message).run()


def outer_parts(message: bytes) -> Iterator[PartSpan]:
    """Give the same of the message alone: one within it is a part like a file, with all that it holds."""
    return _Walk(message, into_messages=False).run()


def field_names(message: bytes, part: PartSpan) -> list[str]:
    """Give what stands at the beginning of each field in a part's header, up to its colon."""
    return names_in(message[part.header : part.header_end])


def names_in(header: bytes) -> list[str]:
    """Give the same of a header by itself."""
    found = _NAME.findall(header)
    return [each.rstrip(b"\r").decode("latin-1") for each in found if each.rstrip(b"\r")]


class _Walk:
    """Goes through a message line by line; `open` are the boundaries in force, each with the depth of its parts.

    `ahead` is the next delimiter, with the place from which on it is: it holds until other boundaries are in force.
    `seal` is the depth of the part that seals all deeper ones.
    """

    def __init__(self, message: bytes, *, into_messages: bool = True) -> None:
        self._message = message
        self._into_messages = into_messages
        self._open: dict[bytes, tuple[int, str]] = {}
        self._ahead = _NOWHERE
        self._parts = self._grouped = self._fields_end = 0
        self._seal: int | None = None

    def run(self) -> Iterator[PartSpan]:
        """Visit each part's header, in the order in which they stand there."""
        position, depth, default = 0, 0, "text/plain"
        while True:
            start, end = position, self._end_of_header(position)
            header = self._message[start:end]
            content_type = _value(header, _CONTENT_TYPE, b"content-type:")
            kind, boundary = _kind(content_type, default)
            position, default = self._after_blank(end), X_FIELDS if kind == "message/delivery-status" else "text/plain"
            if kind.startswith("multipart/") and boundary is not None:
                of_parts = "message/rfc822" if kind == "multipart/digest" else "text/plain"
                self._put_in_force({boundary: (self._deeper(depth), of_parts), **self._open})
            part = self._part((start, end, position), header, kind, _seal(content_type, kind), depth)
            yield part
            if kind.startswith("message/") and self._into_messages:
                depth = self._deeper(depth)
                self._count(1 if kind != "message/delivery-status" else self._groups(position))
                continue
            found = self._next_part(part.end)
            if found is None:
                return
            self._count(1)
            position, (depth, default) = found

    def _part(
        self, positions: tuple[int, int, int], header: bytes, kind: str, seal: str | None, depth: int
    ) -> PartSpan:
        """Measure a part, and note whether it seals what is deeper."""
        start, header_end, content = positions
        field = _value(header, _ENCODING, b"content-transfer-encoding:")
        encoding = encoding_of(field.decode("latin-1")) if field is not None else "7bit"
        if self._seal is not None and depth <= self._seal:
            self._seal = None
        sealed = self._seal is not None
        is_message = kind.startswith("message/")
        if not sealed and (seal == "within" or (is_message and (kind not in _WHOLE or encoding in ENCODED))):
            self._seal = depth
        goes_on = is_message and self._into_messages and encoding != "base64"
        end = content if goes_on else self._end_of_content(content)
        return PartSpan(start, header_end, content, end, kind, encoding, sealed or seal == "itself")

    def _end_of_content(self, position: int) -> int:
        """Find where content ends: before the line end that belongs to the next delimiter, or with the message."""
        end, _ = self._delimiter(position)
        ends_in_delimiter = end < len(self._message) and self._message.endswith(b"\r\n", position, end)
        return end - 2 if ends_in_delimiter else end

    def _groups(self, position: int) -> int:
        """Count the groups of fields in a delivery status: each is read as a part of its own (RFC 3464 section 2.1).

        Those of one within another are among them already.
        """
        if position < self._grouped:
            return 1
        self._grouped, _ = self._delimiter(position)
        return 1 + sum(1 for _ in islice(_BLANK.finditer(self._message, position, self._grouped), MAX_PARTS))

    def _end_of_header(self, position: int) -> int:
        """Read fields up to the next delimiter, which may look like a field itself."""
        if position >= self._fields_end and (found := _HEADER.match(self._message, position)):
            self._fields_end = found.end()  # also for each part that begins before it
        return self._sought(position, self._fields_end)[0]

    def _after_blank(self, position: int) -> int:
        found = _BLANK.match(self._message, position)
        return found.end() if found else position

    def _next_part(self, position: int) -> tuple[int, tuple[int, str]] | None:
        """Find the next line that begins a part, closing the boundaries that end before it."""
        while (found := self._delimiter(position))[0] < len(self._message):
            start, line = found
            position = self._message.find(b"\n", start) + 1 or len(self._message)
            if line in self._open:
                return position, self._begin(line)
            self._close(line[:-2])
        return None

    def _delimiter(self, position: int) -> tuple[int, bytes]:
        """Find the next line that is a delimiter of a boundary in force, or the end of the message."""
        after, found = self._ahead
        if not after <= position <= found[0]:
            self._ahead = position, found = position, self._sought(position, len(self._message))
        return found

    def _sought(self, position: int, end: int) -> tuple[int, bytes]:
        """Look at lines with dashes many at a time: there may be millions."""
        if not self._open:
            return end, b""  # a message in one part, as most are
        wanted = self._open.keys() | {each + b"--" for each in self._open}
        position, size = max(position - 1, 0), _FIRST_STEP
        while (position := self._message.find(b"\n--", position, end)) >= 0:
            step = self._message.find(b"\n", position + size, end)
            step = step if step >= 0 else end
            if not wanted.isdisjoint(_DASHED.findall(self._message, position, step)):
                lines = _DASHED.finditer(self._message, position, step)
                return next((each.start() + 1, each[1]) for each in lines if each[1] in wanted)
            position, size = step, min(2 * size, _STEP)
        return end, b""

    def _begin(self, boundary: bytes) -> tuple[int, str]:
        """End what is deeper than the parts of this boundary."""
        depth, kind = self._open[boundary]
        self._put_in_force({each: found for each, found in self._open.items() if found[0] <= depth})
        return depth, kind

    def _close(self, boundary: bytes) -> None:
        depth, _ = self._open[boundary]
        self._put_in_force({each: found for each, found in self._open.items() if found[0] < depth})

    def _put_in_force(self, boundaries: dict[bytes, tuple[int, str]]) -> None:
        self._open = boundaries
        self._ahead = _NOWHERE

    def _deeper(self, depth: int) -> int:
        if depth >= MAX_DEPTH:
            raise Malformed(f"The message has parts within parts, more than {MAX_DEPTH} deep.")
        return depth + 1

    def _count(self, more: int) -> None:
        self._parts += more
        if self._parts > MAX_PARTS:
            raise Malformed(f"The message has more than {MAX_PARTS} parts.")


def _value(header: bytes, field: re.Pattern[bytes], beginning: bytes) -> bytes | None:
    """Give what a header says in a field; most headers lack it, and are not looked through line by line."""
    found = field.search(header) if beginning in header.lower() else None
    return found[1] if found else None


def _seal(content_type: bytes | None, kind: str) -> str | None:
    """Say whether a Content-Type tells of a signature or encryption, of the parts `within` or of the part `itself`.

    What other readers take for parts, and the email package does not, is not to be changed either.
    """
    value = uncommented((content_type or b"").decode("latin-1")).strip()
    seal = _SEALS.match(value)
    if not seal:
        return "itself" if _NESTS.match(value.encode()) and not _NESTS.match(kind.encode()) else None
    return "within" if kind.startswith("multipart/") else "itself"


def _kind(content_type: bytes | None, default: str) -> tuple[str, bytes | None]:
    """Give the content type that a header says and its boundary, as whoever parses the message reads them."""
    if content_type is None:
        return default, None
    if len(content_type) > MAX_CONTENT_TYPE:
        raise Malformed(f"A Content-Type field of the message is longer than {MAX_CONTENT_TYPE} octets.")
    if not _NESTS.search(content_type):
        return "text/plain", None  # whatever it is, there is nothing in it
    from email.message import Message  # few messages need it, and the `sendmail` command lives for one alone

    part = Message()
    part.set_default_type(default)
    try:
        part["Content-Type"] = content_type.strip().decode("ascii", "surrogateescape")
        boundary = part.get_boundary()
        return part.get_content_type(), None if boundary is None else boundary.encode("utf-8", "surrogateescape")
    except Exception:  # the parser has no list of what it may raise
        raise Malformed("A Content-Type field of the message cannot be read.") from None
