"""What encoded words (RFC 2047) in a text hold, for whoever decodes them: a line break there is one to old programs."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from panel.mail.message.envelope import CONTROLS

_WORDS = (
    re.compile(r"=\?(?=([^?]*)\?([bq])\?([^?]*)\?=)", re.IGNORECASE),  # also those within others
    re.compile(r"=\?([^?]*)\?([bq])\?(.*?)\?=", re.IGNORECASE | re.DOTALL),  # as some programs read them
)
_TIMES = 3  # that somebody on the way may decode it


def hides_controls(text: str) -> bool:
    """Say whether a word, or several of one charset together, hold a control character.

    A relay that decodes a header and writes it again makes a word of what was encoded twice.
    """
    texts = {text}
    for _ in range(_TIMES):
        read = {each for text in texts for each in _read(text)}
        if any(CONTROLS.search(each) for each in read):
            return True
        texts = {each for each in read if "?=" in each}
    return False


def _read(text: str) -> Iterator[str]:
    """Give what the words are when they are decoded: each by itself, those of one charset, and all in their places."""
    text = text[: text.rfind("?=") + 2]  # behind the last end, beginnings would be looked through again and again
    for pattern in _WORDS:
        joined: dict[str, bytes] = {}
        for charset, encoding, encoded in pattern.findall(text):
            octets = _octets(encoding, encoded)
            joined[charset] = joined.get(charset, b"") + octets
            yield _text(octets, charset)
        for charset, octets in joined.items():
            yield _text(octets, charset)
    yield _WORDS[1].sub(lambda found: _text(_octets(found[2], found[3]), found[1]), text)


def _octets(encoding: str, encoded: str) -> bytes:
    data = encoded.encode("utf-8", "surrogatepass")
    if encoding in "qQ":
        return re.sub(rb"=([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), data)
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _text(octets: bytes, charset: str) -> str:
    """Decode; of what no program can, the ASCII that it holds."""
    try:
        return octets.decode(charset.partition("*")[0])
    except (LookupError, ValueError):
        return re.sub(rb"[^\x00\r\n -~]", b"?", octets).decode("ascii")
