"""The headers of the parts that may be files, found in one quick look, for when nothing else of a message stays.

It reads messages as programs write them; `content` reads all, and takes ten times as long.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice

from panel.mail.patterns import pattern_of

MOST_OUTLINED = 100  # parts
_MOST_LEVELS = 10
_MOST_OF_HEADER = 2_000  # octets
_BOUNDARY = pattern_of(rb"boundary\s*+=\s*+(?:\"([^\"\r\n]{1,100})\"|([^\s;\"]{1,100}))", re.IGNORECASE)
_Span = tuple[bytes, int, int]  # the header of a part, and where its content begins and ends


def files_as_json(message: bytes, header: bytes) -> str | None:
    """Write the header and the size of each part that may be a file; None where none is, or it cannot be read."""
    lowered = header.lower()
    if b"multipart/" not in lowered and not may_be_file(lowered):
        return None
    try:
        files = [[part.decode("latin-1"), size] for part, size in outline(message, header)]
    except Exception as fault:  # whatever is wrong with a message, it is taken and sent
        from panel import logs  # slow to load, and seldom needed

        logs.unexpected("message_unreadable", fault)
        return None
    return json.dumps(files, separators=(",", ":")) if files else None


def outline(message: bytes, header: bytes) -> list[tuple[bytes, int]]:
    """Give the header of each part that may be a file, and how many octets it decodes to; `header` is the message's."""
    spans = [(header, len(header) + 2, len(message))]
    if _BOUNDARY.search(header):
        spans = [*islice(_parts(message, spans[0], _MOST_LEVELS), MOST_OUTLINED)]
    lowered = ((each[0].lower(), each) for each in spans)
    return [(each[0], decoded_size(message, low, each[1], each[2])) for low, each in lowered if may_be_file(low)]


def may_be_file(header: bytes) -> bool:
    """Say whether a header, in small letters, speaks of anything but a text that is read."""
    if b"multipart/" in header:
        return False
    return (
        b"name=" in header
        or b"name*" in header
        or b"attachment" in header
        or (b"content-type" in header and b"text/" not in header)
    )


def decoded_size(message: bytes, header: bytes, start: int, end: int) -> int:
    """Say how large content is once it is decoded, without decoding it; `header` is in small letters."""
    size, signs = end - start, 0
    if b"base64" in header:
        signs = message.count(b"=", start, end)
        return max(0, (size - message.count(b"\r", start, end) - message.count(b"\n", start, end)) * 3 // 4 - signs)
    if b"quoted-printable" in header:
        return size - 2 * message.count(b"=", start, end) - message.count(b"=\r\n", start, end)
    return max(0, size)


def _parts(message: bytes, within: _Span, levels: int) -> Iterator[_Span]:
    """Give the parts between the delimiters that a header names, and those in them."""
    header, start, end = within
    found = _BOUNDARY.search(header)
    if found is None or not levels:
        return
    delimiter = b"\r\n--" + (found[1] or found[2])
    position = _next(message, delimiter, start - 2, end)
    while position >= 0 and not message.startswith(b"--", position + len(delimiter)):
        begin = message.find(b"\n", position + len(delimiter), end) + 1
        following = _next(message, delimiter, begin - 2, end)
        stop = following if following >= 0 else end
        blank = message.find(b"\r\n\r\n", begin - 2, stop)
        if not begin or blank < 0:
            return
        span = message[begin : min(blank + 2, begin + _MOST_OF_HEADER)], blank + 4, stop
        yield span
        if b"multipart/" in span[0].lower():
            yield from _parts(message, span, levels - 1)
        position = following


def _next(message: bytes, delimiter: bytes, position: int, end: int) -> int:
    """Find the next line that is this delimiter: the boundary of one may be the beginning of another's."""
    position = message.find(delimiter, max(position, 0), end)
    while position >= 0 and message[position + len(delimiter) : position + len(delimiter) + 1] not in _BEHIND:
        position = message.find(delimiter, position + 1, end)
    return position


_BEHIND = (b"\r", b" ", b"\t", b"-")
