"""What a message holds: its text, its HTML and its files, found in one walk; what is beyond the bounds is left out.

A message within a message is one file. The first text and the first HTML that are no files are what people read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from panel.mail.message import structure
from panel.mail.message.envelope import Malformed
from panel.mail.message.header import MAX_HEADER, Field, split
from panel.mail.message.structure import PartSpan
from panel.mail.message.transfer_encoding import decoded_content
from panel.mail.reading.names import file_name
from panel.mail.reading.outline import decoded_size
from panel.mail.reading.parameters import read_value
from panel.mail.text import decoded, without_controls

MOST_FILES = 100  # that are listed
MOST_SHOWN = 1_000_000  # characters of a text
_TEXTS = ("text/plain", "text/html")


@dataclass(frozen=True, slots=True)
class MessageFile:
    """A file in a message; `size` is that of what it decodes to, in octets."""

    part: int  # its place among the parts of the message, from 1
    name: str
    kind: str
    size: int
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class _Leaf:
    place: int
    span: PartSpan
    kind: str
    charset: str
    name: str
    content_id: str
    is_file: bool


class Content:
    """A message that is taken apart; each part of it is decoded when it is asked for.

    `is_whole` says that nothing of it was beyond the bounds.
    """

    def __init__(self, message: bytes) -> None:
        self._message = message
        self._leaves: list[_Leaf] = []
        self.is_whole = True
        try:
            self._leaves += _leaves(message)
        except Malformed:  # more parts, or deeper, than any mail program writes: what came before is shown
            self.is_whole = False
        found = {kind: next((each for each in self._leaves if _is_read(each, kind)), None) for kind in _TEXTS}
        self._text, self._html = found["text/plain"], found["text/html"]
        self._images = {each.content_id: each for each in reversed(self._leaves) if each.kind.startswith("image/")}

    @property
    def has_text(self) -> bool:
        return self._text is not None

    @property
    def has_html(self) -> bool:
        return self._html is not None

    @property
    def text(self) -> str:
        """Give the text that people read, at most `MOST_SHOWN` characters of it."""
        return self._read(self._text)

    @property
    def html(self) -> str:
        """Give the HTML as it came: nothing in it may be trusted."""
        return self._read(self._html)

    @property
    def files(self) -> tuple[MessageFile, ...]:
        """List everything that is not the text or the HTML, the first `MOST_FILES` of it."""
        return tuple(_file(self._message, each) for each in self._rest()[:MOST_FILES])

    @property
    def more_files(self) -> int:
        """Say how many there are beyond those."""
        return max(0, len(self._rest()) - MOST_FILES)

    def octets(self, part: int) -> bytes | None:
        """Give what a file decodes to, by its place; None where there is none."""
        found = next((each for each in self._rest() if each.place == part), None)
        return self._decoded(found.span, found.span.end) if found else None

    def image(self, content_id: str) -> MessageFile | None:
        """Give the picture that the HTML calls by a Content-ID."""
        leaf = self._images.get(content_id)
        return _file(self._message, leaf) if leaf else None

    def _rest(self) -> list[_Leaf]:
        return [each for each in self._leaves if each not in (self._text, self._html)]

    def _read(self, leaf: _Leaf | None) -> str:
        if leaf is None:
            return ""
        octets = self._decoded(leaf.span, min(leaf.span.end, leaf.span.content + 4 * MOST_SHOWN))
        read = decoded(octets[: 4 * MOST_SHOWN], leaf.charset).replace("\r\n", "\n").replace("\r", "\n")
        return without_controls(read)[:MOST_SHOWN]

    def _decoded(self, span: PartSpan, end: int) -> bytes:
        return decoded_content(span.encoding, self._message[span.content : end])


def header_fields(header: bytes) -> list[Field]:
    """Give the fields of a header by itself, in their order."""
    return split(header[: MAX_HEADER - 4] + b"\r\n\r\n")[0]


def file_of(header: bytes, size: int, place: int) -> MessageFile | None:
    """Give the file that the header of a part tells of; None of a text that people read."""
    leaf = _leaf(place, PartSpan(0, 0, 0, 0, "text/plain", "7bit", False), header)
    return _named(leaf, size) if leaf.is_file else None


def _leaves(message: bytes) -> Iterator[_Leaf]:
    for place, span in enumerate(structure.outer_parts(message), 1):
        if not span.kind.startswith("multipart/"):  # whose parts follow
            yield _leaf(place, span, message[span.header : span.header_end])


def _leaf(place: int, span: PartSpan, header: bytes) -> _Leaf:
    fields = {each.key: each.text for each in reversed(header_fields(header))}
    kind, of_kind = read_value(fields.get("content-type", ""))
    how, of_how = read_value(fields.get("content-disposition", ""))
    kind = kind if "/" in kind else span.kind
    name = of_how.get("filename") or of_kind.get("name") or ""
    content_id = fields.get("content-id", "").strip("<> ")
    is_file = how == "attachment" or bool(name) or kind not in _TEXTS
    return _Leaf(place, span, kind, of_kind.get("charset", ""), name, content_id, is_file)


def _is_read(leaf: _Leaf, kind: str) -> bool:
    return leaf.kind == kind and not leaf.is_file


def _file(message: bytes, leaf: _Leaf) -> MessageFile:
    span = leaf.span
    return _named(leaf, decoded_size(message, span.encoding.encode(), span.content, span.end))


def _named(leaf: _Leaf, size: int) -> MessageFile:
    return MessageFile(leaf.place, file_name(leaf.name, leaf.kind, leaf.place), leaf.kind, size, leaf.content_id)
