"""Writes a message with 8-bit content in 7 bits, for a server that takes no other (RFC 6152 section 3).

Only the parts that hold 8-bit content are encoded; structure, order and every header field that is ASCII stay as they
are. A multipart itself may not be encoded (RFC 2045 section 6.4), so that its parts are.
"""

from __future__ import annotations

import base64
import quopri
from email.generator import BytesGenerator
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32
from io import BytesIO

from panel.fields import clean, words_encoded
from panel.message import Malformed, with_line_ends
from panel.text import decoded


class _AsIs(Compat32):
    """Writes each field as it stands: to fold it anew takes the square of its length, and there is nothing to fold."""

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}\r\n".encode("ascii", "surrogateescape")


_AS_IS = _AsIs(linesep="\r\n", max_line_length=None)
_PLAIN = ("7bit", "8bit", "binary")  # what is not encoded yet (RFC 2045 section 6.2)


def in_7_bit(message: bytes) -> bytes:
    """Encode a message with CR LF line ends, or raise `Malformed` where what it says of itself forbids that."""
    parsed = BytesParser(policy=_AS_IS).parsebytes(message)
    for part in parsed.walk():
        _encode_fields(part)
        _encode_body(part)
    written = BytesIO()
    BytesGenerator(written, mangle_from_=False, policy=_AS_IS).flatten(parsed)
    found = with_line_ends(written.getvalue())
    if not found.isascii():
        raise Malformed("The message holds 8-bit content in a place where it cannot be encoded.")
    return found


def _encode_fields(part: Message) -> None:
    """Write each word beyond ASCII as an encoded word (RFC 2047), also where a program wrote it into a parameter."""
    charset = part.get_content_charset() or ""
    for place, (name, value) in enumerate(part._headers):  # type: ignore[attr-defined]
        raw = str(value).encode("ascii", "surrogateescape")
        if not raw.isascii():
            lines = (words_encoded(clean(decoded(line, charset))) for line in raw.split(b"\r\n"))
            part._headers[place] = (name, "\r\n".join(lines))  # type: ignore[attr-defined]


def _encode_body(part: Message) -> None:
    said = str(part.get("Content-Transfer-Encoding", "7bit")).strip().lower()
    if part.is_multipart():
        if said != "7bit":
            _say(part, "7bit")
    elif said in _PLAIN:
        raw = part.get_payload(decode=True)
        assert isinstance(raw, bytes)
        if not raw.isascii():
            encoding, encoded = _encoded(raw)
            part.set_payload(encoded.decode("ascii"))
            _say(part, encoding)


def _encoded(raw: bytes) -> tuple[str, bytes]:
    """Choose the shorter: quoted-printable leaves mostly ASCII text readable, base64 suits the rest."""
    quoted = quopri.encodestring(raw.replace(b"\r\n", b"\n"))
    lines = base64.encodebytes(raw).removesuffix(b"\n")  # in a multipart the last line end is the boundary's
    encoding, encoded = min(("quoted-printable", quoted), ("base64", lines), key=lambda each: len(each[1]))
    return encoding, encoded.replace(b"\n", b"\r\n")


def _say(part: Message, encoding: str) -> None:
    if "Content-Transfer-Encoding" in part:
        part.replace_header("Content-Transfer-Encoding", encoding)
    else:
        part["Content-Transfer-Encoding"] = encoding
