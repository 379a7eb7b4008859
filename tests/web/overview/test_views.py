"""The first page: whether mail works, and every setting."""

from __future__ import annotations

import re

from flask import Flask

from panel.services import Services
from panel.settings.model import Settings
from tests.web.conftest import Browser, typed
from tests.web.outbox.conftest import put


def test_the_first_page_says_that_nothing_is_set_up(browser: Browser) -> None:
    assert "Not set up yet" in browser.get("/settings").text


def test_the_status_is_silent_while_nothing_changes(browser: Browser, services: Services, saved: Settings) -> None:
    [address] = re.findall(r'hx-get="(/settings/status\?seen=[^"]+)"', browser.get("/settings").text)
    assert browser.get(address).status_code == 204

    put(services)

    assert browser.get(address).status_code == 200


def test_an_unreadable_password_is_told_and_asked_for(
    app: Flask, browser: Browser, services: Services, saved: Settings
) -> None:
    with services.database.writing() as write:
        write.run("UPDATE settings SET smtp_password = ?", (b"\1\2\3\4",))

    assert "cannot be read" in browser.get("/settings").text.lower()
    assert browser.post("/settings", typed()).status_code == 422
    assert browser.client.get("/readyz").status_code == 503
