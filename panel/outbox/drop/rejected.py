"""What was left in the drop folder and cannot be taken in: kept with the reason, so much of each user and no more."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from panel.outbox.drop.folder import BYTES_OF_USER, FILES_OF_USER, REJECTED, open_folder, open_rejected

_REASON = ".reason"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file, whose it is, how long, since when in seconds, and why it was not taken in."""

    name: str
    owner: int
    size: int
    since: float
    reason: str


def reject(folder: int, name: str, reason: str) -> None:
    """Put a file of the folder aside; nobody but the panel's user looks there."""
    aside = open_rejected(folder)
    try:
        why = os.open(f"{name}{_REASON}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600, dir_fd=aside)
        with os.fdopen(why, "w", encoding="utf-8", errors="replace") as file:
            file.write(f"{reason}\n")
        os.rename(name, name, src_dir_fd=folder, dst_dir_fd=aside)
        os.utime(f"{name}{_REASON}", dir_fd=aside)
    finally:
        os.close(aside)


def make_room(folder: int, dropped: Callable[[Rejected], None]) -> None:
    """Remove the oldest of each user that has more than is kept, telling of each."""
    aside = open_rejected(folder)
    try:
        kept: dict[int, tuple[int, int]] = {}
        for each in sorted(_all(aside), key=lambda each: -each.since):
            files, size = kept.get(each.owner, (0, 0))
            if files < FILES_OF_USER and size + each.size <= BYTES_OF_USER:
                kept[each.owner] = files + 1, size + each.size
                continue
            dropped(each)
            for name in (each.name, f"{each.name}{_REASON}"):
                with suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=aside)
    finally:
        os.close(aside)


def list_rejected(folder: Path) -> list[Rejected]:
    """Give what was put aside, the oldest first."""
    try:
        opened = open_folder(folder / REJECTED)
    except FileNotFoundError:
        return []
    try:
        return sorted(_all(opened), key=lambda each: each.since)
    finally:
        os.close(opened)


def _all(aside: int) -> Iterator[Rejected]:
    with os.scandir(aside) as entries:
        names = [entry.name for entry in entries if not entry.name.endswith(_REASON)]
    for name in names:
        with suppress(FileNotFoundError):
            found = os.stat(name, dir_fd=aside, follow_symlinks=False)
            yield Rejected(name, found.st_uid, found.st_size, found.st_ctime, _reason(aside, name))


def _reason(aside: int, name: str) -> str:
    try:
        with open(os.open(f"{name}{_REASON}", os.O_RDONLY | os.O_NOFOLLOW, dir_fd=aside), "rb") as file:
            return file.read(1000).decode("utf-8", "replace").strip()
    except OSError:
        return ""
