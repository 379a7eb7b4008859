"""Reads the outbox: one message, the list with its filters and pages, and how many there are in each state.

A page goes on after a number, not at an offset, so that the last page costs what the first one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from panel import clock
from panel.outbox.entry import Entry, Recipient, attempt, entry, recipient
from panel.outbox.state import URGENCY, State
from panel.storage.database import Database, Row, Value

PAGE = 50
BEYOND = 2**62  # no message has such a number, and the file could not hold a much greater one
SCANNED = 1_000  # messages that one page of a search by a part of a word looks at


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, the newest first; `older` is what to pass as `before` for the next page, None at the end.

    A search by a part of a word may give an empty page that has an `older` one: it has not looked further yet.
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
        return sum(self.by_state[state] for state in (State.QUEUED, State.DEFERRED, State.SENDING))


class Listing:
    """What can be read from the outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, number: int) -> Entry | None:
        """Give a message with its recipients and everything that was tried."""
        if not 0 < number < BEYOND:
            return None
        row = self._database.row("SELECT * FROM messages WHERE number = ?", (number,))
        if row is None:
            return None
        tried = self._database.rows("SELECT * FROM attempts WHERE message = ? ORDER BY number", (number,))
        return entry(row, self._recipients([number]).get(number, ()), tuple(map(attempt, tried)))

    def counts(self) -> Counts:
        rows = self._database.rows("SELECT name, number FROM totals WHERE what = 'messages'")
        oldest = self._database.row(_OLDEST)
        return Counts(
            {State(row["name"]): row["number"] for row in rows},
            clock.moment(oldest["queued_at"]) if oldest else None,
        )

    def ahead(self, entries: Sequence[Entry]) -> dict[int, int]:
        """Count for each message the queued ones that leave before it, in one statement.

        Urgent ones are counted from the front, for there are few; the others from the end, where a new one is. No
        message is counted twice, however many are asked about.
        """
        found: dict[int, int] = {}
        spans = [span for urgency in range(len(URGENCY)) for span in _spans(entries, urgency)]
        sql = " UNION ALL ".join(each for each, _ in spans)
        counted = [0] * len(URGENCY)
        for row in self._database.rows(sql, [value for _, values in spans for value in values]):
            urgency = row["urgency"]
            counted[urgency] += row["some"]
            found[row["number"]] = max(0, row["queued"] - counted[urgency]) if urgency else counted[urgency]
        return found

    def next_retry(self) -> datetime | None:
        """Say when the next deferred message is due."""
        row = self._database.row(_NEXT_RETRY)
        return clock.moment(row["due_at"]) if row and row["due_at"] else None

    def list(self, *, state: State | None = None, q: str = "", before: int | None = None, limit: int = PAGE) -> Page:
        """List messages, of one state and with these words if they are given; `before` goes on after a page."""
        upper = min(before, BEYOND) if before is not None else BEYOND
        if q.strip():
            return self._search(q.strip(), state, upper, limit)
        return self._page(*_where(state, upper), limit)

    def _search(self, q: str, state: State | None, before: int, limit: int) -> Page:
        """Find a number, a Message-ID or an address in its index; else look through subjects and addresses."""
        for source, condition, value in _exact(q):
            found = self._page(*_where(state, before, condition, value), limit, source=source)
            if found.entries:
                return found
        return self._scan(q, state, before, limit)

    def _page(self, where: str, parameters: Sequence[Value], limit: int, *, source: str = "messages") -> Page:
        rows = self._database.rows(
            f"SELECT messages.* FROM {source} WHERE {where} ORDER BY {_ORDER[source]} DESC LIMIT ?",  # noqa: S608 - tables and conditions of ours
            (*parameters, limit + 1),
        )
        older = rows[limit - 1]["number"] if len(rows) > limit else None
        return Page(self._entries(rows[:limit]), older)

    def _scan(self, q: str, state: State | None, before: int, limit: int) -> Page:
        """Look for a part of a subject or an address in the next messages, so many that a page takes no time."""
        where, parameters = _where(state, before)
        rows = self._database.rows(_SCAN.format(where=where), (*parameters, SCANNED, *[_like(q)] * 2, limit))
        if len(rows) == limit:
            return Page(self._entries(rows), rows[-1]["number"])
        last = self._database.row(_LAST.format(where=where), (*parameters, SCANNED - 1))
        return Page(self._entries(rows), last["number"] if last else None)

    def _entries(self, rows: Iterable[Row]) -> tuple[Entry, ...]:
        found = list(rows)
        recipients = self._recipients([row["number"] for row in found])
        return tuple(entry(row, recipients.get(row["number"], ())) for row in found)

    def _recipients(self, numbers: Sequence[int]) -> dict[int, tuple[Recipient, ...]]:
        marks = ", ".join("?" * len(numbers))
        rows = self._database.rows(
            f"SELECT * FROM recipients WHERE message IN ({marks}) ORDER BY message, place",  # noqa: S608 - marks only
            numbers,
        )
        found: dict[int, tuple[Recipient, ...]] = {}
        for row in rows:
            found[row["message"]] = (*found.get(row["message"], ()), recipient(row))
        return found


# The least of four reads at the ends of indexes.
_OLDEST = (
    "SELECT min(queued_at) AS queued_at FROM messages WHERE number IN ("
    "SELECT * FROM (SELECT min(number) FROM messages WHERE state = 'queued') UNION ALL "
    "SELECT * FROM (SELECT min(number) FROM messages WHERE state = 'deferred') UNION ALL "
    "SELECT * FROM (SELECT min(number) FROM messages WHERE state = 'sending')) HAVING count(*) > 0"
)
_FRONT, _END = ("", 0), ("~", 0)  # places in the queue before and behind every moment
# By the index that holds only what is queued: SQLite would go by the number, through everything that was ever sent.
_SOME = "(SELECT count(*) FROM messages INDEXED BY messages_queued WHERE state = 'queued' AND urgency = ? AND {due})"
_BETWEEN = _SOME.format(due="due_at > ? AND due_at < ?")
_TOGETHER = _SOME.format(due="due_at = ? AND number >= ? AND number < ?")
_AHEAD = (
    "SELECT ? AS number, ? AS urgency, {some} AS some, "
    "(SELECT number FROM totals WHERE what = 'messages' AND name = 'queued') AS queued"
)
_NEXT_RETRY = (
    "SELECT min(due_at) AS due_at FROM ("
    "SELECT min(due_at) AS due_at FROM messages WHERE state = 'deferred' AND urgency = 0 UNION ALL "
    "SELECT min(due_at) FROM messages WHERE state = 'deferred' AND urgency = 1)"
)
_SCAN = (
    "SELECT * FROM (SELECT * FROM messages WHERE {where} ORDER BY number DESC LIMIT ?) AS looked_at "
    "WHERE lower(subject) LIKE ? ESCAPE '!' OR EXISTS (SELECT 1 FROM recipients "
    "WHERE message = looked_at.number AND lower(address) LIKE ? ESCAPE '!') ORDER BY number DESC LIMIT ?"
)
_LAST = "SELECT number FROM messages WHERE {where} ORDER BY number DESC LIMIT 1 OFFSET ?"


def _spans(entries: Iterable[Entry], urgency: int) -> list[tuple[str, list[Value]]]:
    """Give how to count, for each message of an urgency, those between it and the one before it in the counting.

    The counting begins at the front for the urgent ones, else at the end.
    """
    chosen = (each for each in entries if each.priority is URGENCY[urgency])
    keys = sorted((clock.stamp(each.due_at), each.number) for each in chosen)
    if urgency == 0:
        return [_span(urgency, start, end, end[1]) for start, end in pairwise([_FRONT, *keys])]
    return [_span(urgency, start, end, start[1]) for start, end in pairwise([*keys, _END])][::-1]


def _span(urgency: int, start: tuple[str, int], end: tuple[str, int], number: int) -> tuple[str, list[Value]]:
    """Give how to count from one place in the queue on to another, for the message of this number."""
    if start[0] == end[0]:
        return _AHEAD.format(some=_TOGETHER), [number, urgency, urgency, *start, end[1]]
    counted: list[Value] = [urgency, *start, BEYOND, urgency, start[0], end[0], urgency, end[0], 0, end[1]]
    return _AHEAD.format(some=f"{_TOGETHER} + {_BETWEEN} + {_TOGETHER}"), [number, urgency, *counted]


def _where(state: State | None, before: int, condition: str = "", value: Value = None) -> tuple[str, tuple[Value, ...]]:
    number = "recipients.message" if "recipients" in condition else "number"
    where = f"{number} < ?"
    parameters: tuple[Value, ...] = (before,)
    if state is not None:
        where, parameters = f"messages.state = ? AND {where}", (state, *parameters)
    if condition:
        where, parameters = f"{where} AND {condition}", (*parameters, value)
    return where, parameters


# By the recipients' own index, in its order: an address with a thousand messages costs what one with two does.
_BY_ADDRESS = "recipients JOIN messages ON messages.number = recipients.message"
_ORDER = {"messages": "number", _BY_ADDRESS: "recipients.message"}


def _exact(q: str) -> Iterable[tuple[str, str, Value]]:
    """Say what the words may name as a whole, each answered by an index: where to look, for what."""
    if q.isascii() and q.isdecimal():
        yield "messages", "number = ?", int(q[:18])
    if "@" in q:
        yield "messages", "message_id = ?", q if q.startswith("<") else f"<{q}>"
        yield _BY_ADDRESS, "lower(recipients.address) = ?", q.lower()


def _like(q: str) -> str:
    escaped = q.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"
