"""The thread that has the doctor examine by itself."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from panel import clock
from panel.config import Config
from panel.server.diagnosis_watch import DiagnosisWatch
from panel.services import Services, open_services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.dns_server import DnsServer

SETTINGS = Settings(from_address="app@example.org", smtp_host="127.0.0.1", smtp_port=1, smtp_auth=False, tls=False)
SOON = timedelta(minutes=1)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    services = open_services(Config(home=tmp_path / "home", locale="en", resolver=("127.0.0.1", 1)))
    services.settings.save(SETTINGS, base=0, by=actor(), now=clock.now())
    return services


def test_a_look_after_a_save_examines_and_the_next_does_not(tmp_path: Path) -> None:
    with DnsServer({}) as server:
        services = open_services(Config(home=tmp_path / "home", locale="en", resolver=server.address))
        services.settings.save(SETTINGS, base=0, by=actor(), now=clock.now())
        watch = DiagnosisWatch(services)

        watch.look(clock.now() + SOON)
        first = services.examinations.latest()
        watch.look(clock.now() + SOON)

    assert first
    assert first.version == 1
    assert services.examinations.latest() == first


def test_switched_off_it_looks_at_nothing(services: Services) -> None:
    services.examinations.switch(on=False, by=actor(), now=clock.now())

    DiagnosisWatch(services).look(clock.now() + SOON)

    assert services.examinations.latest() is None


def test_what_goes_wrong_is_logged_and_tried_again_later(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    watch = DiagnosisWatch(services)
    tries: list[object] = []

    def break_off(*arguments: object, **_values: object) -> None:
        tries.append(arguments)
        raise ZeroDivisionError

    monkeypatch.setattr("panel.alerts.seen.examination.examine", break_off)
    with caplog.at_level(logging.ERROR, "panel"):
        watch.look(clock.now() + SOON)
        watch.look(clock.now() + SOON)
    watch.look(clock.now() + 10 * SOON)

    assert len(tries) == 2
    assert "diagnosis_failed" in caplog.text


def test_it_ends_when_it_is_told_to(services: Services) -> None:
    watch = DiagnosisWatch(services)
    watch.start()

    watch.stop()

    assert not watch._thread.is_alive()
