"""A notice of what was done: seen at the foot of the window, for a while or until it is closed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from panel import clock
from panel.services import Services
from tests.browser.conftest import Open, sign_in
from tests.support.actors import actor
from tests.support.serving import Serving
from tests.web.outbox.conftest import fail, put


@pytest.fixture
def many(services: Services) -> None:
    """A long list of which each row has a button, while nothing leaves."""
    services.pace.pause(by=actor("ken"), now=clock.now())
    for number in range(30):
        fail(services, put(services, f"Report {number}", f"nobody{number}@example.net"))


def shown_whole(page: Page) -> bool:
    box, size = page.locator(".toast").bounding_box(), page.viewport_size
    assert box
    assert size
    return (
        box["x"] >= 0 and box["x"] + box["width"] <= size["width"] and 0 <= box["y"] <= size["height"] - box["height"]
    )


@pytest.mark.parametrize("scrolled", [0, 900, 100_000])
@pytest.mark.parametrize(("language", "width"), [("ja", 360), ("en", 1280)])
def test_a_notice_is_in_sight_wherever_the_page_is_scrolled_to(
    panel: Serving, many: None, open_page: Open, language: str, width: int, scrolled: int
) -> None:
    page = open_page(language, width)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox")
    page.evaluate("y => window.scrollTo(0, y)", scrolled)
    button = "[...document.querySelectorAll('#outbox [id^=retry-]')].find(e => e.getBoundingClientRect().top > 0)"
    page.evaluate(f"{button}.click()")

    page.wait_for_selector(".toast")

    assert shown_whole(page)


@pytest.mark.parametrize("width", [360, 1280])
def test_a_notice_lies_above_the_bar_of_a_form(panel: Serving, open_page: Open, width: int) -> None:
    page = open_page("ja", width)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/edit")
    page.evaluate("document.querySelector('#notice').innerHTML = '<div class=\"toast ok\"><p>設定しました。</p></div>'")

    notice, bar = page.locator(".toast").bounding_box(), page.locator(".bar").bounding_box()

    assert notice
    assert bar
    assert notice["y"] + notice["height"] <= bar["y"]


def test_a_notice_is_closed_by_its_button_and_comes_again(panel: Serving, many: None, open_page: Open) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox")
    for _ in range(2):
        page.click("#pause")
        expect(page.locator(".toast")).to_be_visible()
        page.click(".toast .close")
        expect(page.locator(".toast")).not_to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_notice_goes_by_itself_and_moves_nothing(
    panel: Serving, services: Services, open_page: Open, scripts: bool
) -> None:
    page = open_page(scripts=scripts)
    sign_in(page, panel.address)
    page.click("header form button")
    expect(page.locator(".toast p")).to_have_text("You have signed out.")
    before = page.locator("main button.go").bounding_box()

    expect(page.locator(".toast")).not_to_be_visible(timeout=15_000)

    assert page.locator("main button.go").bounding_box() == before


def test_a_notice_is_not_printed(panel: Serving, many: None, open_page: Open) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox")
    page.click("#pause")
    expect(page.locator(".toast")).to_be_visible()

    page.emulate_media(media="print")

    expect(page.locator(".toast")).not_to_be_visible()
