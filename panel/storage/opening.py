"""Opens the database that the environment names: the file, or the server."""

from __future__ import annotations

import time
from pathlib import Path

from panel.errors import CannotConnect, ConfigError, OutOfReach, PasswordRefused
from panel.storage.database import Database

START_SECONDS = 60.0  # for which a start waits for the server
_TRY_AGAIN_SECONDS = 1.0


def open_database(
    path: Path, url: str = "", password_file: Path | None = None, *, busy_ms: int | None = None
) -> Database:
    """Give the server's database where a URL names one, else the file; nothing is asked of either yet."""
    if url:
        try:
            from panel.storage.postgresql.database import PostgresDatabase  # few panels have more than one machine
        except ImportError as fault:
            raise ConfigError(
                "MAIL_PANEL_DATABASE names a PostgreSQL server, which this installation cannot speak to "
                f"({str(fault).splitlines()[0]}). In the folder that it was installed from, run: "
                "pip install --require-hashes -r requirements-postgresql.lock"
            ) from fault
        return PostgresDatabase(url, path, password_file=password_file, busy_ms=busy_ms)
    from panel.storage.sqlite.database import SqliteDatabase

    return SqliteDatabase(path, busy_ms=busy_ms)


def require_fit(path: Path, url: str = "", password_file: Path | None = None, *, seconds: float | None = None) -> None:
    """Raise where mail must not be kept in the database; a server that does not answer is waited for before."""
    database, waits = open_database(path, url, password_file), False
    seconds = START_SECONDS if seconds is None else seconds
    ends = time.monotonic() + seconds
    while True:
        try:
            database.refuse_unfit()
        except PasswordRefused as fault:
            raise ConfigError(f"{fault} The first is {password_file}." if password_file else str(fault)) from fault
        except OutOfReach as fault:
            if time.monotonic() >= ends:
                raise CannotConnect(f"{fault} This start has waited for {seconds:.0f} seconds.") from fault
            if not waits:
                _tell_of_waiting(fault, seconds)
            waits = True
            time.sleep(_TRY_AGAIN_SECONDS)
        else:
            database.close()
            return


def _tell_of_waiting(fault: OutOfReach, seconds: float) -> None:
    from panel import logs  # a program that only hands mail in needs none

    logs.warning("database_awaited", text=fault, seconds=round(seconds))
