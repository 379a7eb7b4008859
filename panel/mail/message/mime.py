"""Writes text, HTML and files as MIME parts (RFC 2045, RFC 2046), and finds whether finished parts hold what was meant.

The `email` package writes none of it: in Pythons up to 3.11 a file's name could end the header of its part there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from panel.mail.message import structure
from panel.mail.message.encoded_words import encoded_words
from panel.mail.message.envelope import Malformed, with_line_ends
from panel.mail.message.header import write_field
from panel.mail.message.transfer_encoding import base64_lines, has_long_line, shorter

PIECE = 60  # octets of an extended parameter on one line
_UNRESERVED = "!#$&+.^_`|~-"  # of RFC 2231 section 7, what `quote` would escape beside it


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message: its header fields, each as it is written, and its content with CR LF line ends.

    `names` are those of its fields, then those of each part within, in the order in which they stand.
    """

    fields: tuple[bytes, ...]
    content: bytes
    names: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, fields: Sequence[tuple[str, str]], content: bytes, within: Iterable[Part] = ()) -> Part:
        names = tuple(name for name, _ in fields)
        written = tuple(write_field(name, value).encode("ascii") for name, value in fields)
        return cls(written, content, (names, *(each for part in within for each in part.names)))

    def write(self) -> bytes:
        return b"".join(self.fields) + b"\r\n" + self.content


def text(subtype: str, written: str) -> Part:
    """Write text in UTF-8; it stays readable where its lines may leave as they are."""
    raw = with_line_ends(written.encode())
    fits = raw.isascii() and not has_long_line(raw)
    encoding, content = ("7bit", raw) if fits else shorter(raw)
    kind = f"text/{subtype}; charset=utf-8"
    return Part.of([("Content-Type", kind), ("Content-Transfer-Encoding", encoding)], with_line_ends(content))


def file(content_type: str, name: str, content: bytes) -> Part:
    """Write a file whose name reads the same everywhere.

    RFC 2231 says how a name beyond ASCII is written; what does not read that (older Outlook, webmail) takes the
    encoded words in the Content-Type, which RFC 2047 does not allow and everybody writes.
    """
    plain = name.isascii() and "=?" not in name
    fields = [
        ("Content-Type", f"{content_type};\r\n name={_quoted(name if plain else encoded_words(name))}"),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", _with("attachment", [f"filename={_quoted(name)}"] if plain else extended(name))),
    ]
    return Part.of(fields, base64_lines(content))


def multipart(subtype: str, parts: Sequence[Part]) -> Part:
    """Put parts into one; no line of theirs can be the boundary, which nobody can know before."""
    boundary = f"=_{os.urandom(16).hex()}"
    delimited = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), part.write()) for part in parts)
    content = delimited + b"--%b--\r\n" % boundary.encode()
    return Part.of([("Content-Type", f'multipart/{subtype};\r\n boundary="{boundary}"')], content, parts)


def check_fields(message: bytes, meant: Sequence[Sequence[str]]) -> None:
    """Raise `Malformed` where a header of the finished message holds a field that was not meant, or lacks one that was.

    Of several fields of one name, one is enough.
    """
    found = [structure.field_names(message, part) for part in structure.parts(message)]
    if len(found) != len(meant):
        raise Malformed(f"The message would have {len(found)} parts, and not {len(meant)}.")
    for names, wanted in zip(found, meant, strict=True):
        rest = [each.lower() for each in wanted]
        for name in names:
            if name.lower() not in rest:
                raise Malformed(f"The message would have a field {name[:100]!a} that nobody asked for.")
            rest.remove(name.lower())
        if lost := {*rest} - {name.lower() for name in names}:
            raise Malformed(f"The message would lose its field {min(lost)[:100]}.")


def extended(value: str) -> list[str]:
    """Write a file's name in the form of RFC 2231, in as many pieces as have room on a line each."""
    pieces = [""]
    for character in value:
        escaped = quote(character, safe=_UNRESERVED)
        if len(pieces[-1]) + len(escaped) > PIECE:
            pieces.append("")
        pieces[-1] += escaped
    if len(pieces) == 1:
        return [f"filename*=utf-8''{pieces[0]}"]
    charset = ("utf-8''", *[""] * (len(pieces) - 1))
    return [f"filename*{number}*={charset[number]}{piece}" for number, piece in enumerate(pieces)]


def _with(value: str, parameters: Sequence[str]) -> str:
    return ";\r\n ".join([value, *parameters])


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
