"""Rate as arithmetic: the manual's example, rounding, caps, and limits in servers' own words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.outbox.pace import rate as pacing
from panel.outbox.pace.rate import DAY_MS, HOUR_MS, MINUTE_MS
from tests.support.paths import DOCS


@pytest.mark.parametrize(
    ("limit", "margin", "interval", "rate"),
    [(12, 0, 5000, 12), (12, 20, 6000, 10), (6, 20, 12000, 5), (30, 20, 2400, 25), (60, 20, 1200, 50), (7, 0, 8572, 6)],
)
def test_twelve_a_minute_is_5000_ms_and_6000_with_a_margin(limit: int, margin: int, interval: int, rate: int) -> None:
    assert pacing.interval_for(limit, margin) == interval
    assert pacing.per_minute(interval) == rate


def test_a_limit_may_be_of_an_hour_or_a_day() -> None:
    assert pacing.interval_for(1500, 20, period_ms=HOUR_MS) == 2880
    assert pacing.interval_for(500, period_ms=DAY_MS) == 172_800


@given(st.integers(1, 100_000), st.integers(0, 100))
def test_an_interval_never_lets_more_through_than_the_limit(limit: int, margin: int) -> None:
    interval = pacing.interval_for(limit, margin)

    assert interval * limit >= MINUTE_MS


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("450 4.7.1 Error: too much mail: 12 messages per minute", (12, "minute")),
        ("421 limit of 100 emails/hour reached", (100, "hour")),
        ("You can send 500 recipients per day", (500, "day")),
        ("max 5 messages in 24 hours", (5, "day")),
        ("maximum send rate of 14 per second", (14, "second")),
        ("1時間あたり100通まで", (100, "hour")),
        ("1日に500通", (500, "day")),
        ("550 5.1.1 No such user", None),
        ("0 per minute", None),
    ],
)
def test_a_limit_is_found_in_a_servers_own_words(text: str, found: tuple[int, str] | None) -> None:
    assert pacing.limit_in(text) == found


@pytest.mark.parametrize(
    ("count", "caps", "expected"),
    [
        (1, {}, (0, "interval")),
        (101, {}, (600_000, "interval")),
        (101, {"max_per_hour": 100}, (HOUR_MS, "max_per_hour")),
        (1000, {"max_per_hour": 1000, "max_per_day": 300}, (3 * DAY_MS, "max_per_day")),
    ],
)
def test_a_queue_takes_as_long_as_its_tightest_cap(count: int, caps: dict[str, int], expected: tuple[int, str]) -> None:
    assert pacing.queue_ms(count, 6000, **caps) == expected


def test_the_guide_works_the_interval_out_as_the_helper_does() -> None:
    guide = (DOCS / "howto" / "sending-limit.md").read_text("utf-8")
    rows = re.findall(
        r"^\| (\d+) an? (minute|hour) \| (?:(\d+) an hour.*?\| .*= )?(\d+) ms \| (\d+) ms \|$", guide, re.M
    )

    assert len(rows) == 5
    for limit, period, others, bare, safe in rows:
        for margin, told in ((0, bare), (20, safe)):
            ms = pacing.PERIODS[period]
            assert pacing.interval_for(int(limit), margin, period_ms=ms, others_per_hour=int(others or 0)) == int(told)
