"""Who gets the mail of a local name such as root: what the system's alias file says (aliases(5))."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from panel.mail.text import decoded, without_bom

SYSTEM = Path("/etc/aliases")


def read_aliases(path: Path = SYSTEM) -> dict[str, list[str]]:
    """Read the file as names and what stands behind them; where there is none, or it is closed, nobody is known."""
    try:
        text = decoded(without_bom(path.read_bytes())).replace("\r\n", "\n")
    except OSError:
        return {}
    lines = re.sub(r"\n[ \t]+", " ", re.sub(r"(?m)^#.*\n?", "", text)).splitlines()
    named = (line.partition(":") for line in lines)
    return {name.strip(' "').lower(): _words(value) for name, colon, value in named if colon}


def addresses_behind(name: str, known: dict[str, list[str]]) -> list[str]:
    """Give the addresses behind a local name, those behind further names included; programs and files are none."""
    return list(dict.fromkeys(_followed(name, known)))


def _followed(name: str, known: dict[str, list[str]]) -> Iterator[str]:
    """Follow names to names, each once, however long their chain is."""
    seen, left = set[str](), [name]
    while left:
        target = left.pop()
        if "@" in target:
            yield target
        elif target.lower() not in seen:
            seen.add(target.lower())
            left += reversed(known.get(target.lower(), ()))


def _words(value: str) -> list[str]:
    """Part the targets at their commas, and leave out programs, files and included lists."""
    return [word for word in _tidy(value.split(",")) if word and word[0] not in "|/:"]


def _tidy(words: Iterable[str]) -> Iterator[str]:
    return (word.strip().strip('"').removeprefix("\\") for word in words)
