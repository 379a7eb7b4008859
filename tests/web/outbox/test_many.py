"""Many messages at once: ticked, or all that the filters leave; sent again only after it was said what that does."""

from __future__ import annotations

import html
import re

import pytest

from panel.services import Services
from tests.support.rows import move
from tests.web.conftest import Browser
from tests.web.outbox.conftest import fail, put

UNDO = re.compile(r'action="([^"]+)"[^>]*><input[^>]*><button id="undo"')


def leave(services: Services) -> tuple[list[int], int]:
    """Leave twelve messages that were put off until they were given up, and one that was refused for good."""
    later = [put(services, f"Report {number}") for number in range(12)]
    with services.database.writing() as write:
        for number in later:
            move(write, number, "failed", recipients_are="failed", cause="greylisted", reply="451 4.7.1 Later")
    refused = put(services)
    fail(services, refused)
    return later, refused


def ticked(*numbers: int, **more: str) -> dict[str, str | list[str]]:
    return {"m": [str(number) for number in numbers], **more}


@pytest.mark.parametrize("htmx", [True, False])
def test_twelve_are_sent_again_in_four_clicks(browser: Browser, services: Services, htmx: bool) -> None:
    later, refused = leave(services)
    browser.get("/outbox?state=failed", htmx=htmx)  # 1: the filter; 2: tick all

    asked = browser.post("/outbox?state=failed", ticked(*later, refused, bulk="retry"), htmx=htmx)  # 3
    assert "Send 12 messages again?" in asked.text
    assert "1 was refused for good" in asked.text
    assert " required" not in re.search(r'<input[^>]* id="refused"[^>]*>', asked.text)[0]
    assert {services.outbox.get(number).state for number in later} == {"failed"}
    fields = re.findall(r'<input type="hidden" name="m" value="(\d+)"', asked.text)
    done = browser.post("/outbox?state=failed", {"m": fields, "bulk": "retry", "sure": "yes"}, htmx=htmx)  # 4

    text = done.text if htmx else browser.get(done.location).text
    assert "12 messages are queued again. 1 is left out" in text
    assert {services.outbox.get(number).state for number in later} == {"queued"}
    assert services.outbox.get(refused).state == "failed"

    [address] = UNDO.findall(text)
    browser.post(html.unescape(address), {})
    assert {services.outbox.get(number).state for number in later} == {"failed"}


def test_what_was_refused_for_good_goes_where_that_is_ticked(browser: Browser, services: Services) -> None:
    _, refused = leave(services)
    browser.get("/outbox")

    browser.post("/outbox", ticked(refused, bulk="retry", sure="yes"))
    assert services.outbox.get(refused).state == "failed"
    browser.post("/outbox", ticked(refused, bulk="retry", sure="yes", refused="yes"))

    assert services.outbox.get(refused).state == "queued"


def test_all_that_the_filters_leave_are_meant_where_that_is_ticked(browser: Browser, services: Services) -> None:
    later, refused = leave(services)
    browser.get("/outbox")

    browser.post("/outbox?state=failed&q=report+1", {"bulk": "seen", "all": "yes", "m": str(refused)})

    seen = [number for number in (*later, refused) if services.outbox.get(number).seen_at]
    assert seen == [number for number in later if "Report 1" in services.outbox.get(number).subject]


def test_only_what_waits_is_cancelled_and_the_rest_is_told(browser: Browser, services: Services) -> None:
    _, refused = leave(services)
    waiting = put(services)
    browser.get("/outbox")

    text = browser.post("/outbox", ticked(waiting, refused, 99, bulk="cancel"), htmx=True).text

    assert "1 message is cancelled. 2 are left out: they wait no more." in text
    assert services.outbox.get(waiting).state == "cancelled"


@pytest.mark.parametrize(
    "data", [{"bulk": "retry"}, {"bulk": "nonsense", "m": "1"}, {"m": "1"}, {"bulk": "seen", "m": "x"}]
)
def test_without_messages_or_an_act_nothing_is_done(browser: Browser, services: Services, data: dict[str, str]) -> None:
    leave(services)
    browser.get("/outbox")

    assert "Tick the messages first." in browser.post("/outbox", data, htmx=True).text
    assert services.outbox.unseen_failures() == 13


def test_all_failures_are_seen_by_one_button(browser: Browser, services: Services) -> None:
    leave(services)
    assert 'id="see-all"' in browser.get("/outbox?state=unseen").text

    assert "13 failures are marked as seen." in browser.post("/outbox/seen?state=unseen", {}, htmx=True).text

    assert services.outbox.unseen_failures() == 0


def test_which_failed_and_why_is_one_click_away(browser: Browser, services: Services) -> None:
    _, refused = leave(services)

    [address] = re.findall(r'id="filter-unseen" href="([^"]+)"', browser.get("/outbox").text)
    page = browser.get(html.unescape(address)).text

    assert page.count("data-message=") == 13
    assert re.search(rf'id="message-{refused}".*?The recipient does not exist\.', page, re.DOTALL)


def test_the_offer_says_how_many_are_let_go_although_they_are_withheld(browser: Browser, services: Services) -> None:
    later, _ = leave(services)
    kept = [put(services) for _ in range(3)]
    with services.database.writing() as write:
        for number in kept:
            move(write, number, "withheld")

    assert "withheld" not in browser.post("/outbox", ticked(*later, bulk="retry")).text
    asked = browser.post("/outbox", ticked(*later, *kept, bulk="retry")).text

    assert "3 of them are withheld, and go to their recipients all the same." in asked
