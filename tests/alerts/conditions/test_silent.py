"""An application that hands nothing in is told of where it always did at this time, if somebody wants to hear of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from panel.alerts.alert import Alert
from panel.storage.database import Database
from tests.support.mail import NOW
from tests.support.watched import DAY, HOUR, Watched, open_incident

WEEK = 7 * DAY


@pytest.fixture
def panel(database: Database) -> Watched:
    """A panel of a shop with mail around nine in the morning of each of five weeks, at which hour it is now."""
    panel = Watched(database)
    panel.set(silent_hours=4)
    for week in range(5, 0, -1):
        panel.enqueue(-week * WEEK - 5 * HOUR)
        panel.enqueue(-week * WEEK - HOUR)
    return panel


def test_nobody_is_told_unless_somebody_wants_to_be(panel: Watched) -> None:
    panel.set(silent_hours=0)

    assert panel.sign(Alert.SILENT) is None


def test_hours_without_mail_where_there_always_was_are_told_of(panel: Watched) -> None:
    panel.enqueue(-5 * HOUR)

    sign = panel.sign(Alert.SILENT)

    assert sign is not None
    assert (sign.since, sign.facts["hours"]) == (NOW - timedelta(hours=5), 5)


def test_a_message_within_the_hours_is_enough(panel: Watched) -> None:
    panel.enqueue(-3 * HOUR)

    assert panel.sign(Alert.SILENT) is None


def test_a_night_without_mail_is_as_it_always_was(panel: Watched) -> None:
    panel.enqueue(-5 * HOUR)

    assert panel.sign(Alert.SILENT, 12 * HOUR) is None


def test_one_week_without_it_makes_it_usual(panel: Watched, database: Database) -> None:
    with database.writing() as write:
        write.run("DELETE FROM messages WHERE number = 4")  # of the fourth week before, around this hour

    panel.enqueue(-5 * HOUR)

    assert panel.sign(Alert.SILENT) is None


def test_a_panel_that_is_new_does_not_know_what_is_usual(database: Database) -> None:
    panel = Watched(database)
    panel.set(silent_hours=4)
    panel.enqueue(-WEEK - 5 * HOUR)
    panel.enqueue(-WEEK - HOUR)
    panel.enqueue(-5 * HOUR)

    assert panel.sign(Alert.SILENT) is None


def test_two_weeks_are_enough_to_know(database: Database) -> None:
    panel = Watched(database)
    panel.set(silent_hours=4)
    for week in (2, 1):
        panel.enqueue(-week * WEEK - 5 * HOUR)
        panel.enqueue(-week * WEEK - HOUR)

    assert panel.sign(Alert.SILENT) is not None


def test_once_told_the_next_message_ends_it(panel: Watched) -> None:
    panel.enqueue(-5 * HOUR)
    firing = open_incident(Alert.SILENT, -HOUR)
    assert panel.sign(Alert.SILENT, 12 * HOUR, firing) is not None

    panel.enqueue(12 * HOUR)

    assert panel.sign(Alert.SILENT, 12 * HOUR, firing) is None


def test_an_empty_outbox_is_not_silent(database: Database) -> None:
    panel = Watched(database)
    panel.set(silent_hours=1)

    assert panel.sign(Alert.SILENT) is None
