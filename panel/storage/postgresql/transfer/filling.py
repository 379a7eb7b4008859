"""Fills the empty tables of a server with all that a data file holds: in one transaction, or not at all."""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.sql import Identifier

from panel.errors import CannotDo, DatabaseError, OutcomeUnknown
from panel.storage.postgresql.faults import in_our_words, is_lost
from panel.storage.postgresql.reaching.address import ServerAddress
from panel.storage.postgresql.schema import make_or_update
from panel.storage.postgresql.session import open_session
from panel.storage.postgresql.words import as_the_server_takes
from panel.storage.sqlite.held import HeldFile

_FILLED_WHEN_MADE = ("totals", "pace")
_OF_THE_SERVER = "mail_panel_schema"

_Connection = psycopg.Connection[Any]


class _Table(NamedTuple):
    """A table of the server, and the column whose numbers it gives itself, if there is one."""

    name: str
    columns: list[str]
    numbered: str | None


def fill(address: ServerAddress, name: str, source: HeldFile) -> dict[str, int]:
    """Copy all tables, and give how many rows each has; raise `CannotDo` where the server has a panel already."""
    session = None
    try:
        session = open_session(address)
        connection = session.connection
        connection.execute("BEGIN")
        counts = _fill(connection, address, name, source)
        connection.execute(
            "UPDATE mail_panel_schema SET key_fingerprint = NULL"
        )  # the file has come with a key of its own
        _commit(connection, name)
        return counts
    except (psycopg.DataError, psycopg.IntegrityError) as fault:  # its detail is the row, with mail in it
        said = fault.diag.message_primary or type(fault).__name__
        raise CannotDo(f"{source.path} holds what no mail-panel writes: {said}. Nothing was changed.") from fault
    except psycopg.Error as fault:
        raise in_our_words(fault, name) or fault from fault
    finally:
        if session:
            session.connection.close()


def _fill(connection: _Connection, address: ServerAddress, name: str, source: HeldFile) -> dict[str, int]:
    connection.execute("SET LOCAL statement_timeout = 0")
    connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    make_or_update(connection, address.schema, name)  # which keeps out who writes, or makes the tables, too
    tables = _tables(connection, address.schema)
    _refuse_full(connection, tables, name)
    _refuse_others({table.name: table.columns for table in tables}, source)
    for filled in _FILLED_WHEN_MADE:
        connection.execute(sql.SQL("DELETE FROM {}").format(Identifier(filled)))
    for table in tables:
        _copy(connection, table, source)
    return {table.name: _count(connection, table.name, source) for table in tables}


def _tables(connection: _Connection, schema: str) -> list[_Table]:
    """Give our tables, those to whose rows others refer before those."""
    rows = connection.execute(_TABLES, {"schema": schema, "own": _OF_THE_SERVER}).fetchall()
    return [_Table(row["name"], row["columns"], row["numbered"]) for row in rows]


_TABLES = """
SELECT relname AS name, array_agg(attname::text ORDER BY attnum) AS columns,
    max(attname::text) FILTER (WHERE attidentity <> '') AS numbered
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
WHERE relnamespace = %(schema)s::regnamespace AND relkind = 'r' AND relname <> %(own)s
GROUP BY pg_class.oid, relname
ORDER BY EXISTS (SELECT FROM pg_constraint WHERE conrelid = pg_class.oid AND contype = 'f'), relname
"""


def _refuse_full(connection: _Connection, tables: list[_Table], name: str) -> None:
    full = [table.name for table in tables if table.name not in _FILLED_WHEN_MADE and _has_rows(connection, table.name)]
    if full:
        raise CannotDo(
            f"{name} is not empty: there are rows in {', '.join(full[:5])}. Name another database, or another schema "
            "with schema=NAME. If a copy of this file has come that far and was ended before it could say so, use what "
            "is there, and move the file away."
        )


def _has_rows(connection: _Connection, table: str) -> bool:
    return bool(connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(Identifier(table))).fetchone())


def _refuse_others(here: dict[str, list[str]], source: HeldFile) -> None:
    """Raise where the two do not have the same tables: both are of this program, so that this is a mistake of ours."""
    there = source.tables()
    other = {name for name in here.keys() | there.keys() if {*here.get(name, ())} != {*there.get(name, ())}}
    if other:
        raise DatabaseError(f"The tables of {source.path} are others: {', '.join(sorted(other))}. Please report it.")


def _copy(connection: _Connection, table: _Table, source: HeldFile) -> None:
    named, columns = Identifier(table.name), sql.SQL(", ").join(map(Identifier, table.columns))
    switched = sql.SQL("ALTER TABLE {} {} TRIGGER USER")
    connection.execute(switched.format(named, sql.SQL("DISABLE")))
    with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(named, columns)) as copy:
        for row in source.each(table.name, table.columns):
            copy.write_row(as_the_server_takes(row))
    connection.execute(switched.format(named, sql.SQL("ENABLE")))
    if table.numbered and (highest := source.highest(table.name)):
        connection.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", (table.name, table.numbered, highest))


def _count(connection: _Connection, table: str, source: HeldFile) -> int:
    """Give how many rows of a table have arrived; raise where not all have."""
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchone()
    assert row
    if row[0] != (there := source.count(table)):
        raise DatabaseError(f"Of {there} rows in {table} {row[0]} have arrived. Nothing was changed. Please report it.")
    return int(row[0])


def _commit(connection: _Connection, name: str) -> None:
    try:
        connection.execute("COMMIT")
    except psycopg.Error as fault:
        if not is_lost(fault, connection):
            raise
        raise OutcomeUnknown(
            f"{name} was lost while it was asked to keep the copy, and cannot say whether it did. The file is as it "
            "was. Run this again: where the copy is there, it says so."
        ) from fault
