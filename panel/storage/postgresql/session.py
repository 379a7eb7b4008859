"""One connection to the server, as we want it: what is set on it, which start of the server it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import Any

import psycopg
from psycopg.adapt import Loader
from psycopg.rows import RowMaker
from psycopg.types.string import StrDumperUnknown

from panel.storage.postgresql.address import ServerAddress

LOCK_MS = 5_000
STATEMENT_MS = 20_000
IDLE_IN_TRANSACTION_MS = 15_000  # shorter than a worker's lease: who was stopped gives the write lock back
TRANSACTION_MS = 30_000  # from PostgreSQL 17 on
_KNOWS_TRANSACTION_TIMEOUT = 170_000
UTC_DATE = "ISO, YMD"

_Connection = psycopg.Connection[Any]


class ServerSession:
    """An open connection; `boot` names the server's start of its history, by which its clock is known again."""

    __slots__ = ("boot", "connection")

    def __init__(self, connection: _Connection, boot: str) -> None:
        self.connection = connection
        self.boot = boot

    @property
    def is_lost(self) -> bool:
        return self.connection.closed or self.connection.broken


def open_session(address: ServerAddress, *, lock_ms: int | None = None) -> ServerSession:
    """Connect, and set what holds for all that this connection does; raise `psycopg.Error`.

    These are set once and for the session: a pooler that gives each transaction another one is refused at the start.
    """
    connection = open_connection(address)
    try:
        settings = _settings(address.schema, lock_ms or LOCK_MS, connection.info.server_version)
        row = connection.execute(f"SELECT {', '.join(settings)}, {_BOOT}").fetchone()
        assert row
        return ServerSession(connection, row[-1])
    except BaseException:
        connection.close()
        raise


def open_connection(address: ServerAddress) -> _Connection:
    """Open a connection that gives rows by name and commits each statement for itself."""
    connection = psycopg.connect(**address.parameters, autocommit=True, client_encoding="utf8")
    connection.row_factory = named_rows
    connection.adapters.register_loader("numeric", _Number)
    connection.adapters.register_dumper(str, _Text)
    return connection


def _settings(schema: str, lock_ms: int, version: int) -> list[str]:
    values = {
        "search_path": schema,
        "lock_timeout": lock_ms,
        "statement_timeout": max(STATEMENT_MS, lock_ms + STATEMENT_MS),
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_MS,
    }
    if version >= _KNOWS_TRANSACTION_TIMEOUT:
        values["transaction_timeout"] = TRANSACTION_MS + lock_ms
    return [f"set_config('{name}', '{value}', false)" for name, value in values.items()]


# A standby that was promoted begins a new timeline; its clock is another machine's.
_BOOT = (
    "'pg-' || (SELECT system_identifier FROM pg_control_system()) || '-' "
    "|| substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
)


class ServerRow(tuple[Any, ...]):
    """A row whose columns have names, as those of SQLite have."""

    __slots__ = ()
    places: dict[str, int]

    def __getitem__(self, column: Any, /) -> Any:
        return tuple.__getitem__(self, self.places[column] if column.__class__ is str else column)

    def keys(self) -> list[str]:
        return [*self.places]


@lru_cache(maxsize=512)
def _row_class(names: tuple[str, ...]) -> type[ServerRow]:
    """Make the class of rows with these columns; where two bear one name, it is the first that is meant."""
    places = {name: place for place, name in reversed([*enumerate(names)])}
    return type("ServerRow", (ServerRow,), {"__slots__": (), "places": {name: places[name] for name in names}})


def named_rows(cursor: psycopg.Cursor[Any]) -> RowMaker[ServerRow]:
    """Make rows for a cursor (psycopg's row factory)."""
    columns = cursor.description
    if columns is None:
        return ServerRow
    return _row_class(tuple(map(_NAME, columns)))


_NAME = itemgetter(0)


class _Number(Loader):
    """Reads what sums of whole numbers are."""

    def load(self, data: Any) -> int | float:
        number = Decimal(bytes(data).decode())
        return int(number) if number == number.to_integral_value() else float(number)


class _Text(StrDumperUnknown):
    """Writes text as the server takes it: without NUL, and without halves of characters."""

    def dump(self, obj: str) -> bytes:
        text = obj.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in obj else obj
        try:
            return text.encode()
        except UnicodeEncodeError:
            return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


Parameters = Sequence[Any]
