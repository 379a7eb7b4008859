"""The reader's language."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask, g

from panel.access.accounts import Account
from panel.access.rights import Role
from panel.config import Config
from panel.services import Services
from panel.settings.model import Settings
from panel.web import create_app
from panel.web.text import choose_zone, when
from tests.web.conftest import Browser, sign_in


def test_both_languages_are_chosen_by_visitor_browser_and_panel(browser: Browser) -> None:
    assert 'lang="en"' in browser.get("/login").text or browser.get("/settings").text
    assert '<html lang="ja"' in browser.get("/settings", headers={"Accept-Language": "ja"}).text
    assert '<html lang="en"' in browser.get("/settings", headers={"Accept-Language": "fr"}).text
    assert '<html lang="ja"' in browser.get("/settings?lang=ja").text
    assert '<html lang="ja"' in browser.get("/settings", headers={"Accept-Language": "en"}).text


@pytest.fixture
def summer_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "EST5EDT,M3.2.0,M11.1.0")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("summer_time")
@pytest.mark.parametrize(("utc", "shown"), [((7, 1, 12, 0), "2026-07-01 08:00"), ((11, 1, 6, 30), "2026-11-01 01:30")])
def test_moments_are_written_in_the_zone_of_this_machine(utc: tuple[int, int, int, int], shown: str) -> None:
    month, day, hour, minute = utc

    assert f">{shown}<" in when(datetime(2026, month, day, hour, minute, tzinfo=UTC))


@pytest.mark.usefixtures("summer_time")
@pytest.mark.parametrize(
    ("zone", "shown"), [("Asia/Tokyo", "2026-07-01 21:00"), ("", "2026-07-01 08:00"), ("No/Where", "2026-07-01 08:00")]
)
def test_moments_are_written_in_the_zone_of_who_asks(app: Flask, zone: str, shown: str) -> None:
    with app.test_request_context("/settings"):
        g.account = Account("hanako", Role.VIEWER, timezone=zone)
        choose_zone()
        written = when(datetime(2026, 7, 1, 12, 0, tzinfo=UTC))
    with app.test_request_context("/settings"):
        choose_zone()  # somebody else's request, in the same thread
        next_one = when(datetime(2026, 7, 1, 12, 0, tzinfo=UTC))

    assert f">{shown}<" in written
    assert ">2026-07-01 08:00<" in next_one


def offset(services: Services, config: Config, language: str, chosen: str = "") -> str:
    """Sign in to a panel of this configuration, choose a zone, and give what the foot of a page says."""
    browser = Browser(create_app(config, replace(services, config=config)).test_client())
    sign_in(browser)
    if chosen:
        browser.get("/account")
        assert browser.post("/account", {"locale": language, "timezone": chosen}).status_code == 303
    found = re.search(r"UTC[+-]\d\d:\d\d", browser.get(f"/history?lang={language}").text)
    assert found
    return found[0]


@pytest.mark.parametrize(
    ("configured", "language", "chosen", "told"),
    [
        ("", "ja", "", "UTC+09:00"),
        ("Asia/Kolkata", "ja", "", "UTC+05:30"),
        ("Asia/Kolkata", "en", "", "UTC+05:30"),
        ("Asia/Kolkata", "ja", "Asia/Kathmandu", "UTC+05:45"),
    ],
)
def test_the_nearest_choice_of_a_zone_holds(
    browser: Browser,
    services: Services,
    config: Config,
    saved: Settings,
    configured: str,
    language: str,
    chosen: str,
    told: str,
) -> None:
    assert offset(services, replace(config, timezone=configured), language, chosen) == told


def test_the_foot_leads_to_where_the_zone_is_changed(browser: Browser) -> None:
    foot = browser.get("/history?lang=ja").text.partition("<footer")[2]

    assert "時刻は日本時間（UTC+09:00）です。" in foot
    assert 'href="/account#timezone"' in foot
