"""The panel's folder: made where it is missing, refused where others may write to it or its data file is gone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from panel.config import KEY_NAME, Config
from panel.database import Database, refuse_lost
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
    """Raise `DatabaseError` where a panel was and its data file is gone or empty: that is no new home.

    The key is looked for first: a start makes it last, so that whoever sees it sees the tables, too.
    """
    beside, path = config.home / KEY_NAME, config.database_path
    was_used = not config.keys and config.key_path == beside and beside.exists()
    refuse_lost(path)
    if was_used and not path.exists():
        raise DatabaseError(_REMAINS.format(path=path, state="is gone", key=beside))
    if was_used and _is_blank(path):
        raise DatabaseError(_REMAINS.format(path=path, state="is empty", key=beside))
    if _is_cut_off(path) and (config.keys or config.key_path.exists()):
        raise DatabaseError(f"{path} is empty. Restore a copy of it; to begin anew instead, move it away.")


_REMAINS = "{path} {state}, though its key is there. Restore a copy of it; to begin anew instead, move {key} away."


def _is_blank(path: Path) -> bool:
    """Say whether the data file has no tables, as one that was copied without its log."""
    if _is_cut_off(path):
        return True
    database = Database(path)
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
