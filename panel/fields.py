"""The header fields of a message (RFC 5322 section 2.2): split from its body, read as text, written again in ASCII."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.utils import getaddresses
from itertools import pairwise

from panel.message import header, mailbox, phrase, unstructured, with_line_ends

MAX_LINE = 998  # octets without CR LF (RFC 5322 section 2.1.1)
MAX_HEADER = 256 * 1024  # octets of all fields: some of what reads them takes time by the square of their length
MAX_ENCODED = 4_000  # characters in which encoded words are looked for
MAX_WRITTEN = 2_000  # characters of one mailbox with its name and comments
MAX_MAILBOX = 320  # characters of what can be an address at all (RFC 5321 section 4.5.3.1)
_START = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
_END = re.compile(rb"\r\n(?![ \t])")  # what follows is the next field, or the body
_COMMA = re.compile(r'\\.|"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)|<[^<>]*>|(,)')  # the group is one outside of these
_BRACKETS = re.compile(r"([^<>]*)<([^<>]*)>[^<>]*")
_NOBODY = re.compile(r"([^:@<>]*:)?[\s;]*")  # a group may be empty, as in `undisclosed-recipients:;`
_ADDRESSES = {"to", "cc", "reply-to", "resent-to", "resent-cc", "disposition-notification-to"}


class HeaderTooLong(ValueError):
    """A header that is larger than any mail program writes."""


@dataclass(frozen=True, slots=True)
class Field:
    """One header field; `body` is what stands behind the colon, folded as it came, without its last line end."""

    name: str
    body: bytes

    @property
    def key(self) -> str:
        return self.name.lower()

    @property
    def text(self) -> str:
        """Give the body on one line, whatever charset an old program wrote into it."""
        return re.sub(r"[\r\n]+", "", _decoded(self.body)).strip()

    def write(self) -> bytes:
        """Write the field as it came where that may be sent, else folded and in ASCII."""
        if _fits(self.body):
            return f"{self.name}:".encode() + self.body + b"\r\n"
        if self.key in _ADDRESSES:
            return mailboxes(self.name, addresses(clean(self.text)))
        return plain(self.name, clean(self.text))


def split(message: bytes) -> tuple[list[Field], bytes]:
    """Part a message into its fields and its body, with CR LF in both; raise `HeaderTooLong`.

    As sendmail programs do: an mbox line before the header is left out, and what is no header begins the body.
    """
    lines = with_line_ends(message) if message else b""
    place = lines.index(b"\r\n") + 2 if lines.startswith(b"From ") else 0
    fields = []
    while start := _START.match(lines, place):
        end = _END.search(lines, place)
        assert end  # the last line has one
        fields.append(Field(start[1].decode("ascii"), lines[start.end() : end.start()]))
        place = end.end()
        if place > MAX_HEADER:
            raise HeaderTooLong
    return fields, lines[place:].removeprefix(b"\r\n")


def addresses(text: str) -> list[tuple[str, str]]:
    """Read an address list as (display name, address) pairs, one for what stands between two commas.

    What is no address stands there as it came. `getaddresses` by itself makes two of `a@example.org <b@example.org>`,
    or none, as its version is.
    """
    commas = [0, *(each.end() for each in _COMMA.finditer(text) if each[1]), len(text) + 1]
    pieces = (text[one : other - 1] for one, other in pairwise(commas))
    return [_pair(each.strip()) for each in pieces if not _NOBODY.fullmatch(each)]


def _pair(text: str) -> tuple[str, str]:
    """Read one mailbox; what stands in brackets is the address, whatever is before it."""
    try:  # of a group it takes the square of the length
        found = getaddresses([text.rstrip("; \t")]) if len(text) <= MAX_WRITTEN else []
    except RecursionError:  # of comments within comments
        found = []
    if len(found) == 1 and found[0][1]:
        return found[0]
    inside = _BRACKETS.fullmatch(text)
    return (inside[1].strip(), inside[2].strip()) if inside else ("", text)


def mailboxes(name: str, pairs: Iterable[tuple[str, str]]) -> bytes:
    """Write a field of (display name, address) pairs; none of nobody."""
    body = listed(pairs)
    return header(name, body).encode("ascii") if body else b""


def listed(pairs: Iterable[tuple[str, str]]) -> str:
    """Write (display name, address) pairs one a line, as the body of a field."""
    return ",\r\n ".join(
        _listed(address, clean(unencoded(shown))) for shown, address in pairs if 0 < len(address) <= MAX_MAILBOX
    )


def _listed(address: str, shown: str) -> str:
    """Write one mailbox; an address beyond ASCII becomes the name of an empty group (RFC 6857 section 3.1.6)."""
    return mailbox(address, shown) if address.isascii() else f"{phrase(f'{shown} {address}'.strip())} :;"


def plain(name: str, text: str) -> bytes:
    """Write an unstructured field; ASCII is folded at its blanks and never encoded, so that Message-IDs stay whole."""
    if not text.isascii():
        return header(name, unstructured(text)).encode("ascii")
    first, *words = text.split() or [""]
    lines = [f"{name}: {first}"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > 78:
            lines.append("")
        lines[-1] += f" {word}"
    return "".join(f"{line[:MAX_LINE]}\r\n" for line in lines).encode("ascii")


def unencoded(text: str) -> str:
    """Read the encoded words in a text (RFC 2047); broken ones stay as they are, and so does a text that is no name."""
    if len(text) > MAX_ENCODED:
        return text
    end = text.rfind("?=") + 2  # behind the last word, beginnings of words would be looked through again and again
    try:
        return str(make_header(decode_header(text[:end]))) + text[end:] if end > 1 else text
    except (LookupError, ValueError, MessageError):
        return text


def clean(text: str) -> str:
    """Put a blank in the place of each control character."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)


def _fits(body: bytes) -> bool:
    """Say whether a field may leave as it came: ASCII without controls, on lines neither blank nor too long."""
    first, *folded = body.split(b"\r\n")
    if not body.isascii() or re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", body):
        return False
    return len(first) < MAX_LINE - 100 and all(line.strip() and len(line) <= MAX_LINE for line in folded)


def _decoded(body: bytes) -> str:
    """Decode what should be ASCII; Japanese programs wrote ISO-2022-JP or Shift_JIS before they wrote UTF-8."""
    for charset in ("iso2022_jp",) * (b"\x1b" in body) + ("utf-8", "cp932"):
        try:
            return body.decode(charset)
        except UnicodeDecodeError:
            continue
    return body.decode("ascii", "replace")
