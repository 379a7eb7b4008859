"""One wording of a program, and how it is found in a text.

The files of wordings are left out of formatting, for a wording is read as one row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import cache
from operator import itemgetter
from typing import NamedTuple

from panel.diagnosis.causes.cause import Cause
from panel.mail.patterns import pattern_of
from panel.mail.smtp.protocol import Stage

_GAP = 160  # characters of what stands where a wording names something: a host, a number, a path


class Wording(NamedTuple):
    """What a program says of itself, and the cause that it means.

    `words` is a block: each line is a sentence in lower case, as its source code writes it, with `…` where it names
    something. A sentence is found at the borders of words, however its lines were broken. `said_by` names the library
    and the version whose source has it. `stage` is the step that the sentence tells of, where it tells of one. Of a
    sentence that stands `around` others that tell more, those are asked first.
    """

    cause: Cause
    said_by: str
    words: str
    stage: Stage | None = None
    around: bool = False


class Sentence(NamedTuple):
    """A sentence as it is sought: its words among those of a text, then its longest part, then its parts in order."""

    words: AbstractSet[str]
    longest: str
    parts: tuple[tuple[re.Pattern[str], int], ...]  # each with its length
    length: int  # characters, without its gaps

    def is_in(self, text: str, words: AbstractSet[str]) -> bool:
        """Say whether a text in lower case, its blanks single and its `words` known, has it."""
        if not self.words <= words or self.longest not in text:
            return False
        (first, _), *others = self.parts
        return any(_go_on(others, text, begun.end()) for begun in first.finditer(text))


def _go_on(parts: Iterable[tuple[re.Pattern[str], int]], text: str, at: int) -> bool:
    """Say whether each part follows the one before it; the nearest counts, so that no text takes long."""
    for part, length in parts:
        found = part.search(text, at, at + _GAP + length + 1)
        if found is None:
            return False
        at = found.end()
    return True


def vocabulary(text: str) -> frozenset[str]:
    """Give the words of a text in lower case: those of ASCII, and by themselves the characters of other scripts."""
    words = text.encode("ascii", "replace").translate(_BLANKED).decode("ascii").split()
    return frozenset(words if text.isascii() else (*words, *(each for each in set(text) if each > "\x7f")))


_BLANKED = bytes(each if re.match(r"[a-z0-9_]", chr(each)) else 0x20 for each in range(256))


@cache
def sentences_of(words: str) -> tuple[Sentence, ...]:
    """Read a block of sentences."""
    return tuple(_sentence(line.strip()) for line in words.split("\n") if line.strip())


def _sentence(line: str) -> Sentence:
    parts = [part.strip() for part in line.split("…") if part.strip()]
    sought = tuple((pattern_of(_part(part)), len(part)) for part in parts)  # of which a text needs hardly any
    return Sentence(vocabulary(" ".join(parts)), max(parts, key=len), sought, sum(map(len, parts)))


def longest_of(rows: Iterable[Wording], text: str) -> Wording | None:
    """Find in a text in lower case the sentence that tells most: the longest, but for those around others."""
    single = " ".join(text.replace("\u2019", "'").split())
    words = vocabulary(single)
    each_of = ((row, each) for row in rows for each in sentences_of(row.words))
    found = ((not row.around, each.length, row) for row, each in each_of if each.is_in(single, words))
    return max(found, key=itemgetter(0, 1), default=(False, 0, None))[2]


def _part(text: str) -> str:
    """Match a part at the borders of ASCII words: Japanese goes on without a blank."""
    before = r"(?<![a-z0-9_])" if re.match(r"[a-z0-9_]", text) else ""
    after = r"(?![a-z0-9_])" if re.search(r"[a-z0-9_]\Z", text) else ""
    return f"{before}{re.escape(text)}{after}"
