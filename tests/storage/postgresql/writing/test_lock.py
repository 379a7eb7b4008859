"""Who holds the write lock and says nothing more keeps it for a while, and no longer."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from panel.errors import DatabaseBusy
from panel.storage.postgresql.database import PostgresDatabase
from panel.storage.postgresql.schema import WRITER_LOCK
from panel.storage.postgresql.writing import lock
from tests.support.postgres import PostgresServer
from tests.support.servers import Loop
from tests.support.severing import How, Relay
from tests.support.waiting import wait_until

_schemas = count(1)


@pytest.fixture
def impatient(tmp_path: Path, loop: Loop, postgres: PostgresServer) -> PostgresDatabase:
    """A database whose lock nobody waits for long, and a relay to it that leaves the server waiting."""
    schema, relay = f"lock_{next(_schemas)}", Relay(loop, postgres.port)
    url = postgres.url(schema, port=relay.port, sslmode="disable", gssencmode="disable")
    database = PostgresDatabase(url, tmp_path / "home", busy_ms=100)
    database.prepare()
    relay.sever(lambda said: said.startswith("UPDATE"), How.WAITING)
    return database


def write(database: PostgresDatabase) -> None:
    with database.writing() as writer:
        writer.run("UPDATE totals SET number = 7 WHERE name = 'last'")


def test_who_waits_in_vain_is_told_so_each_time(impatient: PostgresDatabase) -> None:
    for _ in range(2):
        with pytest.raises(DatabaseBusy, match="Another process has been writing"):
            write(impatient)


def test_it_is_taken_from_who_was_not_heard_of_for_long(
    impatient: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "IDLE_IN_TRANSACTION_MS", 50)

    write(impatient)

    assert impatient.rows("SELECT number FROM totals WHERE name = 'last'")[0][0] == 7


def test_who_fills_a_table_is_left_alone_however_long_that_takes(
    database: PostgresDatabase, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "IDLE_IN_TRANSACTION_MS", 50)
    schema, session = database.address.schema, database.session()
    with postgres.connect() as filling, filling.transaction():
        filling.execute(f"SELECT pg_advisory_xact_lock(hashtext('{schema}'), {WRITER_LOCK})")
        with filling.cursor().copy(f"COPY {schema}.totals (what, name, number) FROM STDIN") as copy:
            wait_until(lambda: session.line.ask(_WAITS, (filling.info.backend_pid,)))

            assert not lock.take_from_silent(session, schema)
            copy.write_row(("kept", "a", 1))

    assert database.rows("SELECT number FROM totals WHERE what = 'kept'")[0][0] == 1


_WAITS = (
    "SELECT 1 FROM pg_stat_activity WHERE pid = ? AND wait_event = 'ClientRead' "
    "AND state_change < clock_timestamp() - interval '100 ms'"
)
