"""Thresholds are read as people type them, kept where they differ, and changed with a name in the audit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from panel.alerts.thresholds import THRESHOLDS, ThresholdRefused, Thresholds, ThresholdStore, parse_thresholds
from panel.storage.database import Database
from panel.storage.journal import Action
from tests.support.actors import actor

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(database: Database) -> ThresholdStore:
    return ThresholdStore(database)


def test_nobody_has_to_set_one(store: ThresholdStore) -> None:
    assert store.current() == Thresholds()
    assert Thresholds().by_name() == {name: each.default for name, each in THRESHOLDS.items()}


def test_one_that_is_set_stays_and_the_others_are_as_they_were(store: ThresholdStore) -> None:
    store.set({"waiting.minutes": "30"}, by=actor(), now=NOW)

    after = store.set({"repeat_hours": "0"}, by=actor(), now=NOW)

    assert after == store.current() == Thresholds(waiting_minutes=30, repeat_hours=0)


def test_one_that_is_set_back_follows_the_program_again(store: ThresholdStore, database: Database) -> None:
    store.set({"waiting.minutes": "30"}, by=actor(), now=NOW)

    store.set({"waiting.minutes": "60"}, by=actor(), now=NOW)

    assert [tuple(row) for row in database.rows("SELECT thresholds FROM alerts")] == [("{}",)]


@pytest.mark.parametrize(("text", "value"), [("60", 60), (" 7 ", 7), ("６０", 60), ("0", 0), ("10080", 10_080)])
def test_a_number_is_read_as_people_type_it(text: str, value: int) -> None:
    assert parse_thresholds({"waiting.minutes": text}) == {"waiting.minutes": value}


@pytest.mark.parametrize("text", ["", "-1", "+60", "1e3", "0x3c", "6.5", "10081", "sixty", "9" * 30, "٦٠"])
def test_anything_else_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(ThresholdRefused, match="10080") as refused:
        parse_thresholds({"waiting.minutes": text})

    assert refused.value.field == "waiting.minutes"


def test_a_name_that_there_is_not_is_refused() -> None:
    with pytest.raises(ThresholdRefused, match=r"waiting\.hours"):
        parse_thresholds({"waiting.hours": "1"})


def test_nothing_is_set_where_one_of_them_is_wrong(store: ThresholdStore) -> None:
    with pytest.raises(ThresholdRefused):
        store.set({"waiting.minutes": "30", "no_worker.minutes": "0"}, by=actor(), now=NOW)

    assert store.current() == Thresholds()


def test_the_audit_tells_who_changed_which_from_what_to_what(store: ThresholdStore, database: Database) -> None:
    store.set({"waiting.minutes": "30", "held.minutes": "10"}, by=actor("sato"), now=NOW)

    row = database.row("SELECT account, action, changed FROM audit")

    assert row is not None
    assert tuple(row) == ("sato", Action.ALERT_THRESHOLDS_SET, '{"waiting.minutes":[60,30]}')


def test_what_changes_nothing_is_not_noted(store: ThresholdStore, database: Database) -> None:
    store.set({"waiting.minutes": "60"}, by=actor(), now=NOW)

    assert database.rows("SELECT * FROM audit") == []
