"""The statements that a database was asked, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from panel.storage.database import Database
from panel.storage.postgresql.database import PostgresDatabase
from panel.storage.sqlite.database import SqliteDatabase


@contextmanager
def traced(database: Database) -> Iterator[list[str]]:
    """Note what this thread's connection runs while the context lasts."""
    statements: list[str] = []
    if isinstance(database, SqliteDatabase):
        connection = database._connection()
        connection.set_trace_callback(statements.append)
        yield statements
        connection.set_trace_callback(None)
        return
    assert isinstance(database, PostgresDatabase)
    connection = database.session().connection
    asked = connection.execute

    def execute(sql: str, parameters: Sequence[Any] = (), **more: Any) -> Any:
        statements.append(sql)
        return asked(sql, parameters, **more)

    connection.execute = execute
    yield statements
    connection.execute = asked
