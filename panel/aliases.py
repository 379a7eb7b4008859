"""Who gets the mail of a local name such as root: what the system's alias file says (aliases(5))."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SYSTEM = Path("/etc/aliases")


def read(path: Path = SYSTEM) -> dict[str, list[str]]:
    """Read the file as names and what stands behind them; where there is none, or it is closed, nobody is known."""
    try:
        text = path.read_text("utf-8", "replace")
    except OSError:
        return {}
    lines = re.sub(r"\n[ \t]+", " ", re.sub(r"(?m)^#.*\n?", "", text)).splitlines()
    named = (line.partition(":") for line in lines)
    return {name.strip(' "').lower(): _words(value) for name, colon, value in named if colon}


def addresses(name: str, known: dict[str, list[str]]) -> list[str]:
    """Give the addresses behind a local name, those behind further names included; programs and files are none."""
    return list(dict.fromkeys(_followed(name, known, set())))


def _followed(name: str, known: dict[str, list[str]], seen: set[str]) -> Iterator[str]:
    if name.lower() in seen:
        return
    seen.add(name.lower())
    for target in known.get(name.lower(), ()):
        if "@" in target:
            yield target
        else:
            yield from _followed(target, known, seen)


def _words(value: str) -> list[str]:
    """Part the targets at their commas, and leave out programs, files and included lists."""
    return [word for word in _tidy(value.split(",")) if word and word[0] not in "|/:"]


def _tidy(words: Iterable[str]) -> Iterator[str]:
    return (word.strip().strip('"').removeprefix("\\") for word in words)
