"""The tables of both engines are the same: columns, types, defaults, keys and indexes, after all steps there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from panel.storage.database import Database
from panel.storage.opening import open_database
from panel.storage.sqlite.database import SqliteDatabase  # before any test leads elsewhere
from tests.support import doors
from tests.support.engines import tables

TYPES = {"INTEGER": "bigint", "TEXT": "text", "BLOB": "bytea"}
OWN = {"mail_panel_schema"}  # what the server alone has


class Column(NamedTuple):
    """A column as both engines describe it."""

    kind: str
    is_required: bool
    default: str | None


class Index(NamedTuple):
    """An index by what it holds, whatever its name."""

    table: str
    columns: tuple[str, ...]
    is_unique: bool
    where: str


@pytest.fixture
def file(tmp_path: Path) -> Database:
    """A data file with its tables."""
    file = SqliteDatabase(tmp_path / "file" / "panel.db")
    file.path.parent.mkdir()
    file.prepare()
    return file


def test_both_have_the_same_tables(database: Database, file: Database) -> None:
    assert tables(database) - OWN == tables(file)


def test_all_columns_are_the_same(database: Database, file: Database) -> None:
    on_server = {name: columns_on_server(database, name) for name in tables(file)}
    in_file = {name: columns_in_file(file, name) for name in tables(file)}

    assert on_server == in_file


def test_all_indexes_are_the_same(database: Database, file: Database) -> None:
    assert indexes_on_server(database) == indexes_in_file(file)


def test_all_references_are_the_same(database: Database, file: Database) -> None:
    in_file = {
        (name, row["from"], row["table"], row["to"], row["on_delete"] == "CASCADE")
        for name in tables(file)
        for row in file.rows(f"PRAGMA foreign_key_list({name})")
    }

    assert in_file == {(*row[:4], row[4] == "c") for row in database.rows(_REFERENCES)}


def test_both_begin_with_the_same_rows(database: Database, file: Database) -> None:
    def rows(kept: Database, name: str) -> list[dict[str, object]]:
        return sorted(({key: row[key] for key in row.keys()} for row in kept.rows(f"SELECT * FROM {name}")), key=repr)  # noqa: SIM118 - a row is no mapping

    for name in tables(file):
        assert len(rows(database, name)) == len(rows(file, name)), name
    assert rows(database, "pace") == rows(file, "pace")
    assert rows(database, "totals") == rows(file, "totals")


def test_names_and_moments_are_in_the_order_of_their_bytes(database: Database) -> None:
    """Whatever the locale of the server, which is linguistic in the tests."""
    names = ["a", "B", "_", "é", "ä", "~", "10", "9", "A b", "A-b"]
    with database.writing() as write:
        write.run_all("INSERT INTO totals (what, name, number) VALUES ('kept', ?, 1)", [(name,) for name in names])

    found = database.rows("SELECT name FROM totals WHERE what = 'kept' ORDER BY name")

    assert [row["name"] for row in found] == sorted(names)


def test_a_test_finds_its_tables_empty_whoever_had_them_before(tmp_path: Path, schemas: doors.Schemas) -> None:
    first = open_database(tmp_path / "one" / "panel.db")
    first.prepare()
    with first.writing() as write:
        write.run("INSERT INTO audit (at, account, action, outcome) VALUES ('x', 'x', 'x', 'x')")
        write.run("INSERT INTO totals (what, name, number) VALUES ('kept', 'a', 1)")
    schemas.take_back(tmp_path / "one")

    second = open_database(tmp_path / "two" / "panel.db")
    second.prepare()
    with second.writing() as write:
        number = write.row(
            "INSERT INTO audit (at, account, action, outcome) VALUES ('x', 'x', 'x', 'x') RETURNING number"
        )

    assert number
    assert number[0] == 1
    assert second.rows("SELECT 1 FROM totals WHERE what = 'kept'") == []


def columns_in_file(file: Database, table: str) -> dict[str, Column]:
    return {
        row["name"]: Column(TYPES[row["type"]], bool(row["notnull"] or row["pk"]), row["dflt_value"])
        for row in file.rows(f"PRAGMA table_info({table})")
    }


def columns_on_server(database: Database, table: str) -> dict[str, Column]:
    return {
        row["column_name"]: Column(row["data_type"], row["is_nullable"] == "NO", _plain(row["column_default"]))
        for row in database.rows(_COLUMNS, (table,))
    }


def indexes_in_file(file: Database) -> set[Index]:
    found = set()
    for table in tables(file):
        for row in file.rows(f"PRAGMA index_list({table})"):
            columns = tuple(each["name"] for each in file.rows(f"PRAGMA index_info({row['name']})"))
            text = file.row("SELECT sql FROM sqlite_schema WHERE name = ?", (row["name"],))
            where = (text["sql"] or "").partition(" WHERE ")[2] if text else ""
            found.add(Index(table, columns, bool(row["unique"]), _condition(where)))
        key = [row["name"] for row in file.rows(f"PRAGMA table_info({table})") if row["pk"]]
        found.add(Index(table, tuple(key), True, ""))  # the number of a row has no index of its own in a file
    return found


def indexes_on_server(database: Database) -> set[Index]:
    return {
        Index(row["name"], tuple(row["columns"]), row["is_unique"], _condition(row["condition"] or ""))
        for row in database.rows(_INDEXES)
        if row["name"] not in OWN
    }


def _plain(default: str | None) -> str | None:
    return re.sub(r"::\w+", "", default) if default else None


def _condition(text: str) -> str:
    """Give a condition in one spelling: without brackets, casts and spaces."""
    text = re.sub(r"::\w+", "", text).replace("NOTNULL", "IS NOT NULL")
    text = re.sub(r"= ANY \(ARRAY\[(.*?)\]\)", r"IN (\1)", text)
    return re.sub(r"[\s()]", "", text)


_COLUMNS = (
    "SELECT column_name::text, data_type::text, is_nullable::text, column_default::text "
    "FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ?"
)
_INDEXES = """
SELECT held.relname::text AS name, indisunique AS is_unique, pg_get_expr(indpred, indrelid) AS condition,
    (SELECT array_agg(attname::text ORDER BY place) FROM unnest(indkey) WITH ORDINALITY AS keys (attnum, place)
     JOIN pg_attribute ON attrelid = indrelid AND pg_attribute.attnum = keys.attnum) AS columns
FROM pg_index JOIN pg_class AS held ON held.oid = indrelid
WHERE held.relnamespace = current_schema()::regnamespace
"""
_REFERENCES = """
SELECT ours.relname::text, mine.attname::text, theirs.relname::text, other.attname::text, confdeltype::text
FROM pg_constraint
JOIN pg_class AS ours ON ours.oid = conrelid JOIN pg_class AS theirs ON theirs.oid = confrelid
JOIN pg_attribute AS mine ON mine.attrelid = conrelid AND mine.attnum = conkey[1]
JOIN pg_attribute AS other ON other.attrelid = confrelid AND other.attnum = confkey[1]
WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
"""
