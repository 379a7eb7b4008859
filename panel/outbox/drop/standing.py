"""How the drop folder stands: what waits in it, what could not be taken in, and what is none of ours."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from panel.outbox.drop.folder import REJECTED, fault_of
from panel.outbox.drop.intake import LETTER_NAME
from panel.outbox.drop.letter import LetterGone, StrangeFile, look_at
from panel.outbox.drop.rejected import Rejected, list_rejected

MOST_LOOKED_AT = 100_000  # entries of the folder that are looked at


@dataclass(frozen=True, slots=True)
class DropStanding:
    """`fault` says what is wrong with the folder; nothing else is known then. `oldest` is in seconds."""

    fault: str = ""
    waiting: int = 0
    size: int = 0
    oldest: float | None = None
    strangers: int = 0
    rejected: Sequence[Rejected] = ()


def look_into(folder: Path, home: Path) -> DropStanding:
    """Look without taking anything in."""
    if fault := fault_of(folder, home):
        return DropStanding(fault)
    waiting = size = strangers = 0
    oldest: float | None = None
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as refused:
        return DropStanding(f"which cannot be read: {refused.strerror}.")
    try:
        for name in _names(opened):
            with suppress(LetterGone):
                try:
                    found = _letter(opened, name)
                except StrangeFile:
                    strangers += 1
                    continue
                waiting, size = waiting + 1, size + found.st_size
                oldest = min(found.st_ctime, oldest or found.st_ctime)
    finally:
        os.close(opened)
    return DropStanding("", waiting, size, oldest, strangers, list_rejected(folder))


def _names(opened: int) -> list[str]:
    with os.scandir(opened) as entries:
        return [entry.name for entry, _ in zip(entries, range(MOST_LOOKED_AT), strict=False) if entry.name != REJECTED]


def _letter(opened: int, name: str) -> os.stat_result:
    if not LETTER_NAME.fullmatch(name):
        raise StrangeFile
    return look_at(opened, name)
