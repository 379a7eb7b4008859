"""What a login has proven outlives a save of other values, and only such a one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from panel import clock
from panel.config import Config
from panel.outbox.pace.pace import Pace, Terms
from panel.outbox.pace.route import Which
from panel.services import Services, open_services
from panel.settings.model import Settings
from tests.support.actors import actor

TWO = Settings(
    from_address="report@example.org",
    smtp_host="smtp.example.org",
    smtp_user="report",
    smtp_password="secret",
    second=True,
    second_smtp_host="relay.example.net",
    second_smtp_user="relay",
    second_smtp_password="another",
)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """A panel whose two servers have let somebody in by the settings in force, and that has sent with them."""
    services = open_services(Config(home=tmp_path / "home"))
    version = services.settings.save(TWO, base=0, by=actor("ken"), now=clock.now())
    for which in Which:
        services.pace.note_opened(Terms.of(version).of_server(which), clock.instant())
    with services.database.writing() as write:
        write.run("UPDATE pace SET sent_version = 1")
    return services


def after(services: Services, **changed: object) -> Pace:
    """Give the clock after another version was saved."""
    version = services.settings.save(replace(TWO, **changed), base=1, by=actor("ken"), now=clock.now())
    assert version.number == 2
    return services.pace.state(Terms.of(version), clock.instant()).pace


@pytest.mark.parametrize(
    ("changed", "proven"),
    [
        ({"send_interval_ms": 9000}, {"first", "second"}),
        ({"max_per_day": 5}, {"first", "second"}),
        ({"from_name": "Reports"}, {"first", "second"}),
        ({"second_after_minutes": 30}, {"first", "second"}),
        ({"second_smtp_host": "other.example.net"}, {"first"}),
        ({"second_smtp_password": "a third"}, {"first"}),
        ({"smtp_password": "a new one"}, {"second"}),
        ({"smtp_port": 2525}, {"second"}),
        ({"from_address": "shop@example.org"}, set()),
    ],
)
def test_what_a_save_leaves_as_it_was_stays_proven(
    services: Services, changed: dict[str, object], proven: set[str]
) -> None:
    pace = after(services, **changed)

    assert {str(which) for which in Which if pace.of(which).worked_version == 2} == proven
    assert (pace.sent_version == 2) is ("first" in proven)


def test_what_was_never_proven_is_not_proven_by_a_save(services: Services) -> None:
    with services.database.writing() as write:
        write.run("UPDATE pace SET sent_version = NULL, worked_version = NULL, second_state = NULL")

    pace = after(services, send_interval_ms=9000)

    assert (pace.first.worked_version, pace.second, pace.sent_version) == (None, None, None)
