"""The manual as a reader sees it: judged by axe, on narrow and wide windows, with and without scripts."""

from __future__ import annotations

import pytest

from panel.services import Services
from tests.browser.conftest import Open, fits, sign_in
from tests.browser.test_accessibility import violations
from tests.support.serving import Serving


@pytest.mark.parametrize(("language", "dark", "scripts"), [("ja", False, True), ("en", True, False)])
def test_the_manual_reads_well(
    panel: Serving, services: Services, open_page: Open, language: str, dark: bool, scripts: bool
) -> None:
    page = open_page(language, dark=dark, scripts=scripts)
    sign_in(page, panel.address)

    for path in ("/help", "/help?q=TLS", "/help/settings", "/help/accounts"):
        page.goto(panel.address + path)
        if scripts:
            assert violations(page) == []
        for width in (1920, 768, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert fits(page), (path, width)
        page.set_viewport_size({"width": 1280, "height": 900})


def test_nothing_moves_when_a_picture_comes(panel: Serving, services: Services, open_page: Open) -> None:
    page = open_page("ja")
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/help/settings")
    heights = "[...document.images].map(each => Math.round(each.getBoundingClientRect().height))"
    before = page.evaluate(heights)

    page.evaluate("for (const each of document.images) each.loading = 'eager'")
    page.wait_for_function("() => [...document.images].every(each => each.complete)")

    assert page.evaluate("[...document.images].every(each => each.naturalWidth > 0)")
    assert page.evaluate(heights) == before
    assert min(before) > 100


def test_the_help_of_a_page_lands_at_its_part(panel: Serving, services: Services, open_page: Open) -> None:
    page = open_page("ja")
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/account")

    page.click("a:text-is('ヘルプ')")

    page.wait_for_url(f"{panel.address}/help/accounts#my-own-account")
    assert page.evaluate("document.querySelector(':target').getBoundingClientRect().top < innerHeight")
