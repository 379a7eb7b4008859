"""The last examinations are kept, made by themselves when they are due, and not too often when somebody asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from panel.checks.doctor.finding import FindingStatus, ok, problem, warning
from panel.checks.examinations.examination import EVERY, Conditions, Why
from panel.checks.examinations.store import (
    ASKED_A_MINUTE,
    EXAMINATIONS_KEPT,
    SAVES_SETTLE,
    UNDER_WAY,
    ExaminationRunning,
    ExaminationStore,
    TooManyExaminations,
)
from panel.settings.model import Settings
from panel.settings.store import UNSAVED, Version
from panel.storage.database import Database
from tests.support.actors import actor

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
SAVED = Version(1, Settings(), saved_at=NOW - timedelta(days=3))
CONDITIONS = Conditions("192.0.2.7", ("s1", "s2"))
FOUND = (problem("mx", "No MX"), warning("dkim", "No key"), ok("home", "Fine"), ok("clock", "Fine"))


@pytest.fixture
def store(database: Database) -> ExaminationStore:
    return ExaminationStore(database)


def keep(store: ExaminationStore, at: datetime = NOW, version: int = 1, why: Why = Why.DAILY) -> None:
    store.keep(FOUND, version=version, why=why, conditions=CONDITIONS, now=at)


def test_what_was_found_is_kept_with_its_conditions(store: ExaminationStore, database: Database) -> None:
    store.keep(FOUND, version=3, why=Why.ASKED, conditions=CONDITIONS, now=NOW, asked_by="hanako")

    kept = ExaminationStore(database).latest()
    assert kept
    assert (kept.at, kept.version, kept.why, kept.asked_by) == (NOW, 3, Why.ASKED, "hanako")
    assert kept.conditions == CONDITIONS
    assert kept.counts == {
        FindingStatus.PROBLEM: 1,
        FindingStatus.WARNING: 1,
        FindingStatus.OK: 2,
        FindingStatus.UNKNOWN: 0,
    }


def test_only_the_last_ones_are_kept(store: ExaminationStore, database: Database) -> None:
    for number in range(EXAMINATIONS_KEPT + 3):
        keep(store, NOW + timedelta(minutes=number))

    [row] = database.rows("SELECT count(*) AS kept FROM diagnoses")
    assert row["kept"] == EXAMINATIONS_KEPT
    latest = store.latest()
    assert latest
    assert latest.at == NOW + timedelta(minutes=EXAMINATIONS_KEPT + 2)


def test_one_is_due_after_a_day_and_again_where_the_clock_was_set_back(store: ExaminationStore) -> None:
    keep(store)

    assert store.begin_if_due(SAVED, NOW + EVERY - timedelta(seconds=1)) is None
    assert store.begin_if_due(SAVED, NOW + EVERY) is Why.DAILY
    keep(store)
    assert store.begin_if_due(SAVED, NOW - timedelta(minutes=2)) is Why.DAILY


def test_one_is_due_after_a_save_once_that_has_settled(store: ExaminationStore) -> None:
    keep(store)
    saved_at = NOW + timedelta(hours=1)
    other = replace(SAVED, number=2, saved_at=saved_at)

    assert store.begin_if_due(other, saved_at) is None
    assert store.begin_if_due(other, saved_at + SAVES_SETTLE) is Why.SAVED


def test_the_first_save_is_examined_and_a_home_without_settings_is_not(store: ExaminationStore) -> None:
    assert store.begin_if_due(UNSAVED, NOW) is None
    assert store.begin_if_due(SAVED, NOW) is Why.SAVED


def test_of_several_processes_one_examines_and_a_dead_one_blocks_no_other_for_long(
    store: ExaminationStore, database: Database
) -> None:
    assert store.begin_if_due(SAVED, NOW)

    other = ExaminationStore(database)
    assert other.begin_if_due(SAVED, NOW + UNDER_WAY - timedelta(seconds=1)) is None
    assert other.begin_if_due(SAVED, NOW + UNDER_WAY) is Why.SAVED


def test_switched_off_nothing_is_due_and_who_switched_is_noted(store: ExaminationStore, database: Database) -> None:
    assert store.by_itself()

    assert store.switch(on=False, by=actor("sato"), now=NOW)
    assert not store.switch(on=False, by=actor("sato"), now=NOW)

    assert not store.by_itself()
    assert store.begin_if_due(SAVED, NOW) is None
    [row] = database.rows("SELECT account, changed FROM audit WHERE action = 'diagnosis_switched'")
    assert tuple(row) == ("sato", '{"by_itself":[true,false]}')
    assert store.switch(on=True, by=actor("sato"), now=NOW)
    assert store.begin_if_due(SAVED, NOW) is Why.SAVED


def test_one_at_a_time_is_made_for_somebody_who_asks(store: ExaminationStore) -> None:
    store.begin(by=actor("hanako"), now=NOW)

    with pytest.raises(ExaminationRunning):
        store.begin(by=actor("taro"), now=NOW + timedelta(seconds=1))
    assert store.begin_if_due(SAVED, NOW + timedelta(seconds=1)) is None

    store.give_up()
    store.begin(by=actor("taro"), now=NOW + timedelta(seconds=2))


def test_an_account_asks_a_few_times_a_minute(store: ExaminationStore) -> None:
    for second in range(ASKED_A_MINUTE):
        store.begin(by=actor("hanako"), now=NOW + timedelta(seconds=second))
        keep(store, NOW + timedelta(seconds=second), why=Why.ASKED)

    with pytest.raises(TooManyExaminations):
        store.begin(by=actor("hanako"), now=NOW + timedelta(seconds=59))
    store.begin(by=actor("taro"), now=NOW + timedelta(seconds=59))
    store.give_up()
    store.begin(by=actor("hanako"), now=NOW + timedelta(seconds=61))
