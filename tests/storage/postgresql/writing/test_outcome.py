"""A server that crashed gives the numbers of lost transactions to others: theirs are not taken for ours."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest

from panel.errors import DatabaseBusy, OutcomeUnknown
from panel.storage.postgresql.database import PostgresDatabase
from tests.support.postgres import PostgresServer
from tests.support.servers import Loop
from tests.support.severing import How, Relay
from tests.support.waiting import wait_until


def test_a_number_given_again_after_a_crash_is_not_taken_for_ours(tmp_path: Path, loop: Loop) -> None:
    with PostgresServer() as server:
        beside = PostgresDatabase(server.url("given_again"), tmp_path / "beside")
        beside.prepare()
        relay = Relay(loop, server.port)
        url = server.url("given_again", port=relay.port, sslmode="disable", gssencmode="disable")
        through = PostgresDatabase(url, tmp_path / "through")
        relay.sever(lambda said: said == "COMMIT", How.UNHEARD, stays_down=True)
        told: list[DatabaseBusy] = []
        writing = threading.Thread(target=lambda: told.append(refused_write(through)))
        writing.start()
        assert relay.severed.wait(20)
        begun = int(time.time())

        server.stop(signal.SIGQUIT)
        wait_until(lambda: time.time() > begun + 1)
        server.start()
        for number in range(3):  # one of these gets the number
            write(beside, f"other {number}")
        relay.let_be()
        writing.join()

        assert not isinstance(told[0], OutcomeUnknown)
        assert not beside.rows("SELECT 1 FROM totals WHERE name = 'ours'")


def write(database: PostgresDatabase, name: str) -> None:
    with database.writing() as writer:
        writer.run("INSERT INTO totals (what, name, number) VALUES ('test', ?, 1)", (name,))


def refused_write(database: PostgresDatabase) -> DatabaseBusy:
    with pytest.raises(DatabaseBusy) as refused:
        write(database, "ours")
    return refused.value
