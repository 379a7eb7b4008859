"""One wording of a program, and how it is found in a text.

The files of wordings are left out of formatting, for a wording is read as one row.
"""

from __future__ import annotations

import re
import string
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import cached_property
from itertools import chain, count
from operator import add
from typing import NamedTuple

from panel.diagnosis.causes.cause import Cause
from panel.mail.smtp.protocol import Stage

_GAP = 160  # characters of what stands where a wording names something: a host, a number, a path
_OF_WORDS = frozenset(string.ascii_lowercase + string.digits + "_")


class Wording(NamedTuple):
    """What a program says of itself, and the cause that it means.

    `words` is a block: each line is a sentence in lower case, as its source code writes it, with `…` where it names
    something. A sentence is found at the borders of words, however its lines were broken. `said_by` names the library
    and the version whose source has it. `stage` is the step that the sentence tells of, where it tells of one. Of a
    sentence that stands `around` others that tell more, those are asked first. One that tells what failed and not why
    has no cause: where nothing else in a text tells it, nobody knows.
    """

    cause: Cause | None
    said_by: str
    words: str
    stage: Stage | None = None
    around: bool = False


class Sentence(NamedTuple):
    """A sentence as it is sought: its parts in order, and the tokens of a text without which it is not there."""

    rank: tuple[int, int, int]  # what tells most first
    row: Wording
    parts: tuple[str, ...]
    tokens: Set[str]

    def is_at(self, text: str, token: str, at: int) -> bool:
        """Say whether it stands where one of its tokens does, in a text in lower case whose blanks are single."""
        for number, part in enumerate(self.parts):
            offset = part.find(token)
            while offset >= 0:
                if offset <= at and self._is_around(text, number, at - offset):
                    return True
                offset = part.find(token, offset + 1)
        return False

    def _is_around(self, text: str, number: int, at: int) -> bool:
        """Say whether it stands where one of its parts does."""
        part = self.parts[number]
        if not text.startswith(part, at) or _end_of(part, text, at, at + len(part)) < 0:
            return False
        first, *others = self.parts
        begun = at if number == 0 else max(0, at - sum(len(each) + _GAP + 1 for each in self.parts[:number]))
        while (end := _end_of(first, text, begun, at + len(first))) >= 0:
            if _go_on(others, text, end):
                return True
            begun = end - len(first) + 1
        return False


def _go_on(parts: Iterable[str], text: str, at: int) -> bool:
    """Say whether each part follows the one before it; the nearest counts, so that no text takes long."""
    for part in parts:
        at = _end_of(part, text, at, at + _GAP + len(part) + 1)
        if at < 0:
            return False
    return True


def _end_of(part: str, text: str, at: int, end: int) -> int:
    """Find a part at the borders of ASCII words, for Japanese goes on without a blank; give where it ends, or -1."""
    while (at := text.find(part, at, end)) >= 0:
        behind = at + len(part)
        if not (part[0] in _OF_WORDS and text[at - 1 : at] in _OF_WORDS) and not (
            part[-1] in _OF_WORDS and text[behind : behind + 1] in _OF_WORDS
        ):
            return behind
        at += 1
    return -1


class Sentences:
    """The sentences of rows, sought in a text all at once: of each the rarest of its tokens tells where it may be."""

    def __init__(self, rows: Iterable[Wording]) -> None:
        self._rows = tuple(rows)

    def longest_in(self, text: str) -> Wording | None:
        """Find in a text in lower case the sentence that tells most: the longest, but for those around others."""
        single = " ".join(text.replace("\u2019", "'").split())
        best: Sentence | None = None
        possible = self._possible(tokens_of(single), single.isascii())
        for token, at in _places(single, possible):
            for each in possible[token]:
                if (best is None or each.rank < best.rank) and each.is_at(single, token, at):
                    best = each
        return best.row if best else None

    def _possible(self, tokens: Set[str], is_ascii: bool) -> dict[str, list[Sentence]]:
        """Give the sentences all of whose tokens are there, by the one that they are sought by."""
        possible: dict[str, list[Sentence]] = defaultdict(list)
        for by_token in (self._plain,) if is_ascii else (self._plain, self._others):
            for token in by_token.keys() & tokens:
                if there := [each for each in by_token[token] if each.tokens <= tokens]:
                    possible[token] += there
        return possible

    @cached_property
    def _plain(self) -> Mapping[str, list[Sentence]]:
        return _by_rarest(sentences_of(self._rows, _is_plain))

    @cached_property
    def _others(self) -> Mapping[str, list[Sentence]]:
        """Give those that only a text with other characters than those of ASCII can have."""
        return _by_rarest(sentences_of(self._rows, lambda line: not _is_plain(line)))


def _by_rarest(sentences: Iterable[Sentence]) -> Mapping[str, list[Sentence]]:
    """Put each sentence where the rarest of its tokens is looked up."""
    read = list(sentences)
    often = Counter(chain.from_iterable(each.tokens for each in read))
    found = defaultdict(list)
    for each in read:
        found[min(each.tokens, key=lambda token: (often[token], -len(token), token))].append(each)
    return found


def _is_plain(line: str) -> bool:
    return line.replace("…", "").isascii()


def sentences_of(rows: Iterable[Wording], which: Callable[[str], bool] = bool) -> Iterator[Sentence]:
    """Read the blocks of rows, line by line."""
    lines = ((row, line.strip()) for row in rows for line in row.words.split("\n"))
    for order, (row, line) in enumerate(lines):
        if line and which(line):
            parts = tuple(filter(None, map(str.strip, line.split("…"))))
            tokens = {each for each in tokens_of("\n".join(parts)) if " " not in each}
            rank = (row.around + (row.cause is None), -sum(map(len, parts)), order)
            yield Sentence(rank, row, parts, tokens)


def tokens_of(text: str) -> Set[str]:
    """Give the words of a text in lower case: those of ASCII, and each pair of other characters side by side.

    Some more pairs are among them, of a character and a blank.
    """
    words = ascii_words(text)
    if not text.isascii():
        others = " ".join(_OTHERS.findall(text))
        words.update(map(add, others, others[1:]))
    return words


def ascii_words(text: str) -> set[str]:
    """Give the words of ASCII in a text in lower case."""
    return set(_blanked(text).split())


_OTHERS = re.compile(r"[^\x00-\x7f]{2,}")


def _places(text: str, tokens: Mapping[str, object]) -> Iterator[tuple[str, int]]:
    """Find where tokens stand in a text."""
    at = 0
    for word in _blanked(text).split(" ") if any(map(str.isascii, tokens)) else ():
        if word in tokens:
            yield word, at
        at += len(word) + 1
    for run in _OTHERS.finditer(text) if not all(map(str.isascii, tokens)) else ():
        pairs = zip(map(add, run[0], run[0][1:]), count(run.start()), strict=False)
        yield from ((pair, at) for pair, at in pairs if pair in tokens)


def _blanked(text: str) -> str:
    return text.encode("ascii", "replace").translate(_BLANKED).decode("ascii")


_BLANKED = bytes(each if chr(each) in _OF_WORDS else 0x20 for each in range(256))
