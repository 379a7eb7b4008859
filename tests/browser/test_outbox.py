"""The outbox in a real browser, with a worker that sends to a real server while one looks."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import ACCOUNT, ACCOUNT_PASSWORD, Open, expect_focus, sign_in
from tests.browser.held import Held
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.servers import SmtpServer
from tests.support.serving import Serving
from tests.web.outbox.conftest import fail, put

SAID = 20_000  # a poll comes every 5 s


@pytest.fixture
def working(services: Services, right: Settings) -> Settings:
    """Settings that work, saved as version 1."""
    services.settings.save(right, base=0, by=actor("ken"), now=clock.now())
    return right


def enqueue(services: Services, *rcpt_to: str, subject: str = "Report") -> int:
    return services.outbox.enqueue(mail(*rcpt_to, subject=subject), by=actor(via="api"), now=clock.now()).number


def row(number: int, state: str) -> str:
    return f"#message-{number}[data-state={state}]"


def test_a_message_comes_and_goes_while_one_types(
    panel: Serving, working: Settings, services: Services, submission: SmtpServer, open_page: Open
) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox")
    page.evaluate("window.stays = true")
    page.fill("#q", "half a wo")

    number = enqueue(services)
    submission.wait_for(1)

    expect(page.locator(row(number, "sent"))).to_be_visible(timeout=SAID)
    expect(page.locator("#filter-sent .num")).to_have_text("1")
    expect(page.locator("#sending .chart")).to_be_visible()
    expect(page.locator("#q")).to_be_focused()
    assert page.input_value("#q") == "half a wo"
    assert page.evaluate("window.stays") is True


def test_a_row_is_retried_in_its_place(
    panel: Serving, working: Settings, services: Services, submission: SmtpServer, open_page: Open
) -> None:
    submission.replies["RCPT"] = "550 5.1.1 No such user"
    number = enqueue(services, "nobody@example.net")
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox?state=failed")
    expect(page.locator(row(number, "failed"))).to_be_visible(timeout=SAID)
    expect(page.locator("#failed .pip")).to_have_text("1")
    del submission.replies["RCPT"]

    page.click(f"#retry-{number}")

    expect(page.locator("#notice")).to_contain_text("Put back in the queue.")
    page.wait_for_function("number => document.activeElement.closest(`#message-${number}`)", arg=number)
    submission.wait_for(1)
    expect(page.locator("#outbox .empty")).to_be_visible(timeout=SAID)
    expect(page.locator("#failed")).to_have_text("")


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ja", 360)])
def test_a_recipient_is_corrected_and_the_page_follows(
    panel: Serving,
    working: Settings,
    services: Services,
    submission: SmtpServer,
    open_page: Open,
    language: str,
    width: int,
) -> None:
    submission.replies["RCPT"] = "550 5.1.1 No such user"
    number = enqueue(services, "nobody@example.net")
    page = open_page(language, width)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox/{number}")
    expect(page.locator("#message[data-state=failed]")).to_be_visible(timeout=SAID)
    del submission.replies["RCPT"]

    page.fill("#recipient", "jiro")
    page.click("#correct")
    expect(page.locator("#recipient-error")).to_be_visible()
    expect_focus(page, "recipient")
    page.fill("#recipient", "jiro@example.net")
    page.click("#correct")

    expect(page.locator("#recipient")).to_have_count(0)
    expect_focus(page, "h1")
    expect(page.locator("#message[data-state=sent]")).to_be_visible(timeout=SAID)
    assert page.url.endswith(f"/outbox/{number}")
    assert submission.messages[0].rcpt_to == ("jiro@example.net",)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_row_that_was_cancelled_is_brought_back_where_that_is_said(
    services: Services, home: Path, working: Settings, open_page: Open, scripts: bool
) -> None:
    services.pace.pause(by=actor("ken"), now=clock.now())
    number = enqueue(services)
    page = open_page(scripts=scripts)
    with Serving(home) as panel:
        sign_in(page, panel.address)
        page.goto(f"{panel.address}/outbox")
        page.click(f"#cancel-{number}")
        expect(page.locator(f"#message-{number}")).to_have_attribute("data-state", "cancelled")
        expect(page.locator("#undo")).to_be_visible()

    with Serving(home, port=panel.port):  # which was started anew meanwhile
        page.click("#undo")
        expect(page.locator(f"#message-{number}")).to_have_attribute("data-state", "queued")

    assert services.outbox.get(number).state == "queued"


def test_sending_is_paused_and_resumed_with_the_same_button(
    panel: Serving, working: Settings, services: Services, submission: SmtpServer, open_page: Open
) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox?state=queued")

    page.click("#pause")
    expect(page.locator("#pause")).to_have_text("Resume sending")
    expect(page.locator("#sending .note")).to_contain_text(f"{ACCOUNT} paused it")
    expect_focus(page, "pause")
    number = enqueue(services)
    expect(page.locator(row(number, "queued"))).to_be_visible(timeout=SAID)
    page.goto(f"{panel.address}/settings")
    expect(page.locator("#status")).to_have_attribute("data-verdict", "paused")
    page.click("#status button")

    expect(page.locator("#status")).not_to_have_attribute("data-verdict", "paused")
    submission.wait_for(1)


def test_a_waiting_row_says_when_it_leaves_and_why_not(
    panel: Serving, working: Settings, services: Services, submission: SmtpServer, open_page: Open
) -> None:
    services.settings.save(replace(working, send_interval_ms=3_600_000), base=1, by=actor("ken"), now=clock.now())
    enqueue(services)
    submission.wait_for(1)
    number = enqueue(services)
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox")

    shown = page.locator(row(number, "queued"))
    expect(shown).to_contain_text(re.compile(r"about \d\d:\d\d:\d\d sent next"))
    services.pace.pause(by=actor("ken"), now=clock.now())
    expect(shown).to_contain_text("paused", timeout=SAID)
    page.goto(f"{panel.address}/outbox/{number}")
    expect(page.locator("#message")).to_contain_text("paused")
    services.pace.resume(by=actor(), now=clock.now())
    expect(page.locator("#message")).to_contain_text("leaves at about", timeout=SAID)


def test_updates_stop_when_asked(panel: Serving, services: Services, open_page: Open) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox")
    page.click("#outbox-live")
    expect(page.locator("#outbox-live")).to_have_text("Start updating")
    expect_focus(page, "outbox-live")

    number = put(services)
    with pytest.raises(AssertionError):
        expect(page.locator(f"#message-{number}")).to_be_visible(timeout=7_000)
    page.click("#outbox-live")

    expect(page.locator(f"#message-{number}")).to_be_visible()
    expect(page.locator("#outbox-live")).to_have_text("Stop updating")


def test_another_verdict_is_announced_and_the_way_out_is_there(
    panel: Serving, working: Settings, services: Services, submission: SmtpServer, open_page: Open
) -> None:
    enqueue(services)
    submission.wait_for(1)
    page = open_page()
    sign_in(page, panel.address)
    page.wait_for_selector("#status[data-verdict=ok]")

    wrong = replace(working, smtp_password="wrong")
    services.settings.save(wrong, base=1, by=actor("ken"), now=clock.now())
    enqueue(services)

    expect(page.locator("#say")).to_have_text("Mail is on hold", timeout=40_000)
    expect(page.locator("#status [data-cause=login_refused]")).to_be_visible()
    page.click("#status a:has-text('Edit and check')")
    page.wait_for_url("**/settings/edit#smtp_password")
    expect_focus(page, "smtp_password")


def test_a_session_that_ends_leads_to_the_sign_in_and_back(panel: Serving, services: Services, open_page: Open) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox?state=queued")

    with services.database.writing() as write:
        write.run("DELETE FROM sessions")
    page.wait_for_url(re.compile("/login"), timeout=SAID)
    page.fill("[name=name]", ACCOUNT)
    page.fill("[name=password]", ACCOUNT_PASSWORD)
    page.press("[name=password]", "Enter")

    page.wait_for_url("**/outbox?state=queued")


def test_filters_search_and_pages_swap_the_list(panel: Serving, services: Services, open_page: Open) -> None:
    numbers = [put(services, f"Report {number}") for number in range(60)]
    for number in numbers[:3]:
        fail(services, number)
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox")
    page.evaluate("window.stays = true")

    page.click("#older")
    expect(page.locator(f"#message-{numbers[0]}")).to_be_visible()
    expect_focus(page, "list-h")
    page.click("#filter-failed")
    expect(page.locator("[data-message]")).to_have_count(3)
    expect(page.locator("#say")).to_have_text("Messages shown: 3.")
    page.fill("#q", "report 1")
    page.press("#q", "Enter")
    expect(page.locator("[data-message]")).to_have_count(1)
    assert "state=failed" in page.url
    page.click("#retry-failed")
    page.check("#refused")
    page.click("#sure")
    expect(page.locator("[data-message]")).to_have_count(0)
    expect_focus(page, "list-h")
    assert page.evaluate("window.stays") is True
    page.go_back()

    expect(page.locator("#filter-failed")).to_have_attribute("aria-current", "true")


def test_on_a_phone_the_filter_that_is_on_is_in_view(panel: Serving, services: Services, open_page: Open) -> None:
    page = open_page("ja", 375)
    sign_in(page, panel.address)

    page.goto(f"{panel.address}/outbox?state=cancelled")

    expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=1)


def test_what_is_ticked_stays_and_is_cancelled_and_brought_back(
    panel: Serving, services: Services, open_page: Open
) -> None:
    services.pace.pause(by=actor("ken"), now=clock.now())
    numbers = [put(services, f"Report {number}") for number in range(12)]
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox?state=queued")
    page.check("#tick-all")
    expect(page.locator("#ticked")).to_have_text("Ticked: 12")
    expect(page.locator("#q")).to_be_hidden()
    put(services)
    with pytest.raises(AssertionError):  # no poll comes while messages are ticked
        expect(page.locator("[data-message]")).to_have_count(13, timeout=6_000)

    page.click(".bulk [value=cancel]")
    expect(page.locator("#notice")).to_contain_text("12 messages are cancelled.")
    expect(page.locator("[data-message]")).to_have_count(1)
    page.click("#undo")

    expect(page.locator("[data-message]")).to_have_count(13)
    assert {services.outbox.get(number).state for number in numbers} == {"queued"}


def test_ten_messages_are_in_view(panel: Serving, services: Services, open_page: Open) -> None:
    for number in range(20):
        put(services, f"Report {number} {'long ' * 40}")
    page = open_page("ja", 1280)
    page.set_viewport_size({"width": 1280, "height": 720})
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox")

    boxes = [each.bounding_box() for each in page.locator("[data-message]").all()]

    assert len([box for box in boxes if box["y"] + box["height"] <= 720]) >= 10
    assert max(box["height"] for box in boxes) <= 48


def test_the_same_without_scripts(
    panel: Serving, working: Settings, services: Services, submission: SmtpServer, open_page: Open
) -> None:
    submission.replies["RCPT"] = "550 5.1.1 No such user"
    number = enqueue(services, "nobody@example.net")
    page = open_page("ja", scripts=False)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox?state=failed")
    while not page.locator(row(number, "failed")).count():
        page.reload()
    expect(page.locator("#outbox-live")).to_be_hidden()
    del submission.replies["RCPT"]

    page.click(f"#retry-{number}")

    assert page.url.endswith("/outbox?state=failed")
    submission.wait_for(1)
    page.click("#filter-sent")
    page.click(f"#message-{number} a")
    expect(page.locator("#message")).to_have_attribute("data-state", "sent")
    page.goto(f"{panel.address}/outbox")
    page.click("#pause")
    expect(page.locator("#pause")).to_have_text("送信を再開")


def with_a_failure(panel: Serving, services: Services, page: Page) -> tuple[Page, int]:
    """Open the list with one message that failed, and give its number."""
    number = put(services)
    fail(services, number)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox?live=0")
    return page, number


def test_a_double_click_on_a_row_acts_once_also_behind_another_request(
    panel: Serving, services: Services, open_page: Open
) -> None:
    """While the list is asked for, two clicks wait their turn: one of them is sent."""
    page, number = with_a_failure(panel, services, open_page())
    held = Held(page, "**/outbox?**", "**/outbox/*/retry**")

    page.click("#filter-failed")
    page.click(f"#retry-{number}")
    page.click(f"#retry-{number}")
    held.let_through()

    expect(page.locator(row(number, "queued"))).to_be_visible()
    assert [each.partition("?")[0].rpartition("/")[2] for each in held.asked].count("retry") == 1
    expect(page.locator(".toast")).to_have_count(1)


def test_the_second_click_of_a_double_click_presses_nothing_that_came_in_between(
    panel: Serving, services: Services, open_page: Open
) -> None:
    """Where a row could be sent again, it can be cancelled once it waits: that takes a click of its own."""
    page, number = with_a_failure(panel, services, open_page())
    box = page.locator(f"#retry-{number}").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    page.mouse.click(x, y)
    cancel = page.locator(f"#cancel-{number}")
    expect(cancel).to_be_visible()
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    page.evaluate("new Promise(requestAnimationFrame)")

    assert page.evaluate(f"document.elementFromPoint({x}, {y}).closest('button')?.id") == f"cancel-{number}"
    assert [each.state for each in services.outbox.list().entries] == ["queued"]
    cancel.click()
    expect(page.locator(row(number, "cancelled"))).to_be_visible()


def test_the_table_below_the_chart_stays_open_while_mail_goes(
    panel: Serving, services: Services, open_page: Open
) -> None:
    with services.database.writing() as write:
        write.run("INSERT INTO minutes VALUES (?, 'sent', '', 3)", (clock.stamp(clock.now())[:16],))
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox")
    page.click("#pulse-table summary")

    number = put(services)

    expect(page.locator(f"#message-{number}")).to_be_visible(timeout=SAID)
    expect(page.locator("#pulse-table tbody")).to_be_visible()
    page.click("#pulse-table summary")
    expect(page.locator("#pulse-table tbody")).to_be_hidden()
