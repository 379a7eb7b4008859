"""A night on which a password is changed at the provider, as the administrator lives it: told, shown, mended, over."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import RECIPIENT, Open, expect_focus, sign_in
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.receiver import receiving
from tests.support.servers import SmtpServer
from tests.support.serving import Serving
from tests.support.waiting import wait_until

WAITING = 5
LOOKS_MS = 60_000  # in which whoever judges has looked, and a page has asked


def hand_in(services: Services, count: int) -> None:
    for _ in range(count):
        services.outbox.enqueue(mail(), by=actor("shop (token)", "api"), now=clock.now())


def sent(services: Services) -> int:
    return services.outbox.counts().by_state["sent"]


def icon(page: Page) -> str:
    """Name the tab's icon."""
    return str(page.locator("link[rel=icon]").get_attribute("href")).rpartition("/")[2].partition(".")[0]


@pytest.mark.long
def test_a_password_that_is_changed_at_night_is_told_shown_and_mended(
    panel: Serving, services: Services, right: Settings, submission: SmtpServer, open_page: Open
) -> None:
    with receiving() as operators:
        services.settings.save(right, base=0, by=actor("ken"), now=clock.now())
        told = {"name": "Operators", "url": operators.url}
        services.destinations.add("webhook", told, actor("ken"), clock.now())
        services.thresholds.set({"held.minutes": "0"}, by=actor(), now=clock.now())
        hand_in(services, 1)
        wait_until(lambda: sent(services) == 1)
        page = open_page()
        sign_in(page, panel.address)
        expect(page.locator("#status[data-verdict=ok]")).to_be_visible()
        assert icon(page) == "icon"

        submission.replies.update(MAIL="421 4.3.2 Closing", AUTH="535 5.7.8 Authentication failed")
        hand_in(services, WAITING)
        expect(page.locator("#status .when")).to_contain_text("Operators told", timeout=LOOKS_MS)
        assert page.title().startswith("⛔ On hold")
        assert icon(page) == "stopped"
        assert json.loads(operators.heard[0].body)["type"] == "alert.firing"
        expect(page.locator("#status header")).to_contain_text(f"{WAITING} messages wait; none is lost.")

        page.click("nav a[href$='/alerts']")
        page.click("[data-alert=held] button:has-text('Acknowledge')")
        expect(page.locator("[data-alert=held]")).to_contain_text("Acknowledged by hanako")
        page.click("nav a[href$='/settings']")
        page.click("#status a:has-text('Edit and check')")
        expect_focus(page, "smtp_password")
        submission.replies.clear()
        page.keyboard.type(right.smtp_password)
        page.fill("#recipient", RECIPIENT)
        page.click("#bar-test")
        page.click("[data-outcome=success] .go")

        expect(page.locator("#status[data-verdict=ok]")).to_be_visible()
        wait_until(lambda: sent(services) == 1 + WAITING)
        assert not page.title().startswith("⛔")
        assert icon(page) == "icon"
        operators.wait_for(2, LOOKS_MS / 1000)
        assert json.loads(operators.heard[1].body)["type"] == "alert.resolved"
        page.goto(f"{panel.address}/alerts")
        expect(page.locator("#firing[data-firing='0']")).to_be_visible()
        expect(page.locator("#past li")).to_contain_text("acknowledged by hanako")
