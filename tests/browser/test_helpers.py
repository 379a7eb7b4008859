"""What the form works out for one who reads his provider's page: interval, user name, and a test that is made later."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import RECIPIENT, Open, sign_in
from tests.support.actors import actor
from tests.support.servers import SmtpServer
from tests.support.serving import Serving


def test_the_form_works_out_what_the_providers_page_says(page: Page, services: Services) -> None:
    page.click("#pace-helper summary")
    page.fill("#per_minute", "12")
    page.click("#pace-go")
    expect(page.locator("#send_interval_ms")).to_have_value("6000")  # the manual's margin: 5000 and a fifth more
    page.fill("#others", "360")
    page.click("#pace-go")
    expect(page.locator("#send_interval_ms")).to_have_value("12000")

    page.fill("#from_address", "hanako@gmail.com")
    page.fill("#smtp_user", "")
    page.click("#service-gmail")
    expect(page.locator("#smtp_host")).to_have_value("smtp.gmail.com")
    expect(page.locator("#smtp_user")).to_have_value("hanako@gmail.com")

    page.fill("#send_interval_ms", "")
    page.fill("#smtp_password", "an app password")
    page.click(".bar button.go")
    asked = page.locator("[name=unpaced], [name=paced]").first
    expect(asked).to_be_visible()
    assert services.settings.current().number == 1

    page.goto(f"{page.url.partition('?')[0].removesuffix('/edit')}/edit?lang=ja")
    number, unit = (page.locator(f"[name={name}]").bounding_box() for name in ("per_minute", "unit"))
    assert number
    assert unit
    assert abs(number["y"] - unit["y"]) < number["height"]  # "12 per minute" on one line, however long its label is


@pytest.mark.long
def test_a_test_is_made_again_when_a_change_at_the_service_counts(
    panel: Serving, services: Services, right: Settings, submission: SmtpServer, open_page: Open
) -> None:
    submission.replies["RCPT"] = "550 5.7.60 SMTP; Client does not have permissions to send as this sender"
    services.settings.save(replace(right, send_interval_ms=0), base=0, by=actor("ken"), now=clock.now())
    page = open_page("ja")
    sign_in(page, panel.address)
    page.fill("#recipient", RECIPIENT)
    page.click("#trial-go")
    expect(page.locator("[data-cause=sender_not_allowed]")).to_be_visible()

    page.click("[name=after]")
    left = page.locator("[data-left]")
    first = str(left.text_content())
    expect(left).not_to_have_text(first)

    assert 200 < int(first) <= 300
    page.click("#trial-go")
    expect(page.locator("[data-outcome=stopped]")).to_be_visible()
    assert submission.messages == []


def test_without_scripts_a_test_does_not_vouch_for_values_that_were_changed_after_it(
    panel: Serving, services: Services, saved: Settings, right: Settings, submission: SmtpServer, open_page: Open
) -> None:
    page = open_page(scripts=False)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/edit")
    page.fill("#smtp_password", right.smtp_password)
    page.fill("#recipient-plain", RECIPIENT)
    with page.context.expect_page() as opened:
        page.click("button:has-text('new tab'):has-text('Send')")
    expect(opened.value.locator("[data-outcome=success]")).to_be_visible()
    opened.value.close()

    page.fill("#smtp_user", "another")
    page.click(".bar button.go")
    assert services.settings.current().number == 1
    expect(page.locator("#smtp_user")).to_have_value("another")
    expect(page.locator("#errors")).to_contain_text("These values have not been tested")

    page.fill("#smtp_password", right.smtp_password)
    page.click("#errors [name=untested]")

    expect(page.locator("main")).to_contain_text("Settings saved.")
    expect(page.locator("main")).to_contain_text("another")
    current = services.settings.current()
    assert (current.number, current.settings.smtp_user) == (2, "another")
    assert current.settings.smtp_password == right.smtp_password


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_typed_password_is_the_one_that_is_saved_after_a_question(
    panel: Serving, services: Services, saved: Settings, open_page: Open, scripts: bool
) -> None:
    page = open_page(scripts=scripts)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/edit")
    page.fill("#smtp_password", "a new secret")
    page.click(".bar button:has-text('Save')")
    expect(page.locator("#errors")).to_contain_text("No test email has been sent with them")

    if not scripts:
        expect(page.locator("#settings")).to_contain_text("Type it again")
        page.click("#errors [name=untested]")
        expect(page.locator("#smtp_password-error")).to_contain_text("Type the password again")
        page.fill("#smtp_password", "a new secret")
        page.click(".bar button:has-text('Save')")
        page.fill("#smtp_password", "a new secret")
    page.click("#errors [name=untested]")

    expect(page.locator("#settings h1")).to_contain_text("Details")
    assert services.settings.current().settings.smtp_password == "a new secret"


def test_no_field_of_the_form_is_spell_checked_or_capitalized(page: Page) -> None:
    page.click("#service-gmail")
    expect(page.locator("#smtp_host")).to_have_value("smtp.gmail.com")

    fields = "#settings-form input:is([type=text], [type=email], :not([type])), #settings-form textarea"
    said = page.eval_on_selector_all(fields, "all => all.map(each => `${each.spellcheck} ${each.autocapitalize}`)")
    assert len(said) > 9
    assert set(said) == {"false none"}
