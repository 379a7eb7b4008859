"""How long ago a moment is, as a page tells it that stands for hours, by a clock that the test turns."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import Open, sign_in
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.serving import Serving

WORDS = {
    "en": {1: "11 minutes", 49: "59 minutes", 50: "1 hour", 120: "2 hours", 3000: "2 days"},
    "ja": {1: "11分", 49: "59分", 50: "1時間", 120: "2時間", 3000: "2日"},
}


@pytest.fixture
def waiting(services: Services) -> None:
    """A message that has waited for ten and a half minutes, because sending is paused."""
    now = clock.now()
    services.settings.save(
        Settings(from_address="a@example.org", smtp_host="mail.example"), base=0, by=actor(), now=now
    )
    services.pace.pause(by=actor(), now=now)
    services.outbox.enqueue(mail("b@example.net"), by=actor(), now=now - timedelta(minutes=10, seconds=30))


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("off", [0, -7], ids=["right", "seven hours behind"])
@pytest.mark.usefixtures("waiting")
def test_the_words_stay_true_while_the_page_stands(panel: Serving, open_page: Open, language: str, off: int) -> None:
    """Whatever the clock of the reader's machine says; and in the words that the server would say then."""
    page = open_page(language)
    sign_in(page, panel.address)
    began = clock.now() + timedelta(hours=off)
    page.clock.install(time=began)
    page.goto(f"{panel.address}/settings?live=0")
    page.get_by_role("link", name="Stop updating").or_(page.get_by_role("link", name="更新を停止")).click()
    age = page.locator(".strip time[data-since]").first
    expect(age).to_have_text("10 minutes" if language == "en" else "10分")

    for minutes, words in WORDS[language].items():
        page.clock.pause_at(began + timedelta(minutes=minutes))
        page.clock.run_for(500)
        expect(age).to_have_text(words)


@pytest.mark.usefixtures("waiting")
def test_a_poll_brings_the_words_of_its_moment(panel: Serving, open_page: Open) -> None:
    page = open_page("en")
    sign_in(page, panel.address)
    page.clock.install(time=clock.now())
    page.goto(f"{panel.address}/settings")
    age = page.locator(".strip time[data-since]").first
    expect(age).to_have_text("10 minutes")
    assert age.get_attribute("title") is not None

    with page.expect_response("**/settings/status*"):
        page.clock.run_for(15_500)
    expect(age).to_have_text("10 minutes")


@pytest.mark.usefixtures("waiting")
def test_what_comes_counts_down_to_nothing_and_not_on(panel: Serving, open_page: Open) -> None:
    page = open_page("en")
    sign_in(page, panel.address)
    page.clock.install(time=(began := clock.now()))
    page.goto(f"{panel.address}/settings")
    due = page.locator(".strip time").first
    due.evaluate(
        """(each, at) => {
            each.dateTime = at;
            each.dataset.until = each.dataset.since;
            delete each.dataset.since;
        }""",
        clock.stamp(began + timedelta(seconds=90)),
    )

    for later, words in (
        (20, r"^1 minute$"),
        (60, r"^(29|30) seconds$"),
        (89, r"^[12] seconds?$"),
        (300, r"^0 seconds$"),
    ):
        page.clock.pause_at(began + timedelta(seconds=later))
        page.clock.run_for(500)
        expect(due).to_have_text(re.compile(words))
