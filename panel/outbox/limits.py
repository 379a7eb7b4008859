"""How much mail the settings allowed in each bar of a course, as they were at the time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from panel.outbox.course import Course, Span
from panel.outbox.pace.rate import DAY_MS, HOUR_MS
from panel.settings.model import Settings
from panel.settings.store import Version


def limits(course: Course, versions: Sequence[Version], second_since: datetime | None) -> tuple[int | None, ...]:
    """Give the most mails of each bar, None where nothing limits so few; `versions` are the oldest first.

    From `second_since` on, mail leaves by the second server, at its pace.
    """
    saved = [each.saved_at for each in versions if each.saved_at]
    found = list[int | None]()
    for start in (each.start for each in course.bars):
        place = max(bisect_right(saved, start) - 1, 0)
        settings = versions[place].settings if versions else Settings()
        by_second = settings.second and second_since is not None and second_since <= start
        found.append(_most(settings.by_second if by_second else settings, course.span))
    return tuple(found)


def _most(settings: Settings, span: Span) -> int | None:
    """Give the most that may leave in one bar: by the interval, and by the caps of an hour and a day."""
    interval, width = settings.send_interval_ms, span.width_ms
    caps = ((HOUR_MS, settings.max_per_hour), (DAY_MS, settings.max_per_day))
    most = [cap * max(1, width // period) for period, cap in caps if cap]
    if 0 < interval <= width:
        most.append(width // interval)
    return min(most, default=None)
