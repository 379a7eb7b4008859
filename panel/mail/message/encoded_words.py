"""Encoded words (RFC 2047): written where ASCII does not do, and what those that others wrote hide."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from email.header import Header

from panel.mail.message.envelope import CONTROLS, Malformed
from panel.mail.patterns import pattern_of

_PHRASE = pattern_of(r"[A-Za-z0-9 !#$&'*+/^_`{|}~,.()@:;\[\]-]{1,60}\Z")  # safe between quotes (RFC 5322 section 3.2.4)
_WORDS = (
    pattern_of(r"=\?(?=([^?]*)\?([bq])\?([^?]*)\?=)", re.IGNORECASE),  # also those within others
    pattern_of(r"=\?([^?]*)\?([bq])\?(.*?)\?=", re.IGNORECASE | re.DOTALL),  # as some programs read them
)
_TIMES = 3  # that somebody on the way may decode it


def phrase(name: str) -> str:
    """Write a display name as a quoted string, or as encoded words (RFC 2047) where quotes do not do."""
    if _PHRASE.match(name) and "=?" not in name:
        return f'"{name}"'
    return encoded_words(name)


def unstructured(text: str) -> str:
    """Write a subject: as it is when it is short ASCII, else as encoded words."""
    if re.match(r"[ -~]{1,60}\Z", text) and "=?" not in text:
        return text
    return encoded_words(text)


def encoded_words(text: str) -> str:
    """Encode as words of at most 75 characters, folded with CR LF and one blank (RFC 2047 section 2)."""
    if _holds_controls(text):
        raise Malformed("A header field would hold control characters.")
    return Header(text, "utf-8", maxlinelen=72).encode(linesep="\r\n")


def _holds_controls(text: str) -> bool:
    """Say whether a text holds a control character, or half of a character: what is printable holds none."""
    return not text.isprintable() and bool(CONTROLS.search(text))


def hides_controls(text: str) -> bool:
    """Say whether a word, or several of one charset together, hold a control character: old programs break lines there.

    A relay that decodes a header and writes it again makes a word of what was encoded twice.
    """
    if "=?" not in text:
        return _holds_controls(text)
    texts = {text}
    for _ in range(_TIMES):
        read = {each for text in texts for each in _read(text)}
        if any(map(_holds_controls, read)):
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
