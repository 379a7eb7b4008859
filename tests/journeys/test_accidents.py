"""Machines that share a database lose nothing, keep one pace, and mark what came twice, whatever dies among them.

The common run takes one accident of each kind, the long one prints the table of all.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.support.killing import ambush, kill
from tests.support.machines import Fleet
from tests.support.postgres import PostgresServer
from tests.support.servers import SmtpServer

INTERVAL_MS = 20
_schemas = count(1)


@pytest.fixture(scope="module")
def ours() -> Iterator[PostgresServer]:
    """A server that may be ended."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def fleet(tmp_path: Path, server: SmtpServer, ours: PostgresServer) -> Fleet:
    """Two machines, and mail that leaves slowly enough for a look at its pace."""
    fleet = Fleet(tmp_path, ours.url(f"accident_{next(_schemas)}"), server, interval_ms=INTERVAL_MS)
    fleet.add("one")
    fleet.add("two")
    return fleet


def test_killed_workers_of_two_machines_lose_nothing_and_keep_the_pace(fleet: Fleet, server: SmtpServer) -> None:
    fleet.supply(100)

    with fleet.working(*fleet.sites, *fleet.sites) as workers:
        for moment, worker in zip(("dot", "DATA", "taken"), workers, strict=False):
            with ambush(server, moment, 3, lambda worker=worker: (fleet.note_strike(), kill(worker.pid))) as struck:
                assert struck.wait(20)
        fleet.finish()

    toll = fleet.toll("workers")
    print(toll)
    assert toll.bearable, toll
