"""Leaves a message in the drop folder, as any user of the machine; when that returns, it is on disk."""

import os
from contextlib import suppress
from pathlib import Path

from panel.errors import CannotWrite
from panel.outbox.drop.folder import refuse_unprepared
from panel.outbox.drop.slip import Slip
from panel.storage.filesystem import sync

KEEP_FREE = 64 * 1024 * 1024  # bytes that are left to others, or a twentieth of a small disk


def leave_slip(folder: Path, slip: Slip) -> None:
    """Write it under a name that nobody can guess; raise `CannotWrite` or `ConfigError`, and leave nothing then."""
    refuse_unprepared(folder)
    data = slip.written()
    try:
        _refuse_full(folder, len(data))
        _leave(folder / os.urandom(16).hex(), data)
    except OSError as fault:
        raise CannotWrite(f"The message cannot be left in {folder}: {fault.strerror}.") from fault


def _leave(path: Path, data: bytes) -> None:
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            _write(made, data)
            os.fchmod(made, 0o644)  # the panel is another user, and does not look before
            os.fsync(made)
        finally:
            os.close(made)
        _sync_name(path.parent)
    except BaseException:
        with suppress(OSError):
            os.unlink(path)
        raise


def _write(made: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(made, left) :]


def _sync_name(folder: Path) -> None:
    """Have the name on disk, too; who may not open the folder has everything written that waits to be."""
    try:
        sync(folder)
    except PermissionError:
        os.sync()


def _refuse_full(folder: Path, size: int) -> None:
    disk = os.statvfs(folder)
    kept = min(KEEP_FREE, disk.f_blocks * disk.f_frsize // 20)
    if disk.f_bavail * disk.f_frsize < size + kept:
        raise CannotWrite(f"The disk of {folder} is nearly full.")
