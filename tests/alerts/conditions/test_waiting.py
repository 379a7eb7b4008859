"""Mail that waits for long is told of, but not what the interval, the limits, a pause or a hold ask for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from panel.alerts.alert import Alert
from panel.alerts.conditions.waiting import CATCHES_UP
from panel.alerts.incident import IncidentState
from panel.mail.smtp.protocol import Stage
from panel.outbox.pace.choosing import choose_server
from panel.outbox.pace.route import Choice
from panel.outbox.pace.store import PaceStore
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, at
from tests.support.watched import HOUR, MINUTE, Watched, open_incident

FIRING = open_incident(Alert.WAITING)


@pytest.fixture
def panel(database: Database) -> Watched:
    """A panel with a worker that lives."""
    return Watched(database, attended=True)


def test_an_hour_is_borne(panel: Watched) -> None:
    panel.enqueue()

    assert waits(panel, HOUR - 1)
    assert not waits(panel, HOUR)

    sign = panel.sign(Alert.WAITING, HOUR)
    assert sign is not None
    assert sign.facts["minutes"] == 60


def test_it_is_over_below_half_of_that(panel: Watched) -> None:
    panel.enqueue()

    assert panel.sign(Alert.WAITING, HOUR / 2, FIRING) is not None
    assert panel.sign(Alert.WAITING, HOUR / 2 - 1, FIRING) is None


def test_nothing_waits_for_long_where_nothing_waits(panel: Watched) -> None:
    panel.enqueue()
    panel.send(1)

    assert panel.sign(Alert.WAITING, 2 * HOUR, FIRING) is None


def test_the_minutes_can_be_set_and_switched_off(panel: Watched) -> None:
    panel.enqueue()
    panel.set(waiting_minutes=5)
    assert waits(panel, 5 * MINUTE - 1)
    assert not waits(panel, 5 * MINUTE)

    panel.set(waiting_minutes=0)

    assert panel.sign(Alert.WAITING, 9 * HOUR) is None


def test_the_intervals_own_queue_does_not_count(panel: Watched) -> None:
    panel.save(send_interval_ms=60_000)
    panel.enqueue(messages=200)
    for minute in range(120):
        panel.send(minute * (MINUTE + 0.01) + 1)

    assert panel.sign(Alert.WAITING, 2 * HOUR) is None
    assert waits(panel, 3 * HOUR - 1)  # no more leave: this hour counts
    assert not waits(panel, 3 * HOUR + MINUTE)


def test_the_hourly_limits_own_queue_does_not_count(panel: Watched) -> None:
    panel.save(max_per_hour=2)
    panel.enqueue(messages=9)
    for hour in range(3):
        panel.send(hour * HOUR + hour * 3 + 1)
        panel.send(hour * HOUR + hour * 3 + 2)

    assert waits(panel, 2 * HOUR + 30)
    assert waits(panel, 3 * HOUR - 1)


def test_while_mail_leaves_by_the_second_its_own_limits_count(panel: Watched, database: Database) -> None:
    panel.save(second=True, second_smtp_host="second.example.org", second_smtp_auth=False, second_max_per_hour=2)
    choose_server(PaceStore(database), panel.version, Choice.SECOND, at(0), by=actor())
    panel.enqueue(messages=9)
    for hour in range(3):
        panel.send(hour * HOUR + hour * 3 + 1)
        panel.send(hour * HOUR + hour * 3 + 2)

    assert panel.sign(Alert.WAITING, 3 * HOUR + 10) is None


def waits(panel: Watched, seconds: float) -> bool:
    """Say whether it is too early to be told."""
    sign = panel.sign(Alert.WAITING, seconds)
    return sign is None or sign.since + sign.delay > NOW + timedelta(seconds=seconds)


def test_while_somebody_has_paused_it_nobody_is_told(panel: Watched, database: Database) -> None:
    panel.enqueue()
    pace = PaceStore(database)
    pace.pause(by=actor("sato"), now=NOW)

    assert waits(panel, 5 * HOUR)

    pace.resume(by=actor("sato"), now=NOW)
    assert not waits(panel, 5 * HOUR)


def test_a_hold_tells_of_itself(panel: Watched) -> None:
    panel.enqueue()
    panel.send(0, cause="login_refused", stage=Stage.AUTH)

    assert waits(panel, 5 * HOUR)


def test_without_a_worker_it_is_told_of_the_worker(database: Database) -> None:
    panel = Watched(database)
    panel.beat(0)
    panel.enqueue()

    assert waits(panel, HOUR)


def test_what_stood_still_may_catch_up_first(panel: Watched, database: Database) -> None:
    panel.enqueue()
    pace = PaceStore(database)
    pace.pause(by=actor("sato"), now=NOW)
    stood = panel.sign(Alert.WAITING, 5 * HOUR)
    assert stood is not None
    pending = open_incident(Alert.WAITING, 5 * HOUR, state=IncidentState.PENDING)
    pace.resume(by=actor("sato"), now=NOW)

    sign = panel.sign(Alert.WAITING, 5 * HOUR + 15, pending)

    assert (stood.since, stood.delay) == (pending.since, CATCHES_UP)
    assert sign is not None
    assert (sign.since, sign.delay) == (pending.since, CATCHES_UP)


def test_it_begins_with_its_last_minutes_so_that_what_ends_then_is_known(panel: Watched) -> None:
    panel.enqueue()

    assert panel.sign(Alert.WAITING, HOUR - CATCHES_UP.total_seconds() - 1) is None
    assert panel.sign(Alert.WAITING, HOUR - CATCHES_UP.total_seconds()) is not None


def test_after_the_machine_was_off_the_queue_may_catch_up_first(panel: Watched) -> None:
    panel.enqueue()

    sign = panel.sign(Alert.WAITING, 5 * HOUR, awake_since=5 * HOUR - 1)

    assert sign is not None
    assert (sign.since, sign.delay) == (NOW + timedelta(hours=5), CATCHES_UP)
