"""Puts a copy of a data file in the place of the present one: whoever is killed meanwhile leaves one of the two whole.

What is there is written over by SQLite in one transaction, in the same file: whoever opens it finds the old content or
the new one, under the same locks. A file that SQLite cannot read any more is put aside, and the copy gets its name.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from panel.errors import CannotDo, CannotRead, DatabaseBusy, DatabaseError
from panel.storage.filesystem import sync
from panel.storage.sqlite.schema import schema_of

_PART = ".restoring-"
_PATIENCE_SECONDS = 2.0  # for commands that have it open for a moment
_MOST_FAULTS = 3  # of a file that is not whole, told in one sentence
_CHUNK = 1024 * 1024


def require_file(file: Path) -> None:
    """Raise `CannotRead` where there is no file that can be read."""
    with _opened(file):
        pass


@contextmanager
def checked_copy(file: Path, path: Path) -> Iterator[Path]:
    """Give a copy of a backup beside the data file at `path`, once it is known to be whole and of this program.

    What is put in place later is what was checked. The copy is gone at the end.
    Raise `CannotRead`, `CannotDo` for what is no backup or damaged, and `DatabaseError` for one of a newer program.
    """
    _remove_left(path)
    copy = path.with_name(f"{path.name}{_PART}{os.urandom(4).hex()}")
    try:
        with _opened(file) as backup, _held(copy, like=path) as held:
            _refuse_itself(backup, file, path)
            _copy(backup, held, file, copy)
            _check(copy, file)
            yield copy
    finally:
        for each in (copy, *_logs(copy)):
            each.unlink(missing_ok=True)


def schema_in(copy: Path) -> int:
    """Give how many steps the tables of a copy have seen."""
    with closing(sqlite3.connect(copy)) as opened:
        return schema_of(opened, copy)


def put_in_place(copy: Path, path: Path, now: datetime) -> Path | None:
    """Put a copy, which is open nowhere, in the place of the data file.

    Give where what was there is kept; None where nothing was. Raise `DatabaseBusy` where something has it open.
    """
    with _told(path):
        _settle(copy)
        if not _may_be_read(path):
            return _put_aside(copy, path, now)
        try:
            return _write_over(copy, path, now)
        except sqlite3.OperationalError:  # locked, or the disk is full: what was there is whole
            raise
        except sqlite3.DatabaseError:  # there is nothing in it that can be read
            return _put_aside(copy, path, now)


# The copy


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    """Open the backup."""
    try:
        backup = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as fault:
        raise CannotRead(f"{file} cannot be read: {fault.strerror}.") from None
    try:
        if not stat.S_ISREG(os.fstat(backup).st_mode):
            raise CannotRead(f"{file} cannot be read: it is no file.")
        yield backup
    finally:
        os.close(backup)


def _refuse_itself(backup: int, file: Path, path: Path) -> None:
    if path.exists() and os.path.samestat(os.fstat(backup), path.stat()):
        raise CannotDo(f"{file} is the data file itself. Name a copy that `mail-panel backup` has made.")


@contextmanager
def _held(copy: Path, *, like: Path) -> Iterator[int]:
    """Make the file of the copy, and hold it for as long as this process lives: what nobody holds is left over."""
    try:
        held = os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as fault:
        raise DatabaseError(f"{copy.parent} cannot be written to: {fault.strerror}.") from fault
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        _give_to_owner(held, like)
        yield held
    finally:
        os.close(held)


def _give_to_owner(file: int, like: Path) -> None:
    """Give what root makes to whose the data file is, or its folder."""
    if os.geteuid() == 0:
        owner = (like if like.exists() else like.parent).stat()
        os.fchown(file, owner.st_uid, owner.st_gid)


def _remove_left(path: Path) -> None:
    """Remove the copies that killed restores have left."""
    for left in path.parent.glob(f"{path.name}{_PART}*"):
        with suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises while another restore goes on
            left.unlink()


def _copy(backup: int, held: int, file: Path, copy: Path) -> None:
    """Copy the backup, with the log that stands beside one that was not made by `backup`."""
    try:
        with open(backup, "rb", closefd=False) as source, open(held, "wb", closefd=False) as target:
            shutil.copyfileobj(source, target, _CHUNK)
        with suppress(FileNotFoundError), open(f"{file}-wal", "rb") as source:
            _private(Path(f"{copy}-wal"), like=copy)
            with open(f"{copy}-wal", "rb+") as target:
                shutil.copyfileobj(source, target, _CHUNK)
    except OSError as fault:
        raise DatabaseError(f"{file} cannot be copied to {copy.parent}: {fault.strerror}.") from fault


def _check(copy: Path, file: Path) -> None:
    """Raise where a copy is damaged, holds no panel, or is of a newer program."""
    try:
        with closing(sqlite3.connect(copy)) as opened:
            is_blank = schema_of(opened, file) == 0
            faults = [row[0] for row in opened.execute(f"PRAGMA integrity_check({_MOST_FAULTS})") if row[0] != "ok"]
            faults += [f"a row of {row[0]} stands alone" for row in opened.execute("PRAGMA foreign_key_check")]
    except sqlite3.DatabaseError as fault:
        raise CannotDo(f"{file} is no database, or is damaged: {fault}. Choose another copy.") from fault
    if is_blank:
        raise CannotDo(f"{file} holds no panel. Choose another copy.")
    if faults:
        raise CannotDo(f"{file} is damaged: {'; '.join(faults[:_MOST_FAULTS])}. Choose another copy.")


def _settle(copy: Path) -> None:
    """Have all of a copy in its one file, and that on the disk."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as opened:
        opened.execute("PRAGMA journal_mode = DELETE")
    sync(copy)


# Its place


def _may_be_read(path: Path) -> bool:
    """Say whether there is a file that SQLite may open: beside an empty one it would remove the log."""
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _write_over(copy: Path, path: Path, now: datetime) -> Path:
    """Write the copy into the present file as one transaction, while nobody else has that open; keep what was in it."""
    kept = _dated(path, now)
    with closing(sqlite3.connect(path, timeout=_PATIENCE_SECONDS, isolation_level=None)) as present:
        present.execute("PRAGMA locking_mode = EXCLUSIVE")
        present.execute("PRAGMA journal_mode = DELETE")  # refused while another connection has the file open
        present.execute("BEGIN EXCLUSIVE")
        present.execute("COMMIT")  # in this mode the lock stays
        _keep(present, kept, like=path)
        try:
            with closing(sqlite3.connect(copy)) as source:
                source.backup(present)
        except BaseException:
            kept.unlink()
            raise
    return kept


def _keep(present: sqlite3.Connection, kept: Path, *, like: Path) -> None:
    """Write a copy of the present database, page by page as it is: it has its name once it is whole."""
    part = kept.with_name(f"{like.name}{_PART}{os.urandom(4).hex()}")
    try:
        _private(part, like=like)
        with closing(sqlite3.connect(part)) as target:
            present.backup(target)
        sync(part)
        part.replace(kept)
        sync(kept.parent)
    finally:
        part.unlink(missing_ok=True)


def _put_aside(copy: Path, path: Path, now: datetime) -> Path | None:
    """Give the copy the place of a file that cannot be read, or is not there; what was there gets a dated name."""
    kept, (log, index) = _dated(path, now), _logs(path)
    _refuse_open(path, index)
    is_there = path.exists()
    if log.exists():
        log.rename(f"{kept}-wal")
    index.unlink(missing_ok=True)
    if is_there:
        os.link(path, kept)
    _give_name(copy, path)
    sync(path.parent)
    return kept if is_there or Path(f"{kept}-wal").exists() else None


def _give_name(copy: Path, path: Path) -> None:
    """Have the copy bear the name of the data file, too, in one step."""
    beside = copy.with_name(f"{copy.name}.named")
    os.link(copy, beside)
    beside.replace(path)


def _refuse_open(*files: Path) -> None:
    """Raise `DatabaseBusy` where a process holds one of SQLite's locks on a file."""
    for file in files:
        with suppress(FileNotFoundError), file.open("rb+") as opened:
            try:
                fcntl.lockf(opened, fcntl.LOCK_EX | fcntl.LOCK_NB, 0)
            except BlockingIOError:
                raise open_elsewhere(file) from None


def _dated(path: Path, now: datetime) -> Path:
    """Give a name beside the data file that says when it was put there, and that nothing has."""
    stem = f"{path.stem}-before-{now:%Y%m%dT%H%M%SZ}"
    names = (f"{stem}{more}{path.suffix}" for more in ("", *(f"-{number}" for number in range(2, 100))))
    return next(path.with_name(name) for name in names if not path.with_name(name).exists())


def _private(file: Path, *, like: Path) -> None:
    """Make a file that only the owner of another one may read."""
    made = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _give_to_owner(made, like)
    finally:
        os.close(made)


def _logs(path: Path) -> tuple[Path, Path]:
    return Path(f"{path}-wal"), Path(f"{path}-shm")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into a sentence for the operator."""
    try:
        yield
    except sqlite3.DatabaseError as fault:
        if "locked" in str(fault) or "busy" in str(fault):
            raise open_elsewhere(path) from fault
        raise DatabaseError(f"{path} cannot be written: {fault}. Nothing was changed.") from fault
    except OSError as fault:
        raise DatabaseError(f"{path} cannot be replaced: {fault.strerror}. Check the disk and its rights.") from fault


def open_elsewhere(path: Path) -> DatabaseBusy:
    """Give what is told of a data file that somebody has open."""
    return DatabaseBusy(
        f"Something has {path} open. Stop the panel, its workers and what hands mail over to it, then run this again."
    )
