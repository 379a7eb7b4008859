"""What of the outbox is asked for, and which numbers that leaves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from panel import clock
from panel.outbox.listing.submissions import first_since
from panel.outbox.state import Listed
from panel.storage.database import Reader, Value

BEYOND = 2**62  # no message has such a number, and the file could not hold a much greater one
MOST_TRIED = 5_000  # messages that are found by when they were tried


class Sorting(StrEnum):
    """How a list is sorted: the newest first, or as what waits leaves."""

    NEWEST = "newest"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class Filters:
    """One state or all, words to find, when messages were handed in (`until` is the first moment after), and tried."""

    state: Listed | None = None
    q: str = ""
    since: datetime | None = None
    until: datetime | None = None
    tried: tuple[datetime, datetime] | None = None

    @property
    def narrows(self) -> bool:
        """Say whether more than a state is asked for."""
        return bool(self.q.strip() or self.since or self.until or self.tried)

    def numbers(self, read: Reader) -> NumberSpan:
        """Find the numbers that the moments leave; they rise with the time at which messages were handed in."""
        low = first_since(read, self.since) if self.since else 0
        beyond = first_since(read, self.until) if self.until else BEYOND
        return NumberSpan(low, beyond, _tried(read, *self.tried) if self.tried else None)


@dataclass(frozen=True, slots=True)
class NumberSpan:
    """Numbers from `low` on, before `beyond`; where `among` is set, those of it as JSON."""

    low: int = 0
    beyond: int = BEYOND
    among: str | None = None

    def condition(self, number: str = "number") -> tuple[str, tuple[Value, ...]]:
        """Give the words of SQL that a number is one of these, and their values."""
        words = f"{number} < ? AND {number} >= ?"
        if self.among is None:
            return words, (self.beyond, self.low)
        return words + _AMONG, (self.beyond, self.low, self.among)


def _tried(read: Reader, start: datetime, end: datetime) -> str:
    """Find what ended between two moments, and what waits since a try between them."""
    span = (clock.stamp(start), clock.stamp(end))
    ended = [row["number"] for row in read.rows(_ENDED, (*span, MOST_TRIED))]
    waiting = [row["message"] for row in read.rows(_WAITING, span)]
    return json.dumps(ended + waiting)


_AMONG = " AND number IN (SELECT value FROM json_each(?))"
_ENDED = (
    "SELECT number FROM messages WHERE ended_at >= ? AND ended_at < ? AND (state || '') IN ('sent', 'failed') "
    "ORDER BY ended_at DESC LIMIT ?"
)
_WAITING = (
    "SELECT DISTINCT message FROM attempts WHERE at >= ? AND at < ? AND message IN (SELECT number FROM messages "
    "WHERE ended_at IS NULL AND state IN ('queued', 'deferred') AND urgency IN (0, 1) LIMIT 2000)"
)
