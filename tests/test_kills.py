"""Workers and clients die at any moment: nothing that was acknowledged is lost, and what came twice is marked.

MAIL_PANEL_KILLS says how many kills; the suite takes a few.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

import pytest

from panel import clock
from panel.database import Database
from panel.intray import State
from tests.mail import mail
from tests.sending import Office
from tests.servers import SmtpServer

KILLS = int(os.environ.get("MAIL_PANEL_KILLS", "6"))
ROOT = str(Path(__file__).parents[1])
WORKER = """
from panel import config, worker_process
print("ready", flush=True)
worker_process.run(config.read())
"""
CLIENT = """
from pathlib import Path
import sys
from panel import clock
from panel.database import Database
from panel.outbox import Outbox
from tests.mail import mail
outbox = Outbox(Database(Path(sys.argv[1])))
for number in range(int(sys.argv[2]), int(sys.argv[2]) + 1000):
    print(outbox.enqueue(mail(number=number), door="test", now=clock.now()).message_id, flush=True)
"""


@contextmanager
def python(program: str, *arguments: str, home: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a program in a process of its own, which is killed in the end."""
    environment = {**os.environ, "MAIL_PANEL_HOME": str(home), "PYTHONPATH": ROOT}
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def office(tmp_path: Path, server: SmtpServer) -> Office:
    database = Database(tmp_path / "mail-panel.db")
    database.prepare()
    office = Office.open(database)
    office.use(server)
    return office


def finish(office: Office, server: SmtpServer) -> None:
    """Send all that is left, with a worker that nobody kills."""
    with office.working():
        while office.outbox.counts().waiting:
            with server.arrival:
                server.arrival.wait(0.1)


def test_a_killed_worker_loses_nothing_and_marks_what_came_twice(
    office: Office, server: SmtpServer, tmp_path: Path
) -> None:
    chance = random.Random(7)
    numbers = [
        ticket.number
        for ticket in office.outbox.enqueue_all(
            [mail(number=number) for number in range(150 * KILLS)], door="test", now=clock.now()
        )
    ]

    for _ in range(KILLS):
        with python(WORKER, home=tmp_path):
            server.wait_for(len(server.messages) + chance.randrange(1, 100))
    finish(office, server)

    arrived = Counter(message_from_bytes(message.raw)["Message-ID"] for message in server.messages)
    entries = [office.entry(number) for number in numbers]
    assert {entry.state for entry in entries} == {State.SENT}
    assert set(arrived) == {entry.message_id for entry in entries}
    twice = {message_id for message_id, count in arrived.items() if count > 1}
    assert twice <= {entry.message_id for entry in entries if entry.uncertain}
    assert sum(count - 1 for count in arrived.values()) <= KILLS
    assert len({message.raw for message in server.messages}) == len(arrived)


def test_what_a_killed_client_was_told_is_sent(office: Office, server: SmtpServer, tmp_path: Path) -> None:
    chance = random.Random(7)
    told: list[str] = []

    for kill in range(KILLS):
        with python(CLIENT, str(office.database.path), str(kill * 1000), home=tmp_path) as client:
            assert client.stdout
            told += [client.stdout.readline().strip() for _ in range(chance.randrange(1, 50))]
    finish(office, server)

    arrived = {message_from_bytes(message.raw)["Message-ID"] for message in server.messages}
    assert set(told) <= arrived
    assert len(arrived) == len(server.messages)


def test_a_frozen_worker_keeps_its_message_while_its_lease_stands(
    office: Office, server: SmtpServer, tmp_path: Path
) -> None:
    office.enqueue()
    server.may_answer.clear()

    with python(WORKER, home=tmp_path) as frozen:
        assert server.dot_came.wait(20)
        frozen.send_signal(signal.SIGSTOP)
        server.may_answer.set()
        late = office.worker()
        assert late.run_once().ms  # it waits for the lease, for the worker may only be slow
        frozen.send_signal(signal.SIGCONT)
        finish(office, server)

    assert len(server.messages) == 1
