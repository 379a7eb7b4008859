"""Whole queues against Postfix and Exim, read back and counted: none lost, none doubled.

The common run takes a few, the long one thousands.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from panel import clock
from panel.outbox.pace.pace import Reason
from panel.outbox.state import State
from panel.settings.model import Settings
from panel.storage import vault
from panel.storage.opening import open_database
from tests.conformance.exim import Exim
from tests.conformance.mailbox import Mailbox
from tests.conformance.people import ELSEWHERE
from tests.conformance.postfix import Postfix
from tests.conformance.sending import submission
from tests.support.actors import actor
from tests.support.killing import program
from tests.support.mail import mail
from tests.support.sending import Office

QUIET_SECONDS = 30.0  # without a message, until no more is expected


@pytest.fixture(params=["postfix", "exim"])
def settings(request: pytest.FixtureRequest, ca: str) -> Settings:
    server: Postfix | Exim = request.getfixturevalue(request.param)
    return submission(server.submission if isinstance(server, Postfix) else server.plain, ca)


@pytest.fixture
def office(tmp_path: Path, settings: Settings) -> Office:
    database = open_database(tmp_path / "mail-panel.db")
    database.prepare()
    office = Office.open(database, vault.load_or_make(tmp_path / "key"))
    office.store.save(settings, base=0, by=actor("test"), now=clock.now())
    return office


@pytest.fixture
def many(is_long: bool) -> int:
    return 4_000 if is_long else 150


def enqueue(office: Office, name: str, many: int) -> set[str]:
    mails = [mail(ELSEWHERE, number=f"{name}.{each}") for each in range(many)]
    return {ticket.message_id for ticket in office.outbox.enqueue_all(mails, by=actor(), now=clock.now())}


def test_every_message_comes_once(office: Office, mailbox: Mailbox, request: pytest.FixtureRequest, many: int) -> None:
    told = enqueue(office, request.node.callspec.id, many)

    assert office.worker().run_once().reason is Reason.EMPTY

    assert set(mailbox.wait_for(told, QUIET_SECONDS).values()) == {1}
    assert office.outbox.counts().by_state[State.SENT] == many


def test_workers_that_are_killed_lose_nothing_and_mark_what_came_twice(
    office: Office, mailbox: Mailbox, request: pytest.FixtureRequest, tmp_path: Path, many: int
) -> None:
    told = enqueue(office, request.node.callspec.id + ".killed", many)
    under_way = 0

    for part in range(1, 4):
        with program("-m", "panel", "worker", home=tmp_path):
            while office.outbox.counts().by_state[State.SENT] < many * part // 4:
                pass
        under_way += office.outbox.counts().by_state[State.SENDING]
    while office.outbox.counts().waiting + office.outbox.counts().by_state[State.SENDING]:
        office.worker().run_once()  # what was killed twice is due a moment later

    arrived = mailbox.wait_for(told, QUIET_SECONDS)
    twice = {message_id for message_id, times in arrived.items() if times > 1}
    assert office.outbox.counts().by_state[State.SENT] == many
    assert min(arrived.values()) == 1, request.getfixturevalue(request.node.callspec.id).log[-4000:]
    assert sum(arrived.values()) - len(told) <= under_way
    assert twice <= {row[0] for row in office.database.rows("SELECT message_id FROM messages WHERE uncertain = 1")}
