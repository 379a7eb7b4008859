"""The page of the diagnosis and the list of causes, in a browser, with and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from panel import clock
from panel.checks.doctor.finding import ok, problem
from panel.checks.examinations.examination import Conditions, Why
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import Open, sign_in
from tests.support.dns_server import DnsServer
from tests.support.serving import Serving

ASKS = {"document", "xhr", "fetch"}  # what asks for a page or a part of one, unlike its icon


@pytest.fixture
def panel(services: Services, home: Path) -> Iterator[Serving]:
    """A panel whose look-ups go to a resolver that knows no name."""
    with DnsServer({}) as names:
        host, port = names.address
        with Serving(home, variables={"MAIL_PANEL_RESOLVER": f"{host}:{port}"}) as serving:
            yield serving


@pytest.fixture
def page(open_page: Open, panel: Serving, services: Services, saved: Settings) -> Page:
    found = [problem("mx", "Nothing comes back", "Use another"), ok("home", "Fine")]
    services.examinations.keep(found, version=1, why=Why.DAILY, conditions=Conditions(), now=clock.now())
    page = open_page()
    sign_in(page, panel.address)
    return page


def test_a_run_leaves_what_was_pasted_and_says_what_it_found(page: Page, panel: Serving) -> None:
    page.goto(f"{panel.address}/diagnosis")
    page.fill("#explain-text", "535 5.7.8 authentication failed")
    page.click("#explain button")
    expect(page.locator("#explanation [data-cause]")).to_be_visible()
    page.fill("#address", "here")
    page.click("#dx button")
    expect(page.locator("#address-error")).to_be_visible()
    expect(page.locator("#address")).to_be_focused()

    page.fill("#address", "")
    page.click("#dx button")

    expect(page.locator("#address-error")).to_have_count(0)
    expect(page.locator('[data-finding="spf"]')).to_have_count(1)
    expect(page.locator("#examination-h")).to_be_focused()
    expect(page.locator("#explain-text")).to_have_value("535 5.7.8 authentication failed")
    expect(page.locator("#explanation [data-cause]")).to_be_visible()

    page.click("#switch")

    expect(page.locator("#switch")).to_have_attribute("value", "on")
    expect(page.locator("#switch")).to_be_focused()


def test_typing_asks_once_a_pause_and_keeps_its_place(page: Page, panel: Serving) -> None:
    page.goto(f"{panel.address}/diagnosis/causes")
    every = page.locator("[data-cause-entry]").count()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.resource_type in ASKS else None)

    page.locator("#cause-q").press_sequentially("greylisted")

    expect(page.locator("[data-cause-entry]")).not_to_have_count(every)
    expect(page.locator('[data-cause-entry="greylisted"]')).to_be_visible()
    expect(page.locator("#cause-q")).to_be_focused()
    expect(page.locator("#cause-q")).to_have_value("greylisted")
    assert asked == [f"{panel.address}/diagnosis/causes?q=greylisted"]
    assert page.url.endswith("?q=greylisted")


@pytest.mark.parametrize("scripts", [True, False])
def test_an_old_link_to_a_cause_opens_it(open_page: Open, panel: Serving, services: Services, scripts: bool) -> None:
    page = open_page(scripts=scripts)
    sign_in(page, panel.address)

    page.goto(f"{panel.address}/causes#login_refused")

    expect(page.locator("#login_refused")).to_be_in_viewport()
    expect(page.locator("#dns_not_found")).to_be_hidden()

    page.click("#login_refused a[href='#app_password_required']")

    expect(page.locator("#app_password_required")).to_be_in_viewport()
