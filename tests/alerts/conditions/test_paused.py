"""A pause that nobody has ended within a day is told of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from panel.alerts.alert import Alert
from panel.outbox.pace.store import PaceStore
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW
from tests.support.watched import DAY, Watched


@pytest.fixture
def pace(database: Database) -> PaceStore:
    return PaceStore(database)


def test_it_is_borne_for_a_day(panel: Watched, pace: PaceStore) -> None:
    pace.pause(by=actor("sato"), now=NOW)

    sign = panel.sign(Alert.PAUSED, DAY + 1)

    assert sign is not None
    assert (sign.since, sign.delay, sign.facts["hours"]) == (NOW, timedelta(hours=24), 24)


def test_it_is_over_when_somebody_resumes(panel: Watched, pace: PaceStore) -> None:
    pace.pause(by=actor("sato"), now=NOW)
    pace.resume(by=actor("sato"), now=NOW)

    assert panel.sign(Alert.PAUSED, DAY + 1) is None


def test_the_hours_can_be_set_and_switched_off(panel: Watched, pace: PaceStore) -> None:
    pace.pause(by=actor("sato"), now=NOW)
    panel.set(paused_hours=2)
    assert panel.sign(Alert.PAUSED, 1).delay == timedelta(hours=2)

    panel.set(paused_hours=0)

    assert panel.sign(Alert.PAUSED, 9 * DAY) is None
