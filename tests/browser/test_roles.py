"""The pages as somebody sees them who may not do everything, and what happens where they ask for more."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from panel import clock
from panel.access.rights import Role
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import ACCOUNT, ACCOUNT_PASSWORD, Open, fits, sign_in
from tests.browser.test_accessibility import violations
from tests.support.actors import actor
from tests.support.serving import Serving


@pytest.fixture
def lesser(services: Services, panel: Serving, saved: Settings, open_page: Open) -> Page:
    """A page of the account, which is an operator's now."""
    services.accounts.add("ken", ACCOUNT_PASSWORD, by=actor(), now=clock.now())
    services.accounts.set_role(ACCOUNT, Role.OPERATOR, by=actor("ken"), now=clock.now())
    page = open_page(width=360)
    sign_in(page, panel.address)
    return page


def test_a_viewer_has_whole_pages(lesser: Page, services: Services, panel: Serving) -> None:
    services.accounts.set_role(ACCOUNT, Role.VIEWER, by=actor("ken"), now=clock.now())
    sign_in(lesser, panel.address)

    for path in ("/outbox", "/history", "/settings"):
        lesser.goto(f"{panel.address}{path}")
        assert fits(lesser)
    assert violations(lesser) == []
    expect(lesser.locator("main button")).to_have_count(0)


def test_a_press_too_far_says_who_may_and_a_poll_too_far_is_the_last(lesser: Page, panel: Serving) -> None:
    asked: list[str] = []
    lesser.on("request", lambda request: asked.append(request.url.removeprefix(panel.address)))
    lesser.fill("#trial [name=recipient]", "taro@example.net")

    lesser.evaluate(
        """() => {
            document.body.insertAdjacentHTML("beforeend",
                '<p id="poll" hx-get="/settings/oauth/pending" hx-trigger="every 50ms" hx-swap="innerHTML"></p>');
            htmx.process(document.getElementById("poll"));
            window.due = 0;
            document.getElementById("poll").addEventListener("htmx:config:request", () => window.due++);
        }"""
    )
    expect(lesser.locator("#say-error")).to_have_text("An administrator may do this.")
    asked_until_then = asked.count("/settings/oauth/pending")
    lesser.evaluate("() => { window.due = 0; }")
    lesser.wait_for_function("() => window.due >= 5")

    assert asked.count("/settings/oauth/pending") <= asked_until_then + 1  # which was under way
    expect(lesser.locator("#trial [name=recipient]")).to_have_value("taro@example.net")
