"""The Japanese of the pages: business words, one for one thing (the table is in docs/howto/translate.md)."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from panel.diagnosis.reference import markdown
from panel.i18n import CATALOGUES, catalogue
from tests.support.paths import DOCS

GUIDE = DOCS / "howto" / "translate.md"
WORDS = re.findall(r"^\| [^|]+ \| [^|]+ \| ([^|]+) \|$", GUIDE.read_text("utf-8"), re.MULTILINE)
NAMES = {"Sakura Internet", "For Gmail: an app password"}  # which keep their capitals
AVOIDED = [word.strip() for row in WORDS[1:] for word in row.split("、")]


def sentences() -> list[str]:
    with (CATALOGUES / "ja" / "LC_MESSAGES" / "panel.po").open("rb") as file:
        entries = [entry for entry in read_po(file) if entry.id]
    return [text for each in entries for text in ([each.string] if isinstance(each.string, str) else each.string)]


@pytest.mark.parametrize("word", AVOIDED)
def test_no_sentence_has_a_word_that_the_guide_avoids(word: str) -> None:
    assert [text for text in sentences() if word in text] == []


def test_the_guide_names_what_to_avoid() -> None:
    assert len(AVOIDED) >= 15


def test_brackets_and_stops_are_japanese() -> None:
    half_width = re.compile(r"[ぁ-んァ-ヶ一-龠][,!?]|[ぁ-んァ-ヶ一-龠]\(|\)[ぁ-んァ-ヶ一-龠]")

    assert [text for text in sentences() if half_width.search(re.sub(r"%\(\w+\)[sd]", "", text))] == []


def test_no_japanese_sentence_has_a_blank_after_a_stop() -> None:
    """Written in one piece in the catalogue or put together in the guide (the pages: web/test_joined_sentences)."""
    guide = re.sub(r"`[^`]*`", "", markdown(catalogue("ja").gettext))

    assert [text for text in [*sentences(), *guide.splitlines()] if re.search(r"[。、！？] +\S", text)] == []


def test_english_headings_and_buttons_are_in_sentence_case() -> None:
    with (CATALOGUES / "ja" / "LC_MESSAGES" / "panel.po").open("rb") as file:
        ids = [entry.id for entry in read_po(file) if isinstance(entry.id, str) and entry.id]
    short = [text for text in ids if len(text) < 45 and not text.endswith(".") and text not in NAMES]

    assert [text for text in short if re.search(r"(?<! -) [A-Z][a-z]+\b", text)] == []
