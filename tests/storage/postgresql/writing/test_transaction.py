"""What is written in one transaction of a server, and what becomes of it where the connection is lost."""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from panel import clock
from panel.clock import Instant
from panel.errors import DatabaseBusy, DatabaseError, OutcomeUnknown, OutOfReach
from panel.storage.database import Database
from panel.storage.postgresql.database import PostgresDatabase
from panel.storage.postgresql.reaching.address import ServerAddress
from panel.storage.postgresql.writing import outcome
from panel.storage.steps import SCHEMA
from tests.support.engines import set_step
from tests.support.holding import holding, hurry
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until

ADD = "INSERT INTO totals (what, name, number) VALUES ('kept', ?, 1)"


def kept(database: Database) -> list[str]:
    return [row["name"] for row in database.rows("SELECT name FROM totals WHERE what = 'kept' ORDER BY name")]


def end_connection(database: Database, postgres: PostgresServer) -> None:
    """End the connection that this thread has, as an administrator of the server may."""
    assert isinstance(database, PostgresDatabase)
    with postgres.connect() as other:
        pid = database.session().connection.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))


def add(database: Database) -> None:
    with database.writing() as write:
        write.run(ADD, ("a",))


def cut_off(database: Database) -> None:
    """Lose the way to the server, which hears of that."""
    assert isinstance(database, PostgresDatabase)
    shut(database.session().connection)


def shut(connection: psycopg.Connection[object]) -> None:
    with socket.socket(fileno=os.dup(connection.fileno())) as way:
        way.shutdown(socket.SHUT_RDWR)


class Commits:
    """A server on which no COMMIT is answered, as it waits for a standby that is not there."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._set("SET synchronous_standby_names = 'nobody'")

    def when_one_waits(self, statement: str, then: Callable[[], object] = lambda: None) -> threading.Thread:
        """Run a statement with the process id of the connection that commits, once it waits."""
        waiting = threading.Thread(target=self._when_one_waits, args=(statement, then))
        waiting.start()
        return waiting

    def let_go(self) -> None:
        self._set("RESET synchronous_standby_names")

    def _when_one_waits(self, statement: str, then: Callable[[], object]) -> None:
        with self._server.connect() as other:
            pid = wait_until(lambda: other.execute(_WAITS_FOR_STANDBY).fetchone())
            other.execute(statement, pid)
            then()

    def _set(self, text: str) -> None:
        with self._server.connect() as other:
            other.execute(f"ALTER SYSTEM {text}")
            other.execute("SELECT pg_reload_conf()")
        with self._server.connect() as other:
            expected = ("nobody",) if "nobody" in text else ("",)
            wait_until(lambda: other.execute("SHOW synchronous_standby_names").fetchone() == expected)


_WAITS_FOR_STANDBY = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture
def slow_commits(postgres: PostgresServer) -> Iterator[Commits]:
    commits = Commits(postgres)
    yield commits
    commits.let_go()


def test_what_needs_no_answer_travels_with_what_does(database: Database) -> None:
    assert isinstance(database, PostgresDatabase)
    line = database.session().line
    before = line.journeys

    with database.writing() as write:
        for name in "abc":
            write.run(ADD, (name,))
        assert write.changed("UPDATE totals SET number = 2 WHERE what = 'kept'") == 3

    assert (kept(database), line.journeys - before) == (["a", "b", "c"], 3)  # the answer, COMMIT, and the reading


def test_what_is_raised_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.writing() as write:
            write.run(ADD, ("a",))
            write.row("SELECT 1")
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert kept(database) == []
    with database.writing() as write:
        write.run(ADD, ("b",))
    assert kept(database) == ["b"]


def test_a_connection_that_was_lost_while_idle_is_opened_again(database: Database, postgres: PostgresServer) -> None:
    kept(database)
    end_connection(database, postgres)
    assert kept(database) == []
    end_connection(database, postgres)

    with database.writing() as write:
        write.run(ADD, ("a",))

    assert kept(database) == ["a"]


def test_before_the_first_answer_all_is_said_again_once(database: Database, postgres: PostgresServer) -> None:
    with database.writing() as write:
        write.run(ADD, ("a",))
        write.run(ADD, ("b",))
        end_connection(database, postgres)
        assert write.changed("UPDATE totals SET number = 2 WHERE what = 'kept'") == 2

    assert kept(database) == ["a", "b"]


def test_after_an_answer_nothing_is_said_again(database: Database, postgres: PostgresServer) -> None:
    def change() -> None:
        with database.writing() as write:
            assert write.changed(ADD, ("a",)) == 1
            end_connection(database, postgres)
            write.changed(ADD, ("b",))

    with pytest.raises(DatabaseBusy):
        change()

    assert kept(database) == []


def test_a_commit_that_was_not_heard_has_changed_nothing(database: Database) -> None:
    def change() -> None:
        with database.writing() as write:
            assert write.changed(ADD, ("a",)) == 1
            cut_off(database)

    with pytest.raises(DatabaseBusy, match="before anything was changed"):
        change()

    assert kept(database) == []


def test_a_commit_that_was_heard_and_not_answered_has_happened(
    database: PostgresDatabase, slow_commits: Commits
) -> None:
    ended = slow_commits.when_one_waits("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s")

    add(database)  # the server ends the connection, and has kept what was committed

    ended.join()
    slow_commits.let_go()
    assert kept(database) == ["a"]


def test_a_commit_that_is_under_way_is_asked_for_until_it_is_over(
    database: PostgresDatabase, slow_commits: Commits
) -> None:
    """Where a server waits for its standby, nobody else sees what is committed yet."""
    connection = database.session().connection  # of this thread, which waits
    cut = slow_commits.when_one_waits("SELECT 1 FROM pg_stat_activity WHERE pid = %s", lambda: shut(connection))
    over = threading.Timer(0.5, slow_commits.let_go)
    over.start()

    add(database)

    cut.join()
    over.join()
    assert kept(database) == ["a"]


def test_where_nobody_can_say_in_time_the_outcome_is_unknown(
    database: PostgresDatabase, slow_commits: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcome, "ASK_SECONDS", 0.3)
    connection = database.session().connection
    cut = slow_commits.when_one_waits("SELECT 1 FROM pg_stat_activity WHERE pid = %s", lambda: shut(connection))

    with pytest.raises(OutcomeUnknown, match="Look before you do it again"):
        add(database)

    cut.join()


def test_what_the_server_has_refused_before_the_commit_is_nothing_to_ask_about(database: Database) -> None:
    def change() -> None:
        with database.writing() as write:
            assert write.changed(ADD, ("a",)) == 1
            write.run("SET LOCAL transaction_read_only = on")
            write.run(ADD, ("b",))

    with pytest.raises(OutOfReach, match="it is read-only"):
        change()

    assert kept(database) == []


def test_who_was_stopped_for_too_long_within_a_transaction_is_told_that_nothing_was_changed(
    database: PostgresDatabase,
) -> None:
    def change() -> None:
        with database.writing() as write:
            write.row("SELECT set_config('idle_in_transaction_session_timeout', '1', true)")
            wait_until(lambda: select.select([database.session().connection], [], [], 0)[0])
            write.changed(ADD, ("a",))

    with pytest.raises(DatabaseBusy, match="idle-in-transaction timeout"):
        change()

    assert kept(database) == []


def test_what_is_ready_for_tables_as_they_were_is_made_ready_anew(
    database: Database, address: ServerAddress, postgres: PostgresServer
) -> None:
    """Another machine's newer program may change them while this one reads."""
    for _ in range(3):
        database.rows("SELECT * FROM totals")

    with postgres.connect() as other:
        other.execute(f"ALTER TABLE {address.schema}.totals ADD COLUMN newer text")

    assert database.rows("SELECT * FROM totals")[0]["newer"] is None


def test_a_transaction_within_another_one_is_refused_as_a_data_file_does(database: Database) -> None:
    def write_within() -> None:
        with database.writing() as write:
            write.run(ADD, ("a",))
            add(database)

    with pytest.raises(RuntimeError, match="within another one"):
        write_within()

    assert kept(database) == []
    add(database)
    assert kept(database) == ["a"]


def test_who_writes_is_one_at_a_time_and_who_waits_is_told_in_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, database)

    with (
        holding(database),
        pytest.raises(DatabaseBusy, match="Another process has been writing"),
        database.writing() as write,
    ):
        write.run(ADD, ("a",))

    assert kept(database) == []


def test_a_newer_program_ends_the_writing_of_an_older(database: Database) -> None:
    set_step(database, SCHEMA + 1)

    with pytest.raises(DatabaseError, match="newer mail-panel"), database.writing() as write:
        write.run(ADD, ("a",))

    assert kept(database) == []


def test_what_is_read_in_a_transaction_sees_what_it_has_written(database: Database) -> None:
    with database.writing() as write:
        write.run(ADD, ("a",))
        assert kept(database) == ["a"]


def test_the_moment_is_the_servers_and_a_tests_own_stands(database: Database) -> None:
    given = Instant(datetime(2026, 11, 23, 9, tzinfo=UTC), 1_000, "a test")
    with database.writing() as write:
        assert write.moment(given) == given
        row = write.row("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
        of_server = clock.instant()
        moment = write.moment(of_server)

    assert row
    assert of_server.boot.startswith("pg-")
    assert moment.steady_ms <= row[0] <= moment.steady_ms + 30_000
    assert abs(moment.wall - of_server.wall) < timedelta(seconds=30)


def test_what_is_to_be_done_after_a_commit_is_not_done_without_it(database: Database) -> None:
    done: list[str] = []

    def fail() -> None:
        with database.writing() as write:
            write.after_commit(lambda: done.append("never"))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with database.writing() as write:
        write.after_commit(lambda: done.append("once"))

    assert done == ["once"]
