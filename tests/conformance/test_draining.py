"""A full outbox emptied into real servers at interval 0, read back behind them and counted.

MAIL_PANEL_FULL_RUN says how many messages; the suite takes a few hundred.
"""

from __future__ import annotations

import os

import pytest

from panel import clock
from panel.mail.message.submission import Submission
from panel.outbox.pace.pace import Reason
from panel.outbox.state import State
from panel.settings.model import Settings
from panel.storage.database import Database
from tests.conformance.exim import MESSAGES_IN_CONNECTION, Exim
from tests.conformance.mailbox import Mailbox
from tests.conformance.people import NOBODY
from tests.conformance.postfix import Postfix
from tests.conformance.sending import submission
from tests.support.actors import actor
from tests.support.sending import Office

MESSAGES = int(os.environ.get("MAIL_PANEL_FULL_RUN", "400"))
QUIET_SECONDS = 30.0  # after which a server has nothing more to deliver


@pytest.fixture
def office(database: Database) -> Office:
    return Office.open(database)


def use(office: Office, settings: Settings) -> None:
    office.store.save(settings, base=office.store.newest(), by=actor("test"), now=clock.now())


def fill(office: Office, name: str) -> dict[str, int]:
    """Hand mail in, every fiftieth to somebody who is not there; give the others' numbers by Message-ID."""
    tickets = office.outbox.enqueue_all([_mail(name, each) for each in range(MESSAGES)], by=actor(), now=clock.now())
    return {ticket.message_id: ticket.number for place, ticket in enumerate(tickets) if place % 50 != 7}


def _mail(name: str, number: int) -> Submission:
    message_id = f"<{number}.{name}.{os.getpid()}@app.example.org>"
    head = f"Message-ID: {message_id}\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nSubject: {number}\r\n"
    text = f"{head}\r\n本文 {number}\r\n"
    rcpt_to = NOBODY if number % 50 == 7 else f"someone{number}@example.org"
    return Submission((rcpt_to,), text.encode() + b".\r\n" * (number % 3), message_id, str(number))


@pytest.mark.parametrize("window", [1, 20])
def test_postfix_gets_every_message_once(
    office: Office, postfix: Postfix, ca: str, mailbox: Mailbox, window: int
) -> None:
    use(office, submission(postfix.submission, ca))
    numbers = fill(office, f"postfix{window}")

    assert office.worker(window=window).run_once().reason is Reason.EMPTY

    assert {office.entry(number).state for number in numbers.values()} == {State.SENT}
    assert office.outbox.counts().by_state[State.FAILED] == MESSAGES - len(numbers)
    assert set(mailbox.wait_for(numbers.keys(), QUIET_SECONDS).values()) == {1}


def test_exim_gets_every_message_once_over_as_many_sessions_as_it_wants(
    office: Office, exim: Exim, ca: str, mailbox: Mailbox
) -> None:
    use(office, submission(exim.plain, ca))
    numbers = fill(office, "exim")

    assert office.worker().run_once().reason is Reason.EMPTY

    assert {office.entry(number).state for number in numbers.values()} == {State.SENT}
    assert {len(office.entry(number).tried) for number in numbers.values()} == {1}
    assert MESSAGES <= MESSAGES_IN_CONNECTION or "too many messages" in exim.log
    assert set(mailbox.wait_for(numbers.keys(), QUIET_SECONDS).values()) == {1}
