"""How much mail the settings allowed in each bar of a course, as they were at the time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from panel.outbox.course import Course, Span
from panel.outbox.pace.rate import DAY_MS, HOUR_MS
from panel.settings.model import Settings
from panel.settings.store import Version


class BarLimit(NamedTuple):
    """The most mails that may leave in one bar, and the limit that says so: so many in a period of so many ms."""

    most: int
    number: int
    period_ms: int


def limits(course: Course, versions: Sequence[Version], second_since: datetime | None) -> tuple[BarLimit | None, ...]:
    """Give the limit of each bar, None where nothing limits so few; `versions` are the oldest first.

    From `second_since` on, mail leaves by the second server, at its pace.
    """
    saved = [each.saved_at for each in versions if each.saved_at]
    found = list[BarLimit | None]()
    for start in (each.start for each in course.bars):
        place = max(bisect_right(saved, start) - 1, 0)
        settings = versions[place].settings if versions else Settings()
        by_second = settings.second and second_since is not None and second_since <= start
        found.append(_most(settings.by_second if by_second else settings, course.span))
    return tuple(found)


def _most(settings: Settings, span: Span) -> BarLimit | None:
    """Give what allows least in a bar: the interval, or the cap of an hour or a day, the longest of equal ones."""
    interval, width = settings.send_interval_ms, span.width_ms
    caps = ((DAY_MS, settings.max_per_day), (HOUR_MS, settings.max_per_hour))
    found = [BarLimit(cap * max(1, width // period), cap, period) for period, cap in caps if cap]
    if 0 < interval <= width:
        found.append(BarLimit(width // interval, width // interval, width))
    return min(found, key=lambda each: each.most, default=None)
