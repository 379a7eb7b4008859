"""What was sent, drawn: its axes, its limit, and that a bar says what it holds."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from panel import clock
from panel.outbox.course import Span
from panel.services import Services
from panel.settings.model import Settings
from panel.web.outbox.chart import even
from tests.support.actors import actor
from tests.web.conftest import Browser

PARTS = re.compile(r'<path class="(sent|later|lost)" d="([^"]+)"')


def note(services: Services, back: timedelta, outcome: str, number: int, cause: str = "") -> None:
    """Note tries of a minute so long ago."""
    with services.database.writing() as write:
        minute = clock.stamp(clock.now() - back)[:16]
        write.run("INSERT INTO minutes VALUES (?, ?, ?, ?)", (minute, outcome, cause, number))


@pytest.mark.parametrize(
    ("most", "top"),
    [(1, 1), (2, 2), (3, 4), (7, 8), (9, 10), (11, 14), (15, 20), (90, 100), (9_999, 10_000)],
)
def test_an_axis_ends_at_an_even_number(most: int, top: int) -> None:
    assert even(most) == top


def test_the_bars_stand_on_each_other_and_each_says_what_it_holds(browser: Browser, services: Services) -> None:
    for outcome, number, cause in (
        ("sent", 5, ""),
        ("deferred", 2, "mailbox_full"),
        ("failed", 1, "recipient_unknown"),
    ):
        note(services, timedelta(minutes=10), outcome, number, cause)

    page = browser.get("/outbox").text

    assert dict(PARTS.findall(page)) == {
        "sent": "M491.0 37.5h8.0v62.5h-8.0z",
        "later": "M491.0 12.5h8.0v25.0h-8.0z",
        "lost": "M491.0 0.0h8.0v12.5h-8.0z",
    }
    assert re.search(r"<title>\d\d:\d\d: Sent 5, Sent again later 2, Failed 1</title>", page)
    assert re.search(r'<div class="y num" aria-hidden="true"><span>8</span><span>4</span><span>0</span>', page)
    figures = r'<th scope="row" class="num">\d\d:\d\d</th>(.*?)</tr>'
    assert re.findall(r">(\d+)<", re.findall(figures, page)[0]) == ["5", "2", "1"]
    causes = re.findall(r'<li><b class="num">(\d+)</b> <a href="/diagnosis/causes#(\w+)">', page)
    assert causes == [("2", "mailbox_full"), ("1", "recipient_unknown")]


def test_the_limit_is_drawn_as_it_was(browser: Browser, services: Services) -> None:
    slow = Settings(from_address="report@example.org", smtp_host="smtp.example.org", smtp_auth=False)
    begun = clock.now() - timedelta(minutes=30)
    services.settings.save(replace(slow, send_interval_ms=6_000), base=0, by=actor(), now=begun)
    later = begun + timedelta(minutes=15)
    services.settings.save(replace(slow, send_interval_ms=15_000), base=1, by=actor(), now=later)
    note(services, timedelta(minutes=20), "sent", 9)

    [path] = re.findall(r'<path class="limit" d="(M[^"]+)"/><a', browser.get("/outbox").text)

    assert re.fullmatch(r"M0\.0 0\.0H4[456]0\.0V60\.0H600\.0", path)


@pytest.mark.usefixtures("saved")
def test_a_limit_far_above_does_not_press_the_bars_to_the_ground(browser: Browser, services: Services) -> None:
    note(services, timedelta(minutes=10), "sent", 1)

    page = browser.get("/outbox").text

    assert 'class="limit" d="M0.0' not in page
    assert "Limit: 10 a minute" in page
    assert "<span>1</span><span>0</span>" in page


@pytest.mark.parametrize(
    ("span", "caps", "said"),
    [
        (Span.HOUR, {"max_per_hour": 2}, "Limit: 2 an hour"),
        (Span.DAY, {"max_per_day": 50}, "Limit: 50 a day"),
        (Span.MONTH, {"max_per_hour": 10}, "Limit: 120 in 12 hours"),
    ],
)
def test_a_limit_that_is_longer_than_a_bar_is_told_as_it_was_set(
    browser: Browser, services: Services, span: Span, caps: dict[str, int], said: str
) -> None:
    base = Settings(
        from_address="report@example.org", smtp_host="smtp.example.org", smtp_auth=False, send_interval_ms=0
    )
    services.settings.save(replace(base, **caps), base=0, by=actor(), now=clock.now())
    note(services, timedelta(milliseconds=span.width_ms * 3), "sent", 1)

    page = browser.get(f"/outbox?range={span}").text

    assert page.count(said) == 2  # below the picture, and for who does not see it
    assert page.count("Limit: ") == 2


@pytest.mark.parametrize("span", Span)
def test_each_span_is_chosen_by_its_address_and_kept_by_what_the_page_asks_for_next(
    browser: Browser, services: Services, span: Span
) -> None:
    note(services, timedelta(milliseconds=span.width_ms * 3), "sent", 4)

    page = browser.get(f"/outbox?range={span}&state=sent").text

    assert f'id="span-{span}" href="/outbox?state=sent&amp;range={span}" aria-current="true"' in page
    assert len(re.findall('<rect class="hit"', page)) == 1
    if span is not Span.HOUR:
        assert re.search(rf'hx-get="/outbox\?state=sent&amp;range={span}&amp;seen=', page)


def test_a_span_that_nobody_knows_is_the_last_hour(browser: Browser) -> None:
    assert 'id="span-1h" href="/outbox?range=1h" aria-current="true"' in browser.get("/outbox?range=1y").text


def test_the_times_below_are_those_of_the_reader(browser: Browser, services: Services) -> None:
    note(services, timedelta(minutes=10), "sent", 1)

    page = browser.get("/outbox").text

    [times] = re.findall(r'<div class="x num" aria-hidden="true">(.*?)</div>', page)
    shown = re.findall(r"<span>(\d\d:\d\d)</span>", times)
    assert len(shown) == 5
    assert shown[-1] in {(clock.now() + timedelta(minutes=each)).astimezone().strftime("%H:%M") for each in (0, 1)}
