"""Writes anew what of a message may not be sent as it is: its parts, by one walk, and never within a signature.

A server that keeps to RFC 5321 refuses a line of more than 998 octets for good, and so does one that follows RFC 3030
with content that is said to be binary. What is signed or encrypted stays as it is: a broken signature is worse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from panel.mail.message import structure
from panel.mail.message.envelope import Malformed, with_line_ends
from panel.mail.message.header import Field, declared_charset, with_charset
from panel.mail.message.structure import PartSpan
from panel.mail.message.transfer_encoding import ENCODED, MAX_LINE, decoded_content, has_long_line, shorter, wrapped
from panel.mail.patterns import pattern_of
from panel.mail.text import MOST_JUDGED

Edit = tuple[int, int, bytes]  # from where to where, and what stands there instead
_FIELDS = pattern_of(rb"(?<=\n)(?![ \t])")
_FIELD = pattern_of(rb"([!-9;-~]{1,100}):(.*)\r\n\Z", re.DOTALL)
_OF_LINES = ("x-uuencode", "uuencode", "x-uue", "uue")  # nobody reads them where they are encoded once more
_BEGIN = pattern_of(rb"^begin [0-7]+ ", re.MULTILINE)
_BEHIND = pattern_of(rb"(?<=\n)(?!--)[^\r\n]{%d,}+" % (MAX_LINE + 1))
_BASE64 = pattern_of(rb"[A-Za-z0-9+/=\s]*+")
_ENCODING = pattern_of(rb"content-transfer-encoding:", re.IGNORECASE)
_TYPE = pattern_of(rb"content-type:", re.IGNORECASE)
_VERSION = pattern_of(rb"mime-version:", re.IGNORECASE)


def fitted(message: bytes) -> bytes:
    """Write a message with CR LF line ends in lines that every server takes, or raise `Malformed`."""
    if _fits(message):
        return message
    left = rewritten(message, _fitted)
    return _with_short_lines_behind_parts(left) if has_long_line(left) else left


def _fits(message: bytes) -> bool:
    """Say in a moment, as of nearly every message in one part, that there is nothing to write anew."""
    header = structure.plain_header(message)
    if not header or b"binary" in header or not header.isascii():
        return False
    return not has_long_line(message) and b"\0" not in message


def rewritten(message: bytes, change: Callable[[bytes, PartSpan], Iterable[Edit]]) -> bytes:
    """Give the message with the changes of each part, that go from its beginning to its end."""
    pieces, position = [], 0
    for part in structure.parts(message):
        for start, end, instead in change(message, part):
            pieces += [message[position:start], instead]
            position = end
    return with_line_ends(b"".join([*pieces, message[position:]])) if pieces else message


def _with_short_lines_behind_parts(message: bytes) -> bytes:
    """Break the lines of what stands behind the last part of a multipart, but none that may be a delimiter."""
    found = list(structure.parts(message))
    ends = [*(each.header for each in found[1:]), len(message)]
    pieces, position = [], 0
    for part, end in zip(found, ends, strict=True):
        if not part.sealed and has_long_line(message, part.end, end):
            pieces += [
                message[position : part.end],
                _BEHIND.sub(lambda line: _broken(line[0]), message[part.end : end]),
            ]
            position = end
    return b"".join([*pieces, message[position:]])


def _fitted(message: bytes, part: PartSpan) -> Iterator[Edit]:
    if part.sealed:
        return
    encoding, content = _content(message, part)
    header = message[part.header : part.header_end]
    of_a_part = part.header and part.is_leaf
    as_it_is = content is None and encoding == part.encoding and not of_a_part
    if as_it_is and header.isascii() and not has_long_line(header):
        return
    fields = fields_of(header)
    if of_a_part:
        fields = _with_charset(fields, part, message)
    fields = [_written(each, header) for each in fields]
    if content is not None or encoding != part.encoding:
        fields = labelled(fields, encoding)
        fields += [] if part.header or any(map(_VERSION.match, fields)) else [b"MIME-Version: 1.0\r\n"]
    if b"".join(fields) != header:
        yield part.with_header(fields)
    if content is not None:
        yield part.content, part.end, content


def _content(message: bytes, part: PartSpan) -> tuple[str, bytes | None]:
    """Choose the encoding in which a part leaves, with its content where that is another than before."""
    is_long = has_long_line(message, part.content, part.end)
    content = message[part.content : part.end] if is_long or message.find(b"\0", part.content, part.end) >= 0 else None
    if part.kind.startswith("message/") and part.encoding == "base64":  # against RFC 2046, and not rare for a file
        return part.encoding, wrapped("base64", content) if is_long and content and _BASE64.fullmatch(content) else None
    if not part.is_leaf:
        return _of_no_leaf(part.encoding), _broken(content) if content and is_long else None
    if part.encoding in _OF_LINES and content and _BEGIN.search(content):
        return part.encoding, _broken(content.replace(b"\0", b""))
    if part.encoding in ENCODED:
        return part.encoding, wrapped(part.encoding, content) if content and is_long else None
    return shorter(content) if content else (_of_no_leaf(part.encoding), None)


def _of_no_leaf(encoding: str) -> str:
    """Give what a part is that is not encoded: 8bit needs 8BITMIME, which servers have; binary needs what few have."""
    return "8bit" if encoding == "binary" else encoding


def _broken(content: bytes) -> bytes:
    """Break the lines of what nobody is shown: what stands before the first part, or around uuencoded lines."""
    return re.sub(rb"([^\r\n]{%d})(?=[^\r\n])" % MAX_LINE, rb"\1\r\n", content)


def _with_charset(fields: list[bytes], part: PartSpan, message: bytes) -> list[bytes]:
    """Add the charset that the text of a part shows, where its header says none."""
    content = message[part.content : min(part.end, part.content + MOST_JUDGED)]
    field = next((each for each in fields if _TYPE.match(each)), b"")
    name, _, kind = field.decode("latin-1").partition(":")
    declared = with_charset(kind.strip(), decoded_content(part.encoding, content))
    if declared == kind.strip():
        return fields
    typed = f"{name or 'Content-Type'}: {declared}\r\n".encode("latin-1")
    return [typed if each is field else each for each in fields] if field else [*fields, typed]


def _written(field: bytes, header: bytes) -> bytes:
    """Write a field in lines that are short enough, and in ASCII."""
    if field.isascii() and not has_long_line(field):
        return field
    found = _FIELD.match(field)
    if found is None and has_long_line(field):
        raise Malformed(f"A header of the message has a line of more than {MAX_LINE} octets.")
    return field if found is None else Field(found[1].decode("ascii"), found[2], declared_charset(header)).write()


def fields_of(header: bytes) -> list[bytes]:
    """Part a header into its fields, each with its folded lines and its line end."""
    return [each for each in _FIELDS.split(header) if each]


def labelled(fields: Iterable[bytes], encoding: str) -> list[bytes]:
    """Give the fields with one Content-Transfer-Encoding, where the first was or behind all."""
    label, kept = b"Content-Transfer-Encoding: %b\r\n" % encoding.encode(), list[bytes]()
    for field in fields:
        if not _ENCODING.match(field):
            kept.append(field)
        elif label not in kept:
            kept.append(label)
    return kept if label in kept else [*kept, label]
