"""Clicks counted for what an operator comes for; "fresh panel to proven settings" is in `test_form`."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import Open, sign_in
from tests.browser.test_form import Hand
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.serving import Serving
from tests.support.waiting import wait_until
from tests.web.outbox.conftest import fail, put

MANY = 12


@pytest.fixture
def failed(services: Services, right: Settings) -> list[int]:
    """A dozen messages that failed today, among others, while nothing leaves."""
    services.settings.save(right, base=0, by=actor("ken"), now=clock.now())
    services.pace.pause(by=actor("ken"), now=clock.now())
    put(services, "Waits")
    numbers = [put(services, f"Report {number}", f"nobody{number}@example.net") for number in range(MANY)]
    for number in numbers:
        fail(services, number)
    return numbers


def at_once(page: Page, where: str) -> None:
    """See something without scrolling."""
    box = page.locator(where).first.bounding_box()
    assert box, where
    assert box["y"] >= 0
    assert box["y"] + min(box["height"], 48) <= 900, where


@pytest.mark.parametrize("language", ["ja", "en"])
def test_which_mails_failed_and_why_takes_two_clicks(
    panel: Serving, failed: list[int], open_page: Open, language: str
) -> None:
    page = open_page(language)
    sign_in(page, panel.address)
    hand = Hand(page)

    hand.click("nav a[href$='/outbox']")
    page.wait_for_url("**/outbox")
    hand.click("#filter-failed")
    page.wait_for_url("**/outbox?state=failed")

    rows = page.locator("tr[data-state=failed]")
    expect(rows).to_have_count(MANY)
    assert hand.clicks == 2
    for number in failed[-8:]:  # the newest come first
        at_once(page, f"#message-{number}")
    why = "宛先のアドレスは存在しません" if language == "ja" else "does not exist"
    expect(rows.first).to_contain_text(why)
    expect(rows.first).to_contain_text("550 5.1.1")


def test_these_twelve_go_again_with_four_clicks(
    panel: Serving, failed: list[int], services: Services, open_page: Open
) -> None:
    page = open_page()
    sign_in(page, panel.address)
    hand = Hand(page)
    page.goto(f"{panel.address}/outbox?state=failed")

    hand.click("#tick-all")
    hand.click(".bulk [value=retry]")
    expect(page.locator("#refused")).to_be_visible()
    hand.click("#refused")
    hand.click("#sure")

    expect(page.locator("#notice")).to_contain_text(str(MANY))
    assert hand.clicks == 4
    states = {services.outbox.get(number).state for number in failed}
    assert states == {"queued"}


@pytest.mark.parametrize(("language", "words"), [("ja", "保留"), ("en", "on hold")])
def test_why_nothing_has_left_is_said_without_a_click(
    panel: Serving, saved: Settings, services: Services, open_page: Open, language: str, words: str
) -> None:
    services.settings.save(replace(saved, from_name="Reports"), base=1, by=actor("ken"), now=clock.now())
    services.outbox.enqueue(mail(), by=actor("shop", "api"), now=clock.now())
    wait_until(lambda: services.outbox.counts().by_state["deferred"] or _held(services))
    page = open_page(language)

    sign_in(page, panel.address)

    verdict = page.locator("#status")
    expect(verdict).to_contain_text(words)
    expect(verdict).to_contain_text(re.compile(r"\d\d?:\d\d"))  # since when
    expect(verdict).to_contain_text("535 5.7.8")  # what the server said
    expect(verdict.locator("a[href$='/settings/edit#smtp_password']").first).to_be_visible()  # what to do
    for what in ("#status h2", "#status [data-cause]", "#status .go"):
        at_once(page, what)


def _held(services: Services) -> bool:
    return (
        bool(services.alerts_now()) or services.database.row("SELECT held_at FROM pace WHERE held_at > ''") is not None
    )
