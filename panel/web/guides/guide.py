"""The guides as the build leaves them, by language: their contents, their text, and what is found in them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from panel.web.assets import Assets, folder


@dataclass(frozen=True, slots=True)
class GuidePart:
    """What stands under one heading of a guide; the first part is the guide itself, down to its second heading."""

    anchor: str
    title: str
    level: int
    text: str

    def holds(self, words: list[str]) -> bool:
        """Say whether all words stand in it, however they are written."""
        text = _folded(f"{self.title} {self.text}")
        return all(word in text for word in words)


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide of the contents."""

    name: str
    lead: str
    parts: tuple[GuidePart, ...]

    @property
    def title(self) -> str:
        """Give what stands over it."""
        return self.parts[0].title


@dataclass(frozen=True, slots=True)
class Chapter:
    """Guides that belong together."""

    title: str
    guides: tuple[Guide, ...]


@cache
def chapters(language: str) -> tuple[Chapter, ...]:
    """Give the contents in one language, in their order; read when they are first asked for."""
    written = json.loads((folder("guides") / language / "contents.json").read_text("utf-8"))
    return tuple(Chapter(each["title"], tuple(map(_guide, each["guides"]))) for each in written)


def _guide(written: dict[str, object]) -> Guide:
    parts = written.pop("parts")
    assert isinstance(parts, list)
    return Guide(**written, parts=tuple(GuidePart(**part) for part in parts))  # type: ignore[arg-type]  # as the build wrote it


def guides_of(language: str) -> list[Guide]:
    """Give all guides in one language, in the order of the contents."""
    return [guide for chapter in chapters(language) for guide in chapter.guides]


@cache
def html_of(language: str, guide: str) -> str:
    """Give the inside of a guide; links to guides, causes and pictures begin with `guide:`, `causes:` or `picture:`."""
    return (folder("guides") / language / f"{guide}.html").read_text("utf-8")


@cache
def pictures() -> Assets:
    """Give the pictures of all guides; read when the first of them is shown."""
    return Assets(folder("guides") / "pictures")


def find_parts(language: str, asked: str) -> Iterator[tuple[Guide, GuidePart]]:
    """Find the parts in which all words stand; those whose title has them come first."""
    words = _folded(asked).split()
    found = [(guide, part) for guide in guides_of(language) for part in guide.parts if words and part.holds(words)]
    return iter(sorted(found, key=lambda each: not any(word in _folded(each[1].title) for word in words)))


def _folded(text: str) -> str:
    """Write a text so that ＳＭＴＰ, smtp and SMTP are one word."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold())
