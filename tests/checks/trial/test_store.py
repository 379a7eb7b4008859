"""The kept test sends: any process can tell how one goes, and none runs for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from panel.checks.trial import store as trial_store
from panel.checks.trial.report import Mode, Outcome, Report, StageReport, from_document, to_document
from panel.checks.trial.store import PER_MINUTE, TRIAL_SILENCE, TooManyTrials, TrialRunning, TrialStore
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.storage.database import Database
from tests.support.actors import actor

pytestmark = pytest.mark.both_doors

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FIRST = Report(Mode.SEND, "someone@example.com", "smtp.example.org", 587, NOW)
FAILED = FIRST._replace(
    outcome=Outcome.FAILURE,
    stages=(StageReport(Stage.RESOLVE, "ok", 3.1), StageReport(Stage.AUTH, "failed", 12.0, "535 5.7.8 no")),
    failure=Failure(Stage.AUTH, "server_permanent", Reply(535, ("5.7.8 no", "と 記号")), "PLAIN", uncertain=True),
    tls={"version": "TLSv1.3", "cipher": "x", "subject": "y", "not_after": "z"},
    transcript=("S: 220 hi", "C: EHLO x"),
    notices=("same_domain",),
)


@pytest.fixture
def store(database: Database) -> TrialStore:
    return TrialStore(database)


def begin(store: TrialStore, *, account: str = "hanako", fingerprint: str = "f", now: datetime = NOW) -> int:
    report = FIRST._replace(started_at=now)
    return store.begin(report, by=actor(account, address="192.0.2.1"), fingerprint=fingerprint, now=now)


def test_a_report_comes_back_as_it_was() -> None:
    assert from_document(to_document(FAILED)) == FAILED


def test_a_test_is_running_until_it_is_finished(store: TrialStore) -> None:
    number = begin(store)
    assert store.get(number, NOW).running

    store.finish(number, FAILED, 9)

    trial = store.get(number, NOW)
    assert trial
    assert (trial.report, trial.seen, trial.account) == (FAILED, 9, "hanako")


def test_a_beat_shows_how_far_it_is_and_hears_whether_to_stop(store: TrialStore) -> None:
    number = begin(store)
    grown = FIRST._replace(stages=(StageReport(Stage.CONNECT, "running"),))

    assert store.beat(number, grown, 3, NOW) is False
    assert store.get(number, NOW).report == grown

    store.ask_to_stop(number)

    assert store.beat(number, grown, 3, NOW) is True


def test_a_test_whose_process_fell_silent_was_stopped(store: TrialStore) -> None:
    number = begin(store)
    store.beat(number, FIRST._replace(stages=(StageReport(Stage.CONNECT, "running"),)), 2, NOW)

    trial = store.get(number, NOW + TRIAL_SILENCE + timedelta(seconds=1))

    assert trial
    assert trial.report.outcome is Outcome.STOPPED
    assert [stage.status for stage in trial.report.stages] == ["failed"]


def test_one_test_at_a_time_for_an_account(store: TrialStore) -> None:
    number = begin(store)

    with pytest.raises(TrialRunning) as caught:
        begin(store)

    assert caught.value.number == number
    begin(store, account="ken")


def test_a_silent_test_does_not_block_the_next(store: TrialStore) -> None:
    begin(store)

    assert begin(store, now=NOW + TRIAL_SILENCE + timedelta(seconds=1))


def test_ten_tests_a_minute_for_an_account(store: TrialStore) -> None:
    for _ in range(PER_MINUTE):
        store.finish(begin(store), FAILED, 1)

    with pytest.raises(TooManyTrials):
        begin(store)

    assert begin(store, account="ken")
    assert begin(store, now=NOW + timedelta(minutes=1))


def test_settings_are_proven_by_fingerprint_or_version(store: TrialStore) -> None:
    store.finish(begin(store, fingerprint="other"), FIRST._replace(outcome=Outcome.SUCCESS), 1)
    number = begin(store, fingerprint="mine")
    store.finish(number, FIRST._replace(outcome=Outcome.SUCCESS), 1)

    assert store.latest_success("mine", None, NOW).number == number
    assert store.latest_success("unknown", None, NOW) is None


def test_the_last_test_that_arrived_outlives_the_newer_ones(
    store: TrialStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = FIRST._replace(outcome=Outcome.SUCCESS)
    numbers = [begin(store, account=f"a{each}", fingerprint="f" if each < 3 else "g") for each in range(4)]
    for each in numbers:
        store.finish(each, sent, 1)
        store.tell_arrival(each, arrived=each != numbers[2], by=actor("ken"), now=NOW)
    monkeypatch.setattr(trial_store, "KEPT", 2)
    begin(store, account="b")

    begin(store, account="c")

    kept = [row["id"] for row in database.rows("SELECT id FROM trials ORDER BY id")]
    assert kept[:-2] == [numbers[1], numbers[3]]  # of each settings the last; one that has not arrived goes as others


def test_a_stopped_test_says_nothing_about_the_settings(store: TrialStore) -> None:
    store.finish(begin(store), FIRST._replace(outcome=Outcome.STOPPED), 1)

    assert store.latest_of("f", None, NOW) is None
