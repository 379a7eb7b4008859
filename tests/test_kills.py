"""Workers, panels and clients die at any moment: nothing that was acknowledged is lost, and what came twice is marked.

The suite takes a few kills; `python -m benchmarks.kills 300` takes more and prints what they cost.
"""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from panel.database import Database
from tests.killing import Killing, finish, program
from tests.sending import Office
from tests.servers import SmtpServer


@pytest.fixture
def office(tmp_path: Path, server: SmtpServer) -> Office:
    database = Database(tmp_path / "mail-panel.db")
    database.prepare()
    office = Office.open(database)
    office.use(server)
    return office


@pytest.fixture
def killing(office: Office, server: SmtpServer) -> Killing:
    return Killing(office, server, random.Random(7))


def test_killed_workers_lose_nothing_and_what_came_twice_is_marked(killing: Killing) -> None:
    toll = killing.of_workers(6)

    assert toll.bearable, toll


def test_killed_panels_lose_nothing_and_what_came_twice_is_marked(killing: Killing) -> None:
    toll = killing.of_serve(4)

    assert toll.bearable, toll


def test_what_a_killed_client_was_told_is_sent_once(killing: Killing) -> None:
    toll = killing.of_clients(6)

    assert toll.acknowledged
    assert toll.bearable, toll


def test_what_a_killed_listener_took_is_sent_once(killing: Killing) -> None:
    toll = killing.of_listeners(4)

    assert toll.acknowledged
    assert toll.bearable, toll


def test_a_frozen_worker_keeps_its_message_while_its_lease_stands(
    office: Office, server: SmtpServer, tmp_path: Path
) -> None:
    office.enqueue()
    server.may_answer.clear()

    with program("-m", "panel", "worker", home=tmp_path) as frozen:
        assert server.dot_came.wait(20)
        frozen.send_signal(signal.SIGSTOP)
        server.may_answer.set()
        late = office.worker()
        assert late.run_once().ms  # it waits for the lease, for the worker may only be slow
        frozen.send_signal(signal.SIGCONT)
        finish(office, server)

    assert len(server.messages) == 1
