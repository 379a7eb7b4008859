"""What a first visit costs, as Chromium counts it on an empty cache: heads and bodies as they came over the wire."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, sign_in
from tests.support.serving import Serving

KB = 1000


class Wire:
    """What came since the last visit began: bytes and coding by address."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.send("Network.enable")
        self._cdp.on("Network.responseReceived", self._receive)
        self._cdp.on("Network.loadingFinished", self._finish)

    def visit(self, address: str) -> dict[str, int]:
        """Load a page on an empty cache, and give the bytes of all that it asked for."""
        self._cdp.send("Network.clearBrowserCache")
        self._addresses: dict[str, str] = {}
        self._bytes: dict[str, int] = {}
        self.codings: dict[str, str] = {}
        self._page.goto(address)
        self._page.wait_for_load_state("networkidle")
        return {address: size for address, size in self._bytes.items() if address.startswith("http")}

    def _receive(self, event: dict[str, Any]) -> None:
        answer = event["response"]
        heads = {name.lower(): value for name, value in answer["headers"].items()}
        self._addresses[event["requestId"]] = answer["url"]
        self.codings[answer["url"]] = heads.get("content-encoding", "")

    def _finish(self, event: dict[str, Any]) -> None:
        self._bytes[self._addresses[event["requestId"]]] = int(event["encodedDataLength"])


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_first_visits_are_light(panel: Serving, open_page: Open, language: str) -> None:
    page = open_page(language)
    wire = Wire(page)

    login = wire.visit(f"{panel.address}/login")
    sign_in(page, panel.address)
    form = wire.visit(f"{panel.address}/settings/edit")

    assert (len(login), len(form)) == (4, 4), "the page, its style, its script and the icon"
    assert sum(login.values()) <= 12 * KB
    assert sum(form.values()) <= 28 * KB
    assert {wire.codings[address] for address in form if "/static/" in address} == {"br"}, "run: pip install -e ."
    assert {wire.codings[address] for address in form if "/static/" not in address} == {"gzip"}


def test_what_the_form_leads_to_has_its_sheet(panel: Serving, open_page: Open) -> None:
    """The form comes without it; a press of any key, or a click, is enough."""
    page = open_page("en")
    sign_in(page, panel.address)
    sheets = page.locator('link[href*="/static/pages."]')

    page.goto(f"{panel.address}/settings/edit")
    expect(sheets).to_have_count(0)
    with page.expect_response(lambda answer: "/static/pages." in answer.url):
        page.keyboard.press("Tab")
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/settings")

    expect(sheets).to_have_count(1)
    assert page.locator("#status").evaluate("each => getComputedStyle(each).overflow") == "clip"
