"""Two things asked at once: whatever order the answers come in, the page says what is true."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import RECIPIENT, Open, sign_in
from tests.browser.held import Held
from tests.support.actors import actor
from tests.support.serving import Serving
from tests.web.outbox.conftest import fail, put

BOTH_ORDERS = pytest.mark.parametrize("newest_first", [False, True])


@BOTH_ORDERS
def test_the_tls_hint_is_of_the_port_and_the_box_as_they_are(page: Page, newest_first: bool) -> None:
    held = Held(page, "**/settings/tls")

    for port in ("2525", "465"):
        page.fill("#smtp_port", port)
        page.press("#smtp_port", "Tab")
    page.click("#tls")
    held.wait(2)
    expect(page.locator("#tls-hint > :visible")).to_have_text(re.compile("Nothing is encrypted"))  # at once
    held.let_through(newest_first=newest_first)

    expect(page.locator("#tls-hint > :visible")).to_have_text(re.compile("Port 465 expects TLS/SSL"))
    page.click("#tls")
    expect(page.locator("#tls-hint > :visible")).to_have_text(re.compile("first byte"))
    assert len(held.asked) == 2


@BOTH_ORDERS
def test_of_two_services_the_last_one_is_filled_in(page: Page, newest_first: bool) -> None:
    held = Held(page, "**/settings/preset")

    for name in ("gmail", "sendgrid"):
        page.click(f"#service-{name}")
    held.wait(2)
    held.let_through(newest_first=newest_first)

    expect(page.locator("#smtp_host")).to_have_value("smtp.sendgrid.net")


@pytest.mark.parametrize(("field", "typed"), [("#smtp_host", "mail.example.org"), ("#send_interval_ms", "7000")])
def test_values_filled_in_do_not_write_over_what_was_typed_meanwhile(page: Page, field: str, typed: str) -> None:
    held = Held(page, "**/settings/preset")

    page.click("#service-gmail")
    held.wait()
    page.fill(field, typed)
    held.let_through()

    expect(page.locator("#say-error")).to_contain_text("You changed the form before the answer came")
    expect(page.locator(field)).to_have_value(typed)


def test_an_interval_is_of_the_limit_that_stands_beside_it(page: Page) -> None:
    held = Held(page, "**/settings/pace")

    page.click("#pace-helper summary")
    page.fill("#per_minute", "10")
    page.click("#pace-go")
    held.wait()
    page.fill("#per_minute", "20")
    held.let_through()

    expect(page.locator("#say-error")).to_contain_text("You changed the form before the answer came")
    expect(page.locator("#per_minute")).to_have_value("20")


def test_a_save_that_is_under_way_is_shown_also_when_cancel_is_pressed(page: Page, services: Services) -> None:
    held = Held(page, "**/settings", "**/settings?*")

    page.fill("#from_name", "Saved in time")
    page.click(".bar button:has-text('Save')")
    held.wait()
    page.click("a:has-text('Cancel')")
    held.let_through(newest_first=True)

    expect(page.locator("#settings h1")).to_contain_text("Details")
    expect(page.locator("#settings")).to_contain_text("Saved in time")
    assert services.settings.current().settings.from_name == "Saved in time"


@BOTH_ORDERS
def test_the_list_is_the_one_that_was_asked_for_last(
    panel: Serving, services: Services, saved: Settings, open_page: Open, newest_first: bool
) -> None:
    services.pace.pause(by=actor("ken"), now=services.outbox.get(put(services)).queued_at)
    failed = put(services, "Failed one")
    fail(services, failed)
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox?live=0")
    held = Held(page, "**/outbox?*state=*")

    page.click("#filter-failed")
    held.wait()
    page.click("#filter-queued")
    held.let_through(newest_first=newest_first)

    expect(page.locator("#filter-queued")).to_have_attribute("aria-current", "true")
    expect(page.locator("#outbox [data-state=queued]")).to_be_visible()
    expect(page.locator("#outbox [data-state=failed]")).to_have_count(0)
    assert "state=queued" in page.url


def test_a_double_click_sends_again_once(panel: Serving, services: Services, saved: Settings, open_page: Open) -> None:
    number = put(services)
    services.pace.pause(by=actor("ken"), now=services.outbox.get(number).queued_at)
    fail(services, number)
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox?live=0")
    held = Held(page, "**/retry*")

    page.dblclick(f"#retry-{number}")
    held.wait()
    held.let_through()

    expect(page.locator(f"#message-{number}")).to_have_attribute("data-state", "queued")
    assert len(held.asked) == 1


def test_a_result_is_marked_when_the_values_are_others(page: Page, right: Settings, submission: object) -> None:
    page.fill("#smtp_password", right.smtp_password)
    page.fill("#recipient", RECIPIENT)
    page.click("#trial-go")
    result = page.locator("#trial-result")
    expect(result.locator("[data-outcome=success]")).to_be_visible()
    save, mark = result.locator("button.go"), result.locator(".if-changed")
    expect(save).to_be_visible()
    expect(mark).to_be_hidden()

    page.fill("#send_interval_ms", "9000")  # no test proves anything of it
    expect(save).to_be_visible()
    page.fill("#smtp_port", "2525")
    expect(save).to_be_hidden()
    expect(mark).to_be_visible()
    page.fill("#smtp_port", str(right.smtp_port))
    expect(save).to_be_visible()
    page.click("#tls")
    expect(save).to_be_hidden()


def test_a_result_that_comes_after_a_change_is_of_the_values_before_it(
    page: Page, right: Settings, submission: object
) -> None:
    held = Held(page, "**/settings/trial")
    page.fill("#smtp_password", right.smtp_password)
    page.fill("#recipient", RECIPIENT)

    page.click("#trial-go")
    held.wait()
    page.fill("#smtp_user", "another")
    held.let_through()

    expect(page.locator("#trial-result .if-changed")).to_be_visible()
    expect(page.locator("#trial-result button.go")).to_be_hidden()
