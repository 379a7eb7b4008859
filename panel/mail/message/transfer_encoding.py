"""Transfer encodings (RFC 2045 section 6): what a part says of itself, and content in lines that may be sent."""

from __future__ import annotations

import base64
import quopri
import re

from panel.mail.patterns import pattern_of

MAX_LINE = 998  # octets without CR LF (RFC 5322 section 2.1.1)
ENCODED = ("base64", "quoted-printable")
_WIDTH = 76  # RFC 2045 section 6.8
_WIDE = pattern_of(rb"(?<![^\r\n])[^\r\n]{%d,}+" % (_WIDTH + 1))
_COMMENT = pattern_of(r"\([^()]*+\)")
_TOKEN = pattern_of(r"[^\s;,\"]++")


def encoding_of(value: str) -> str:
    """Read a Content-Transfer-Encoding: `8BIT (comment)` is 8bit, and nothing at all is 7bit."""
    found = _TOKEN.search(uncommented(value))
    return found[0].lower() if found else "7bit"


def uncommented(value: str) -> str:
    """Leave the comments out of a structured value, also those within others (RFC 5322 section 3.2.2)."""
    value = value[:MAX_LINE]
    while value != (bare := _COMMENT.sub(" ", value)):
        value = bare
    return value


def has_long_line(data: bytes, position: int = 0, end: int | None = None) -> bool:
    """Say whether a line is longer than a server has to take; in steps, for most lines are short."""
    end = len(data) if end is None else end
    while end - position > MAX_LINE:
        line_end = data.rfind(b"\n", position, min(end, position + MAX_LINE + 2))
        if line_end < 0:
            return True
        position = line_end + 1
    return False


def shorter(raw: bytes) -> tuple[str, bytes]:
    """Encode, and name the encoding: quoted-printable leaves mostly ASCII text readable, base64 suits the rest."""
    quoted = quopri.encodestring(raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    lines = base64_lines(raw).removesuffix(b"\r\n")  # in a multipart the last line end is the boundary's
    return min(("quoted-printable", quoted), ("base64", lines), key=lambda each: len(each[1]))


def base64_lines(raw: bytes) -> bytes:
    """Encode in base64, in lines with CR LF (RFC 2045 section 6.8)."""
    return base64.encodebytes(raw).replace(b"\n", b"\r\n")


def decoded_content(encoding: str, content: bytes) -> bytes:
    """Give what content encodes, as far as it can be read."""
    if encoding == "quoted-printable":
        return quopri.decodestring(content)
    if encoding != "base64":
        return content
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


def wrapped(encoding: str, content: bytes) -> bytes:
    """Break the long lines of encoded content as the encoding allows it; what is decoded stays the same."""
    wrap = _in_pieces if encoding == "base64" else _softly
    return _WIDE.sub(lambda found: wrap(found[0]), content)


def escaped_signs(content: bytes) -> bytes:
    """Write octets beyond ASCII in quoted-printable that a program left as they were."""
    return re.sub(rb"[\x80-\xff]", lambda found: b"=%02X" % found[0][0], content)


def _in_pieces(line: bytes) -> bytes:
    return b"\r\n".join(line[position : position + _WIDTH] for position in range(0, len(line), _WIDTH))


def _softly(line: bytes) -> bytes:
    """Break a line of quoted-printable by soft line breaks, none of them within an `=E3`."""
    pieces, position = [], 0
    while len(line) - position > _WIDTH:
        end = position + _WIDTH - 1
        sign = line.rfind(b"=", end - 2, end)
        end = sign if sign >= 0 else end
        pieces.append(line[position:end] + b"=")
        position = end
    return b"\r\n".join([*pieces, line[position:]])
