"""The panel's folder: made where it is missing, refused where others may write to it or its data file is gone."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from panel.errors import ConfigError, DatabaseBusy, DatabaseError
from panel.storage.sqlite.database import SqliteDatabase, refuse_lost


def make_home(home: Path, elsewhere: Mapping[str, Path | None]) -> None:
    """Make the folder, or raise `ConfigError` where that cannot be, or where others could put files of theirs there.

    `elsewhere` gives the files that are to be in other folders, by what such a folder is called.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise ConfigError(f"MAIL_PANEL_HOME is {home}, which cannot be made: {fault.strerror}.") from fault
    if not os.access(home, os.W_OK | os.X_OK):
        raise ConfigError(f"MAIL_PANEL_HOME is {home}, which this user cannot write to.")
    if os.geteuid() and home.stat().st_uid not in (0, os.geteuid()):
        raise ConfigError(f"MAIL_PANEL_HOME is {home}, which belongs to another user. Run this as its owner.")
    _refuse_open(home, "MAIL_PANEL_HOME")
    for name, path in elsewhere.items():
        if path and not _protects_files(path.parent):
            _refuse_open(path.parent, name)


@contextmanager
def served(path: Path) -> Iterator[None]:
    """Say to `alone` that a data file is in use, by this process and its children, though they may not have it open."""
    with _held(path.parent, fcntl.LOCK_SH):
        yield


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep everybody from beginning to serve a data file; raise `DatabaseBusy` where somebody does already."""
    try:
        with _held(path.parent, fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield
    except BlockingIOError:
        raise DatabaseBusy(
            f"A panel serves {path}, or a worker sends its mail. Stop them, then run this again."
        ) from None


@contextmanager
def _held(folder: Path, how: int) -> Iterator[None]:
    """Hold a lock on a folder, which makes no file, and which the kernel takes from who is killed."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(opened, how)
        yield
    finally:
        os.close(opened)


def refuse_remains(path: Path, key: Path | None, *, own: Path) -> None:
    """Raise `DatabaseError` where a panel was and its data file is gone or empty: that is no new home.

    A start makes a key at `own`, and makes it last: it is looked for first, so that whoever sees it sees the tables,
    too. `key` is where the key is; None where it is in no file.
    """
    was_used = key == own and own.exists()
    refuse_lost(path)
    if was_used and not path.exists():
        raise DatabaseError(_REMAINS.format(path=path, state="is gone", key=own))
    if was_used and _is_blank(path):
        raise DatabaseError(_REMAINS.format(path=path, state="is empty", key=own))
    if _is_cut_off(path) and (key is None or key.exists()):
        raise DatabaseError(f"{path} is empty. Restore a copy of it; to begin anew instead, move it away.")


_REMAINS = "{path} {state}, though its key is there. Restore a copy of it; to begin anew instead, move {key} away."


def _is_blank(path: Path) -> bool:
    """Say whether the data file has no tables, as one that was copied without its log."""
    if _is_cut_off(path):
        return True
    database = SqliteDatabase(path)
    try:
        return database.is_blank()
    finally:
        database.close()


def _is_cut_off(path: Path) -> bool:
    """Say whether the file is there and empty, which none of ours ever is."""
    try:
        return path.stat().st_size == 0
    except OSError:
        return False


def _refuse_open(folder: Path, name: str) -> None:
    if folder.stat().st_mode & stat.S_IWOTH:
        raise ConfigError(
            f"{name} is {folder}, where every user can put files of theirs. Run: chmod o-w {folder}, "
            "or choose a folder in it; and see that what is there is yours."
        )


def _protects_files(folder: Path) -> bool:
    """Say whether nobody can replace another's file there, as in /tmp; whose the file itself is, is asked elsewhere."""
    try:
        return bool(folder.stat().st_mode & stat.S_ISVTX)
    except OSError:
        return True
