"""Reads the outbox: one message, the list with its filters and pages, and how many there are in each state.

A page goes on after a number, not at an offset, so that the last page costs what the first one does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice, pairwise
from typing import Any

from panel import clock
from panel.outbox import recipients
from panel.outbox.enqueue import ENTERED, NEW, encode, terms_of_row
from panel.outbox.entry import COLUMNS, Entry, attempt, entry, success
from panel.outbox.pace.row import in_hand
from panel.outbox.state import URGENCY, WAITING, Listed, State
from panel.storage.database import Database, Reader, Row, Value, marks

PAGE = 50
BEYOND = 2**62  # no message has such a number, and the file could not hold a much greater one
SCANNED = 1_000  # messages that one page looks at, where no index tells which to show
FEW = 2_000  # messages that wait in one state: so many are sorted for each page


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, the newest first; `older` is what to pass as `before` for the next page, None at the end.

    With a search by a part of a word, a page may be empty and have an `older` one: it has not looked further yet.
    """

    entries: tuple[Entry, ...]
    older: int | None


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
        return Counts({State(name): number for name, number in found.items()}, oldest)

    def oldest(self) -> datetime | None:
        """Say since when the oldest message that waits does."""
        row = self._database.row(_OLDEST)
        return clock.moment(row["queued_at"]) if row else None

    def number_of(self, state: State) -> int:
        """Say how many messages are in a state, those in hand among the ones that wait."""
        return _how_many(self._database, state)

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
            counted[urgency] += some[number]["some"]
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

    def next_retry(self) -> datetime | None:
        """Say when the next deferred message is due."""
        hand = [*in_hand(self._database)]
        ends = (_SOONEST.format(urgency=each, outside=_outside(hand)) for each in range(len(URGENCY)))
        rows = self._database.rows(" UNION ALL ".join(ends), hand * len(URGENCY))
        return min((clock.moment(row["due_at"]) for row in rows), default=None)

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
        shown = Listed(state) if state is not None else None
        look = _Look(self._database, shown.state if shown else None, upper, limit, bounced=shown is Listed.BOUNCED)
        return look.search(q.strip()) if q.strip() else look.page()


class _Look:
    """One look at a page: the messages of a state, or all, with numbers under `before`, as they are at this moment."""

    def __init__(
        self, database: Database, state: State | None, before: int, limit: int, *, bounced: bool = False
    ) -> None:
        self._database = database
        self._state = state
        self._bounced = bounced
        self._before = before
        self._limit = limit
        self._hand = in_hand(database)
        self._waits = state in WAITING
        self._is_many = self._waits and _how_many(database, state) > FEW  # so many are not sorted for a page

    def page(self) -> Page:
        if self._state is State.SENDING and not self._hand:
            return Page((), None)
        if self._is_many:
            return self._of_many()
        return self._page_of(self._read(COLUMNS, self._limit + 1))

    def _of_many(self) -> Page:
        """Look through the next messages; where none of them is of the state, from its newest one on."""
        page = self._walk("")
        if page.entries or page.older is None:
            return page
        newest = self._waiting("number", 1)
        if not newest:
            return Page((), None)
        self._before = newest[0]["number"] + 1
        return self._walk("")

    def search(self, q: str) -> Page:
        """Find a number, a Message-ID or an address in its index; else look through subjects and addresses."""
        if self._state is State.SENDING and not self._hand:
            return Page((), None)
        for rows in self._exactly(q):
            if rows:
                return self._page_of(rows)
        return self._walk(q.lower())

    def _exactly(self, q: str) -> Iterable[list[Row]]:
        """Give what the words may name as a whole, each answered by an index."""
        if q.isascii() and q.isdecimal():
            yield self._found(_BY_NUMBERS.format(marks="?"), int(q[:18]))
        if "@" in q:
            yield self._by_term(q if q.startswith("<") else f"<{q}>")
            yield self._by_term(q.lower())

    def _by_term(self, term: str) -> list[Row]:
        """Find by a term those that are entered in its index, and the new ones by their rows."""
        new = [row["number"] for row in self._database.rows(NEW) if term in terms_of_row(row)]
        rows = self._found(_BY_NUMBERS.format(marks=marks(new)), *new) + self._found(_BY_TERM, term)
        found = {row["number"]: row for row in rows}
        return [found[number] for number in sorted(found, reverse=True)[: self._limit + 1]]

    def _found(self, source: str, *sought: Value) -> list[Row]:
        where, values = self._where()
        return self._database.rows(source.format(where=where), (*sought, *values, self._limit + 1))

    def _walk(self, word: str) -> Page:
        """Look through the next messages, so many that a page takes no time, for a state and a part of a word."""
        looked_at, as_json = self._read("number, state, subject, rcpt_to", SCANNED), encode([word])[2:-2]
        fitting = (row["number"] for row in looked_at if self._is_of_state(row) and _has(row, word, as_json))
        found = [*islice(fitting, self._limit)]
        if len(found) == self._limit:
            return self._numbered(found, found[-1])
        return self._numbered(found, looked_at[-1]["number"] if len(looked_at) == SCANNED else None)

    def _numbered(self, numbers: Sequence[int], older: int | None) -> Page:
        rows = self._database.rows(_OF_NUMBERS.format(marks=marks(numbers)), numbers) if numbers else []
        return Page(self._entries(rows), older)

    def _page_of(self, rows: Sequence[Row]) -> Page:
        """Make a page of one row more than it shows, if there are so many."""
        older = rows[self._limit - 1]["number"] if len(rows) > self._limit else None
        return Page(self._entries(rows[: self._limit]), older)

    def _read(self, columns: str, most: int) -> list[Row]:
        """Read the newest messages of the state, by the index that holds them; by number where very many wait."""
        if self._is_many:
            return self._database.rows(_BY_NUMBER.format(columns=columns), (self._before, most))
        if self._waits:
            return self._waiting(columns, most)
        where, values = self._where()
        sql = f"SELECT {columns} FROM messages WHERE {where} ORDER BY number DESC LIMIT ?"  # noqa: S608 - our own words
        return self._database.rows(sql, (*values, most))

    def _waiting(self, columns: str, most: int) -> list[Row]:
        """Read the newest of those that wait in the state: all of them are looked at."""
        sql = _SORTED.format(columns=columns, state=self._state, outside=_outside(self._hand))
        return self._database.rows(sql, (self._before, *self._hand, most))

    def _where(self) -> tuple[str, tuple[Value, ...]]:
        """Give the condition that a message is of the state and under the number."""
        if self._bounced:
            return "number < ? AND bounced_at NOTNULL", (self._before,)
        if self._state is None:
            return "number < ?", (self._before,)
        if self._state is State.SENDING:
            return f"number < ? AND number IN ({marks(self._hand)}) AND ended_at IS NULL", (self._before, *self._hand)
        if self._waits:
            return f"number < ? AND state = ?{_outside(self._hand)}", (self._before, self._state, *self._hand)
        return "number < ? AND state = ? AND ended_at IS NOT NULL", (self._before, self._state)

    def _is_of_state(self, row: Row) -> bool:
        if not self._waits:
            return True
        return row["state"] == self._state and row["number"] not in self._hand

    def _entries(self, rows: Sequence[Row]) -> tuple[Entry, ...]:
        found = recipients.of(self._database, rows)
        return tuple(entry(row, found[row["number"]], hand=self._hand) for row in rows)


def _how_many(database: Database, state: State | None) -> int:
    return totals(database, "messages")[str(state)]


def totals(read: Reader, what: str) -> Counter[str]:
    """Give the numbers of one kind by their names, with those of the messages that are not entered yet."""
    found: Counter[str] = Counter()
    for row in read.rows(f"{_TOTALS}{_OF_NEW.get(what, '')}", (what,)):
        found[row["name"]] += row["number"]
    return found


_ONE = f"SELECT {COLUMNS} FROM messages WHERE number = ?"  # noqa: S608 - our own columns
_UNSEEN = (
    "SELECT count(*) AS number FROM (SELECT 1 FROM messages WHERE state = 'failed' AND seen_at IS NULL LIMIT ?) AS some"
)
_BOUNCED = "SELECT count(*) AS number FROM messages WHERE bounced_at NOTNULL"
_TRIED = "SELECT * FROM attempts WHERE message = ? ORDER BY number"
_OLDEST = (
    "SELECT queued_at FROM messages WHERE ended_at IS NULL AND number >= "
    "(SELECT number FROM totals WHERE what = 'number' AND name = 'oldest') ORDER BY number LIMIT 1"
)
_OF_NUMBERS = f"SELECT {COLUMNS} FROM messages WHERE number IN ({{marks}}) ORDER BY number DESC"  # noqa: S608 - our own columns
_IN_HAND = "SELECT number, urgency, due_at FROM messages WHERE number IN ({marks}) AND state = ?"
# By the index that holds only those that wait so: a database would go by the number, through all that was ever sent.
_SORTED = (
    "SELECT {columns} FROM messages WHERE ended_at IS NULL AND state = '{state}' AND urgency IN (0, 1) "
    "AND +number < ?{outside} ORDER BY +number DESC LIMIT ?"
)
_BY_NUMBER = "SELECT {columns} FROM messages WHERE number < ? ORDER BY number DESC LIMIT ?"
_BY_NUMBERS = (
    f"SELECT {COLUMNS} FROM messages WHERE number IN ({{marks}}) AND {{{{where}}}} ORDER BY number DESC LIMIT ?"  # noqa: S608 - our own columns
)
# By the terms' own order: an address with a thousand messages costs what one with two does.
_BY_TERM = (
    f"SELECT {COLUMNS} FROM terms JOIN messages ON messages.number = terms.message "  # noqa: S608 - our own columns
    "WHERE terms.term = ? AND {where} ORDER BY terms.message DESC LIMIT ?"
)
_Place = tuple[str, int]
_Span = tuple[Any, ...]  # a message's number, its urgency, and what of the queue to count
_FRONT, _END = ("", 0), ("~", 0)  # places in the queue before and behind every moment
_UNCOUNTED = f"FROM messages WHERE number > {ENTERED}"  # of the new ones, which the totals do not hold yet
_AHEAD = f"""
WITH span (number, urgency, start_at, first, beyond, end_at, rest) AS (VALUES {{spans}})
SELECT number,
  (SELECT count(*) FROM messages AS each WHERE ended_at IS NULL AND state = 'queued'
    AND each.urgency = span.urgency AND due_at = start_at AND each.number >= first AND each.number < beyond)
  + (SELECT count(*) FROM messages AS each WHERE ended_at IS NULL AND state = 'queued'
    AND each.urgency = span.urgency AND due_at > start_at AND due_at < end_at)
  + (SELECT count(*) FROM messages AS each WHERE ended_at IS NULL AND state = 'queued'
    AND each.urgency = span.urgency AND due_at = end_at AND each.number < rest) AS some,
  (SELECT number FROM totals WHERE what = 'messages' AND name = 'queued')
  + (SELECT count(*) {_UNCOUNTED}) AS queued
FROM span
"""  # noqa: S608 - our own words
_TOTALS = "SELECT name, number FROM totals WHERE what = ?"
_OF_NEW = {
    "messages": f" UNION ALL SELECT 'queued', count(*) {_UNCOUNTED}",
    "queued": f" UNION ALL SELECT door, count(*) {_UNCOUNTED} GROUP BY door",
}
_SOONEST = (
    "SELECT * FROM (SELECT due_at FROM messages "
    "WHERE ended_at IS NULL AND state = 'deferred' AND urgency = {urgency}{outside} ORDER BY due_at LIMIT 1) AS first"
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


def _has(row: Row, word: str, as_json: str) -> bool:
    """Say whether a part of the subject or of an address is the word; few rows are read as JSON for that."""
    if word in row["subject"].lower():
        return True
    return as_json in row["rcpt_to"].lower() and any(word in each.lower() for each in recipients.rcpt_to_of(row))


def _outside(hand: Collection[object]) -> str:
    """Give the condition that a message is not in hand."""
    return f" AND number NOT IN ({marks(hand)})" if hand else ""
