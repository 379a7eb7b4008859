"""A real login service that hiccups: Postfix says 535 with no reason then, and Dovecot that the password is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from panel import clock
from panel.clock import Instant
from panel.mail.smtp.errors import DeliveryFailed
from panel.outbox.pace.healing import SELDOM_MS
from panel.outbox.pace.pace import Reason
from panel.settings.model import Settings
from panel.storage.database import Database
from tests.conformance.dovecot import Dovecot
from tests.conformance.mailbox import Mailbox
from tests.conformance.people import ELSEWHERE
from tests.conformance.postfix import Postfix
from tests.conformance.sending import pop_before_smtp, session_for, submission
from tests.conformance.window import PopWindow
from tests.support.actors import actor
from tests.support.mail import at
from tests.support.sending import Office
from tests.support.waiting import wait_until


@contextmanager
def hiccup(dovecot: Dovecot, settings: Settings) -> Iterator[None]:
    """Empty Dovecot's table of passwords for a while, as a database that is down does it; once a second it looks."""
    table = dovecot.auth_socket.with_name("passwords")
    kept = table.read_text()
    table.write_text("")
    try:
        wait_until(lambda: not logs_in(settings))
        yield
    finally:
        table.write_text(kept)
        wait_until(lambda: logs_in(settings))


def logs_in(settings: Settings) -> bool:
    try:
        with session_for(settings) as session:
            session.open()
    except DeliveryFailed:
        return False
    return True


@pytest.fixture(params=["smtp", "pop"])
def settings(
    request: pytest.FixtureRequest, postfix: Postfix, dovecot: Dovecot, pop_window: PopWindow, ca: str
) -> Settings:
    if request.param == "smtp":
        return submission(postfix.submission, ca)
    return pop_before_smtp(postfix, dovecot, ca)


def test_a_hiccup_of_the_login_service_heals_by_itself(
    settings: Settings, dovecot: Dovecot, mailbox: Mailbox, database: Database
) -> None:
    office = Office.open(database)
    office.store.save(settings, base=0, by=actor("test"), now=clock.now())
    now: list[Instant] = [at(0)]
    first = office.enqueue(ELSEWHERE)
    assert office.worker(time=lambda: now[0]).run_once().reason is Reason.EMPTY
    second = office.enqueue(ELSEWHERE)

    with hiccup(dovecot, settings):
        held = office.worker(time=lambda: now[0]).run_once()
        assert (held.reason, held.ms) == (Reason.HELD, SELDOM_MS[0])
    now[0] = at(SELDOM_MS[0] / 1000)

    assert office.worker(time=lambda: now[0]).run_once().reason is Reason.EMPTY
    assert [office.entry(each).state for each in (first, second)] == ["sent", "sent"]
    assert office.entry(second).attempts == 1
