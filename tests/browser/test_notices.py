"""A notice of what was done: seen where it covers no control, for a while or until it is closed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from panel import clock
from panel.services import Services
from tests.browser.conftest import Open, sign_in
from tests.support.actors import actor
from tests.support.serving import Serving
from tests.web.outbox.conftest import fail, put

COVERED = """() => {
  const notice = document.querySelector('.done').getBoundingClientRect();
  return [...document.querySelectorAll('a, button, input, select, textarea, summary')]
    .filter(each => !each.closest('.done'))
    .filter(each => [...each.getClientRects()].some(box => box.left < notice.right && box.right > notice.left
      && box.top < notice.bottom && box.bottom > notice.top))
    .map(each => each.outerHTML.slice(0, 80))
}"""


@pytest.fixture
def many(services: Services) -> None:
    """A long list of which each row has a button, while nothing leaves."""
    services.pace.pause(by=actor("ken"), now=clock.now())
    for number in range(30):
        fail(services, put(services, f"Report {number}", f"nobody{number}@example.net"))


def shown_whole(page: Page) -> bool:
    box, size = page.locator(".done").bounding_box(), page.viewport_size
    assert box
    assert size
    return (
        box["x"] >= 0 and box["x"] + box["width"] <= size["width"] and 0 <= box["y"] <= size["height"] - box["height"]
    )


@pytest.mark.parametrize("scrolled", [0, 900, 100_000])
@pytest.mark.parametrize(("language", "width"), [("ja", 360), ("en", 1280)])
def test_a_notice_is_in_sight_and_covers_no_control(
    panel: Serving, many: None, open_page: Open, language: str, width: int, scrolled: int
) -> None:
    page = open_page(language, width)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox")
    page.evaluate("y => window.scrollTo(0, y)", scrolled)
    button = "[...document.querySelectorAll('[id^=retry-]')].find(e => e.getBoundingClientRect().top > 0)"
    page.evaluate(f"{button}.click()")

    page.wait_for_selector(".done[style]")

    assert shown_whole(page)
    assert page.evaluate(COVERED) == []
    page.mouse.wheel(0, 120)
    page.wait_for_function(f"({COVERED})().length === 0")


def test_a_notice_is_closed_by_its_button_and_comes_again(panel: Serving, many: None, open_page: Open) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox")
    for _ in range(2):
        page.click("#pause")
        expect(page.locator(".done")).to_be_visible()
        page.click(".done button")
        expect(page.locator(".done")).not_to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_notice_goes_by_itself_and_moves_nothing(
    panel: Serving, services: Services, open_page: Open, scripts: bool
) -> None:
    page = open_page(scripts=scripts)
    sign_in(page, panel.address)
    page.click("header form button")
    expect(page.locator(".done p")).to_have_text("You have signed out.")
    before = page.locator("main button.go").bounding_box()

    expect(page.locator(".done")).not_to_be_visible(timeout=15_000)

    assert page.locator("main button.go").bounding_box() == before


def test_a_notice_is_not_printed(panel: Serving, many: None, open_page: Open) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox")
    page.click("#pause")
    expect(page.locator(".done")).to_be_visible()

    page.emulate_media(media="print")

    expect(page.locator(".done")).not_to_be_visible()
