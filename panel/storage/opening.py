"""Opens the database that the environment names: the file, or the server."""

from __future__ import annotations

from pathlib import Path

from panel.storage.database import Database


def open_database(
    path: Path, url: str = "", password_file: Path | None = None, *, busy_ms: int | None = None
) -> Database:
    """Give the server's database where a URL names one, else the file; nothing is asked of either yet."""
    if url:
        from panel.storage.postgresql.database import PostgresDatabase  # few panels have more than one machine

        return PostgresDatabase(url, path, password_file=password_file, busy_ms=busy_ms)
    from panel.storage.sqlite.database import SqliteDatabase

    return SqliteDatabase(path, busy_ms=busy_ms)
