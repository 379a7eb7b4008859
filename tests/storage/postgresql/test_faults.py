"""What a server says, as it really says it, is a sentence of ours, of the kind that callers know what to do with."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from panel.errors import CannotWrite, DatabaseBusy, DatabaseError, OutOfReach
from panel.storage.database import Database
from panel.storage.postgresql.database import PostgresDatabase
from panel.storage.postgresql.writing import transaction
from tests.support.postgres import PostgresServer
from tests.support.serving import free_port

FAIL = "DO $$ BEGIN RAISE 'the words of the server' USING ERRCODE = '{code}'; END $$"
SERVERS_OWN = "the words of the server"


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("55P03", DatabaseBusy, "Another process has been writing"),
        ("57014", DatabaseBusy, f"too long over a statement: {SERVERS_OWN}. Try again"),
        ("25006", OutOfReach, "read-only. Look which one is the primary"),
        ("53300", CannotWrite, f"{SERVERS_OWN}. Raise max_connections"),
        ("53100", CannotWrite, f"{SERVERS_OWN}. Make room on its disk"),
        ("28P01", DatabaseError, f"refuses the login: {SERVERS_OWN}"),
        ("3D000", DatabaseError, f"is not there: {SERVERS_OWN}. Make the database"),
        ("42501", DatabaseError, f"{SERVERS_OWN}. Run `mail-panel database prepare"),
        ("42P01", DatabaseError, "has no tables of mail-panel"),
        ("58030", CannotWrite, f"{SERVERS_OWN}. Look at the log of the server"),
        ("XX001", CannotWrite, f"{SERVERS_OWN}. Look at the log of the server"),
        ("25P03", DatabaseBusy, f"too long over a statement: {SERVERS_OWN}. Try again"),
        ("25P04", DatabaseBusy, f"too long over a statement: {SERVERS_OWN}. Try again"),
        ("57P01", OutOfReach, f"cannot be reached: {SERVERS_OWN}. Try again"),
    ],
)
def test_each_fault_of_the_server_is_a_sentence(
    database: Database, code: str, kind: type[DatabaseError], said: str
) -> None:
    with pytest.raises(DatabaseError) as told:
        database.rows(FAIL.format(code=code))

    assert type(told.value) is kind
    assert said in str(told.value)
    assert database.name in str(told.value)


@pytest.mark.parametrize("code", ["23505", "42601", "22P02"])
def test_a_fault_of_ours_is_left_as_it_is(database: Database, code: str) -> None:
    with pytest.raises(psycopg.Error) as told:
        database.rows(FAIL.format(code=code))

    assert told.value.sqlstate == code


@pytest.mark.parametrize(("code", "begins"), [("40P01", transaction.MOST_BEGINS + 1), ("40001", 4), ("53100", 1)])
def test_what_the_server_has_rolled_back_is_begun_again_a_few_times(database: Database, code: str, begins: int) -> None:
    database.rows("CREATE SEQUENCE begun")
    fail = f"DO $$ BEGIN PERFORM nextval('begun'); RAISE 'x' USING ERRCODE = '{code}'; END $$"

    with pytest.raises(DatabaseError), database.writing() as write:
        write.run(fail)

    assert database.rows("SELECT last_value FROM begun")[0][0] == begins


def test_whom_nobody_answers_is_told_so_without_a_secret(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("a secret of the server\n")
    url = f"postgresql://hanako@127.0.0.1:{free_port()}/mail"

    with pytest.raises(OutOfReach, match=r"cannot be reached: .*Connection refused") as told:
        PostgresDatabase(url, tmp_path / "panel.db", password_file=secret).rows("SELECT 1")

    assert "a secret" not in str(told.value)


def test_a_database_that_is_not_there_is_named(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.url().replace("/postgres", "/nowhere")

    with pytest.raises(DatabaseError, match='"nowhere" does not exist'):
        PostgresDatabase(url, tmp_path / "panel.db").rows("SELECT 1")
