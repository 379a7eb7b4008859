"""Tokens made, seen once and revoked in a browser, with no violation that axe knows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from panel import clock
from panel.services import Services
from tests.browser.conftest import Open, fits, sign_in
from tests.browser.test_accessibility import violations
from tests.support.serving import Serving


@pytest.mark.parametrize("width", [360, 1280])
def test_a_token_is_made_seen_once_and_revoked(panel: Serving, services: Services, open_page: Open, width: int) -> None:
    page = open_page("ja", width, dark=width == 360)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/access")
    assert violations(page) == []

    page.click("form.card .go")
    expect(page.locator("#name-error")).to_be_visible()
    expect(page.locator("#name")).to_be_focused()
    assert violations(page) == []

    page.fill("#name", "shop")
    page.click("form.card .go")
    token = page.locator("#made-token").inner_text()
    found = services.tokens.accept(token, clock.now())
    assert found
    assert re.search("コピー", page.locator("#notice").inner_text())
    assert violations(page) == []
    assert fits(page)

    limits, revoking = (page.locator(f"[data-token={found.id}] details").nth(number) for number in (0, 1))
    limits.locator("summary").click()
    limits.locator("[name=messages_per_minute]").fill("60")
    assert violations(page) == []
    assert fits(page)
    limits.locator("button").click()
    expect(page.locator(f"[data-token={found.id}] small").last).to_contain_text("60")
    revoking.locator("summary").click()
    expect(revoking.locator("p")).to_be_visible()
    assert violations(page) == []
    revoking.locator("button").click()
    expect(page.locator(f"[data-token={found.id}] button")).to_have_count(0)
    expect(page.locator("#made")).to_have_count(0)
    assert services.tokens.accept(token, clock.now()) is None
