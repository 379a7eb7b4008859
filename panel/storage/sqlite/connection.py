"""How each connection to the data file keeps what it writes."""

from __future__ import annotations

import os
import sqlite3

_ASIDE = ("/var/tmp", "/usr/tmp", "/tmp", ".")  # noqa: S108 - where SQLite looks, and no file of ours


def set_up(connection: sqlite3.Connection) -> None:
    """Have what is committed be on disk and what is erased be gone, and let larger statements write aside."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is, also by a SQLite that would leave it
    if not any(os.access(each, os.W_OK | os.X_OK) for each in _ASIDE):
        connection.execute("PRAGMA temp_store = MEMORY")  # without a folder it says "disk I/O error"
