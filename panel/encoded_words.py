"""What encoded words (RFC 2047) in a text hold, for whoever decodes them: a line break there is one to old programs."""

from __future__ import annotations

import binascii
import re

from panel.message import CONTROLS

_WORDS = (
    re.compile(r"=\?(?=([^?]*)\?([bq])\?([^?]*)\?=)", re.IGNORECASE),  # also those within others
    re.compile(r"=\?([^?]*)\?([bq])\?(.*?)\?=", re.IGNORECASE | re.DOTALL),  # as some programs read them
)


def hides_controls(text: str) -> bool:
    """Say whether a word, or several of one charset together, hold a control character."""
    text = text[: text.rfind("?=") + 2]  # behind the last end, beginnings would be looked through again and again
    for pattern in _WORDS:
        joined: dict[str, bytes] = {}
        for charset, encoding, encoded in pattern.findall(text):
            octets = _octets(encoding, encoded)
            joined[charset] = joined.get(charset, b"") + octets
            if _holds_controls(octets, charset):
                return True
        if any(_holds_controls(octets, charset) for charset, octets in joined.items()):
            return True
    return False


def _octets(encoding: str, encoded: str) -> bytes:
    data = encoded.encode("utf-8", "surrogatepass")
    if encoding in "qQ":
        return re.sub(rb"=([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), data)
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _holds_controls(octets: bytes, charset: str) -> bool:
    """Look at the text, or at the octets where no program knows the charset, or they are none of its."""
    try:
        return bool(CONTROLS.search(octets.decode(charset.partition("*")[0])))
    except (LookupError, ValueError):
        return bool(re.search(rb"[\x00\r\n]", octets))
