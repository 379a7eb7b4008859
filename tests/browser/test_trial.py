"""A test send while it runs, and what disturbs it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import ACCOUNT, RECIPIENT, Open, expect_focus, sign_in
from tests.support.actors import actor
from tests.support.scripted import ScriptedServer, greets, is_silent
from tests.support.servers import SmtpServer
from tests.support.serving import Serving


def begin(page: Page, panel: Serving, port: int, services: Services, right: Settings) -> None:
    """Begin a test with a server that never answers MAIL."""
    silent = replace(right, smtp_port=port, smtp_auth=False, smtp_password="", tls=False)
    services.settings.save(silent, base=0, by=actor("ken"), now=clock.now())
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/edit")
    page.fill("#recipient", RECIPIENT)
    page.click("#trial-go")


def test_each_stage_is_shown_and_announced_and_a_stop_is_heard(
    panel: Serving, services: Services, right: Settings, open_page: Open
) -> None:
    page = open_page()

    with ScriptedServer(*greets(), is_silent) as scripted:
        begin(page, panel, scripted.port, services, right)
        running = page.locator("[data-outcome=running]")
        expect(running.locator("[data-stage=greeting]")).to_have_attribute("data-status", "ok")
        expect(running.locator("[data-stage=envelope]")).to_have_attribute("data-status", "running")
        expect(page.locator("#say")).to_contain_text("Sender and recipient")
        expect(page.locator("#trial-go")).to_have_text("Stop the test")
        past = page.locator("[data-past]")
        expect(past).not_to_have_text(past.inner_text())  # the seconds run
        page.click("#trial-go")

    expect(page.locator("[data-outcome=stopped] [data-stage=envelope]")).to_contain_text("stopped here")
    expect(page.locator("#trial-go")).to_have_text("Send again")
    expect_focus(page, "trial-go")


def test_other_pages_answer_while_a_test_runs(
    panel: Serving, services: Services, right: Settings, open_page: Open
) -> None:
    page = open_page()

    with ScriptedServer(*greets(), is_silent) as scripted:
        begin(page, panel, scripted.port, services, right)
        expect(page.locator("[data-outcome=running]")).to_be_visible()
        other = page.context.new_page()
        other.goto(f"{panel.address}/history")
        expect(other.locator("h1")).to_be_visible()
        page.click("#trial-go")
        expect(page.locator("[data-outcome=stopped]")).to_be_visible()


def test_what_was_typed_stays_when_the_session_has_ended(
    panel: Serving, services: Services, saved: Settings, open_page: Open
) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/edit")
    page.fill("#from_name", "Typed for a long time")
    services.accounts.set_password(ACCOUNT, "another password altogether", by=actor(), now=clock.now())

    page.click(".bar button:has-text('Save')")

    expect(page.locator("#say-error")).to_contain_text("sign", ignore_case=True)
    assert page.input_value("#from_name") == "Typed for a long time"
    assert services.settings.current().number == 1


def test_of_two_windows_the_second_is_shown_what_the_first_has_changed(
    panel: Serving, services: Services, saved: Settings, open_page: Open
) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/edit")
    services.settings.save(replace(saved, from_name="First"), base=1, by=actor("ken"), now=clock.now())
    page.fill("#from_name", "Second")

    page.click(".bar button:has-text('Save')")

    expect(page.locator("#settings")).to_contain_text("ken")
    assert page.input_value("#from_name") == "Second"
    assert services.settings.current().settings.from_name == "First"
    page.click(".bar button:has-text('Save')")
    expect(page.locator("#settings h1")).to_be_visible()


def test_without_an_answer_the_page_says_so(panel: Serving, saved: Settings, open_page: Open) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.context.set_offline(True)

    page.click("a:has-text('Edit')")

    expect(page.locator("#say-error")).not_to_be_empty()
    expect_focus(page, "a")


@pytest.mark.parametrize(("language", "scripts"), [("ja", True), ("en", False)])
def test_it_did_not_arrive_leads_to_where_to_look_and_then_it_did(
    panel: Serving,
    services: Services,
    right: Settings,
    submission: SmtpServer,
    open_page: Open,
    language: str,
    scripts: bool,
) -> None:
    services.settings.save(right, base=0, by=actor("ken"), now=clock.now())
    page = open_page(language, scripts=scripts)
    sign_in(page, panel.address)
    page.fill("#recipient", RECIPIENT)
    page.click("#trial-go")

    page.click("#arrived-no")

    expect(page.locator("#trial-result")).to_contain_text("[#1]")
    expect(page.locator("[data-finding=spf]")).to_be_visible()
    if scripts:
        expect_focus(page, "arrived-no")
        expect(page.locator("#say")).to_contain_text("届いていません")
    page.click("#arrived-yes")
    expect(page.locator("#trial-result")).to_contain_text("届きました" if language == "ja" else "arrived")
    page.goto(f"{panel.address}/settings")
    expect(page.locator("[data-verdict=ok]")).to_contain_text("到着を確認" if language == "ja" else "has arrived")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_test_counts_down_to_its_slot_goes_by_itself_and_gives_way_to_a_check(
    panel: Serving, services: Services, right: Settings, submission: SmtpServer, open_page: Open, language: str
) -> None:
    services.settings.save(replace(right, send_interval_ms=60_000), base=0, by=actor("ken"), now=clock.now())
    page = open_page(language)
    sign_in(page, panel.address)
    page.fill("#recipient", RECIPIENT)
    page.click("#trial-go")
    expect(page.locator("[data-outcome=success]")).to_be_visible()

    page.click("#trial-go")
    left = page.locator("[data-left]")
    first = left.text_content()
    expect(left).not_to_have_text(str(first))  # it counts
    page.click("#trial-check")
    expect(page.locator("[data-outcome=success]")).to_be_visible()
    assert len(submission.messages) == 1

    page.click("#trial-go")
    expect(left).to_be_visible()
    services.settings.save(replace(right, send_interval_ms=0), base=1, by=actor("ken"), now=clock.now())
    page.click("#trial-go")
    expect(page.locator("[data-outcome=stopped]")).to_be_visible()
    page.click("#trial-go")
    expect(page.locator("[data-outcome=success]")).to_be_visible()
    assert len(submission.messages) == 2
