"""Every page says that something critical fires, and that nobody hears of it; where nobody is told, nothing is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from panel import clock
from panel.alerts.alert import Alert
from panel.alerts.destination import Destination
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.traced import traced
from tests.web.alerts.conftest import Fire
from tests.web.conftest import Browser

PAGES = ("/settings", "/outbox", "/history", "/account", "/alerts", "/diagnosis/causes")
MARK, BANNER = 'class="dot bad"', 'id="undelivered"'


def failing(services: Services, *, minutes: float) -> None:
    at = clock.stamp(clock.now() - timedelta(minutes=minutes))
    with services.database.writing() as write:
        write.run("UPDATE destinations SET failing_since = ?, failed_at = ?", (at, at))


@pytest.mark.parametrize("path", PAGES)
def test_what_is_critical_marks_the_menu_of_every_page(
    browser: Browser, saved: Settings, webhook: Destination, fire: Fire, path: str
) -> None:
    assert MARK not in browser.get(path).text
    fire(Alert.FAILING)
    assert MARK not in browser.get(path).text, "a warning is none"

    fire(Alert.HELD)

    assert MARK in browser.get(path).text


@pytest.mark.parametrize("path", PAGES)
def test_nobody_who_hears_for_an_hour_is_said_on_every_page(
    browser: Browser, services: Services, saved: Settings, webhook: Destination, path: str
) -> None:
    failing(services, minutes=59)
    assert BANNER not in browser.get(path).text

    failing(services, minutes=61)

    assert BANNER in browser.get(path).text
    services.destinations.add("ping", {"url": "https://hc.example.org/1"}, actor(), clock.now())
    assert BANNER not in browser.get(path).text, "somebody may hear"


def test_alerts_that_are_switched_off_mark_no_menu_with_what_was_and_say_so(
    browser: Browser, app: Flask, services: Services, saved: Settings, webhook: Destination, fire: Fire
) -> None:
    fire(Alert.HELD)
    failing(services, minutes=61)
    app.extensions["mail-panel"] = Services(replace(services.config, alerts=False), services.database, services.vault)

    page = browser.get("/alerts").text

    assert MARK not in page
    assert BANNER not in page
    assert "MAIL_PANEL_ALERTS is off" in page


def test_the_fragments_take_the_mark_along(browser: Browser, saved: Settings, webhook: Destination, fire: Fire) -> None:
    fire(Alert.HELD)

    for path in ("/alerts", "/settings/status"):
        assert (
            '<span id="alert-mark" hx-swap-oob="outerMorph"><span class="dot bad"' in browser.get(path, htmx=True).text
        )


@pytest.mark.data_file("a server has no marks beside it")
def test_where_nobody_is_told_no_page_reads_a_table_for_it(
    browser: Browser, services: Services, saved: Settings
) -> None:
    with traced(services.database) as statements:
        for path in ("/settings", "/outbox", "/history", "/account"):
            browser.get(path)

    assert len(statements) > 10
    tables = ("destinations", "incidents", "notices", "alerts")
    assert not [each for each in statements if any(name in each for name in tables)]


@pytest.mark.data_file("a server has no marks beside it")
def test_the_mark_of_destinations_goes_with_the_last_and_comes_back_with_a_look(
    browser: Browser, services: Services, saved: Settings
) -> None:
    assert not services.has_destinations
    services.destinations.add("ping", {"url": "https://hc.example.org/1"}, actor(), clock.now())
    assert services.has_destinations
    services.destinations.remove(1, actor(), clock.now())
    assert not services.has_destinations

    with services.database.writing() as write:  # a data file that was put back has no mark beside it
        at = clock.stamp(clock.now())
        write.run(
            "INSERT INTO destinations (kind, host, document, made_at, made_by) VALUES ('ping', 'a', '{}', ?, 'k')",
            (at,),
        )
    browser.get("/alerts")
    assert services.has_destinations
