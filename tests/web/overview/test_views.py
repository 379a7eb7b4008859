"""The first page: whether mail works, and every setting."""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Flask

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.rows import move
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


LINK = 'href="/outbox?state=withheld"'


def test_withheld_mail_is_counted_and_linked_where_mail_is_looked_at(
    browser: Browser, services: Services, saved: Settings
) -> None:
    settings = replace(saved, allowed_recipients="example.org")
    services.settings.save(settings, base=1, by=actor(), now=clock.now())
    before = browser.get("/settings").text
    assert (LINK in before, "withheld." in before.replace("for others is withheld.", "")) == (False, False)
    [status] = re.findall(r'hx-get="(/settings/status\?seen=[^"]+)"', before)
    numbers = [put(services) for _ in range(2)]
    with services.database.writing() as write:
        for number in numbers:
            move(write, number, "withheld")

    page = browser.get("/settings").text

    assert page.count("2 messages are withheld.") == 2  # in the line of staging, and in the verdict
    assert page.count(LINK) == 2  # in the line, and under its tile
    assert browser.get(status).status_code == 200
    for address in ("/outbox", f"/outbox/{numbers[0]}"):
        assert re.search(
            r'id="withheld-now" hx-swap-oob="outerMorph">.*?2 messages', browser.get(address, htmx=True).text
        )
    listed = browser.get("/outbox?state=withheld").text
    assert all(f'data-message="{number}"' in listed for number in numbers)


def test_withheld_mail_is_not_looked_for_where_nothing_is_withheld(browser: Browser, saved: Settings) -> None:
    page, part = browser.get("/outbox").text, browser.get("/outbox", htmx=True).text

    assert "withheld-now" not in page + part
    assert LINK not in page + part
