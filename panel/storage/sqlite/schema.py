"""Which steps a data file has seen, and how it is brought up to those of this program."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from panel.errors import DatabaseError
from panel.storage.steps import SCHEMA

APPLICATION_ID = 0x4D50_4E4C  # "MPNL", so that another program's file is not taken for ours
MOVED = 2_000_000_000  # in the place of the step of a file that has left for a server: older programs refuse it, too
INCREMENTAL = 2  # of PRAGMA auto_vacuum
REBUILT = 3  # times a file's size: its new rows beside the old, then all of it written anew, and the log of that


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    if schema := schema_of(connection, path):
        _require_room(connection, path, for_steps=schema != SCHEMA)
    if schema != SCHEMA:
        _apply_steps(connection, path)
    if not can_shrink(connection):
        _let_shrink(connection, path)


def can_shrink(connection: sqlite3.Connection) -> bool:
    """Say whether the file can give pages back that are free."""
    mode: int = connection.execute("PRAGMA auto_vacuum").fetchone()[0]
    return mode == INCREMENTAL


def _require_room(connection: sqlite3.Connection, path: Path, *, for_steps: bool) -> None:
    """Raise where the disk has no room to write the whole file anew, as the steps of before this one ask for."""
    if not for_steps or can_shrink(connection):
        return
    needed, free = _room_to_rebuild(path)
    if free < needed:
        raise DatabaseError(
            f"{path} is of an older mail-panel. To bring it up to date, {_mb(needed)} MB must be free on its disk, and "
            f"{_mb(free)} MB are. Make room, then start the panel again."
        )


def _room_to_rebuild(path: Path) -> tuple[int, int]:
    """Say how much room it takes to write the file anew, and how much there is."""
    disk = os.statvfs(path.parent)
    return REBUILT * path.stat().st_size, disk.f_bavail * disk.f_frsize


def _mb(size: int) -> int:
    return -(-size // 1_000_000)


def _let_shrink(connection: sqlite3.Connection, path: Path) -> None:
    """Write the file anew, so that it can give free pages back; it is whole without, and is tried at the next start."""
    from panel import logs  # a program that only hands mail in needs none

    began, megabytes = time.monotonic(), path.stat().st_size / 1_000_000
    aside = connection.execute("PRAGMA temp_store").fetchone()[0]
    try:
        connection.execute("PRAGMA temp_store = FILE")  # the whole file would be too much for the memory
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute(f"PRAGMA auto_vacuum = {INCREMENTAL}")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError as fault:
        logs.warning("database_not_rebuilt", text=fault)
        return
    finally:
        connection.execute(f"PRAGMA temp_store = {aside}")
    seconds = time.monotonic() - began
    logs.info(
        "database_rebuilt",
        megabytes=round(megabytes, 1),
        seconds=round(seconds, 1),
        seconds_per_100_megabytes=round(seconds / megabytes * 100, 1),
    )


def _apply_steps(connection: sqlite3.Connection, path: Path) -> None:
    from sqlite_utils import Database as Steps  # only where there is something to do: half of a cold start

    from panel.storage.sqlite import migrations

    connection.execute("BEGIN IMMEDIATE")
    try:
        if schema_of(connection, path) != SCHEMA:  # another process was faster
            migrations.steps.apply(Steps(connection, execute_plugins=False))
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def schema_of(connection: sqlite3.Connection, path: Path) -> int:
    """Give the number of steps the file has seen, 0 for an empty one."""
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if owner != APPLICATION_ID and tables:
        raise DatabaseError(f"{path} belongs to another program. Choose another folder in MAIL_PANEL_HOME.")
    return refuse_newer(connection, path)


def refuse_newer(connection: sqlite3.Connection, path: Path) -> int:
    """Give the number of steps, or raise where a newer program has made more, perhaps while this one was running."""
    number: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if number == MOVED:
        raise moved_away(path)
    if number > SCHEMA:
        raise DatabaseError(f"{path} was written by a newer mail-panel. Update this one, or restore an older copy.")
    return number


def moved_name(path: Path) -> Path:
    """Give the name of a data file that has left for a server."""
    return path.with_name(f"{path.name}.moved")


def moved_away(path: Path) -> DatabaseError:
    return DatabaseError(
        f"What was in {path} was copied to a server by `mail-panel database copy`: mail would be sent twice. "
        "Set MAIL_PANEL_DATABASE to the URL of that server."
    )
