"""Which servers, and which ways to them, are refused at the start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from panel.errors import ConfigError, OutOfReach
from panel.storage.opening import open_database
from panel.storage.postgresql.database import PostgresDatabase
from panel.storage.postgresql.notifier import ChannelWaiter
from tests.support.pgbouncer import PgBouncer
from tests.support.postgres import PostgresServer

SCHEMA = "fitness"


@pytest.fixture
def owner(postgres: PostgresServer) -> Iterator[psycopg.Connection[object]]:
    with postgres.connect() as connection:
        yield connection


def opened(url: str, folder: Path) -> PostgresDatabase:
    database = open_database(folder / "mail-panel.db", url)
    assert isinstance(database, PostgresDatabase)
    return database


@contextmanager
def committing(owner: psycopg.Connection[object], commit: str) -> Iterator[None]:
    """Have a user `writer` on the server whose commits are kept so."""
    owner.execute("CREATE ROLE writer LOGIN")
    owner.execute(f"ALTER ROLE writer SET synchronous_commit = {commit}")
    try:
        yield
    finally:
        owner.execute("DROP ROLE writer")


def test_a_server_as_it_comes_is_fit(postgres: PostgresServer, tmp_path: Path) -> None:
    opened(postgres.url(SCHEMA), tmp_path).refuse_unfit()


@pytest.mark.parametrize("commit", ["off", "local"])
def test_a_commit_that_is_not_kept_is_refused(
    commit: str, postgres: PostgresServer, owner: psycopg.Connection[object], tmp_path: Path
) -> None:
    said = rf"synchronous_commit = {commit}.* Set synchronous_commit = on"

    with committing(owner, commit), pytest.raises(ConfigError, match=said):
        opened(postgres.url(SCHEMA).replace("postgres@", "writer@"), tmp_path).refuse_unfit()


@pytest.mark.parametrize("commit", ["remote_write", "remote_apply"])
def test_a_commit_that_a_standby_has_heard_of_is_fit(
    commit: str, postgres: PostgresServer, owner: psycopg.Connection[object], tmp_path: Path
) -> None:
    with committing(owner, commit):
        opened(postgres.url(SCHEMA).replace("postgres@", "writer@"), tmp_path).refuse_unfit()


def test_text_that_is_not_utf_8_is_refused(
    postgres: PostgresServer, owner: psycopg.Connection[object], tmp_path: Path
) -> None:
    owner.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0")
    database = opened(postgres.url(SCHEMA).replace("/postgres?", "/latin?"), tmp_path)
    try:
        with pytest.raises(ConfigError, match=r"keeps text as LATIN1\. Make the database anew"):
            database.refuse_unfit()
    finally:
        database.close()
        owner.execute("DROP DATABASE latin")


def test_a_server_that_does_not_sync_is_refused(tmp_path: Path) -> None:
    with PostgresServer(fsync="off") as careless, pytest.raises(ConfigError, match="fsync = off, and loses mail"):
        opened(careless.url(SCHEMA), tmp_path).refuse_unfit()


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_a_pooler_that_shares_connections_is_refused(mode: str, postgres: PostgresServer, tmp_path: Path) -> None:
    with (
        PgBouncer(postgres, mode=mode) as pooler,
        pytest.raises(ConfigError, match=r"behind a pooler .* Set pool_mode = session"),
    ):
        opened(pooler.url(SCHEMA), tmp_path).refuse_unfit()


def test_it_is_found_though_others_use_it(postgres: PostgresServer, tmp_path: Path) -> None:
    """Five hold a connection each, and let it go and take another one all the while."""
    with PgBouncer(postgres, mode="transaction", size=6) as pooler:
        others = [psycopg.connect(pooler.url(), prepare_threshold=None) for _ in range(5)]
        for other in others:
            other.execute("SELECT 1")

        for turn in range(10):
            busy = others[turn % 5]
            busy.rollback()
            busy.execute("SELECT 1")
            with pytest.raises(ConfigError, match="behind a pooler"):
                opened(pooler.url(SCHEMA), tmp_path).refuse_unfit()
        for other in others:
            other.close()


def test_a_pooler_that_keeps_sessions_is_fit(postgres: PostgresServer, tmp_path: Path) -> None:
    with PgBouncer(postgres, mode="session") as pooler:
        database = opened(pooler.url(SCHEMA), tmp_path)

        for _ in range(5):
            database.refuse_unfit()

        database.close()


def test_a_pooler_without_a_connection_to_spare_is_no_longer_waited_for(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panel.storage.postgresql.fitness._PROCESS_SECONDS", 0.2)
    with PgBouncer(postgres, mode="session", size=1) as pooler, pytest.raises(OutOfReach, match="Raise its pool size"):
        opened(pooler.url(SCHEMA), tmp_path).refuse_unfit()


def test_by_a_session_pooler_mail_is_kept_and_workers_are_woken(postgres: PostgresServer, tmp_path: Path) -> None:
    with PgBouncer(postgres, mode="session") as pooler:
        database = opened(pooler.url("by_pooler"), tmp_path)
        database.prepare()
        waiter = database.notifier.waiter("worker")
        assert isinstance(waiter, ChannelWaiter)
        waiter.wait(0)  # which begins to listen

        with database.writing() as write:
            write.run("INSERT INTO routines (name) VALUES ('by the pooler')")
            write.notify()
        waiter.wait(30)

        assert waiter.is_delivered
        assert database.rows("SELECT name FROM routines")[0][0] == "by the pooler"
        waiter.close()
        with database.writing() as write:
            write.run("DELETE FROM routines")
        database.close()
