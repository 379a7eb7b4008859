"""What became of the tries of an hour, a day, a week or a month, as many bars beside each other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from panel import clock
from panel.outbox.pace.rate import DAY_MS, HOUR_MS, MINUTE_MS
from panel.storage.database import Reader, Row

_MINUTE, _HOUR = len("2026-11-23T09:00"), len("2026-11-23T09")  # of a stamp, what names its minute and its hour


class Span(StrEnum):
    """How far back a course goes."""

    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"

    @property
    def bars(self) -> int:
        return _BARS[self][0]

    @property
    def width_ms(self) -> int:
        """Give how long one bar is, in ms."""
        return _BARS[self][1]


_BARS = {
    Span.HOUR: (60, MINUTE_MS),
    Span.DAY: (96, 15 * MINUTE_MS),
    Span.WEEK: (84, 2 * HOUR_MS),
    Span.MONTH: (60, 12 * HOUR_MS),
}


class Tries(NamedTuple):
    """How many tries that began within a minute, or an hour, ended in one way, for one cause: blank for a success."""

    start: datetime
    outcome: str
    cause: str
    number: int


@dataclass(frozen=True, slots=True)
class Bar:
    """Tries that began from `start` on: what was sent, what goes again later, and what was given up."""

    start: datetime
    sent: int = 0
    later: int = 0
    lost: int = 0

    @property
    def tries(self) -> int:
        return self.sent + self.later + self.lost


@dataclass(frozen=True, slots=True)
class Course:
    """The bars, the newest last; and how many tries did not succeed for which cause, the most frequent first."""

    span: Span
    bars: tuple[Bar, ...]
    causes: tuple[tuple[str, int], ...] = ()

    @property
    def end(self) -> datetime:
        return self.bars[-1].start + timedelta(milliseconds=self.span.width_ms)


def course(read: Reader, span: Span, now: datetime, *, ahead: timedelta = timedelta()) -> Course:
    """Read a course that ends now; its bars begin where the clock of who reads it, so far `ahead` of UTC, is even."""
    since = course_began(span, now, ahead=ahead)
    return course_of(tries_since(read, since, by_hour=span.width_ms >= HOUR_MS), span, now, ahead=ahead)


def course_began(span: Span, now: datetime, *, ahead: timedelta = timedelta()) -> datetime:
    """Give when the first bar begins of a course that ends now."""
    return next(_starts(span, now, ahead))


def course_of(tries: Iterable[Tries], span: Span, now: datetime, *, ahead: timedelta = timedelta()) -> Course:
    """Make a course of tries that were read; those before it are left out."""
    found = {start: Counter[str]() for start in _starts(span, now, ahead)}
    causes = Counter[str]()
    for each in tries:
        start = _floor(each.start, span, ahead)
        if start not in found:  # or after it, by a clock that was set back
            continue
        kind = _KINDS.get(each.outcome, "later")
        found[start][kind] += each.number
        if kind != "sent" and each.cause:
            causes[each.cause] += each.number
    return Course(span, tuple(Bar(start, **kinds) for start, kinds in found.items()), _by_number(causes))


def tries_since(read: Reader, moment: datetime, *, by_hour: bool = False) -> list[Tries]:
    """List what was tried since a moment, by minute or hour, outcome and cause; its minute or hour is in whole."""
    minute = f"{clock.stamp(moment)[:_HOUR]}:00" if by_hour else clock.stamp(moment)[:_MINUTE]
    rows = read.rows(_SINCE_BY_HOUR if by_hour else _SINCE, (minute, minute))
    return [each for row in rows for each in _each(row)]


def _by_number(causes: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(causes.items(), key=lambda each: (-each[1], each[0])))


_KINDS = {"sent": "sent", "failed": "lost"}


def _starts(span: Span, now: datetime, ahead: timedelta) -> Iterator[datetime]:
    last, width = _floor(now, span, ahead), timedelta(milliseconds=span.width_ms)
    return (last - width * back for back in reversed(range(span.bars)))


def _floor(moment: datetime, span: Span, ahead: timedelta) -> datetime:
    """Give the start of the bar that holds a moment; the larger bars begin with a whole hour everywhere."""
    shift = int(ahead.total_seconds()) * 1000
    if span.width_ms >= HOUR_MS:
        shift = round(shift / HOUR_MS) * HOUR_MS % DAY_MS
    ms = int(moment.timestamp()) * 1000 + shift
    return datetime.fromtimestamp((ms - ms % span.width_ms - shift) / 1000, UTC)


def _each(row: Row) -> Iterator[Tries]:
    start = clock.moment(f"{row['minute']}Z")
    if row["tries"] is None:
        yield Tries(start, row["outcome"], row["cause"], row["number"])
        return
    for outcome, cause, number in json.loads(row["tries"]):
        yield Tries(start, outcome, cause, number)


# The newest minute is with the clock; one statement, so that it is counted once while it goes to the others.
_NEWEST = "UNION ALL SELECT minute, NULL, NULL, NULL, minute_tries FROM pace WHERE minute >= ? AND minute_tries NOTNULL"
_SINCE = f"SELECT minute, outcome, cause, number, NULL AS tries FROM minutes WHERE minute >= ? {_NEWEST}"  # noqa: S608 - ours
_SINCE_BY_HOUR = (
    f"SELECT substr(minute, 1, {_HOUR}) || ':00' AS minute, outcome, cause, sum(number) AS number, NULL AS tries "  # noqa: S608 - ours
    f"FROM minutes WHERE minute >= ? GROUP BY 1, 2, 3 {_NEWEST}"
)
