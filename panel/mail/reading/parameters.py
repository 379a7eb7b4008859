"""A structured header value and its parameters, as Content-Type has them (RFC 2045, RFC 2231)."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from panel.mail.message.header import unencoded
from panel.mail.message.structure import MAX_CONTENT_TYPE
from panel.mail.message.transfer_encoding import uncommented
from panel.mail.patterns import pattern_of
from panel.mail.text import decoded

_FIRST = pattern_of(r"[^\s;\"]*+")
_PARAMETER = pattern_of(r';\s*+([^\s;="]{1,60})\s*+=\s*+(?:"((?>(?:[^"\\]++|\\.)*))"|([^;]*+))', re.DOTALL)
_NAME = pattern_of(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_Pieces = dict[int, tuple[str, bool]]  # by their order: the text, and whether it is escaped


def read_value(text: str) -> tuple[str, dict[str, str]]:
    """Give what a value says, in small letters, and its parameters by their names; of a longer one its beginning."""
    text = text[:MAX_CONTENT_TYPE].lstrip()
    first = _FIRST.match(text)
    value = uncommented(first[0] if first else "").strip().lower()
    plain: dict[str, str] = {}
    extended: dict[str, _Pieces] = {}
    for found in _PARAMETER.finditer(text):
        written = re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3].strip()
        name = _NAME.fullmatch(found[1].lower())
        if name is None:
            continue
        if name[2] or name[3]:
            extended.setdefault(name[1], {}).setdefault(int(name[2] or 0), (written, bool(name[3])))
        else:
            plain.setdefault(name[1], unencoded(written))  # RFC 2047 does not allow it, and everybody writes it
    return value, plain | {name: _joined(pieces) for name, pieces in extended.items()}


def _joined(pieces: _Pieces) -> str:
    """Put the pieces of a parameter together (RFC 2231 section 3); the first names the charset of those escaped."""
    charset, octets = "", b""
    for order in sorted(pieces):
        written, escaped = pieces[order]
        if escaped and not octets and written.count("'") >= 2:
            charset, _, written = written.split("'", 2)
        octets += unquote_to_bytes(written) if escaped else written.encode("utf-8", "surrogatepass")
    return decoded(octets, charset)
