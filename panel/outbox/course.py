"""What became of the tries of an hour, a day, a week or a month, as many bars beside each other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from panel import clock
from panel.outbox.pace.rate import DAY_MS, HOUR_MS, MINUTE_MS
from panel.storage.database import Database, Row

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


def course(database: Database, span: Span, now: datetime, *, ahead: timedelta = timedelta()) -> Course:
    """Read a course that ends now; its bars begin where the clock of who reads it, so far `ahead` of UTC, is even."""
    starts = [*_starts(span, now, ahead)]
    found: dict[datetime, Counter[str]] = {start: Counter() for start in starts}
    causes = Counter[str]()
    for minute, outcome, cause, number in _tries(database, span, starts[0]):
        start = _floor(clock.moment(minute), span, ahead)
        if start not in found:  # a clock that was set back
            continue
        kind = _KINDS.get(outcome, "later")
        found[start][kind] += number
        if kind != "sent" and cause:
            causes[cause] += number
    return Course(span, tuple(Bar(start, **kinds) for start, kinds in found.items()), _by_number(causes))


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


def _tries(database: Database, span: Span, first: datetime) -> Iterable[tuple[str, str, str, int]]:
    """Give the start of a minute or hour, how tries in it ended, for which cause, and how many."""
    digits = _HOUR if span.width_ms >= HOUR_MS else _MINUTE
    minute = clock.stamp(first)[:_MINUTE]
    for row in database.rows(_SINCE, (digits, minute, minute)):
        yield from (_each(row, digits))


def _each(row: Row, digits: int) -> Iterator[tuple[str, str, str, int]]:
    written = f"{row['minute']}Z" if digits == _MINUTE else f"{row['minute'][:_HOUR]}:00Z"
    if row["tries"] is None:
        yield written, row["outcome"], row["cause"], row["number"]
        return
    for outcome, cause, number in json.loads(row["tries"]):
        yield written, outcome, cause, number


# The newest minute is with the clock; one statement, so that it is counted once while it goes to the others.
_SINCE = (
    "SELECT substr(minute, 1, ?) AS minute, outcome, cause, sum(number) AS number, NULL AS tries FROM minutes "
    "WHERE minute >= ? GROUP BY 1, 2, 3 "
    "UNION ALL SELECT minute, NULL, NULL, NULL, minute_tries FROM pace WHERE minute >= ? AND minute_tries NOTNULL"
)
