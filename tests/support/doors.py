"""The same tests at both doors: what a test opens as a data file is a schema of a PostgreSQL server instead.

The panel knows nothing of it: `open_database` finds another class where it looks for that of a data file, and programs
in processes of their own are told by MAIL_PANEL_DATABASE, as everybody's are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from psycopg import sql

from panel import clock
from panel.storage import folder
from panel.storage.postgresql import tables
from panel.storage.postgresql.database import PostgresDatabase
from panel.storage.sqlite import database as data_file
from panel.storage.steps import SCHEMA
from tests.support import places
from tests.support.paths import ROOT
from tests.support.postgres import PostgresServer

SQLITE, POSTGRESQL = "sqlite", "postgresql"
DOORS = (SQLITE, POSTGRESQL)
_diverted: Schemas | None = None


class Schemas:
    """The schemas of one server: one for each path that a test opens; tables are made once and used again, emptied."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._connection = server.connect()
        self._places: dict[str, Path] = {}
        self._ready: list[str] = []
        self._numbers = count(1)
        self._shape = ""

    def url(self, path: Path) -> str:
        """Give the URL that stands for a data file; a process of its own comes to the same."""
        name = _name(path)
        self._places[name] = path
        return self._server.url(name, application_name=name)

    def prepare(self, path: Path) -> None:
        """Have empty tables for a path that has none yet."""
        if self._is_there(_name(path)):
            return
        self._take_back(lambda place: not place.parent.exists())
        if self._ready:
            self._rename(self._ready.pop(), _name(path))

    def take_back(self, folder: Path) -> None:
        """End whoever is connected to a schema for a path in a folder, and keep its tables for another path."""
        self._take_back(lambda place: place.is_relative_to(folder) or not place.parent.exists())

    def close(self) -> None:
        self._connection.close()

    def _take_back(self, is_over: Callable[[Path], bool]) -> None:
        for name in [name for name, place in self._places.items() if is_over(place)]:
            del self._places[name]
            self._connection.execute(_END, (name,))
            if self._is_there(name):
                self._empty(name)

    def _empty(self, name: str) -> None:
        """Empty the tables; one of which a test has changed more than the rows is dropped."""
        shape = self._shape_of(name)
        self._shape = self._shape or shape
        if shape != self._shape:
            self._connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
            return
        names = [row[0] for row in self._connection.execute(_TABLES, (name,))]
        with self._connection.transaction():
            self._connection.execute("SELECT set_config('search_path', %s, true)", (name,))
            every = sql.SQL(", ").join(map(sql.Identifier, names))
            self._connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(every))
            for text in (tables.FILLED, tables.OF_THIS_ENGINE):
                for statement in tables.statements(text):
                    if statement.startswith("INSERT"):
                        self._connection.execute(statement)
            self._connection.execute("UPDATE mail_panel_schema SET step = %s", (SCHEMA,))
        ready = f"ready_{next(self._numbers)}"
        self._rename(name, ready)
        self._ready.append(ready)

    def _is_there(self, name: str) -> bool:
        return bool(self._connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (name,)).fetchone())

    def _rename(self, name: str, new: str) -> None:
        self._connection.execute(
            sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(new))
        )

    def _shape_of(self, name: str) -> str:
        row = self._connection.execute(_SHAPE, {"schema": name}).fetchone()
        assert row
        return str(row[0])


class ServersDatabase(PostgresDatabase):
    """What stands for a data file, and is opened as one."""

    def __init__(self, path: Path, *, busy_ms: int | None = None) -> None:
        assert _diverted
        self._schemas = _diverted
        super().__init__(self._schemas.url(path), path, busy_ms=busy_ms)

    def prepare(self) -> None:
        self._schemas.prepare(self.path)
        super().prepare()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("on a server")  # a home without its data file is refused

    def is_blank(self) -> bool:
        return False


@contextmanager
def diverted(schemas: Schemas) -> Iterator[None]:
    """Have whatever is opened as a data file from here on be on the server."""
    global _diverted
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_file, "SqliteDatabase", ServersDatabase)
        patch.setattr(folder, "SqliteDatabase", ServersDatabase)
        patch.setattr(places, "url_of", schemas.url)
        before, _diverted = _diverted, schemas
        try:
            yield
        finally:
            _diverted = before
            clock.follow_none()


def _name(path: Path) -> str:
    return f"t_{hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:24]}"


_END = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
_SHAPE = """
SELECT md5(string_agg(line, ';' ORDER BY line)) FROM (
    SELECT relname || ' ' || attname || ' ' || atttypid || ' ' || attnotnull || ' ' || atthasdef AS line
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = %(schema)s::regnamespace AND attnum > 0
    UNION ALL
    SELECT relname || ' ' || tgname || ' ' || tgenabled::text FROM pg_class JOIN pg_trigger ON tgrelid = pg_class.oid
    WHERE relnamespace = %(schema)s::regnamespace AND NOT tgisinternal
) AS lines
"""


_NO_DATA = {"browser", "conformance", "diagnosis", "mail"}  # folders


def touches_data(item: pytest.Item) -> bool:
    """Say whether a test is worth while on a server: not what is of the data file, nor what keeps no data."""
    return not (item.get_closest_marker("data_file") or _NO_DATA & {*item.path.relative_to(ROOT / "tests").parts})
