"""The password typed again in a browser, with what was typed for the mail server still in the form."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import ACCOUNT_PASSWORD, Open, fits, sign_in
from tests.browser.test_accessibility import violations
from tests.support.serving import Serving


def test_another_server_is_saved_with_the_password_typed_again(
    saved: Settings, panel: Serving, services: Services, open_page: Open
) -> None:
    page = open_page("ja", 360, dark=True)
    sign_in(page, panel.address)
    with services.database.writing() as write:
        then = clock.stamp(clock.now() - timedelta(minutes=6))
        write.run("UPDATE sessions SET opened_at = ?", (then,))
    page.goto(f"{panel.address}/settings/edit")
    page.fill("#smtp_host", "other.example.org")
    page.fill("#smtp_password", "typed-secret")
    page.click(".bar .go")
    page.click("[name=untested]")

    password = page.locator("#step-up [name=step_up_password]")
    expect(password).to_be_focused()
    expect(page.locator("#step-up")).to_contain_text("メールを送信するサーバーが変わります。")
    assert violations(page) == []
    assert fits(page)
    password.fill("wrong horse battery")
    password.press("Enter")
    expect(page.locator("#step-up .error")).to_be_visible()
    expect(password).to_be_focused()
    expect(password).to_have_value("")
    password.fill(ACCOUNT_PASSWORD)
    page.click(".bar .go")  # the same button as before

    page.wait_for_url("**/settings")
    settings = services.settings.current().settings
    assert (settings.smtp_host, settings.smtp_password) == ("other.example.org", "typed-secret")
