"""How buttons, locks and headings look, at every width."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import Open, sign_in
from tests.support.actors import actor
from tests.support.serving import Serving
from tests.web.outbox.conftest import fail, put

WIDTHS = (320, 360, 768, 1024, 1280, 1920)
PAGES = ("/settings", "/settings/edit", "/outbox", "/outbox/1", "/history/1", "/access")
# The buttons that are seen: how many lines the text takes, and whether any of it is cut off.
_BUTTONS = """() => [...document.querySelectorAll("button, .btn")]
  .filter((each) => each.checkVisibility() && !each.classList.contains("vh"))
  .map((each) => {
    const walker = document.createTreeWalker(each, NodeFilter.SHOW_TEXT), tops = new Set();
    for (let node; (node = walker.nextNode());) {
      if (!node.data.trim() || node.parentElement.closest(".vh")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) tops.add(Math.round(box.top / 4));
    }
    const box = each.getBoundingClientRect();
    const cut = each.scrollWidth > each.clientWidth + 1 || box.right > innerWidth + 1 || box.left < -1;
    return [each.textContent.trim(), tops.size, cut];
  })"""


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_button_is_broken_over_lines_or_cut(
    panel: Serving, services: Services, saved: Settings, open_page: Open, language: str, is_long: bool
) -> None:
    fail(services, put(services, "A subject of some length that takes what room there is in its row"))
    page = open_page(language)
    sign_in(page, panel.address)

    for path in PAGES:
        page.goto(panel.address + path)
        for width in WIDTHS if is_long else (360, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert broken(page, width) == [], (path, width)


def broken(page: Page, width: int) -> list[str]:
    found = page.evaluate(_BUTTONS)
    assert found
    return [text for text, lines, cut in found if cut or (lines > 1 and width >= 1280)]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_name_of_a_service_stays_within_its_button(panel: Serving, open_page: Open, language: str) -> None:
    page = open_page(language)
    sign_in(page, panel.address)

    for width in (360, 1200):
        page.set_viewport_size({"width": width, "height": 900})
        assert not [text for text, _, cut in page.evaluate(_BUTTONS) if cut], width


def test_a_hidden_heading_that_takes_the_focus_stays_hidden(
    panel: Serving, services: Services, saved: Settings, open_page: Open
) -> None:
    number = put(services)
    services.pace.pause(by=actor("ken"), now=clock.now())
    fail(services, number)
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox")

    page.click("#retry-failed")
    expect(page.locator("#offer-h")).to_be_focused()
    page.check("#refused")
    page.click("#sure")
    expect(page.locator("#list-h")).to_be_focused()

    for each in page.locator(".vh").all():
        each.evaluate("each => each.focus()")
        assert each.evaluate("each => each.offsetWidth <= 1 && each.offsetHeight <= 1")


@pytest.mark.parametrize("tls", [True, False])
def test_only_what_is_encrypted_wears_a_closed_lock(
    panel: Serving, services: Services, right: Settings, open_page: Open, tls: bool
) -> None:
    clear = replace(right, tls=tls, smtp_auth=False, smtp_password="")
    services.settings.save(clear, base=0, by=actor("ken"), now=clock.now())
    page = open_page("ja")
    sign_in(page, panel.address)

    fact = page.locator("dd", has=page.locator(f"use[href='#i-{'lock' if tls else 'open'}']"))

    expect(fact).to_have_count(1)
    assert ("暗号化なし" in fact.inner_text()) is not tls
    page.goto(f"{panel.address}/settings/edit")
    expect(page.locator("#tls-hint svg:visible use")).to_have_attribute("href", f"#i-{'lock' if tls else 'open'}")


def test_the_mark_in_the_menu_is_as_wide_as_it_is_high(panel: Serving, services: Services, open_page: Open) -> None:
    page = open_page("ja")
    sign_in(page, panel.address)

    box = page.locator("#standing .dot").bounding_box()
    assert box
    assert (box["width"], box["height"]) == (10, 10)
    label = page.locator("nav a[aria-current=page]").bounding_box()
    assert label
    assert label["y"] < box["y"] < label["y"] + label["height"]
