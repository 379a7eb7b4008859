"""Incidents are found again as they were kept, and one that somebody has seen says who and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from panel import clock
from panel.alerts.incidents import IncidentStore
from panel.storage.database import Database
from tests.support.actors import actor

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


@pytest.fixture
def incidents(database: Database) -> IncidentStore:
    return IncidentStore(database)


def keep(database: Database, alert: str, state: str, *, days: float = 0) -> int:
    """Keep an incident that began so many days ago."""
    since = clock.stamp(NOW - timedelta(days=days))
    fired = None if state == "pending" else since
    with database.writing() as write:
        row = write.row(
            "INSERT INTO incidents (alert, level, state, since, fired_at) "
            "VALUES (?, 'critical', ?, ?, ?) RETURNING number",
            (alert, state, since, fired),
        )
    assert row is not None
    return int(row["number"])


def test_open_ones_are_those_that_fire(incidents: IncidentStore, database: Database) -> None:
    keep(database, "held", "resolved")
    fires = keep(database, "held", "firing")
    keep(database, "waiting", "pending")

    assert [each.number for each in incidents.open()] == [fires]


def test_those_of_before_are_shown_for_ninety_days_and_none_that_never_fired(
    incidents: IncidentStore, database: Database
) -> None:
    keep(database, "held", "resolved", days=91)
    known = [keep(database, "held", "resolved", days=days) for days in (89, 3)]
    keep(database, "waiting", "pending")
    known.append(keep(database, "failing", "firing"))

    assert [each.number for each in incidents.recent(now=NOW)] == known[::-1]


def test_one_that_is_acknowledged_says_by_whom(incidents: IncidentStore, database: Database) -> None:
    number = keep(database, "held", "firing")

    assert incidents.acknowledge(number, by=actor("sato"), now=NOW)

    found = incidents.get(number)
    assert found is not None
    assert (found.acknowledged_by, found.acknowledged_at) == ("sato", NOW)
    assert [tuple(row) for row in database.rows("SELECT account, action, object FROM audit")] == [
        ("sato", "alert_acknowledged", f"incident/{number}")
    ]


@pytest.mark.parametrize("state", ["pending", "resolved"])
def test_one_that_does_not_fire_cannot_be_acknowledged(
    incidents: IncidentStore, database: Database, state: str
) -> None:
    number = keep(database, "held", state)

    assert not incidents.acknowledge(number, by=actor(), now=NOW)
    assert database.rows("SELECT * FROM audit") == []


def test_the_first_who_has_seen_it_stays_so(incidents: IncidentStore, database: Database) -> None:
    number = keep(database, "held", "firing")
    incidents.acknowledge(number, by=actor("sato"), now=NOW)

    assert not incidents.acknowledge(number, by=actor("suzuki"), now=NOW)

    found = incidents.get(number)
    assert found is not None
    assert found.acknowledged_by == "sato"


@pytest.mark.parametrize("number", [0, -1, 7, 2**63])
def test_there_is_none_of_another_number(incidents: IncidentStore, number: int) -> None:
    assert incidents.get(number) is None
    assert not incidents.acknowledge(number, by=actor(), now=NOW)
