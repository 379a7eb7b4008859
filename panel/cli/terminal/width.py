"""How many columns of a terminal a text takes, and texts cut to so many."""

from __future__ import annotations

import unicodedata

_WIDE = ("W", "F")  # Unicode Standard Annex 11: of two columns
_NONE = ("Mn", "Me", "Cf")  # they stand on the character before, or are not seen
_JOINERS = "\u200c\u200d"  # within words of some scripts, and between the parts of one picture
_UNSAFE = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, what turns the direction of writing, line separators
MORE = "…"


def in_a_cell(text: str) -> str:
    r"""Escape what would move the cursor or turn a line around, as `\u202e`; wide blanks stay as they are."""
    if text.isprintable():
        return text
    return "".join(_escaped(each) if _is_unsafe(each) else each for each in text)


def _is_unsafe(character: str) -> bool:
    return unicodedata.category(character) in _UNSAFE and character not in _JOINERS


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))


def width_of(text: str) -> int:
    """Count the columns that a text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in _NONE:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def cut(text: str, columns: int) -> str:
    """Give as much of a text as fits, with a sign where something is left out."""
    if width_of(text) <= columns:
        return text
    kept, taken = "", width_of(MORE)
    for character in text:
        taken += _columns(character)
        if taken > columns:
            break
        kept += character
    return kept + MORE


def padded(text: str, columns: int, *, right: bool = False) -> str:
    """Fill a text up to so many columns, so that it stands at the left of them or at the right."""
    blanks = " " * (columns - width_of(text))
    return blanks + text if right else text + blanks
