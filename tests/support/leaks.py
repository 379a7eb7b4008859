"""What stands of a secret in a text: any piece of it, as it is, quoted or in base64, whatever was put in between."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_plus

CUT = 12  # characters of a secret that say too much of it


def pieces_in(shown: str, secrets: Iterable[str]) -> list[str]:
    """Give the pieces of secrets that stand in a text: of each, and of every base64 that holds it, once or twice."""
    text = "".join(shown.split())
    there = {CUT: _cut(f"{text} {unquote_plus(text)}", CUT)}
    found = []
    for secret in secrets:
        length = min(CUT, len(secret))
        known = there.get(length) or _cut(text, length)
        found += [piece for form in _forms(secret) for piece in _cut(form, length) & known]
    return found


def _cut(text: str, length: int) -> set[str]:
    return {text[at : at + length] for at in range(len(text) - length + 1)}


def _forms(secret: str) -> Iterator[str]:
    yield secret
    for before in range(3):
        once = _inner(secret, before)
        yield once
        yield from (_inner(once, again) for again in range(3))


def _inner(text: str, before: int) -> str:
    """Give what stands of a text in base64 behind so many other octets, whatever stands around it."""
    return base64.b64encode(("x" * before + text).encode()).decode()[4:-4]
