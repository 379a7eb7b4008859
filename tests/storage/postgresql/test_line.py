"""The line to the server: what is said in one journey, and what is left of it after a fault."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from itertools import count

import psycopg
import pytest

from panel.storage.postgresql import line as line_module
from panel.storage.postgresql.line import ServerLine
from panel.storage.postgresql.reaching.address import ServerAddress
from panel.storage.postgresql.session import ServerSession, open_session
from tests.support.postgres import PostgresServer

_schemas = count()


@pytest.fixture
def session(postgres: PostgresServer) -> Iterator[ServerSession]:
    """A connection whose tables are its own, and gone with it."""
    session = open_session(ServerAddress.of(postgres.url(f"line{next(_schemas)}"), None))
    session.connection.execute("CREATE TEMP TABLE kept (number bigint PRIMARY KEY, text text, content bytea)")
    yield session
    session.connection.close()


def test_all_that_waits_for_no_answer_goes_in_one_journey(session: ServerSession) -> None:
    line = session.line
    for number in range(10):
        line.say("INSERT INTO kept (number) VALUES (?)", (number,))

    [row] = line.say("SELECT count(*) AS many FROM kept").rows()

    assert (row["many"], line.journeys) == (10, 1)


def test_values_come_back_as_they_were(session: ServerSession) -> None:
    values = (2**62, "é? %s", bytes(range(256)))
    session.line.say("INSERT INTO kept VALUES (?, ?, ?)", values)
    session.line.say("INSERT INTO kept VALUES (?, ?, ?)", (1, None, None))

    [first, second] = session.line.say("SELECT * FROM kept ORDER BY number").rows()

    assert tuple(first) == (1, None, None)
    assert tuple(second) == values


def test_sums_are_plain_numbers(session: ServerSession) -> None:
    [row] = session.line.ask("SELECT sum(number) AS whole, avg(number) AS half FROM (VALUES (1), (2)) AS two (number)")

    assert (row["whole"], type(row["whole"]), row["half"]) == (3, int, 1.5)


def test_the_first_fault_is_told_and_the_line_goes_on(session: ServerSession) -> None:
    line = session.line
    line.say("BEGIN")
    line.say("INSERT INTO kept (number) VALUES (1)")
    line.say("INSERT INTO kept (number) VALUES (1)")
    line.say("SELECT 1")

    with pytest.raises(psycopg.errors.UniqueViolation):
        line.hear()
    line.say("ROLLBACK")

    assert line.say("SELECT number FROM kept").rows() == []


def test_what_could_not_be_prepared_is_prepared_anew(session: ServerSession) -> None:
    line = session.line
    for _ in range(2):
        with pytest.raises(psycopg.errors.UndefinedTable):
            line.say("SELECT number FROM not_there").rows()
    session.line.say("CREATE TEMP TABLE not_there (number bigint)")

    assert [line.say("SELECT number FROM not_there").rows() for _ in range(3)] == [[], [], []]


def test_statements_beyond_the_known_ones_are_begun_anew(
    session: ServerSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_module, "MOST_KNOWN", 3)

    found = [session.line.say(f"SELECT {number}").rows()[0][0] for number in range(10) for _ in range(3)]

    assert found == [number for number in range(10) for _ in range(3)]
    [row] = session.line.say("SELECT count(*) FROM pg_prepared_statements").rows()
    assert row[0] <= 3


def test_what_is_larger_than_all_buffers_passes_both_ways(session: ServerSession) -> None:
    body = bytes(100_000)
    asked = [session.line.say("SELECT ?::bytea AS body", (body,)) for _ in range(200)]

    assert all(answer.rows()[0]["body"] == body for answer in asked)


def test_psycopgs_own_cursors_have_the_connection_between_journeys(session: ServerSession) -> None:
    assert session.line.ask("SELECT 1")[0][0] == 1
    row = session.connection.execute("SELECT %s::int AS one", (1,)).fetchone()

    assert row
    assert row["one"] == 1
    assert session.line.ask("SELECT 2")[0][0] == 2


def test_a_connection_that_the_server_ends_is_lost(session: ServerSession, postgres: PostgresServer) -> None:
    with postgres.connect() as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", (session.connection.info.backend_pid,))

    with pytest.raises(psycopg.OperationalError):
        session.line.ask("SELECT 1")

    assert session.is_lost


def test_whoever_stops_waiting_leaves_no_answer_for_another_question(
    session: ServerSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(BaseException):
        pass

    def stop(*_: object) -> None:
        raise Stopped

    monkeypatch.setattr(line_module.ServerAnswer, "keep", stop)
    with pytest.raises(Stopped):
        session.line.ask("SELECT 1")

    assert session.is_lost


def test_a_server_that_hangs_is_given_up(postgres: PostgresServer, session: ServerSession) -> None:
    """Its system still takes what is said."""
    line = ServerLine(session.connection, patience_ms=200)
    backend = session.connection.info.backend_pid
    os.kill(backend, signal.SIGSTOP)
    try:
        with pytest.raises(psycopg.OperationalError, match="has said nothing for 0 seconds"):
            line.ask("SELECT 1")
    finally:
        os.kill(backend, signal.SIGCONT)

    assert session.is_lost


def test_the_server_ends_what_takes_long_before_it_is_given_up(session: ServerSession) -> None:
    [(most,)] = session.line.ask("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'")

    assert session.line.patience_ms > most
