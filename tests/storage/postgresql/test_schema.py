"""Tables on a server are brought up to this program's, and refused by an older one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from panel.errors import DatabaseError
from panel.storage.postgresql import tables
from panel.storage.postgresql.database import PostgresDatabase
from panel.storage.steps import SCHEMA
from tests.support.limited import OLD_TOKEN, OLD_TOKEN_ROW, OLD_TOKEN_TEXT, knows_its_token_and_limits_it
from tests.support.postgres import PostgresServer


def be_of_step(patch: pytest.MonkeyPatch, step: int) -> None:
    """Be the program of an earlier step."""
    for name in ("schema", "database"):
        patch.setattr(f"panel.storage.postgresql.{name}.SCHEMA", step)


@pytest.fixture
def first(postgres: PostgresServer, tmp_path: Path) -> Iterator[PostgresDatabase]:
    """Tables as the first program made them that kept them on a server, with a token; it may be opened anew."""
    database = PostgresDatabase(postgres.url("older"), tmp_path / "panel.db")
    with pytest.MonkeyPatch.context() as patch:
        be_of_step(patch, tables.FIRST_STEP)
        database.prepare()
        with postgres.connect() as connection:
            columns = OLD_TOKEN.replace("INTO ", "INTO older.").replace("?", "%s")
            connection.execute(columns, OLD_TOKEN_ROW)
    yield database
    database.close()
    with postgres.connect() as connection:
        connection.execute("DROP SCHEMA older CASCADE")


def test_tables_of_the_first_program_are_brought_up_and_keep_what_is_in_them(first: PostgresDatabase) -> None:
    with pytest.raises(DatabaseError, match="is of an older mail-panel"):
        first.require()

    first.prepare()

    assert first.step() == SCHEMA
    knows_its_token_and_limits_it(first, OLD_TOKEN_TEXT)


def test_an_older_program_refuses_what_a_newer_one_updated_and_says_the_way_back(
    first: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.prepare()
    be_of_step(monkeypatch, tables.FIRST_STEP)

    with pytest.raises(DatabaseError, match=r"updated by a newer mail-panel\. Update this one, or go back to a dump"):
        first.prepare()
