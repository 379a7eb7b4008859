"""Reads one file of the drop folder, which a stranger may have put there, and may change while it is read."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass

from panel.outbox.drop.slip import LONGEST_HEAD, MAX_SLIP, BadSlip, Slip, read_head

UNFINISHED_SECONDS = 600.0  # after which nobody is writing it any more
_CHUNK = 1024 * 1024
_HOW = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class StrangeFile(Exception):
    """Something that is no message that a sendmail left, and is neither opened nor touched."""


class UnfinishedLetter(Exception):
    """A message that is still being written."""


class LetterGone(Exception):
    """A file that is not there any more."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that was left, and whose it is."""

    name: str
    owner: int
    slip: Slip
    digest: bytes


def look_at(folder: int, name: str) -> os.stat_result:
    """Give what the file is; raise `StrangeFile` for what no sendmail leaves, and `LetterGone`."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        raise LetterGone from None
    except OSError as fault:  # as of a file over which its owner has mounted something
        raise StrangeFile from fault
    return _required(found)


def read_letter(folder: int, name: str, now: float, *, most: int = MAX_SLIP) -> Letter:
    """Give the message; raise `BadSlip` where it is none, or as `look_at` does; `now` is in seconds.

    A file of more than so many bytes is not read.
    """
    found = look_at(folder, name)
    try:
        opened = os.open(name, _HOW, dir_fd=folder)
    except FileNotFoundError:
        raise LetterGone from None
    except (PermissionError, BlockingIOError):  # it may be read when it is whole, or its owner has a lease on it
        _refuse_old(found, now)
        raise UnfinishedLetter from None
    except OSError as fault:
        if fault.errno in (errno.ELOOP, errno.ENXIO):
            raise StrangeFile from fault
        raise
    try:
        _require_there(folder, name, opened)
        return _read(opened, name, now, most)
    finally:
        os.close(opened)


def _require_there(folder: int, name: str, opened: int) -> None:
    """See that what was opened has its one name here: another file's second name may have gone again meanwhile."""
    found, ours = look_at(folder, name), os.fstat(opened)
    if (found.st_dev, found.st_ino) != (ours.st_dev, ours.st_ino):
        raise UnfinishedLetter


def _read(opened: int, name: str, now: float, most: int) -> Letter:
    before = _required(os.fstat(opened))
    if before.st_size > most:
        raise BadSlip("It is larger than a message may be (max_message_bytes of the settings).")
    head = read_head(os.pread(opened, LONGEST_HEAD, 0))
    if head is None or before.st_size < head.length:
        _refuse_old(before, now)
        raise UnfinishedLetter
    if before.st_size > head.length:
        raise BadSlip("It is longer than its first line says.")
    data = _all(opened, before.st_size)
    if len(data) != before.st_size or _marks(os.fstat(opened)) != _marks(before):
        raise UnfinishedLetter
    return Letter(name, before.st_uid, head.slip(data), bytes.fromhex(head.digest))


def _refuse_old(found: os.stat_result, now: float) -> None:
    if now - found.st_ctime > UNFINISHED_SECONDS:
        raise BadSlip("Whoever wrote it has broken off: it was never accepted.")


def _required(found: os.stat_result) -> os.stat_result:
    """A file of one name: another name may be that of a file which its owner never put there."""
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise StrangeFile
    return found


def _marks(found: os.stat_result) -> tuple[int, ...]:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_nlink, found.st_uid


def _all(opened: int, size: int) -> bytes:
    data = bytearray()
    while len(data) < size and (chunk := os.read(opened, min(_CHUNK, size - len(data)))):
        data += chunk
    return bytes(data)
