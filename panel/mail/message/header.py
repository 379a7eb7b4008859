"""The header fields of a message (RFC 5322 section 2.2): split from its body, read as text, written again in ASCII."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from email.utils import getaddresses
from itertools import groupby, pairwise

from panel.mail.message.encoded_words import encoded_words, phrase, unstructured
from panel.mail.message.envelope import Malformed, with_line_ends
from panel.mail.message.transfer_encoding import MAX_LINE
from panel.mail.patterns import pattern_of
from panel.mail.text import MOST_JUDGED, charset_of, decoded, known, without_bom

MAX_HEADER = 256 * 1024  # octets of all fields: some of what reads them takes time by the square of their length
MAX_ENCODED = 4_000  # characters in which encoded words are looked for
MAX_WRITTEN = 2_000  # characters of one mailbox with its name and comments
MAX_MAILBOX = 320  # characters of what can be an address at all (RFC 5321 section 4.5.3.1)
_START = pattern_of(rb"([!-9;-~]{1,100})[ \t]*:")
_END = pattern_of(rb"\r\n(?![ \t])")  # what follows is the next field, or the body
_COMMA = pattern_of(r'\\.|"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)|<[^<>]*>|(,)')  # the group is one outside of these
_BRACKETS = pattern_of(r"([^<>]*)<([^<>]*)>[^<>]*")
_PLAIN = pattern_of(  # what nearly all mailboxes are, and nobody reads in two ways
    r'(?:(?:"([A-Za-z0-9_.-][A-Za-z0-9_. -]*)"|([A-Za-z0-9_-]+(?: [A-Za-z0-9_-]+)*)) )?'
    r"(<)?([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)(?(3)>)"
)
_NOBODY = pattern_of(r"([^:@<>]*:)?[\s;]*")  # a group may be empty, as in `undisclosed-recipients:;`
# A word begins after what parts words and is never given back, so that the longest header takes time by its length.
_PARTS = r"\x00-\x20\"';=,:<>()\x7f"
_ATOM = r"!#-&*+\-./0-9?-~"  # the rest of ASCII; told by what it is not, a class takes ten milliseconds to compile
_WORD = rf"[{_ATOM}]*+(?>(?:[^\x00-\x7f][{_ATOM}]*+)+)"
_WORDS = pattern_of(rf"(?<![^{_PARTS}]){_WORD}(?>(?: ++{_WORD})*)")
_ENCODED_WORD = r"=\?([^?\s]{1,60})\?([bq])\?((?>(?:[^?=]++|\?(?!=)|=(?!\?[^=]))*))\?="
_ENCODED = pattern_of(_ENCODED_WORD, re.IGNORECASE)
_RUN = pattern_of(rf"{_ENCODED_WORD}(?:\s*{_ENCODED_WORD})*", re.IGNORECASE)
_DECLARED = pattern_of(
    rb"^content-type:(?:[^\r\n]|\r\n[ \t])*?;\s*charset\*?(?:0\*?)?\s*=\s*(?:[\w-]{0,40}'')?\"?([\w.:+-]{1,40})",
    re.IGNORECASE | re.MULTILINE,
)
_NO_CHARSET = pattern_of(r";\s*charset\s*=\s*(?:\"\s*\")?\s*(?=;|\Z)", re.IGNORECASE)
_BETWEEN = pattern_of(r"(?<=>)(?=<)|(?<=>,)(?=<)")  # two of a list
_CONTROL = pattern_of(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TEXTS = {"subject", "comments", "content-description"}  # where encoded words may stand for any text (RFC 2047)
_ADDRESSES = {"to", "cc", "reply-to", "resent-to", "resent-cc", "disposition-notification-to"}


class HeaderTooLong(ValueError):
    """A header that is larger than any mail program writes."""


class Field:
    """One header field; `body` is what stands behind the colon, folded as it came, without its last line end.

    `charset` is that of the message, where octets beyond ASCII stand in its header.
    """

    __slots__ = ("body", "charset", "key", "name")

    def __init__(self, name: str, body: bytes, charset: str = "") -> None:
        self.name = name
        self.key = name.lower()  # as it is compared: it is the same in any case
        self.body = body
        self.charset = charset

    @property
    def text(self) -> str:
        """Give the body on one line, whatever charset an old program wrote into it."""
        return decoded(self.body, self.charset).replace("\r", "").replace("\n", "").strip()

    def write(self) -> bytes:
        """Write the field as it came where that may be sent, else folded and in ASCII."""
        if _fits(self.body):
            return f"{self.name}:".encode() + self.body + b"\r\n"
        if self.key in _ADDRESSES:
            return mailboxes(self.name, addresses(clean(self.text)))
        if self.key.startswith("content-") and self.key != "content-description":
            return plain_field(self.name, words_encoded(clean(self.text)))
        return plain_field(self.name, clean(self.text))


def split(message: bytes) -> tuple[list[Field], bytes]:
    """Part a message into its fields and its body, with CR LF in both; raise `HeaderTooLong`.

    As sendmail programs do: an mbox line before the header is left out, and what is no header begins the body.
    """
    message = without_bom(message)
    lines = with_line_ends(message) if message else b""
    position = lines.index(b"\r\n") + 2 if lines.startswith(b"From ") else 0
    fields = []
    while start := _START.match(lines, position):
        end = _END.search(lines, position)
        assert end  # the last line has one
        fields.append(Field(start[1].decode("ascii"), lines[start.end() : end.start()]))
        position = end.end()
        if position > MAX_HEADER:
            raise HeaderTooLong
    body = lines[position + 2 :] if lines.startswith(b"\r\n", position) else lines[position:]
    if lines[:position].isascii():
        return fields, body
    charset = _charset(lines, position)
    return [Field(each.name, each.body, charset) for each in fields], body


def declared_charset(header: bytes) -> str:
    """Give the charset that the Content-Type in a header says, or nothing."""
    found = _DECLARED.search(header)
    return found[1].decode("ascii") if found else ""


def with_charset(kind: str, content: bytes) -> str:
    """Give a content type with the charset that its text shows, where it says none; rather none than a wrong one."""
    if kind and (not kind.lower().startswith("text/") or declared_charset(f"Content-Type: {kind}".encode())):
        return kind
    charset = charset_of(content)
    if charset in ("", "US-ASCII"):
        return kind
    return f"{_NO_CHARSET.sub('', kind or 'text/plain').rstrip('; ')}; charset={charset}"


def _charset(lines: bytes, position: int) -> str:
    """Find the charset of a message: what it declares, itself or in a part, else what its body shows."""
    declared = _DECLARED.search(lines, 0, position) or _DECLARED.search(lines, position, position + MOST_JUDGED)
    return declared[1].decode("ascii") if declared else charset_of(lines[position:])


def addresses(text: str) -> list[tuple[str, str]]:
    """Read an address list as (display name, address) pairs, one for what stands between two commas.

    What is no address stands there as it came. `getaddresses` by itself makes two of `a@example.org <b@example.org>`,
    or none, as its version is.
    """
    commas = (each.end() for each in _COMMA.finditer(text) if each[1]) if "," in text else ()
    pieces = (text[one : other - 1] for one, other in pairwise([0, *commas, len(text) + 1]))
    return [_pair(each.strip()) for each in pieces if "@" in each or not _NOBODY.fullmatch(each)]


def _pair(text: str) -> tuple[str, str]:
    """Read one mailbox; what stands in brackets is the address, whatever is before it."""
    if len(text) <= MAX_WRITTEN and (plain := _PLAIN.fullmatch(text)) and (plain[3] or text == plain[4]):
        return plain[1] or plain[2] or "", plain[4]
    try:  # of a group it takes the square of the length
        found = getaddresses([text.rstrip("; \t")]) if len(text) <= MAX_WRITTEN else []
    except RecursionError:  # of comments within comments
        found = []
    if len(found) == 1 and found[0][1]:
        return found[0]
    inside = _BRACKETS.fullmatch(text)
    return (inside[1].strip(), inside[2].strip()) if inside else ("", text)


def write_field(name: str, value: str) -> str:
    """Write one header field; its only line breaks are those that fold it."""
    if re.search(r"\r(?!\n[ ])|(?<!\r)\n|[\x00\x7f]", value):
        raise Malformed(f"{name} would hold a line break.")
    return f"{name}: {value}\r\n"


def mailbox(address: str, name: str) -> str:
    """Write an address with its display name (RFC 5322 section 3.4)."""
    return f"{phrase(name)} <{address}>" if name else address


def mailboxes(name: str, pairs: Iterable[tuple[str, str]]) -> bytes:
    """Write a field of (display name, address) pairs; none of nobody."""
    body = address_list(pairs)
    return write_field(name, body).encode("ascii") if body else b""


def address_list(pairs: Iterable[tuple[str, str]]) -> str:
    """Write (display name, address) pairs one a line, as the body of a field."""
    return ",\r\n ".join(
        _listed(address, clean(unencoded(display_name)))
        for display_name, address in pairs
        if 0 < len(address) <= MAX_MAILBOX
    )


def _listed(address: str, display_name: str) -> str:
    """Write one mailbox; an address beyond ASCII becomes the name of an empty group (RFC 6857 section 3.1.6)."""
    return mailbox(address, display_name) if address.isascii() else f"{phrase(f'{display_name} {address}'.strip())} :;"


def plain_field(name: str, text: str) -> bytes:
    """Write an unstructured field; ASCII is folded at its blanks and never encoded, so that Message-IDs stay whole."""
    if not text.isascii():
        return write_field(name, unstructured(text)).encode("ascii")
    line = f"{name}: {' '.join(text.split())}\r\n"
    if len(line) <= 80:
        return line.encode("ascii")
    words = [piece for word in text.split() for piece in _pieces(name, word)]
    if any(len(word) >= MAX_LINE for word in words):
        return _without_blanks(name, text)
    lines = [f"{name}:"]
    for word in words or [""]:
        if len(lines[-1]) + 1 + len(word) > (MAX_LINE if len(lines) == 1 and lines[0] == f"{name}:" else 78):
            lines.append("")
        lines[-1] += f" {word}"
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _pieces(name: str, word: str) -> list[str]:
    """Part a word that is longer than a line where the field's grammar lets a blank stand."""
    is_list = len(word) >= MAX_LINE and name.lower().startswith(("references", "in-reply-to", "list-"))
    return _BETWEEN.split(word) if is_list else [word]


def _without_blanks(name: str, text: str) -> bytes:
    """Write what cannot be folded as encoded words, where it is text for people; else raise `Malformed`."""
    if name.lower() in _TEXTS:
        return write_field(name, encoded_words(text)).encode("ascii")
    raise Malformed(f"{name} has more than {MAX_LINE} characters without a blank, and no line may be so long.")


def unencoded(text: str) -> str:
    """Read the encoded words in a text (RFC 2047); broken ones stay as they are, and so does a text that is no name."""
    return _RUN.sub(lambda run: _read(run[0]), text) if len(text) <= MAX_ENCODED else text


def _read(run: str) -> str:
    """Read words with nothing but blanks between them; those of one charset together: some cut characters."""
    words = [(each[1].partition("*")[0].lower(), _octets(each), each[0]) for each in _ENCODED.finditer(run)]
    return "".join(
        _text(charset, [octets for _, octets, _ in same], " ".join(raw for _, _, raw in same))
        for charset, group in groupby(words, key=lambda word: word[0])
        for same in [[*group]]
    )


def _text(charset: str, octets: list[bytes | None], raw: str) -> str:
    whole = [each for each in octets if each is not None]
    return decoded(b"".join(whole), charset) if len(whole) == len(octets) and known(charset) else raw


def _octets(word: re.Match[str]) -> bytes | None:
    """Decode one word; None where it is broken."""
    data = word[3].encode("utf-8", "surrogatepass")
    try:
        return binascii.a2b_base64(data) if word[2] in "bB" else binascii.a2b_qp(data, header=True)
    except binascii.Error:
        return None


def words_encoded(text: str) -> str:
    """Write each word beyond ASCII as an encoded word (RFC 2047), also where a program wrote it into a parameter."""
    return _WORDS.sub(lambda found: unstructured(found[0]), text)


def clean(text: str) -> str:
    """Put a blank in the place of each control character."""
    return text if text.isprintable() else re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)


def _fits(body: bytes) -> bool:
    """Say whether a field may leave as it came: ASCII without controls, on lines neither blank nor too long."""
    if not body.isascii() or _CONTROL.search(body):
        return False
    first, *folded = body.split(b"\r\n")
    return len(first) < MAX_LINE - 100 and all(line.strip() and len(line) <= MAX_LINE for line in folded)
