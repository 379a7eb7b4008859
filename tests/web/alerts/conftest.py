"""Destinations, things that are wrong, and somebody who is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from panel import clock
from panel.alerts.alert import LEVELS, Alert
from panel.alerts.destination import Destination
from panel.outbox.pace.pace import Terms
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.mail import hold
from tests.support.receiver import Receiver, receiving
from tests.web.outbox.conftest import put_off

Fire = Callable[..., int]
WITHOUT_PACE = Terms(version=1)
REFUSED = "535 5.7.8 secret words of a server"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as told:
        yield told


@pytest.fixture
def webhook(services: Services, receiver: Receiver) -> Destination:
    """A destination that answers."""
    return services.destinations.add("webhook", {"url": receiver.url}, actor("ken"), clock.now()).destination


@pytest.fixture
def held(services: Services, saved: Settings, webhook: Destination) -> int:
    """Mail that is held, as somebody has judged; the number of the incident."""
    return hold_mail(services)


@pytest.fixture
def fire(services: Services) -> Fire:
    return lambda alert, **given: keep_incident(services, alert, **given)


def hold_mail(services: Services) -> int:
    """Have a server refuse the login of a worker that lives, and the incident of it kept."""
    services.heartbeats.beat("1-a", message=None, now=clock.now())
    hold(services.database, REFUSED, after_success=False, terms=WITHOUT_PACE)
    return keep_incident(services, Alert.HELD)


def fail_message(services: Services) -> int:
    """Have one message failed, which is one too many, and the incident of it kept."""
    services.thresholds.set({"failing.messages": "1"}, by=actor(), now=clock.now())
    put_off(services, "550 5.1.1 No such user")
    return keep_incident(services, Alert.FAILING, number=1)


def keep_incident(services: Services, alert: Alert, *, minutes: float = 5, over: bool = False, **facts: object) -> int:
    """Keep an incident that began so many minutes ago, as whoever judges does."""
    since = clock.stamp(clock.now() - timedelta(minutes=minutes))
    ended = clock.stamp(clock.now()) if over else None
    state, told = "resolved" if over else "firing", json.dumps(facts)
    changes = json.dumps([since, ended] if ended else [since])
    with services.database.writing() as write:
        row = write.row(_INSERT, (alert, LEVELS[alert], state, since, since, ended, told, changes))
    assert row
    return int(row["number"])


def keep_notice(services: Services, destination: int, incident: int, outcome: str, *, tries: int = 1) -> None:
    """Keep a notice of an incident to a destination, of which that became."""
    at = clock.stamp(clock.now())
    with services.database.writing() as write:
        write.run(_NOTICE, (destination, incident, at, at, tries, outcome, at if outcome != "waiting" else None))


_NOTICE = (
    "INSERT INTO notices (destination, incident, type, webhook_id, body, made_at, due_at, tries, outcome, ended_at) "
    "VALUES (?, ?, 'alert.firing', 'msg_1', '{}', ?, ?, ?, ?, ?)"
)
_INSERT = (
    "INSERT INTO incidents (alert, level, state, since, fired_at, resolved_at, facts, changes) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number"
)
