"""Mail that nobody sends is told of by the name of the machine that has gone silent."""

from __future__ import annotations

import pytest

from panel import home
from panel.alerts.alert import Alert, Level
from panel.alerts.incident import IncidentState
from panel.outbox.delivery.heartbeats import Heartbeats
from panel.storage.database import Database
from tests.support.mail import NOW
from tests.support.watched import MINUTE, Watched, open_incident

FIRING = open_incident(Alert.NO_WORKER)


def test_a_worker_that_beats_is_no_matter(panel: Watched) -> None:
    panel.enqueue()

    assert panel.sign(Alert.NO_WORKER, 2 * MINUTE - 1) is None


def test_two_minutes_without_a_sign_are_told_of_with_the_machine(panel: Watched) -> None:
    panel.enqueue()

    sign = panel.sign(Alert.NO_WORKER, 2 * MINUTE)

    assert sign is not None
    assert (sign.since, sign.level, sign.facts["host"]) == (NOW, Level.CRITICAL, home.machine_name())


def test_without_mail_that_waits_nobody_is_missed(panel: Watched) -> None:
    assert panel.sign(Alert.NO_WORKER, 10 * MINUTE) is None


def test_once_it_fires_only_a_sign_ends_it(panel: Watched) -> None:
    assert panel.sign(Alert.NO_WORKER, 10 * MINUTE, FIRING) is not None

    panel.beat(10 * MINUTE)

    assert panel.sign(Alert.NO_WORKER, 10 * MINUTE, FIRING) is None


def test_a_worker_that_left_in_order_is_missed_where_mail_waits(panel: Watched, database: Database) -> None:
    Heartbeats(database).leave("1-w")
    panel.enqueue()

    assert panel.sign(Alert.NO_WORKER, MINUTE) is None
    sign = panel.sign(Alert.NO_WORKER, 2 * MINUTE)

    assert sign is not None
    assert (sign.since, sign.facts["never"]) == (NOW, True)


def test_a_dead_machine_among_several_is_named_though_nothing_waits(panel: Watched) -> None:
    panel.beat(-5 * MINUTE, host="dead.example", name="2-w")
    panel.beat(-9 * MINUTE, host="dead.example", name="3-w")
    panel.beat(-5 * MINUTE, host="away.example", name="4-w")

    sign = panel.sign(Alert.NO_WORKER)

    assert sign is not None
    assert (sign.level, sign.facts["host"], sign.facts["minutes"]) == (Level.WARNING, "away.example, dead.example", 5)


def test_one_worker_of_several_on_a_machine_is_no_matter(panel: Watched) -> None:
    panel.beat(-5 * MINUTE, name="2-w")
    panel.enqueue()

    assert panel.sign(Alert.NO_WORKER) is None


def test_when_the_last_machine_goes_silent_it_is_critical(panel: Watched) -> None:
    panel.beat(-5 * MINUTE, host="dead.example", name="2-w")
    panel.enqueue()

    sign = panel.sign(Alert.NO_WORKER, 3 * MINUTE, FIRING)

    assert sign is not None
    assert sign.level is Level.CRITICAL


def test_who_has_just_begun_to_judge_waits_for_workers_that_begin_too(panel: Watched) -> None:
    panel.enqueue()

    assert panel.sign(Alert.NO_WORKER, 10 * MINUTE, awake_since=10 * MINUTE - 59) is None
    assert panel.sign(Alert.NO_WORKER, 10 * MINUTE, FIRING, awake_since=10 * MINUTE - 59) is not None
    assert panel.sign(Alert.NO_WORKER, 10 * MINUTE, awake_since=9 * MINUTE) is not None


def test_the_minutes_can_be_set(panel: Watched) -> None:
    panel.set(no_worker_minutes=30)
    panel.enqueue()

    assert panel.sign(Alert.NO_WORKER, 30 * MINUTE - 1) is None
    assert panel.sign(Alert.NO_WORKER, 30 * MINUTE) is not None


@pytest.mark.parametrize("state", IncidentState)
def test_a_clock_that_was_set_back_makes_no_dead_worker_live(panel: Watched, state: IncidentState) -> None:
    panel.enqueue(-10 * MINUTE)

    assert panel.sign(Alert.NO_WORKER, -10 * MINUTE) is not None
