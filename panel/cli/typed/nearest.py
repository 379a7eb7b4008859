"""The known word that a mistyped one comes closest to."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that was most likely meant, in whatever case it was typed; None where none is near."""
    from difflib import get_close_matches  # slow to load, and asked for where a word is wrong

    by_lower = {each.lower(): each for each in known}
    found = get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Ask whether the nearest known word was meant, as a sentence with a blank before; or say something else."""
    found = nearest(word, known)
    return f" Did you mean {found}?" if found else otherwise
