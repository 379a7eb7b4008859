"""The way of an administrator: set up, test, correct, save, in both languages, wide and narrow, with and without
scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import RECIPIENT, Open, expect_focus, fits, sign_in
from tests.support.servers import PASSWORD, SmtpServer
from tests.support.serving import Serving

WORDS = {
    "en": {"edit": "Edit", "save": "Save", "details": "Mail settings - Details", "stopped": "Sign-in"},
    "ja": {"edit": "編集", "save": "設定", "details": "メール設定 - 詳細", "stopped": "認証"},
}


def fill(page: Page, settings: Settings, password: str) -> None:
    """Type settings into the form."""
    page.fill("#from_address", settings.from_address)
    page.fill("#smtp_host", settings.smtp_host)
    page.fill("#smtp_port", str(settings.smtp_port))
    page.fill("#smtp_user", settings.smtp_user)
    page.fill("#smtp_password", password)
    if not page.is_visible("#ca_certificate"):
        page.click("#part-advanced summary")
    page.fill("#ca_certificate", settings.ca_certificate)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [360, 1280])
def test_settings_are_set_up_tested_corrected_and_saved(
    panel: Serving,
    services: Services,
    right: Settings,
    submission: SmtpServer,
    open_page: Open,
    language: str,
    width: int,
) -> None:
    words = WORDS[language]
    page = open_page(language, width)
    sign_in(page, panel.address)
    assert fits(page)

    page.click("form[action$='/settings/edit'] a.btn")  # nothing is set up: the values are entered by hand
    fill(page, right, "wrong")
    page.fill("#recipient", RECIPIENT)
    page.click("#trial-go")
    failure = page.locator("[data-outcome=failure]")
    expect(failure.locator("[data-cause=login_refused]")).to_be_visible()
    expect(failure.locator("h3").first).to_contain_text(words["stopped"])
    assert fits(page)
    assert submission.messages == []

    failure.locator("a[href$='#smtp_password']").first.click()
    expect_focus(page, "smtp_password")
    page.fill("#smtp_password", PASSWORD)
    page.click("#trial-go")
    expect(page.locator("[data-outcome=success]")).to_be_visible()
    assert len(submission.messages) == 1
    assert services.settings.current().number == 0

    page.click(f".bar button:has-text('{words['save']}')")
    expect(page.locator("#settings h1")).to_contain_text(words["details"])
    assert page.url.endswith("/settings")
    assert fits(page)
    assert services.settings.current().settings.smtp_password == PASSWORD


def test_the_same_without_scripts(
    panel: Serving, services: Services, right: Settings, submission: SmtpServer, open_page: Open
) -> None:
    page = open_page("ja", scripts=False)
    sign_in(page, panel.address)
    page.click("form[action$='/settings/edit'] a.btn")
    fill(page, right, "wrong")

    assert result_of_a_test(page).locator("[data-cause=login_refused]").count() == 1
    page.fill("#smtp_password", PASSWORD)
    assert result_of_a_test(page).locator("[data-outcome=success]").count() == 1
    assert len(submission.messages) == 1

    page.click(".bar button.go")
    expect(page.locator("h1")).to_contain_text("詳細")
    assert services.settings.current().settings.smtp_password == PASSWORD


def result_of_a_test(page: Page) -> Page:
    """Send a test email without scripts: its result comes in a window of its own."""
    page.fill("#recipient-plain", RECIPIENT)
    with page.context.expect_page() as new:
        page.click("noscript:has(#recipient-plain) button >> nth=0")
    new.value.wait_for_selector("[data-outcome]")
    return new.value


def test_edit_and_cancel_take_each_others_place(panel: Serving, saved: Settings, open_page: Open) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.evaluate("window.stays = true")

    page.click("a:has-text('Edit')")
    expect(page.locator("#settings-form")).to_be_visible()
    assert page.url.endswith("/settings/edit")
    expect_focus(page, "h1")
    expect(page).to_have_title(re.compile("^Mail settings - Edit"))

    page.click("a:has-text('Cancel')")
    expect(page.locator("#settings h1")).to_contain_text("Details")
    expect_focus(page, "h1")
    assert page.evaluate("window.stays") is True  # nothing was loaded anew

    page.go_back()
    expect(page.locator("#settings-form")).to_be_visible()


def test_wrong_values_are_told_at_the_top_and_at_their_fields(panel: Serving, saved: Settings, open_page: Open) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/edit")
    page.fill("#from_name", "Kept")
    page.fill("#smtp_port", "70000")

    page.click(".bar button:has-text('Save')")

    expect(page.locator("#errors a").first).to_have_attribute("href", "#smtp_port")
    expect(page.locator("#smtp_port")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#smtp_port-error")).to_be_visible()
    expect(page).to_have_title(re.compile("^Error:"))
    assert page.input_value("#from_name") == "Kept"
    page.click("#errors a >> nth=0")
    expect_focus(page, "smtp_port")
    page.fill("#smtp_port", "587")
    expect(page.locator("#smtp_port-error")).to_be_hidden()
    expect(page.locator("#smtp_port")).not_to_have_attribute("aria-invalid", "true")


def test_a_service_fills_its_values_in(panel: Serving, saved: Settings, open_page: Open) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/edit")

    page.click("#service-gmail")

    expect(page.locator("#smtp_host")).to_have_value("smtp.gmail.com")
    expect(page.locator("#say")).to_contain_text("Filled in for Gmail: smtp.gmail.com / 587 / STARTTLS / 6000 ms")
