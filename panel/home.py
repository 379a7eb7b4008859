"""The panel's folder: made where it is missing, refused where others may write to it or its data file is gone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from panel.config import Config
from panel.database import refuse_lost
from panel.errors import ConfigError, DatabaseError


def make(config: Config) -> None:
    """Make the folder, or raise `ConfigError` where that cannot be, or where others could put files of theirs there."""
    try:
        config.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise ConfigError(f"MAIL_PANEL_HOME is {config.home}, which cannot be made: {fault.strerror}.") from fault
    if not os.access(config.home, os.W_OK | os.X_OK):
        raise ConfigError(f"MAIL_PANEL_HOME is {config.home}, which this user cannot write to.")
    _refuse_open(config.home, "MAIL_PANEL_HOME")
    if config.key_file and not config.keys and not _protects_files(config.key_path.parent):
        _refuse_open(config.key_path.parent, "The folder of MAIL_PANEL_KEY_FILE")


def refuse_remains(config: Config) -> None:
    """Raise `DatabaseError` where a panel was and its data file is gone or empty: that is no new home."""
    database = config.database_path
    refuse_lost(database)
    if _size(database):
        return
    state = "is empty" if database.exists() else "is gone"
    if config.key_file is None and not config.keys and config.key_path.exists():
        raise DatabaseError(_REMAINS.format(path=database, state=state, other=config.key_path))
    if database.exists() and (config.keys or config.key_path.exists()):
        raise DatabaseError(_EMPTY.format(path=database))


_HOW = "Restore a copy of the database; to begin anew instead, move {other} away."
_REMAINS = "{path} {state}, though its key is there. " + _HOW
_EMPTY = "{path} is empty. " + _HOW.replace("{other}", "it")


def _refuse_open(folder: Path, name: str) -> None:
    found = folder.stat()
    if found.st_mode & stat.S_IWOTH:
        raise ConfigError(
            f"{name} is {folder}, where every user can put a key of theirs. Run: chmod o-w {folder}, "
            "or choose a folder in it; and see that what is there is yours."
        )
    if os.geteuid() and found.st_uid not in (0, os.geteuid()):
        raise ConfigError(f"{name} is {folder}, which belongs to another user. Run this as its owner.")


def _protects_files(folder: Path) -> bool:
    """Say whether nobody can replace another user's file there: the key's own owner is looked at when it is read."""
    try:
        return bool(folder.stat().st_mode & stat.S_ISVTX)
    except OSError:
        return True


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
