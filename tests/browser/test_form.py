"""The settings form: how much of it there is, how far one gets without scrolling, and which button leads on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import RECIPIENT, Open, expect_focus, fits, sign_in
from tests.support.actors import actor
from tests.support.scripted import ScriptedServer, greets, is_silent
from tests.support.servers import PASSWORD, USER, SmtpServer
from tests.support.serving import Serving

# The buttons in view that are filled with the accent.
_FILLED = """() => [...document.querySelectorAll("button, .btn")]
  .filter((each) => each.checkVisibility() && !each.classList.contains("vh"))
  .filter((each) => getComputedStyle(each).backgroundColor === "rgb(14, 90, 134)")
  .map((each) => each.textContent.trim())"""


def height(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollHeight"))


class Hand:
    """A hand that clicks what it sees: nothing is scrolled to, nothing may lie under the bar."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, where: str) -> None:
        box = self.page.locator(where).bounding_box()
        assert box, where
        assert box["y"] + box["height"] <= 900, f"{where} is not in view"
        self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.clicks += 1

    def type(self, text: str) -> None:
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def tab(self) -> None:
        self.page.keyboard.press("Tab")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_fresh_panel_has_proven_settings_after_nine_clicks_and_no_scroll(
    panel: Serving, services: Services, server: SmtpServer, open_page: Open, language: str
) -> None:
    page = open_page(language)
    sign_in(page, panel.address)
    hand = Hand(page)

    hand.click("button[value=in_house]")
    page.wait_for_selector("#settings-form")
    hand.click("#from_address")
    hand.type("report@example.org")
    hand.click("#smtp_host")
    hand.type("localhost")
    hand.tab()
    hand.type(str(server.port))
    hand.click("#tls")
    hand.click("#smtp_user")
    hand.type(USER)
    hand.tab()
    hand.type(PASSWORD)
    hand.click("#recipient")
    hand.type(RECIPIENT)
    hand.click("#bar-test")
    expect(page.locator("[data-outcome=success]")).to_be_visible()
    hand.click("#trial-result .go")
    expect(page.locator("#settings:not(:has(#settings-form)) [data-verdict=ok]")).to_be_visible()

    assert hand.clicks <= 9
    assert page.evaluate("scrollY") == 0
    assert len(server.messages) == 1
    assert services.settings.current().settings.send_interval_ms == 1000


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_form_fits(services: Services, right: Settings, panel: Serving, open_page: Open, language: str) -> None:
    services.settings.save(replace(right, ca_certificate=""), base=0, by=actor("ken"), now=clock.now())
    page = open_page(language)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/edit")
    assert page.is_checked("#smtp_auth")
    assert page.is_checked("#tls")

    page.click("#service-gmail")
    expect(page.locator(".filled")).to_be_visible()
    assert height(page) <= 1300
    page.fill("#smtp_port", "many")
    page.click(".bar .go")
    expect(page.locator("#errors")).to_be_visible()
    assert height(page) <= 1300
    page.fill("#smtp_port", "587")
    page.check("#smtp_login-oauth2")
    page.select_option("#oauth_provider", "microsoft")
    expect(page.locator("#oauth_tenant")).to_be_visible()
    errors = page.locator("#errors").bounding_box()
    assert errors
    assert height(page) <= 1600 + errors["height"] + 12  # with its margin

    for width in (320, 360, 700, 1024, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page), width


def test_one_button_is_filled_and_it_moves_to_where_the_way_goes_on(
    page: Page, right: Settings, submission: SmtpServer
) -> None:
    assert page.evaluate(_FILLED) == ["Save"]
    page.fill("#smtp_password", right.smtp_password)
    page.click(".bar .go")

    expect(page.locator("#errors")).to_be_visible()
    assert page.evaluate(_FILLED) == ["Test, then save"]
    page.fill("#recipient", RECIPIENT)
    page.click("#errors .go")

    expect(page.locator("[data-outcome=success]")).to_be_visible()
    expect(page.locator("#errors")).to_have_count(0)
    assert page.evaluate(_FILLED) == ["Save these settings"]
    page.fill("#smtp_user", "another")
    assert page.evaluate(_FILLED) == ["Save"]


def test_the_bars_test_asks_for_the_recipient_that_is_missing(
    page: Page, right: Settings, submission: SmtpServer
) -> None:
    page.fill("#smtp_password", right.smtp_password)

    page.click("#bar-test")

    expect(page.locator("#recipient-error")).to_contain_text("Enter a recipient")
    expect_focus(page, "recipient")
    expect(page.locator("#recipient")).to_have_attribute("aria-invalid", "true")
    page.keyboard.type(RECIPIENT)
    page.keyboard.press("Enter")
    expect(page.locator("[data-outcome=success]")).to_be_visible()
    expect(page.locator("#recipient-error")).to_be_hidden()
    assert len(submission.messages) == 1


@pytest.mark.parametrize("language", ["ja", "en"])
def test_while_a_test_runs_its_stages_stand_above_the_bar_and_stop_where_send_was(
    panel: Serving, services: Services, right: Settings, open_page: Open, language: str
) -> None:
    with ScriptedServer(*greets(), is_silent) as scripted:
        silent = replace(right, smtp_port=scripted.port, smtp_auth=False, smtp_password="", tls=False)
        services.settings.save(silent, base=0, by=actor("ken"), now=clock.now())
        page = open_page(language)
        page.set_viewport_size({"width": 1280, "height": 720})
        sign_in(page, panel.address)
        page.goto(f"{panel.address}/settings/edit")
        before = page.locator("#trial-go").bounding_box()
        page.fill("#recipient", RECIPIENT)
        page.click("#trial-go")

        last = page.locator("[data-outcome=running] [data-stage=data]")
        expect(last).to_be_visible()
        box, bar = last.bounding_box(), page.locator(".bar").bounding_box()
        stop = page.locator("#trial-go").bounding_box()
        page.click("#trial-go")
        expect(page.locator("[data-outcome=stopped]")).to_be_visible()

    assert before
    assert box
    assert bar
    assert stop
    assert box["y"] + box["height"] <= bar["y"]
    assert (stop["y"], stop["x"] + stop["width"]) == (before["y"], before["x"] + before["width"])


def test_on_a_phone_the_bars_test_leads_to_its_result(page: Page, right: Settings, submission: SmtpServer) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.fill("#smtp_password", right.smtp_password)
    page.fill("#recipient", RECIPIENT)
    page.evaluate("scrollTo(0, 0)")

    page.click("#bar-test")

    expect(page.locator("[data-outcome=success]")).to_be_attached()
    expect(page.locator("#trial-h")).to_be_in_viewport()


def test_on_a_phone_an_address_is_seen_whole_beside_no_button(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})

    for name in ("#from_address", "#recipient"):
        box = page.locator(name).bounding_box()
        assert box
        assert box["width"] >= 240, name


def test_on_a_low_window_the_bar_stays_at_the_end_of_the_page(page: Page) -> None:
    page.set_viewport_size({"width": 640, "height": 450})  # 1280 by 900 at 200 %

    bar = page.locator(".bar").bounding_box()

    assert bar
    assert bar["y"] > 450
