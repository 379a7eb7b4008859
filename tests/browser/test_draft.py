"""A form that was changed asks before it is left, and offers what was typed again: to the same person, no secret."""

from __future__ import annotations

from playwright.sync_api import Dialog, Page, expect

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import ACCOUNT, ACCOUNT_PASSWORD, Open
from tests.support.actors import actor
from tests.support.serving import Serving

KEPT = "sessionStorage.getItem('mail-panel-draft')"


class Asked:
    """Answers the browser's question before a page is left, and counts it."""

    def __init__(self, page: Page) -> None:
        self.times, self.leave = 0, True
        page.on("dialog", self._answer)

    def _answer(self, dialog: Dialog) -> None:
        assert dialog.type == "beforeunload"
        self.times += 1
        (dialog.accept if self.leave else dialog.dismiss)()


def change(page: Page) -> None:
    page.click("#from_name")
    page.keyboard.type("Typed and left")
    page.fill("#smtp_password", "typed-secret")
    page.check("#smtp_auth")


def test_a_changed_form_asks_before_it_is_left_and_offers_what_was_typed(page: Page) -> None:
    asked = Asked(page)
    page.click("nav a[href$='/outbox']")
    page.wait_for_url("**/outbox")
    page.go_back()
    assert asked.times == 0  # nothing was changed

    change(page)
    asked.leave = False
    page.click("nav a[href$='/outbox']", no_wait_after=True)
    expect(page.locator("#from_name")).to_have_value("Typed and left")
    asked.leave = True
    page.click("nav a[href$='/outbox']")
    page.wait_for_url("**/outbox")
    assert asked.times == 2
    assert "typed-secret" not in page.evaluate(KEPT)

    page.click("nav a[href$='/settings']")
    page.click("a.go[href$='/settings/edit']")
    expect(page.locator("#draft")).to_be_visible()
    page.click("#draft-take")
    expect(page.locator("#from_name")).to_have_value("Typed and left")
    expect(page.locator("#smtp_password")).to_have_value("")
    expect(page.locator("#draft")).to_be_hidden()
    page.click("a:has-text('Cancel')")
    expect(page.locator("#settings-form")).to_have_count(0)
    assert page.evaluate(KEPT) is None  # who cancels wants none of it


def test_back_asks_too(page: Page, panel: Serving) -> None:
    asked = Asked(page)
    page.goto(f"{panel.address}/settings")
    page.click("a.go[href$='/settings/edit']")
    expect(page.locator("#settings-form")).to_be_visible()
    change(page)

    page.go_back()
    page.wait_for_selector("#settings:not(:has(#settings-form))")

    assert asked.times == 1
    page.click("a.go[href$='/settings/edit']")
    expect(page.locator("#draft")).to_be_visible()


def test_what_was_typed_for_oauth2_comes_back_with_its_fields(page: Page) -> None:
    Asked(page)
    page.check("#smtp_login-oauth2")
    page.select_option("#oauth_provider", "microsoft")
    page.fill("#oauth_client_id", "client-1")
    page.fill("#oauth_client_secret", "typed-secret")
    page.reload()
    assert "typed-secret" not in page.evaluate(KEPT)

    page.click("#draft-take")

    expect(page.locator("#oauth_client_id")).to_have_value("client-1")
    expect(page.locator("#oauth_client_secret")).to_have_value("")


def test_what_is_discarded_or_saved_is_offered_no_more(page: Page) -> None:
    Asked(page)
    change(page)
    page.reload()
    page.click("#draft-drop")
    page.reload()
    expect(page.locator("#settings-form")).to_be_visible()
    expect(page.locator("#draft")).to_be_hidden()

    page.fill("#from_name", "Saved")
    page.click(".bar .go")
    expect(page.locator("#settings-form")).to_have_count(0)
    assert page.evaluate(KEPT) is None


def test_nothing_of_it_outlives_the_session_or_comes_to_another_account(
    page: Page, panel: Serving, services: Services, saved: Settings, open_page: Open
) -> None:
    services.accounts.add("jiro", ACCOUNT_PASSWORD, by=actor(), now=clock.now())
    Asked(page)
    change(page)
    page.goto(f"{panel.address}/history")
    assert page.evaluate(KEPT) is not None
    page.click("form[action$='/logout'] button")
    page.wait_for_url("**/login")
    assert page.evaluate(KEPT) is None

    sign_in_as(page, panel, ACCOUNT)
    page.goto(f"{panel.address}/settings/edit")
    expect(page.locator("#draft")).to_be_hidden()
    change(page)
    page.goto(f"{panel.address}/history")
    page.context.clear_cookies()  # the session ends by itself
    sign_in_as(page, panel, ACCOUNT)
    assert page.evaluate(KEPT) is not None
    page.context.clear_cookies()
    sign_in_as(page, panel, "jiro")
    assert page.evaluate(KEPT) is None
    page.goto(f"{panel.address}/settings/edit")
    expect(page.locator("#draft")).to_be_hidden()


def sign_in_as(page: Page, panel: Serving, name: str) -> None:
    page.goto(f"{panel.address}/login")
    page.fill("[name=name]", name)
    page.fill("[name=password]", ACCOUNT_PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/settings")
