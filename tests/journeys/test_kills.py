"""Workers, panels and clients die at any moment: nothing that was acknowledged is lost, and what came twice is marked.

The common run takes a few kills, the long one ten times as many; `python -m benchmarks.kills 300` says what they cost.
"""

from __future__ import annotations

import random
import signal
import subprocess
from email import message_from_bytes
from pathlib import Path

import pytest

from panel.checks.trial.report import Outcome
from panel.errors import DatabaseBusy
from panel.outbox.delivery.worker import Worker
from panel.outbox.pace.pace import Wait
from panel.storage.opening import open_database
from tests.support.killing import Killing, finish, program
from tests.support.sending import Office
from tests.support.servers import SmtpServer

WINDOW = 20


@pytest.fixture
def office(tmp_path: Path, server: SmtpServer) -> Office:
    database = open_database(tmp_path / "mail-panel.db")
    database.prepare()
    office = Office.open(database)
    office.use(server)
    return office


@pytest.fixture
def killing(office: Office, server: SmtpServer) -> Killing:
    return Killing(office, server, random.Random(7))


@pytest.fixture
def times(is_long: bool) -> int:
    return 10 if is_long else 1


@pytest.mark.both_doors
def test_killed_workers_lose_nothing_and_what_came_twice_is_marked(killing: Killing, times: int) -> None:
    toll = killing.of_workers(6 * times)

    assert toll.bearable, toll
    assert toll.under_way < WINDOW + toll.kills, toll  # after the first one, each has one message in hand


def test_killed_panels_lose_nothing_and_what_came_twice_is_marked(killing: Killing, times: int) -> None:
    toll = killing.of_serve(4 * times)

    assert toll.bearable, toll


@pytest.mark.both_doors
def test_what_a_killed_client_was_told_is_sent_once(killing: Killing, times: int) -> None:
    toll = killing.of_clients(6 * times)

    assert toll.acknowledged
    assert toll.bearable, toll


def test_what_a_killed_listener_took_is_sent_once(killing: Killing, times: int) -> None:
    toll = killing.of_listeners(4 * times)

    assert toll.acknowledged
    assert toll.bearable, toll


def test_what_a_killed_sendmail_said_yes_to_is_sent_once(killing: Killing, times: int) -> None:
    toll = killing.of_sendmail(8 * times)

    assert toll.acknowledged
    assert toll.bearable, toll


def test_a_frozen_worker_keeps_its_message_while_its_lease_stands(
    office: Office, server: SmtpServer, tmp_path: Path
) -> None:
    office.enqueue()
    server.may_answer.clear()

    with program("-m", "panel", "worker", home=tmp_path) as frozen:
        assert server.dot_came.wait(20)
        wait = wait_beside(frozen, office.worker())
        server.may_answer.set()
        assert wait.ms  # it waits for the lease, for the worker may only be slow
        frozen.send_signal(signal.SIGCONT)
        finish(office, server)

    assert len(server.messages) == 1


def wait_beside(frozen: subprocess.Popen[str], late: Worker) -> Wait:
    """Freeze one worker, where it does not hold the data file, and let another one look."""
    while True:
        frozen.send_signal(signal.SIGSTOP)
        try:
            return late.run_once()
        except DatabaseBusy:
            frozen.send_signal(signal.SIGCONT)


def test_killed_workers_and_test_sends_keep_the_interval(office: Office, server: SmtpServer, tmp_path: Path) -> None:
    office.use(server, send_interval_ms=250)
    for number in range(12):
        office.enqueue(number=number)

    with program("-m", "panel", "worker", home=tmp_path):
        for _ in range(3):
            with program("-m", "panel", "worker", home=tmp_path):
                server.wait_for(len(server.messages) + 2)
            assert office.test_send().outcome is Outcome.SUCCESS
    finish(office, server)

    marked = {row[0] for row in office.database.rows("SELECT message_id FROM messages WHERE uncertain = 1")}
    arrived = zip(server.ended, server.messages, strict=True)
    # Nobody can tell when the server will have read what a dead worker had written.
    ended = [at for at, message in arrived if message_from_bytes(message.raw)["Message-ID"] not in marked]
    assert len(ended) >= 12
    for begun in server.begun:
        assert min([begun - at for at in ended if at < begun], default=1) >= 0.250
