"""What is set on a connection, and how values come to a server that takes less than a data file does."""

from __future__ import annotations

import pytest

from panel.storage.database import Database
from panel.storage.postgresql import session as session_module
from panel.storage.postgresql.reaching.address import ServerAddress
from panel.storage.postgresql.session import open_session

SETTINGS = ("search_path", "lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
_KEPT = "INSERT INTO totals (what, name, number) VALUES ('kept', ?, ?)"


def test_each_connection_has_its_time_outs_and_its_tables(address: ServerAddress) -> None:
    session = open_session(address, lock_ms=700)
    try:
        found = [session.line.ask(f"SHOW {name}")[0][0] for name in SETTINGS]
    finally:
        session.connection.close()

    assert found == [address.schema, "700ms", "20700ms", "15s"]
    assert session_module.LOCK_MS < session_module.IDLE_IN_TRANSACTION_MS


def test_the_history_of_a_server_has_a_name(address: ServerAddress) -> None:
    sessions = [open_session(address) for _ in range(2)]
    for each in sessions:
        each.connection.close()

    assert {each.boot for each in sessions} == {sessions[0].boot}
    assert sessions[0].boot.startswith("pg-")
    assert sessions[0].boot.endswith("-00000001")  # the timeline that a promoted standby goes on from


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a\0b", "a\N{REPLACEMENT CHARACTER}b"),
        ("a\ud83db", "a\N{REPLACEMENT CHARACTER}b"),
        ("\ud83d\ude00", "\N{GRINNING FACE}"),  # two halves that belong together
        ("é% ? $1 \\ '", "é% ? $1 \\ '"),
        ("", ""),
    ],
)
def test_text_comes_as_it_is_or_with_a_mark_for_what_a_server_refuses(
    database: Database, given: str, expected: str
) -> None:
    with database.writing() as write:
        write.run(_KEPT, (given, 1))

    assert [row["name"] for row in database.rows("SELECT name FROM totals WHERE what = 'kept'")] == [expected]


def test_what_is_true_is_kept_as_1_and_numbers_come_back_whole(database: Database) -> None:
    with database.writing() as write:
        for name, number in (("a", True), ("b", False), ("c", 2**62)):
            write.run(_KEPT, (name, number))

    numbers = [row["number"] for row in database.rows("SELECT number FROM totals WHERE what = 'kept' ORDER BY name")]
    [row] = database.rows("SELECT sum(number) AS whole, count(*) FROM totals WHERE what = 'kept'")

    assert numbers == [1, 0, 2**62]
    assert {type(each) for each in (*numbers, *row)} == {int}
    assert (row["whole"], row[0], row["count"]) == (2**62 + 1, 2**62 + 1, 3)


def test_a_list_in_one_parameter_is_read_as_numbers(database: Database) -> None:
    with database.writing() as write:
        for number in range(5):
            write.run(_KEPT, (str(number), number))

    among = (
        "SELECT number FROM totals WHERE what = 'kept' AND number IN (SELECT value FROM json_each(?)) ORDER BY number"
    )

    assert [row[0] for row in database.rows(among, ("[1, 3, 9]",))] == [1, 3]
    assert database.rows(among, ("[]",)) == []
