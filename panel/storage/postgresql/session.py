"""One connection to the server, as we want it: what is set on it, which start of the server it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg
from psycopg.adapt import Loader
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper, NumericBinaryLoader
from psycopg.types.string import StrDumperUnknown

from panel import clock, logs
from panel.storage.postgresql.line import ANSWERS_MS, ServerLine
from panel.storage.postgresql.reaching.address import ServerAddress
from panel.storage.postgresql.rows import named_rows

LOCK_MS = 5_000
STATEMENT_MS = 20_000
IDLE_IN_TRANSACTION_MS = 15_000  # shorter than a worker's lease: who was stopped gives the write lock back
TRANSACTION_MS = 30_000  # from PostgreSQL 17 on
# By which the server finds that a machine is gone that was in the middle of saying something.
_KEEPALIVES = {"tcp_keepalives_idle": 5, "tcp_keepalives_interval": 3, "tcp_keepalives_count": 3}
KNOWS_TRANSACTION_TIMEOUT = 170_000

_Connection = psycopg.Connection[Any]


class ServerSession:
    """An open connection; `boot` names the server's start of its history, by which its clock is known again."""

    __slots__ = ("boot", "connection", "line")

    def __init__(self, connection: _Connection, line: ServerLine, boot: str) -> None:
        self.connection = connection
        self.line = line
        self.boot = boot

    @property
    def is_lost(self) -> bool:
        return self.connection.closed or self.connection.broken


class Connecting(NamedTuple):
    """What a transaction asks of its database: a connection, and another one where that is lost."""

    name: str
    schema: str
    get: Callable[[], ServerSession]
    drop: Callable[[], None]


def open_session(address: ServerAddress, *, lock_ms: int | None = None) -> ServerSession:
    """Connect, and set what holds for all that this connection does; raise `psycopg.Error`.

    These are set once and for the session: a pooler that gives each transaction another one is refused at the start.
    """
    connection = open_connection(address)
    try:
        most_ms = (lock_ms or LOCK_MS) + STATEMENT_MS
        settings = _settings(address.schema, lock_ms or LOCK_MS, most_ms, connection.info.server_version)
        line = ServerLine(connection, patience_ms=most_ms + ANSWERS_MS)  # which the server ends by itself before
        line.say(
            f"SELECT {', '.join(settings)}"
        )  # in the same journey, but first: it says where the names are looked up
        [(boot, ms)] = line.ask(f"SELECT {_BOOT}, {_NOW_MS}")
        line.journeys = 0  # counted from here on
        clock.follow(ms, boot)  # who only reads goes by this one, too
        _tell_of_clock()
        return ServerSession(connection, line, boot)
    except BaseException:
        connection.close()
        raise


def open_connection(address: ServerAddress) -> _Connection:
    """Open a connection that gives rows by name and commits each statement for itself."""
    connection = psycopg.connect(**address.parameters, autocommit=True)
    connection.row_factory = named_rows
    connection.prepare_threshold = None  # `ServerLine` has its own
    for loader in (_Number, _BinaryNumber):
        connection.adapters.register_loader("numeric", loader)
    for dumper in (Int8Dumper, Int8BinaryDumper):
        connection.adapters.register_dumper(int, dumper)  # of one type, however small, as our columns are
    for dumper in (_Truth, _BinaryTruth):
        connection.adapters.register_dumper(bool, dumper)
    connection.adapters.register_dumper(str, StrDumperUnknown)  # the column says what it is
    return connection


def _settings(schema: str, lock_ms: int, statement_ms: int, version: int) -> list[str]:
    values = {
        "search_path": schema,
        "lock_timeout": lock_ms,
        "statement_timeout": statement_ms,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_MS,
        **_KEEPALIVES,
    }
    if version >= KNOWS_TRANSACTION_TIMEOUT:
        values["transaction_timeout"] = TRANSACTION_MS + lock_ms
    # By its whole name: until then, whoever may make functions in `public` has theirs found there.
    return [f"pg_catalog.set_config('{name}', '{value}', false)" for name, value in values.items()]


def _tell_of_clock() -> None:
    """Log once in a process that this machine's clock is another: its log goes by that."""
    global _told_of_clock
    ahead = clock.ahead_seconds() or 0.0
    if abs(ahead) > clock.APART_SECONDS and not _told_of_clock:
        _told_of_clock = True
        logs.warning("clock_differs", ahead_seconds=round(ahead, 1))


_told_of_clock = False
_NOW_MS = "(extract(epoch FROM clock_timestamp()) * 1000)::float8"

# A standby that was promoted begins a new timeline; its clock is another machine's.
_BOOT = (
    "'pg-' || (SELECT system_identifier FROM pg_control_system()) || '-' "
    "|| substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
)


class _Number(Loader):
    """Reads what sums of whole numbers are."""

    def load(self, data: Any) -> int | float:
        return _plain(Decimal(bytes(data).decode()))


class _BinaryNumber(NumericBinaryLoader):
    def load(self, data: Any) -> Any:
        return _plain(super().load(data))


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


class _Truth(Int8Dumper):
    """Writes what is true as 1, as our columns keep it."""

    def dump(self, obj: Any) -> Any:
        return super().dump(int(obj))


class _BinaryTruth(Int8BinaryDumper):
    def dump(self, obj: Any) -> Any:
        return super().dump(int(obj))
