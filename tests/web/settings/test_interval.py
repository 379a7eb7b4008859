"""The interval helper: from a limit that is typed, that a service publishes, or that refusals have taught."""

from __future__ import annotations

import re

import pytest

from panel import clock
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.pace.pace import Terms
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.mail import OneByOne, broken, mail
from tests.web.conftest import Browser, typed


def value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    return found[1] if found else ""


def refuse_for_the_rate(services: Services, words: str) -> None:
    services.outbox.enqueue(mail(), by=actor(), now=clock.now())
    claims = OneByOne(services.database)
    claimed = claims.claim("w", Terms.of(services.settings.current()), clock.instant())
    assert isinstance(claimed, Claim)
    claims.settle(claimed, broken(claimed, Stage.DATA, words), clock.instant())


@pytest.mark.parametrize(
    ("limit", "unit", "margin", "interval"),
    [
        ("12", "minute", "0", "5000"),
        ("12", "minute", "20", "6000"),
        ("30", "minute", "20", "2400"),
        ("1", "second", "20", "1200"),
        ("1500", "hour", "20", "2880"),
        ("500", "day", "0", "172800"),
        ("450 4.7.1 at most 12 messages per minute", "second", "20", "6000"),
    ],
)
def test_a_limit_gives_its_interval(browser: Browser, limit: str, unit: str, margin: str, interval: str) -> None:
    page = browser.post("/settings/pace", typed(per_minute=limit, unit=unit, margin=margin), htmx=True).text

    assert value(page, "send_interval_ms") == interval


def test_a_queue_is_told_with_what_binds_it(browser: Browser) -> None:
    page = browser.post("/settings/pace", typed(per_minute="12", margin="20", max_per_day="500"), htmx=True).text

    assert "100 mails 9.9 minutes" in page
    assert re.search(r"10000 mails 19 days \(Daily limit\)", page)


@pytest.mark.parametrize("htmx", [True, False])
def test_a_services_own_limit_is_one_click_away(browser: Browser, htmx: bool) -> None:
    asked = typed(smtp_host="smtp.office365.com", margin="20", max_per_day="99999", version="0")
    offered = browser.post("/settings/pace", {**asked, "per_minute": "60"}, htmx=htmx).text

    taken = browser.post("/settings/pace", {**asked, "use": "service"}, htmx=htmx).text

    assert "Microsoft 365: 30 per minute, 10000 per day (checked on 2026-11-23)" in offered
    assert (value(taken, "send_interval_ms"), value(taken, "max_per_day")) == ("2400", "10000")


def test_a_limit_for_a_day_alone_becomes_the_services_interval_and_a_cap(browser: Browser) -> None:
    asked = typed(smtp_host="smtp.gmail.com", use="service", max_per_day="100", version="0")

    page = browser.post("/settings/pace", asked, htmx=True).text

    assert (value(page, "send_interval_ms"), value(page, "max_per_day")) == ("6000", "100")


def test_what_refusals_have_taught_is_one_click_away(browser: Browser, services: Services, saved: Settings) -> None:
    refuse_for_the_rate(services, "450 4.7.1 Too many mails: 10 messages per minute are allowed")

    offered = browser.get("/settings/edit").text
    page = browser.post("/settings/pace", typed(use="refusals"), htmx=True).text

    assert "The server’s refusals ask for 6600 milliseconds." in offered
    assert value(page, "send_interval_ms") == "6600"


def test_nothing_known_is_nothing_offered(browser: Browser, saved: Settings) -> None:
    page = browser.get("/settings/edit").text

    assert 'name="use"' not in page
    assert browser.post("/settings/pace", typed(use="refusals"), htmx=True).status_code == 422


@pytest.mark.parametrize(
    ("limit", "unit", "others", "interval"),
    [
        ("12", "minute", "", "6000"),
        ("12", "minute", "0", "6000"),
        ("12", "minute", "360", "12000"),
        ("100", "hour", "40", "72000"),
        ("480", "day", "10", "432000"),
        ("1", "second", "1800", "2400"),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_what_others_send_through_the_account_is_taken_off_the_limit(
    browser: Browser, limit: str, unit: str, others: str, interval: str, htmx: bool
) -> None:
    asked = typed(per_minute=limit, unit=unit, margin="20", others=others, version="0")

    page = browser.post("/settings/pace", asked, htmx=htmx).text

    assert value(page, "send_interval_ms") == interval
    assert value(page, "others") == others.removeprefix("0")


@pytest.mark.parametrize("others", ["720", "100000", "many", "-1"])
def test_others_that_leave_nothing_or_are_no_number_are_said(browser: Browser, others: str) -> None:
    response = browser.post("/settings/pace", typed(per_minute="12", margin="20", others=others), htmx=True)

    assert response.status_code == 422
    assert "others" in response.text


def test_a_services_limit_is_shared_with_others_too(browser: Browser) -> None:
    asked = typed(smtp_host="smtp.office365.com", margin="20", others="900", use="service", version="0")

    assert value(browser.post("/settings/pace", asked, htmx=True).text, "send_interval_ms") == "4800"
