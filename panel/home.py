"""The panel's folder: made where it is missing, refused where others may write to it or its data file is gone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from panel.config import KEY_NAME, Config
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
    if os.geteuid() and config.home.stat().st_uid not in (0, os.geteuid()):
        raise ConfigError(f"MAIL_PANEL_HOME is {config.home}, which belongs to another user. Run this as its owner.")
    _refuse_open(config.home, "MAIL_PANEL_HOME")
    elsewhere = {
        "MAIL_PANEL_KEY_FILE": None if config.keys else config.key_file,
        "MAIL_PANEL_DATABASE": config.database,
    }
    for variable, path in elsewhere.items():
        if path and not _protects_files(path.parent):
            _refuse_open(path.parent, f"The folder of {variable}")


def refuse_remains(config: Config) -> None:
    """Raise `DatabaseError` where a panel was and its data file is gone or empty: that is no new home."""
    database = config.database_path
    refuse_lost(database)
    if _size(database):
        return
    state = "is empty" if database.exists() else "is gone"
    beside = config.home / KEY_NAME
    if not config.keys and config.key_path == beside and beside.exists():
        raise DatabaseError(_REMAINS.format(path=database, state=state, other=beside))
    if database.exists() and (config.keys or config.key_path.exists()):
        raise DatabaseError(_EMPTY.format(path=database))


_HOW = "Restore a copy of the database; to begin anew instead, move {other} away."
_REMAINS = "{path} {state}, though its key is there. " + _HOW
_EMPTY = "{path} is empty. " + _HOW.replace("{other}", "it")


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


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
