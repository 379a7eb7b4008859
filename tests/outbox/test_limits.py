"""What the settings allowed in each bar, as they were at the time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from panel.outbox.course import Bar, Course, Span
from panel.outbox.limits import BarLimit, limits
from panel.outbox.pace.rate import DAY_MS, HOUR_MS, MINUTE_MS
from panel.settings.model import Settings
from panel.settings.store import Version

START = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)


def bars(span: Span, number: int) -> Course:
    return Course(span, tuple(Bar(START + timedelta(milliseconds=span.width_ms * place)) for place in range(number)))


def saved(minutes: int, settings: Settings) -> Version:
    return Version(1, settings, START + timedelta(minutes=minutes))


def most(course: Course, versions: Sequence[Version], second_since: datetime | None) -> tuple[int | None, ...]:
    return tuple(each and each.most for each in limits(course, versions, second_since))


def test_a_limit_changes_where_it_was_changed() -> None:
    versions = [saved(-600, Settings(send_interval_ms=6_000)), saved(2, Settings(send_interval_ms=4_000))]

    assert most(bars(Span.HOUR, 4), versions, None) == (10, 10, 15, 15)


def test_before_anything_was_saved_the_first_version_tells() -> None:
    assert most(bars(Span.HOUR, 2), [saved(1, Settings(send_interval_ms=6_000))], None) == (10, 10)
    assert most(bars(Span.HOUR, 2), [], None) == (None, None)


@pytest.mark.parametrize(
    ("span", "settings", "allowed"),
    [
        (Span.HOUR, Settings(), None),
        (Span.HOUR, Settings(send_interval_ms=120_000), None),
        (Span.HOUR, Settings(max_per_hour=50), 50),
        (Span.DAY, Settings(send_interval_ms=6_000, max_per_hour=100), 100),
        (Span.DAY, Settings(send_interval_ms=60_000, max_per_hour=100), 15),
        (Span.WEEK, Settings(max_per_hour=100), 200),
        (Span.WEEK, Settings(max_per_hour=100, max_per_day=150), 150),
        (Span.MONTH, Settings(send_interval_ms=60_000, max_per_day=500), 500),
        (Span.MONTH, Settings(max_per_hour=10, max_per_day=500), 120),
    ],
)
def test_the_narrowest_of_interval_and_caps_counts(span: Span, settings: Settings, allowed: int | None) -> None:
    assert most(bars(span, 1), [saved(-1, settings)], None) == (allowed,)


@pytest.mark.parametrize(
    ("span", "settings", "limit"),
    [
        (Span.HOUR, Settings(max_per_hour=2), BarLimit(2, 2, HOUR_MS)),
        (Span.HOUR, Settings(send_interval_ms=30_000, max_per_hour=2), BarLimit(2, 2, HOUR_MS)),
        (Span.HOUR, Settings(max_per_hour=5, max_per_day=5), BarLimit(5, 5, DAY_MS)),
        (Span.HOUR, Settings(send_interval_ms=6_000, max_per_hour=50), BarLimit(10, 10, MINUTE_MS)),
        (Span.MONTH, Settings(max_per_hour=10), BarLimit(120, 10, HOUR_MS)),
    ],
)
def test_the_limit_that_counts_is_told_as_it_was_set(span: Span, settings: Settings, limit: BarLimit) -> None:
    assert limits(bars(span, 1), [saved(-1, settings)], None) == (limit,)


def test_from_the_second_server_on_its_pace_counts() -> None:
    settings = Settings(send_interval_ms=6_000, second=True, second_send_interval_ms=30_000)

    assert most(bars(Span.HOUR, 3), [saved(-1, settings)], START + timedelta(minutes=1)) == (10, 2, 2)
