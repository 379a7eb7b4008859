"""Somebody is told when mail stops: offered after the first test, added, tested by one click, seen and acknowledged."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from panel import clock
from panel.alerts.alert import Alert
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import ACCOUNT_PASSWORD, RECIPIENT, Open, fits, sign_in
from tests.browser.test_accessibility import violations
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.receiver import Receiver, receiving
from tests.support.servers import SmtpServer
from tests.support.serving import Serving
from tests.support.waiting import wait_until
from tests.web.access.test_step_up import proven
from tests.web.alerts.conftest import keep_incident


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as told:
        yield told


def add_webhook(page: Page, receiver: Receiver) -> None:
    page.fill("#name", "Operators")
    page.fill("#url", receiver.url)
    page.click("#destination-form button.go")


def test_the_way_from_the_first_test_to_an_acknowledged_alert(
    panel: Serving,
    services: Services,
    right: Settings,
    submission: SmtpServer,
    receiver: Receiver,
    open_page: Open,
) -> None:
    services.settings.save(right, base=0, by=actor("ken"), now=clock.now())
    page = open_page()
    sign_in(page, panel.address)
    page.fill("#recipient", RECIPIENT)
    page.click("#trial-go")

    page.click("#alert-offer a")
    page.click("text=Webhook")
    page.fill("#url", "http://hooks.example.org/")
    page.click("#destination-form button.go")
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("#url")).to_have_attribute("aria-invalid", "true")
    add_webhook(page, receiver)

    expect(page.locator("#made-secret")).to_be_visible()
    expect(page.locator("#made-secret")).to_have_text(services.destinations.list()[0].secrets["secret"])
    expect(page.locator("h1")).to_contain_text("Alerts")
    page.wait_for_url("**/alerts")
    page.click("#test-button-1")
    expect(page.locator("[data-tested=told]")).to_contain_text("Arrived")
    expect(page.locator("#made-secret")).to_have_count(0)
    assert json.loads(receiver.heard[0].body)["type"] == "alert.test"
    assert receiver.heard[0].headers["webhook-signature"].startswith("v1,")
    assert page.locator("#alert-mark .dot").count() == 0

    services.thresholds.set({"held.minutes": "0"}, by=actor(), now=clock.now())
    submission.replies["AUTH"] = "535 5.7.8 Authentication failed"
    services.outbox.enqueue(mail(), by=actor(), now=clock.now())
    wait_until(lambda: Alert.HELD in [each.alert for each in services.alerts_now()])
    number = keep_incident(services, Alert.HELD)
    page.reload()
    expect(page.locator("[data-alert=held] h3")).to_contain_text("All mail is held.")
    expect(page.locator("#alert-mark .dot")).to_be_visible()
    page.click(f"#inc_{number} button")
    expect(page.locator(f"#inc_{number}")).to_contain_text("Acknowledged by hanako")
    expect(page.locator("#notice")).to_contain_text("Nobody is reminded")


def test_a_past_incident_keeps_its_words_while_the_page_counts(
    panel: Serving, services: Services, saved: Settings, open_page: Open
) -> None:
    keep_incident(services, Alert.HELD)
    page = open_page()
    sign_in(page, panel.address)
    page.clock.install()
    page.goto(f"{panel.address}/alerts")
    told = page.locator("#past li").inner_text()

    page.clock.run_for(1000)  # milliseconds

    assert "mail" in told.lower()
    assert page.locator("#past li").inner_text() == told


def test_a_password_is_asked_for_and_what_was_typed_stays(
    panel: Serving, services: Services, receiver: Receiver, open_page: Open
) -> None:
    page = open_page()
    sign_in(page, panel.address)
    proven(services, minutes=6)
    page.goto(f"{panel.address}/alerts/new?kind=webhook")

    add_webhook(page, receiver)
    expect(page.locator("#step-up input")).to_be_focused()
    assert page.input_value("#url") == receiver.url
    page.fill("#step-up input", ACCOUNT_PASSWORD)
    page.press("#step-up input", "Enter")

    expect(page.locator("#made-secret")).to_be_visible()
    assert [each.name for each in services.destinations.list()] == ["Operators"]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_chat_is_added_and_edited(
    panel: Serving, services: Services, receiver: Receiver, open_page: Open, scripts: bool
) -> None:
    page = open_page(scripts=scripts)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/alerts/new?kind=chat")
    page.fill("#url", receiver.url)
    page.click("#destination-form button.go")
    expect(page.locator("#chat_form")).to_have_attribute("aria-invalid", "true")

    page.select_option("#chat_form", "mattermost")
    page.fill("#url", receiver.url)
    page.click("#destination-form button.go")
    page.click("#test-button-1")
    expect(page.locator("[data-tested=told]")).to_be_visible()
    page.goto(f"{panel.address}/alerts/1/edit")
    expect(page.locator("#chat_form")).to_have_value("mattermost")
    page.fill("#name", "Room")
    page.click("#destination-form button.go")
    expect(page.locator("[data-destination]")).to_contain_text("Room")

    assert services.destinations.list()[0].values["form"] == "mattermost"


def test_it_goes_without_scripts(panel: Serving, services: Services, receiver: Receiver, open_page: Open) -> None:
    page = open_page(scripts=False)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/alerts")
    page.click("text=Webhook")

    page.fill("#url", "ftp://hooks.example.org/")
    page.click("#destination-form button.go")
    expect(page.locator("#url-error")).to_be_visible()
    add_webhook(page, receiver)
    expect(page.locator("#made-secret")).to_be_visible()
    page.click("#test-button-1")
    expect(page.locator("[data-tested=told]")).to_be_visible()
    page.fill("[name='waiting.minutes']", "90")
    page.click("#conditions button")
    expect(page.locator("[name='waiting.minutes']")).to_have_value("90")
    page.click("#alerts summary")
    page.click("#remove-1 button")
    expect(page.locator("[data-destination]")).to_have_count(0)

    assert [*services.destinations.list()] == []


@pytest.mark.parametrize(("language", "width", "dark"), [("ja", 390, False), ("en", 1280, True)])
def test_no_state_of_the_alerts_has_a_violation(
    panel: Serving,
    services: Services,
    saved: Settings,
    receiver: Receiver,
    open_page: Open,
    language: str,
    width: int,
    dark: bool,
) -> None:
    page = open_page(language, width, dark=dark)
    sign_in(page, panel.address)
    for path in ("/alerts", "/alerts/new", "/alerts/new?kind=mail", "/alerts/new?kind=chat"):
        page.goto(panel.address + path)
        assert violations(page) == [], path
        assert fits(page), path

    _fill(services, receiver)
    for path in ("/alerts", "/alerts/1/edit"):
        page.goto(panel.address + path)
        assert violations(page) == [], path
        assert fits(page), path
    page.fill("#name", "x" * 61)
    page.click("#destination-form button.go")
    expect(page.locator("#errors")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{panel.address}/alerts")
    page.fill("[name='waiting.minutes']", "x")
    page.click("#conditions button")
    expect(page.locator("#errors")).to_be_visible()
    assert violations(page) == []
    assert fits(page)


def _fill(services: Services, receiver: Receiver) -> None:
    """Have destinations in each state, with names as long and as strange as they may be, and things that are wrong."""
    now = clock.now()
    for name in ("w" * 60, "<b>evil</b> \u202eback", "運用チーム", ""):
        services.destinations.add("webhook", {"url": receiver.url, "name": name}, actor("ken"), now)
    at = clock.stamp(now)
    with services.database.writing() as write:
        write.run("UPDATE destinations SET failing_since = ?, failed_at = ?, status = 'connection_refused'", (at, at))
        write.run("UPDATE destinations SET disabled_at = ? WHERE number = 2", (at,))
        write.run("UPDATE destinations SET secrets = ? WHERE number = 3", (b"\0",))
        write.run(_HOLD, (at,))
    services.thresholds.set({"disk.megabytes": "1000000"}, by=actor(), now=now)
    keep_incident(services, Alert.HELD)


_HOLD = "UPDATE pace SET held_at = ?, held_cause = 'login_refused', held_stage = 'auth', held_version = 1"
