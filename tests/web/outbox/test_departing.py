"""The line in the outbox's head: it says when mail leaves, and never that it does while it does not."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from panel import clock
from panel.outbox.estimate import Departure, Standstill
from panel.outbox.pace.pace import Reason, Terms
from panel.services import Services
from panel.settings.model import Settings
from panel.web.outbox.departing import departure_line
from tests.outbox import test_estimate as forecasts
from tests.support.actors import actor
from tests.support.rows import move
from tests.web.conftest import Browser
from tests.web.outbox.conftest import put

WORKS = Settings(from_address="report@example.jp", smtp_host="smtp.example.jp", smtp_auth=False)


def ready(services: Services, **changed: int) -> None:
    services.settings.save(replace(WORKS, **changed), base=0, by=actor("ken"), now=clock.now())
    services.heartbeats.beat("1-a", message=None, now=clock.now())


def head(browser: Browser, path: str = "/outbox", language: str = "en") -> str:
    page = browser.get(path, headers={"Accept-Language": language}).text
    [line] = re.findall(r'id="departs">(.*?)</p>', page, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", line)).strip()


def test_it_says_the_pace_when_the_next_leaves_and_when_all_have(browser: Browser, services: Services) -> None:
    ready(services, send_interval_ms=6_000)
    assert head(browser) == "Nothing is waiting."

    for _ in range(3):
        put(services)

    assert re.fullmatch(r"Sending 10 a minute next at any moment · all sent by about \d\d:\d\d", head(browser))
    assert re.fullmatch(r"10通/分で送信中 次はまもなく · 送り終わりは \d\d:\d\d ごろ", head(browser, language="ja"))


def test_a_filter_changes_nothing_of_it(browser: Browser, services: Services) -> None:
    ready(services)
    put(services)

    assert head(browser, "/outbox?state=sent&q=nothing") == "Sending next at any moment"


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("unset", "Not set up yet 1 waits"),
        ("unattended", "No worker is running 1 waits"),
        ("paused", "Sending is paused 1 waits"),
        ("held", "Mail is on hold 1 waits"),
    ],
)
def test_it_never_says_that_mail_leaves_while_it_does_not(
    browser: Browser, services: Services, why: str, said: str
) -> None:
    if why != "unset":
        ready(services)
    put(services)
    if why == "unattended":
        services.heartbeats.leave("1-a")
    elif why == "paused":
        services.pace.pause(by=actor("ken"), now=clock.now())
    elif why == "held":
        forecasts.hold(services)

    assert head(browser) == said


def test_a_pause_is_told_although_nothing_waits(browser: Browser, services: Services) -> None:
    ready(services)
    services.pace.pause(by=actor("ken"), now=clock.now())

    assert head(browser) == "Sending is paused Nothing is waiting."


def test_a_cap_that_is_reached_is_no_sending(browser: Browser, services: Services) -> None:
    ready(services, max_per_hour=1)
    terms = Terms.of(services.settings.current())
    services.pace.begin_test("test/1", terms, clock.instant())
    services.pace.end_test("test/1", terms, clock.instant())
    put(services)

    assert re.fullmatch(r"Limit of an hour reached next at \d\d:\d\d:\d\d", head(browser))


def test_what_is_put_off_is_not_being_sent(browser: Browser, services: Services) -> None:
    ready(services, send_interval_ms=6_000)
    number = put(services)
    due = clock.now() + timedelta(minutes=20)
    with services.database.writing() as write:
        move(write, number, "deferred", attempts=1, due_at=clock.stamp(due))

    assert re.fullmatch(r"Will retry next at \d\d:\d\d:\d\d", head(browser))


def test_a_poll_that_finds_the_same_rows_still_hears_that_fewer_wait(browser: Browser, services: Services) -> None:
    ready(services)
    number = put(services)
    [poll] = re.findall(r'hx-get="([^"]+seen=[^"]+)"', browser.get("/outbox?state=sent&q=nothing").text)
    assert browser.get(html.unescape(poll), htmx=True).status_code == 204

    services.outbox.cancel(number, by=actor("ken"), now=clock.now())

    assert "Nothing is waiting." in browser.get(html.unescape(poll), htmx=True).text


@pytest.fixture
def asking(app: Flask) -> Iterator[None]:
    with app.test_request_context("/outbox", headers={"Accept-Language": "en"}):
        yield


@pytest.mark.parametrize(
    ("interval_ms", "said"),
    [
        (0, "Sending"),
        (500, "Sending 120 a minute"),
        (7_000, "Sending 8.6 a minute"),
        (60_000, "Sending 1 a minute"),
        (90_000, "Sending 40 an hour"),
        (7_200_000, "Sending 12 a day"),
        (172_800_000, "Sending 0.5 a day"),
    ],
)
@pytest.mark.usefixtures("asking")
def test_the_pace_is_told_of_the_span_in_which_one_leaves(interval_ms: int, said: str) -> None:
    now = clock.now()

    assert departure_line(Departure(1, next_at=now), interval_ms, now).badge == said


@pytest.mark.usefixtures("asking")
def test_every_reason_to_wait_has_its_words() -> None:
    now = clock.now()
    stands = [Departure(1, each) for each in Standstill]
    rests = [Departure(1, None, each, now) for each in Reason]

    said = [departure_line(each, 6_000, now) for each in (*stands, *rests)]

    assert all(each.badge and each.icon for each in said)
    assert {each.badge for each in said if each.tone == "ok"} == {"Sending 10 a minute"}
