"""The address of the list: what it asks for is kept over pages and acts, and what is no filter of ours is left out."""

from __future__ import annotations

import html
import re

import pytest

from panel import clock
from panel.outbox.state import Listed
from panel.services import Services
from panel.web.outbox.asked import ListingQuery, read_listing_query
from tests.support.actors import actor
from tests.support.mail import mail
from tests.web.conftest import Browser
from tests.web.outbox.conftest import fail, put, states

ADDRESS = "/outbox?state=failed&q=a+b&since=2026-11-24&until=2026-11-25&size=25&before=7&range=24h"


def test_an_address_says_again_what_it_was_read_of() -> None:
    asked = read_listing_query(
        {"state": "failed", "q": "a b", "since": "2026-11-24", "until": "2026-11-25", "size": "25", "before": "7"}
        | {"range": "24h", "evil": "https://elsewhere.example", "order": "sideways"}
    )

    assert asked.address("/outbox") == ADDRESS
    assert asked.begin("/outbox", state=Listed.SENT).startswith("/outbox?state=sent&q=a+b")
    assert "before" not in asked.begin("/outbox")


@pytest.mark.parametrize(
    "given",
    [
        {"state": "nonsense"},
        {"since": "yesterday"},
        {"until": "2026-02-30"},
        {"since": "٢٠٢٦-11-24"},
        {"size": "1000000"},
        {"before": "-1"},
        {"before": "9" * 40},
        {"tried_from": "x", "tried_to": "y"},
        {"tried_from": "2026-11-24T09:00:00.000Z"},
        {"tried_from": "0001-01-01T00:00:00+23:59", "tried_to": "9999-12-31T23:59:59-23:59"},
    ],
)
def test_what_is_no_value_of_a_filter_is_left_out(given: dict[str, str]) -> None:
    assert read_listing_query(given) == ListingQuery()


def put_on(services: Services, day: str, subject: str = "Report") -> int:
    moment = clock.moment(f"{day}T12:00:00.000Z")
    return services.outbox.enqueue(mail(subject=subject), by=actor(via="api"), now=moment).number


def test_days_narrow_the_list_and_the_counts_follow(browser: Browser, services: Services) -> None:
    put_on(services, "2026-11-20")
    second, third = put_on(services, "2026-11-22", "Invoice"), put_on(services, "2026-11-23")
    fail(services, third)
    put_on(services, "2026-11-26")

    page = browser.get("/outbox?since=2026-11-22&until=2026-11-23").text
    assert [number for number, _ in states(page)] == [str(third), str(second)]
    assert tabs(page) == {"all": "2", "queued": "1", "sending": "0", "deferred": "0", "failed": "1", "unseen": "1"} | {
        "sent": "0",
        "cancelled": "0",
    }

    page = browser.get("/outbox?since=2026-11-22&until=2026-11-23&q=invoice&state=queued").text
    assert [number for number, _ in states(page)] == [str(second)]
    assert (tabs(page)["all"], tabs(page)["failed"]) == ("1", "0")


def tabs(page: str) -> dict[str, str]:
    return dict(re.findall(r'id="filter-(\w+)".*?<span class="num">([\d,+]+)</span>', page))


def test_a_message_page_leads_back_to_the_same_list(browser: Browser, services: Services) -> None:
    number = put(services)
    fail(services, number)

    page = browser.get("/outbox?state=failed&q=report").text
    [address] = re.findall(rf'id="message-{number}".*?<a href="([^"]+)"', page, re.DOTALL)

    assert 'href="/outbox?state=failed&amp;q=report"' in browser.get(html.unescape(address)).text


def test_what_was_tried_in_a_part_of_the_chart_is_found(browser: Browser, services: Services) -> None:
    early, late = put_on(services, "2026-11-20"), put_on(services, "2026-11-20")
    with services.database.writing() as write:
        write.run("UPDATE messages SET state = 'sent', ended_at = '2026-11-21T10:00:00.000Z' WHERE number = ?", (late,))
        write.run(
            "UPDATE messages SET state = 'sent', ended_at = '2026-11-21T09:00:00.000Z' WHERE number = ?", (early,)
        )

    span = "tried_from=2026-11-21T10:00:00.000Z&tried_to=2026-11-21T10:01:00.000Z"

    assert [number for number, _ in states(browser.get(f"/outbox?{span}").text)] == [str(late)]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00", "yesterday"])
def test_moments_that_there_are_not_narrow_nothing(browser: Browser, services: Services, moment: str) -> None:
    number = put(services)

    page = browser.get(f"/outbox?tried_from={moment}&tried_to={moment}").text

    assert [found for found, _ in states(page)] == [str(number)]
