"""A data file that is about to leave for a server: held from everybody, then marked so that nobody opens it again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from panel.errors import CannotCreate, CannotDo, CannotRead, DatabaseError
from panel.storage.database import Value, Writer
from panel.storage.filesystem import sync
from panel.storage.sqlite.database import SqliteDatabase, SqliteWriter
from panel.storage.sqlite.restore import open_elsewhere
from panel.storage.sqlite.schema import MOVED, moved_name
from panel.storage.steps import SCHEMA

_PATIENCE_SECONDS = 2.0  # for commands that have it open for a moment


class HeldFile(SqliteDatabase):
    """A data file in one transaction that nobody else sees, and that is undone unless the file leaves."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        super().__init__(path)
        self._held = connection
        self.writer = SqliteWriter(connection, self.notifier)

    def writing(self) -> AbstractContextManager[Writer]:  # type: ignore[override]  # all of it is one transaction
        return self.writer.writing()

    def tables(self) -> dict[str, list[str]]:
        """Give the columns of each table of ours."""
        names = [row[0] for row in self.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            name: [row["name"] for row in self.rows(f'PRAGMA table_info("{name}")')]
            for name in names
            if not name.startswith(_NOT_OURS)
        }

    def each(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Value, ...]]:
        """Read the rows of a table one after the other, however large it is."""
        named = ", ".join(f'"{column}"' for column in columns)
        for row in self._held.execute(f'SELECT {named} FROM "{table}"'):  # noqa: S608 - names of ours
            yield tuple(row)

    def count(self, table: str) -> int:
        row = self.row(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - a name of ours
        assert row
        return int(row[0])

    def highest(self, table: str) -> int:
        """Give the highest number that a table has ever given to a row; 0 where it counts none."""
        row = self.row("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        return int(row[0]) if row else 0

    def _connection(self) -> sqlite3.Connection:
        return self._held


_NOT_OURS = ("sqlite_", "_")  # so begin the names of SQLite's tables, and of that which keeps the account of the steps


@contextmanager
def held_to_leave(path: Path) -> Iterator[HeldFile]:
    """Hold a data file that nobody else has open; at the end it has another name, and no program opens it again.

    Where something is raised, nothing of it was changed.
    """
    kept = moved_name(path)
    if not path.exists():
        raise CannotRead(f"There is no {path}.")
    if kept.exists():
        raise CannotCreate(f"{kept} is there already, of another move. Put it away, then run this again.")
    with _our_errors(path):
        _bring_up_to_date(path)
        with closing(_opened_alone(path)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            held = HeldFile(path, connection)
            yield held  # what is raised leaves the transaction undone
            connection.execute(f"PRAGMA user_version = {MOVED}")
            connection.execute("COMMIT")
        path.rename(kept)
        sync(kept.parent)
    for act in held.writer.afterwards:
        act()


def _bring_up_to_date(path: Path) -> None:
    database = SqliteDatabase(path)
    try:
        if database.is_blank():
            raise CannotDo(f"{path} holds no panel.")
        database.prepare()
        assert database.step() == SCHEMA
    finally:
        database.close()


def _opened_alone(path: Path) -> sqlite3.Connection:
    """Open the file with its log in it, or raise where somebody else has it open."""
    connection = sqlite3.connect(path, timeout=_PATIENCE_SECONDS, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        connection.text_factory = _text
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = DELETE")  # refused while another connection has the file open
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


@contextmanager
def _our_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as fault:
        if "locked" not in str(fault) and "busy" not in str(fault):
            raise DatabaseError(f"{path} cannot be read: {fault}. Nothing was changed.") from fault
        raise open_elsewhere(path) from fault
    except sqlite3.DatabaseError as fault:  # a damaged one, or one that somebody else has changed
        raise CannotDo(f"{path} cannot be copied as it is: {fault}. Nothing was changed.") from fault
    except OSError as fault:
        raise DatabaseError(f"{path} cannot be given another name: {fault.strerror}. Move it away by hand.") from fault
