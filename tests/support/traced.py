"""The statements that a database was asked, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from panel.storage.database import Database
from panel.storage.postgresql.database import PostgresDatabase
from panel.storage.postgresql.line import ServerAnswer, ServerLine
from panel.storage.sqlite.database import SqliteDatabase


@contextmanager
def traced(database: Database) -> Iterator[list[str]]:
    """Note what this thread's connection runs while the context lasts, with the values that it is given."""
    statements: list[str] = []
    if isinstance(database, SqliteDatabase):
        connection = database._connection()
        connection.set_trace_callback(statements.append)
        yield statements
        connection.set_trace_callback(None)
        return
    assert isinstance(database, PostgresDatabase)
    line, say = database.session().line, ServerLine.say

    def noting(asked: ServerLine, sql: str, parameters: Sequence[Any] = ()) -> ServerAnswer:
        if asked is line:
            statements.append(f"{sql} -- {parameters}" if parameters else sql)
        return say(asked, sql, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServerLine, "say", noting)
        yield statements
