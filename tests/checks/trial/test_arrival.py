"""Whether a test arrived: said by somebody, once or otherwise, of a message that was handed over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from panel.checks.trial.arrival import Arrival, NothingSent, SaidOtherwise
from panel.checks.trial.report import Mode, Outcome, Report
from panel.checks.trial.store import TrialStore
from panel.storage.database import Database
from tests.support.actors import actor

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
SENT = Report(
    Mode.SEND, "taro@example.net", "smtp.example.org", 587, NOW, outcome=Outcome.SUCCESS, accepted_at=NOW, ms=1200
)
LATER = NOW + timedelta(seconds=40)
SATO, KEN = actor("sato"), actor("ken")


@pytest.fixture
def store(database: Database) -> TrialStore:
    return TrialStore(database)


def ended(store: TrialStore, report: Report = SENT, fingerprint: str = "f") -> int:
    number = store.begin(
        report._replace(outcome=Outcome.RUNNING), by=actor("hanako"), fingerprint=fingerprint, now=report.started_at
    )
    if report.outcome is not Outcome.RUNNING:
        store.finish(number, report, 3)
    return number


def noted(database: Database) -> list[tuple[str, str, str]]:
    rows = database.rows("SELECT action, account, changed FROM audit WHERE action LIKE '%arrived' ORDER BY number")
    return [(row["action"], row["account"], row["changed"]) for row in rows]


def test_who_found_it_and_how_long_after_it_left_is_kept(store: TrialStore, database: Database) -> None:
    number = ended(store)

    told = store.tell_arrival(number, arrived=True, by=SATO, now=LATER)

    kept = store.get(number, LATER)
    assert kept == told
    assert kept
    assert kept.arrival == Arrival(True, LATER, "sato", timedelta(seconds=40))
    assert store.latest_arrival("f", None, LATER) == kept
    assert noted(database) == [("test_arrived", "sato", '{"recipient":"taro@example.net","arrived":[null,"yes"]}')]


def test_a_wait_for_the_slot_is_no_part_of_how_long_it_took(store: TrialStore) -> None:
    number = ended(store, SENT._replace(accepted_at=NOW + timedelta(minutes=30)))

    told = store.tell_arrival(number, arrived=True, by=SATO, now=NOW + timedelta(minutes=31))

    assert told
    assert told.arrival
    assert told.arrival.after == timedelta(minutes=1)


def test_said_twice_it_stays_as_it_was_said_first(store: TrialStore, database: Database) -> None:
    number = ended(store)
    first = store.tell_arrival(number, arrived=True, by=SATO, now=LATER)

    again = store.tell_arrival(number, arrived=True, by=KEN, now=LATER + timedelta(hours=1), said="")

    assert again == first
    assert len(noted(database)) == 1


def test_who_has_not_seen_the_other_answer_does_not_overturn_it(store: TrialStore, database: Database) -> None:
    number = ended(store)
    store.tell_arrival(number, arrived=False, by=SATO, now=LATER, said="")

    with pytest.raises(SaidOtherwise):
        store.tell_arrival(number, arrived=True, by=KEN, now=LATER, said="")

    assert store.latest_arrival("f", None, LATER) is None
    store.tell_arrival(number, arrived=True, by=KEN, now=LATER, said="no")
    assert store.latest_arrival("f", None, LATER)
    assert [each[0] for each in noted(database)] == ["test_not_arrived", "test_arrived"]


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (SENT._replace(mode=Mode.CHECK), "check"),
        (SENT._replace(outcome=Outcome.STOPPED), "stopped"),
        (SENT._replace(outcome=Outcome.FAILURE), "failed"),
        (SENT._replace(outcome=Outcome.RUNNING), "not ended"),
    ],
)
def test_of_a_test_without_a_message_nothing_is_noted(
    store: TrialStore, database: Database, report: Report, words: str
) -> None:
    number = ended(store, report)

    with pytest.raises(NothingSent, match=words):
        store.tell_arrival(number, arrived=True, by=SATO, now=NOW)

    assert noted(database) == []


def test_of_a_test_that_is_not_kept_there_is_nothing_to_say(store: TrialStore) -> None:
    assert store.tell_arrival(99, arrived=True, by=SATO, now=NOW) is None


def test_a_message_that_was_perhaps_taken_is_proven_by_who_finds_it(store: TrialStore) -> None:
    number = ended(store, SENT._replace(outcome=Outcome.UNKNOWN, accepted_at=None))
    assert store.latest_success("f", None, NOW) is None

    told = store.tell_arrival(number, arrived=True, by=SATO, now=LATER)

    assert told
    assert told.passed
    assert store.latest_success("f", None, NOW) == told


def test_a_clock_that_was_set_back_gives_no_negative_time(store: TrialStore) -> None:
    number = ended(store)

    told = store.tell_arrival(number, arrived=True, by=SATO, now=NOW - timedelta(hours=1))

    assert told
    assert told.arrival
    assert told.arrival.after == timedelta(0)
