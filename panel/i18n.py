"""The panel's two languages: sentences by their English text, told in the reader's language by gettext."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

LOCALES = ("ja", "en")
SOURCE_LOCALE = "en"  # the language of the message ids: it needs no catalogue

CATALOGUES = Path(__file__).parent / "locale"

Translate = Callable[[str], str]


def N_(message: str) -> str:
    """Mark a message for the catalogue where it cannot be translated yet."""
    return message


@cache
def catalogue(locale: str) -> gettext.NullTranslations:
    """Give the catalogue of a locale; English is the source and has none."""
    if locale == SOURCE_LOCALE:
        return gettext.NullTranslations()
    return gettext.translation("panel", CATALOGUES, [locale])


_FULL_WIDTH = r"[、。！？）」』】](?:</\w+>)*\Z"  # also where an element ends with it


def joined(sentences: Iterable[str]) -> str:
    """Write sentences one after the other, without the empty ones; after a full-width stop comes no blank."""
    text = ""
    for sentence in filter(None, sentences):
        blank = " " if text and not re.search(_FULL_WIDTH, text) else ""
        text = f"{text}{blank}{sentence}"
    return text


class Text:
    """A sentence that is told later, in a language not known yet: a message id and the values in it.

    A value may be a `Text` itself (a field's label), and is then told in the same language.
    """

    __slots__ = ("message", "values")

    def __init__(self, message: str, values: Mapping[str, object] | None = None) -> None:
        self.message = message
        self.values = values or {}

    def translated(self, translate: Translate) -> str:
        values = {
            name: value.translated(translate) if isinstance(value, Text) else value
            for name, value in self.values.items()
        }
        return translate(self.message) % values if values else translate(self.message)

    def __str__(self) -> str:
        return self.translated(str)
