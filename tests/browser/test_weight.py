"""What a first visit costs, as Chromium counts it on an empty cache: heads and bodies as they came over the wire."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from panel.web.assets import folder
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
        if address := self._addresses.get(event["requestId"]):  # else it was asked for before this visit
            self._bytes[address] = int(event["encodedDataLength"])


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


@pytest.mark.parametrize("path", ["/login", "/settings/edit", "/settings/second", "/settings/edit?preset=gmail"])
def test_a_page_with_one_sheet_needs_no_rule_of_the_other_one(panel: Serving, open_page: Open, path: str) -> None:
    """No rule of the sheet that it comes without is of anything on it; on paper more may be hidden."""
    page = open_page("en")
    if path != "/login":
        sign_in(page, panel.address)
    page.goto(panel.address + path)
    has_one = page.locator('link[href*="/static/pages."]').count() == 0
    sheet = re.sub(r"/\*.*?\*/", "", (folder("static") / "pages.css").read_text("utf-8"), flags=re.DOTALL)
    rules = [rule.strip() for rule in re.findall(r"([^{};]+)\{", sheet.partition("@media print")[0])]
    selectors = [rule for rule in rules if rule[0] not in "@&" and rule != ".mail-panel"]

    found = page.evaluate("all => all.filter(each => document.querySelector(`.mail-panel :is(${each})`))", selectors)

    assert len(selectors) > 100
    assert (found == []) == has_one
