"""Whole queues against Postfix and Exim, read back and counted: none lost, none doubled.

TRY_MESSAGES says how many messages; the suite takes a few.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from panel import clock, vault
from panel.database import Database
from panel.intray import State
from panel.pace import Reason
from panel.settings import Settings
from tests.conformance.exim import Exim
from tests.conformance.mailbox import Mailbox
from tests.conformance.people import ELSEWHERE
from tests.conformance.postfix import Postfix
from tests.conformance.sending import submission
from tests.killing import program
from tests.mail import mail
from tests.sending import Office

MESSAGES = int(os.environ.get("TRY_MESSAGES", "150"))
QUIET_SECONDS = 30.0  # without a message, until no more is expected


@pytest.fixture(params=["postfix", "exim"])
def settings(request: pytest.FixtureRequest, ca: str) -> Settings:
    server: Postfix | Exim = request.getfixturevalue(request.param)
    return submission(server.submission if isinstance(server, Postfix) else server.plain, ca)


@pytest.fixture
def office(tmp_path: Path, settings: Settings) -> Office:
    database = Database(tmp_path / "mail-panel.db")
    database.prepare()
    office = Office.open(database, vault.load_or_make(tmp_path / "key"))
    office.store.save(settings, base=0, by="test", now=clock.now())
    return office


def enqueue(office: Office, name: str) -> set[str]:
    mails = [mail(ELSEWHERE, number=f"{name}.{each}") for each in range(MESSAGES)]
    return {ticket.message_id for ticket in office.outbox.enqueue_all(mails, door="test", now=clock.now())}


def test_every_message_comes_once(office: Office, mailbox: Mailbox, request: pytest.FixtureRequest) -> None:
    told = enqueue(office, request.node.callspec.id)

    assert office.worker().run_once().reason is Reason.EMPTY

    assert set(mailbox.wait_for(told, QUIET_SECONDS).values()) == {1}
    assert office.outbox.counts().by_state[State.SENT] == MESSAGES


def test_workers_that_are_killed_lose_nothing_and_mark_what_came_twice(
    office: Office, mailbox: Mailbox, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    told = enqueue(office, request.node.callspec.id + ".killed")
    under_way = 0

    for part in range(1, 4):
        with program("-m", "panel", "worker", home=tmp_path):
            while office.outbox.counts().by_state[State.SENT] < MESSAGES * part // 4:
                pass
        under_way += office.outbox.counts().by_state[State.SENDING]
    while office.outbox.counts().waiting + office.outbox.counts().by_state[State.SENDING]:
        office.worker().run_once()  # what was killed twice is due a moment later

    arrived = mailbox.wait_for(told, QUIET_SECONDS)
    twice = {message_id for message_id, times in arrived.items() if times > 1}
    assert office.outbox.counts().by_state[State.SENT] == MESSAGES
    assert min(arrived.values()) == 1, request.getfixturevalue(request.node.callspec.id).log[-4000:]
    assert sum(arrived.values()) - len(told) <= under_way
    assert twice <= {row[0] for row in office.database.rows("SELECT message_id FROM messages WHERE uncertain")}
