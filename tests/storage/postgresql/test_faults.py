"""What a server says, as it really says it, is a sentence of ours, of the kind that callers know what to do with."""

from __future__ import annotations

from contextlib import ExitStack
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


def test_a_server_without_a_connection_left_is_told_as_one(tmp_path: Path) -> None:
    with PostgresServer(max_connections="4") as server, ExitStack() as taken:
        for _ in range(4):
            taken.enter_context(server.connect())

        with pytest.raises(OutOfReach, match=r"takes no more connections: .* Raise max_connections"):
            PostgresDatabase(server.url(), tmp_path / "panel.db").rows("SELECT 1")


def test_a_database_that_is_not_there_is_named(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.url().replace("/postgres", "/nowhere")

    with pytest.raises(DatabaseError, match='"nowhere" does not exist'):
        PostgresDatabase(url, tmp_path / "panel.db").rows("SELECT 1")


ALL_OF_PACE = "SELECT * FROM pace"


def know_all_columns(database: Database) -> None:
    """Have the server keep a statement ready on the connection of this thread: from the second time on."""
    for _ in range(2):
        database.rows(ALL_OF_PACE)


def give_another_column(postgres: PostgresServer, database: Database, name: str) -> None:
    """Change a table as a later step does, from elsewhere."""
    assert isinstance(database, PostgresDatabase)
    with postgres.connect() as other:
        other.execute(f"ALTER TABLE {database.address.schema}.pace ADD COLUMN {name} text DEFAULT 'new'")


@pytest.mark.parametrize("times", [1, 2])
def test_who_reads_after_a_change_of_the_tables_sees_them_as_they_are(
    postgres: PostgresServer, database: Database, times: int
) -> None:
    for _ in range(times):  # the first time the server keeps nothing ready
        database.rows(ALL_OF_PACE)
    give_another_column(postgres, database, "added")

    assert database.rows(ALL_OF_PACE)[0]["added"] == "new"


def test_what_is_written_after_a_change_of_the_tables_is_begun_anew(
    postgres: PostgresServer, database: Database
) -> None:
    know_all_columns(database)
    give_another_column(postgres, database, "added")

    with database.writing() as write:
        write.run("INSERT INTO totals (what, name, number) VALUES ('kept', 'a', 1)")
        found = write.rows(ALL_OF_PACE)

    assert found[0]["added"] == "new"
    assert database.rows("SELECT count(*) FROM totals WHERE what = 'kept'")[0][0] == 1


def test_a_change_of_the_tables_after_an_answer_leaves_nothing_and_is_told(
    postgres: PostgresServer, database: Database
) -> None:
    def look_before_and_after() -> None:
        with database.writing() as write:
            write.rows("SELECT 1")
            give_another_column(postgres, database, "added")
            write.run("INSERT INTO totals (what, name, number) VALUES ('kept', 'a', 1)")
            write.rows(ALL_OF_PACE)

    know_all_columns(database)

    with pytest.raises(DatabaseBusy, match="were changed at this moment"):
        look_before_and_after()

    assert database.rows(ALL_OF_PACE)[0]["added"] == "new"
    assert database.rows("SELECT count(*) FROM totals WHERE what = 'kept'")[0][0] == 0
