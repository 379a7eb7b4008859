"""The settings as pages show them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from panel import clock
from panel.services import Services
from tests.support.actors import actor
from tests.support.servers import Authority
from tests.web.conftest import SETTINGS, Browser


def test_an_authority_that_was_added_is_named_with_its_end(
    browser: Browser, services: Services, authority: Authority
) -> None:
    services.settings.save(replace(SETTINGS, ca_certificate=authority.pem), base=0, by=actor("ken"), now=clock.now())

    page = browser.get("/settings", headers={"Accept-Language": "ja"}).text

    [fact] = re.findall(r"<dt>CA証明書</dt>.*?</div>", page, re.DOTALL)
    assert "追加の認証局" in fact, fact
    assert re.search(r"（[^（]+、\d{4}-\d\d-\d\d まで · あと\d+日）", fact), fact


def test_a_bounce_address_is_shown_where_there_is_one(browser: Browser, services: Services) -> None:
    services.settings.save(SETTINGS, base=0, by=actor("ken"), now=clock.now())
    assert "Bounce address" not in browser.get("/settings").text

    bounced = replace(SETTINGS, bounce_address="bounces@example.net")
    services.settings.save(bounced, base=1, by=actor("ken"), now=clock.now())

    page = browser.get("/settings").text
    assert re.search(r"<dt>Bounce address</dt>.{0,200}bounces@example\.net", page, re.DOTALL)
    assert "不達通知の返送先" in browser.get("/history/2", headers={"Accept-Language": "ja"}).text


def test_what_is_empty_and_no_interval_are_said_in_words(browser: Browser, services: Services) -> None:
    plain = replace(SETTINGS, from_name="", send_interval_ms=0)
    services.settings.save(plain, base=0, by=actor("ken"), now=clock.now())

    page = browser.get("/settings", headers={"Accept-Language": "ja"}).text

    assert re.search(r"<dt>送信元表示名</dt>.{0,80}（未設定）", page, re.DOTALL)
    assert re.search(r"<dt>送信間隔</dt>.{0,80}間隔なし（続けて送信）", page, re.DOTALL)


def test_an_empty_password_keeps_the_one_of_a_day(browser: Browser, services: Services) -> None:
    days = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (3, 5)]
    services.settings.save(replace(SETTINGS, smtp_password="one"), base=0, by=actor(), now=days[0])
    services.settings.save(replace(SETTINGS, smtp_password="one", from_name="b"), base=1, by=actor(), now=days[1])

    assert "Leave empty to keep the password saved on 2026-11-03." in browser.get("/settings/edit").text
