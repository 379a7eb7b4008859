"""Reads the outbox: one message, the list with its filters and pages, and how many there are in each state.

A page goes on after a number, not at an offset, so that the last page costs what the first one does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, pairwise
from typing import Any

from panel import clock
from panel.outbox import recipients
from panel.outbox.entry import COLUMNS, Entry, attempt, entry, success
from panel.outbox.listing.counting import FilteredCounts, count_filtered
from panel.outbox.listing.filters import BEYOND, Filters
from panel.outbox.listing.look import PAGE, UNCOUNTED, Page, PageReader, how_many, outside, totals
from panel.outbox.listing.queue_order import QueuePage, queue_page
from panel.outbox.pace.row import in_hand
from panel.outbox.state import RELEASED, URGENCY, WAITING, Listed, State
from panel.storage.database import Database, Row, marks

EXPORTED = 500  # messages of a file that are in memory


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages are in each state, and since when the oldest one waits."""

    by_state: dict[State, int]
    oldest: datetime | None

    @property
    def waiting(self) -> int:
        return sum(self.by_state[state] for state in _WAIT)


_WAIT = (*WAITING, State.SENDING)


class Listing:
    """What can be read from the outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, number: int) -> Entry | None:
        """Give a message with its recipients and everything that was tried."""
        if not 0 < number < BEYOND:
            return None
        hand = in_hand(self._database)
        row = self._database.row(_ONE, (number,))
        if row is None:
            return None
        tried = [*map(attempt, self._database.rows(_TRIED, (number,)))]
        if last := success(row):  # reports come after the try that they are about; else the order is that of the tries
            later = (at for at, each in enumerate(tried) if each.recipient and each.at >= last.at)
            tried.insert(next(later, len(tried)), last)
        return entry(row, recipients.of(self._database, [row])[number], tuple(tried), hand=hand)

    def counts(self) -> Counts:
        found = totals(self._database, "messages")
        oldest = self.oldest() if any(found[state] for state in _WAIT) else None
        return Counts({state: found[state] for state in State}, oldest)

    def oldest(self) -> datetime | None:
        """Say since when the oldest message that waits does."""
        row = self._database.row(_OLDEST)
        return clock.moment(row["queued_at"]) if row else None

    def number_of(self, state: State) -> int:
        """Say how many messages are in a state, those in hand among the ones that wait."""
        return how_many(self._database, state)

    def ahead(self, entries: Sequence[Entry]) -> dict[int, int]:
        """Count for each message the queued ones that leave before it, in one statement.

        Urgent ones are counted from the front, for there are few; the others from the end, where a new one is. No
        message is counted twice, however many are asked about; those in hand are ahead of nobody any more.
        """
        found: dict[int, int] = {}
        hand = self._places_in_hand()
        places = {each.number: (clock.stamp(each.due_at), each.number) for each in entries}
        spans = [span for urgency in range(len(URGENCY)) for span in _spans(entries, places, urgency)]
        some, counted = self._counted(spans), [0] * len(URGENCY)
        for number, urgency, *_ in spans:
            place = places[number]
            counted[urgency] += some[number]["between_them"]
            if urgency:
                behind = counted[urgency] - sum(each >= place for each in hand[urgency])
                found[number] = max(0, some[number]["queued"] - behind)
            else:
                found[number] = counted[urgency] - sum(each < place for each in hand[urgency])
        return found

    def _counted(self, spans: Sequence[_Span]) -> dict[int, Row]:
        """Count what is queued in each span, in one statement, and what is queued at all."""
        sql = _AHEAD.format(spans=_each(spans))
        rows = self._database.rows(sql, [*chain.from_iterable(spans)]) if spans else []
        return {row["number"]: row for row in rows}

    def _places_in_hand(self) -> list[list[_Place]]:
        """Give the places in the queue, by urgency, of queued messages that are in hand."""
        places: list[list[_Place]] = [[] for _ in URGENCY]
        for row in self._rows_in_hand(State.QUEUED):
            places[row["urgency"]].append((row["due_at"], row["number"]))
        return places

    def _rows_in_hand(self, state: State) -> list[Row]:
        numbers = [*in_hand(self._database)]
        if not numbers:
            return []
        return self._database.rows(_IN_HAND.format(marks=marks(numbers)), (*numbers, state))

    def retries(self) -> tuple[datetime, datetime] | None:
        """Say when the next deferred message is due, and the last; None where there is none."""
        hand = [*in_hand(self._database)]
        ends = [
            _END_OF_RETRIES.format(urgency=each, outside=outside(hand), order=order)
            for each in range(len(URGENCY))
            for order in ("ASC", "DESC")
        ]
        rows = self._database.rows(" UNION ALL ".join(ends), hand * len(ends))
        due = [clock.moment(row["due_at"]) for row in rows]
        return (min(due), max(due)) if due else None

    def due_since(self) -> datetime | None:
        """Say when the first message that is queued could have left; None where none is."""
        firsts = " UNION ALL ".join(_FIRST_QUEUED.format(urgency=each) for each in range(len(URGENCY)))
        return min((clock.moment(row["due_at"]) for row in self._database.rows(firsts)), default=None)

    def unseen_failures(self, *, most: int = 100) -> int:
        """Count the failures that nobody has seen, up to so many: every page tells of them."""
        row = self._database.row(_UNSEEN, (most,))
        return row["number"] if row else 0

    def bounced(self) -> int:
        """Say how many messages came back although they were sent."""
        row = self._database.row(_BOUNCED)
        return row["number"] if row else 0

    def list(
        self, *, state: State | Listed | None = None, q: str = "", before: int | None = None, limit: int = PAGE
    ) -> Page:
        """List messages, of one state and with these words if they are given; `before` goes on after a page."""
        upper = min(before, BEYOND) if before is not None else BEYOND
        return self.filtered(Filters(Listed(state) if state is not None else None, q), before=upper, limit=limit)

    def filtered(self, filters: Filters, *, before: int | None = None, limit: int = PAGE) -> Page:
        """List the messages that filters leave, the newest first; `before` goes on after a page."""
        span, q = filters.numbers(self._database), filters.q.strip()
        if before is not None:
            span = replace(span, beyond=min(span.beyond, before))
        look = PageReader(self._database, filters.state, span, limit)
        return look.search(q) if q else look.page()

    def next_up(self, filters: Filters, *, after: str | None = None, limit: int = PAGE) -> QueuePage:
        """List the messages that wait in one state and that filters leave, in the order in which they leave."""
        state = filters.state.state if filters.state else None
        span = filters.numbers(self._database)
        return queue_page(self._database, state or State.QUEUED, span, q=filters.q.strip(), after=after, limit=limit)

    def count_filtered(self, filters: Filters) -> FilteredCounts:
        """Count what filters leave of each state."""
        return count_filtered(self._database, filters)

    def every(self, filters: Filters) -> Iterator[Entry]:
        """Give all messages that filters leave, the newest first, as they are read: few are in memory."""
        before: int | None = None
        while True:
            page = self.filtered(filters, before=before, limit=EXPORTED)
            yield from page.entries
            before = page.older
            if before is None:
                return

    def matching(self, filters: Filters, most: int) -> Sequence[int]:
        """Give the numbers of the newest messages that filters leave, up to so many."""
        found = [*range(0)]
        before: int | None = None
        while len(found) < most:
            page = self.filtered(filters, before=before, limit=most - len(found))
            found += [each.number for each in page.entries]
            before = page.older
            if before is None:
                break
        return found


_ONE = f"SELECT {COLUMNS} FROM messages WHERE number = ?"  # noqa: S608 - our own columns
_UNSEEN = (
    "SELECT count(*) AS number FROM (SELECT 1 FROM messages WHERE state = 'failed' AND seen_at IS NULL LIMIT ?) AS a"
)
_BOUNCED = "SELECT count(*) AS number FROM messages WHERE bounced_at NOTNULL"
_TRIED = f"SELECT * FROM attempts WHERE message = ? AND outcome <> '{RELEASED}' ORDER BY number"  # noqa: S608 - our own word
_OLDEST = (
    "SELECT queued_at FROM messages WHERE ended_at IS NULL AND number >= "
    "(SELECT number FROM totals WHERE what = 'number' AND name = 'oldest') ORDER BY number LIMIT 1"
)
_IN_HAND = "SELECT number, urgency, due_at FROM messages WHERE number IN ({marks}) AND state = ?"
# By the index that holds only those that wait so: a database would go by the number, through all that was ever sent.
# By the terms' own order: an address with a thousand messages costs what one with two does.
_Place = tuple[str, int]
_Span = tuple[Any, ...]  # a message's number, its urgency, and what of the queue to count
_FRONT, _END = ("", 0), ("~", 0)  # places in the queue before and behind every moment
_AHEAD = f"""
WITH span (number, urgency, start_at, first, beyond, end_at, rest) AS (VALUES {{spans}})
SELECT number,
  (SELECT count(*) FROM messages AS each WHERE ended_at IS NULL AND state = 'queued'
    AND each.urgency = span.urgency AND due_at = start_at AND each.number >= first AND each.number < beyond)
  + (SELECT count(*) FROM messages AS each WHERE ended_at IS NULL AND state = 'queued'
    AND each.urgency = span.urgency AND due_at > start_at AND due_at < end_at)
  + (SELECT count(*) FROM messages AS each WHERE ended_at IS NULL AND state = 'queued'
    AND each.urgency = span.urgency AND due_at = end_at AND each.number < rest) AS between_them,
  (SELECT number FROM totals WHERE what = 'messages' AND name = 'queued')
  + (SELECT count(*) {UNCOUNTED}) AS queued
FROM span
"""  # noqa: S608 - our own words
_FIRST_QUEUED = (
    "SELECT * FROM (SELECT due_at FROM messages WHERE ended_at IS NULL AND state = 'queued' "
    "AND urgency = {urgency} ORDER BY due_at LIMIT 1) AS first"
)
_END_OF_RETRIES = (
    "SELECT * FROM (SELECT due_at FROM messages WHERE ended_at IS NULL AND state = 'deferred' "
    "AND urgency = {urgency}{outside} ORDER BY due_at {order} LIMIT 1) AS first"
)


def _spans(entries: Iterable[Entry], places: Mapping[int, _Place], urgency: int) -> list[_Span]:
    """Give, for each message of an urgency, the span of the queue between it and the one before it in the counting.

    The counting begins at the front for the urgent ones, else at the end.
    """
    keys = sorted(places[each.number] for each in entries if each.priority is URGENCY[urgency])
    if urgency == 0:
        return [_span(end[1], urgency, start, end) for start, end in pairwise([_FRONT, *keys])]
    return [_span(start[1], urgency, start, end) for start, end in pairwise([*keys, _END])][::-1]


def _span(number: int, urgency: int, start: _Place, end: _Place) -> _Span:
    """Give a message's number and a span: its start with the numbers there, and its end with those before it there."""
    if start[0] == end[0]:
        return number, urgency, *start, end[1], end[0], 0
    return number, urgency, *start, BEYOND, *end


def _each(rows: Collection[Sequence[object]]) -> str:
    return ", ".join(f"({marks(row)})" for row in rows)
