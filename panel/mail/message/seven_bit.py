"""Writes a message with 8-bit content in 7 bits, for a server that takes no other (RFC 6152 section 3).

Only the parts that hold 8-bit content are encoded; structure, order and every header field that is ASCII stay as they
are. A multipart itself may not be encoded (RFC 2045 section 6.4), so that its parts are.
"""

from __future__ import annotations

from collections.abc import Iterator

from panel.mail.message.envelope import Malformed
from panel.mail.message.header import clean, declared_charset, words_encoded
from panel.mail.message.reencoding import Edit, fields_of, labelled, rewritten
from panel.mail.message.structure import X_FIELDS, PartSpan
from panel.mail.message.transfer_encoding import ENCODED, escaped_signs, shorter, wrapped
from panel.mail.text import decoded


def in_7_bit(message: bytes) -> bytes:
    """Encode a message with CR LF line ends, or raise `Malformed` where what it says of itself forbids that."""
    found = rewritten(message, _in_7_bit)
    if not found.isascii():
        raise Malformed("The message holds 8-bit content in a place where it cannot be encoded.")
    return found


def _in_7_bit(message: bytes, part: PartSpan) -> Iterator[Edit]:
    header, content = message[part.header : part.header_end], message[part.content : part.end]
    encoding, instead = _encoded(part, content)
    if encoding != part.encoding or not header.isascii():
        charset = declared_charset(header)
        fields = [_in_words(each, charset) for each in fields_of(header)]
        yield part.with_header(labelled(fields, encoding) if encoding != part.encoding else fields)
    if instead is not None:
        yield part.content, part.end, instead


def _encoded(part: PartSpan, content: bytes) -> tuple[str, bytes | None]:
    """Choose the encoding in which a part leaves, with its content where that is another than before."""
    if part.kind == X_FIELDS:
        return part.encoding, b"".join(map(_in_words, fields_of(content)))
    if not part.is_leaf:
        return "7bit", None
    if content.isascii() or part.encoding == "base64":
        return part.encoding, None
    if part.encoding in ENCODED:
        return part.encoding, wrapped(part.encoding, escaped_signs(content))
    return shorter(content)


def _in_words(field: bytes, charset: str = "") -> bytes:
    """Write each word beyond ASCII as an encoded word (RFC 2047), also where a program wrote it into a parameter."""
    if field.isascii():
        return field
    lines = (words_encoded(clean(decoded(line, charset))) for line in field.split(b"\r\n"))
    return "\r\n".join(lines).encode("ascii")
