"""A server ends a session that is kept open, or it gets lost: what that costs, and what it teaches."""

from __future__ import annotations

import threading

import pytest

from panel.outbox.delivery.heartbeats import Heartbeats
from panel.outbox.pace import patience
from panel.outbox.state import State
from panel.storage.database import Database
from tests.support.scripted import (
    MESSAGE,
    ScriptedServer,
    Step,
    greets,
    hangs_up,
    hears,
    is_silent,
    resets,
    says,
    waits_for,
)
from tests.support.sending import Office, bears_ms, noted
from tests.support.servers import Loop, SmtpServer
from tests.support.waiting import wait_until

TAKEN = says("250 2.0.0 Ok: queued as 4F1C2A")

ENDS: dict[str, list[Step]] = {
    "421": [says("421 4.4.2 mail.example.org Error: timeout exceeded"), hangs_up],
    "FIN": [hangs_up],
    "RST": [resets],
}


@pytest.mark.parametrize("ends", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("offer", ["HELP", "PIPELINING"])
def test_a_server_that_ends_it_meanwhile_costs_nothing(
    database: Database, ends: list[Step], offer: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    office = Office.open(database)
    end = threading.Event()
    script = [*greets(offer), *MESSAGE, TAKEN, waits_for(end), *ends]

    with ScriptedServer(*script) as scripted:
        office.use(SmtpServer(port=scripted.port))
        with office.working():
            office.enqueue(number=1)
            wait_until(lambda: noted(office))
            end.set()
            wait_until(lambda: noted(office) is None)  # seen at once, not with the next message
            assert bears_ms(office, scripted.port) < patience.MOST_MS
            second = office.enqueue(number=2)
            wait_until(lambda: office.entry(second).state is State.SENT)

    assert scripted.connections == 2
    assert [each.outcome for each in office.entry(second).tried] == ["sent"]
    assert "mail_session_ended" in [each.message for each in caplog.records]
    assert "not_accepted" not in caplog.text


@pytest.mark.parametrize("ends", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("offer", ["HELP", "PIPELINING"])
def test_a_server_that_ends_it_at_mail_costs_nothing(database: Database, ends: list[Step], offer: str) -> None:
    office = Office.open(database)
    script = [*greets(offer), *MESSAGE, TAKEN, hears("MAIL"), *ends]

    with ScriptedServer(*script) as scripted:
        office.use(SmtpServer(port=scripted.port), send_interval_ms=20)
        numbers = [office.enqueue(number=number) for number in range(3)]
        with office.working():
            wait_until(lambda: {office.entry(number).state for number in numbers} == {State.SENT})

    assert scripted.connections == 3
    assert [each.outcome for number in numbers for each in office.entry(number).tried] == ["sent"] * 3
    assert bears_ms(office, scripted.port) < patience.MOST_MS


@pytest.mark.parametrize("offer", ["HELP", "PIPELINING"])
def test_a_reply_too_many_is_not_taken_for_that_to_the_next_mail(database: Database, offer: str) -> None:
    office = Office.open(database)
    script = [*greets(offer), *MESSAGE, says("250 2.0.0 Ok: queued as 4F1C2A\n250 2.0.0 Ok: queued again"), is_silent]

    with ScriptedServer(*script) as scripted:
        office.use(SmtpServer(port=scripted.port))
        numbers = [office.enqueue(number=number) for number in range(3)]
        office.worker(window=1).run_once()

    assert [each.outcome for number in numbers for each in office.entry(number).tried] == ["sent"] * 3
    assert scripted.connections == 3


def test_a_stop_before_anything_was_said_leaves_nothing_behind(database: Database, loop: Loop) -> None:
    office = Office.open(database)
    silent = loop.silence()
    office.use(SmtpServer(port=silent.port))
    number = office.enqueue()

    with office.working():
        assert silent.called.wait(10)

    assert [each.outcome for each in office.entry(number).tried] == ["returned"]
    assert Heartbeats(database).all() == []  # it has left by itself


def test_a_session_that_got_lost_on_the_way_is_given_up_soon(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A firewall forgets it: MAIL is never answered."""
    monkeypatch.setattr("panel.outbox.delivery.sender.WAITED_SECONDS", 0)
    monkeypatch.setattr("panel.outbox.delivery.sender.AGAIN_SECONDS", 0.3)
    office = Office.open(database)
    script = [*greets(), *MESSAGE, TAKEN, hears("MAIL"), is_silent]

    with ScriptedServer(*script) as scripted:
        office.use(SmtpServer(port=scripted.port), send_interval_ms=20)
        numbers = [office.enqueue(number=number) for number in range(2)]
        with office.working():
            wait_until(lambda: {office.entry(number).state for number in numbers} == {State.SENT})

    assert [each.outcome for number in numbers for each in office.entry(number).tried] == ["sent"] * 2
    assert bears_ms(office, scripted.port) < patience.MOST_MS


def test_a_session_that_ends_after_less_than_it_has_borne_teaches_nothing(database: Database) -> None:
    office = Office.open(database)
    end = threading.Event()
    script = [*greets(), *MESSAGE, TAKEN, *MESSAGE, TAKEN, waits_for(end), hangs_up]

    with ScriptedServer(*script) as scripted:
        office.use(SmtpServer(port=scripted.port), send_interval_ms=1_000)
        numbers = [office.enqueue(number=number) for number in range(2)]
        with office.working():
            wait_until(lambda: {office.entry(number).state for number in numbers} == {State.SENT})
            end.set()
            wait_until(lambda: noted(office) is None)

    assert bears_ms(office, scripted.port) == patience.MOST_MS
