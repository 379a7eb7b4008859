"""The page of the rules as somebody uses it: found on the details, changed, saved."""

from __future__ import annotations

from playwright.sync_api import expect

from panel.services import Services
from panel.settings.model import FromNameRule, Settings
from tests.browser.conftest import Open, fits, sign_in
from tests.support.serving import Serving


def test_a_rule_is_found_changed_and_shown(
    saved: Settings, services: Services, panel: Serving, open_page: Open
) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.click("role=link[name='Rules for every message']")
    page.select_option("#from_name_rule", "submitted")
    assert fits(page)

    page.click("role=button[name='Save']")

    expect(page.locator("text=Rules saved. The next message follows them.").first).to_be_visible()
    expect(page.locator("dl.facts").first).to_contain_text("The application’s own, where it gives one")
    assert services.settings.current().settings.from_name_rule is FromNameRule.SUBMITTED
