"""One look at the messages that filters leave, the newest first: a page goes on after a number, not at an offset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from panel.outbox import recipients
from panel.outbox.enqueue import ENTERED, NEW, encode, terms_of_row
from panel.outbox.entry import COLUMNS, Entry, entry
from panel.outbox.listing.filters import NumberSpan
from panel.outbox.pace.row import in_hand
from panel.outbox.state import WAITING, Listed, State
from panel.storage.database import Database, Reader, Row, Value, marks

PAGE = 50
SCANNED = 1_000  # messages that one page looks at, where no index tells which to show
FEW = 2_000  # messages that wait in one state: so many are sorted for each page


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, the newest first; `older` is what to pass as `before` for the next page, None at the end.

    With a search by a part of a word, a page may be empty and have an `older` one: it has not looked further yet.
    """

    entries: tuple[Entry, ...]
    older: int | None


class PageReader:
    """One look at a page: the messages of a state, or all, with numbers under `before`, as they are at this moment."""

    def __init__(self, database: Database, shown: Listed | None, span: NumberSpan, limit: int) -> None:
        self._database = database
        self._shown = shown
        self._state = shown.state if shown else None
        self._span = span
        self._limit = limit
        self._hand = in_hand(database)
        self._waits = self._state in WAITING
        self._is_many = self._waits and how_many(database, self._state) > FEW  # so many are not sorted for a page

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
        self._span = replace(self._span, beyond=newest[0]["number"] + 1)
        return self._walk("")

    def search(self, q: str) -> Page:
        """Find a number, a Message-ID or an address in its index; else look through subjects and addresses."""
        if self._state is State.SENDING and not self._hand:
            return Page((), None)
        rows = self.named(q)
        return self._page_of(rows) if rows is not None else self._walk(q.lower())

    def named(self, q: str) -> list[Row] | None:
        """Give what the words name as a whole in this state, which may be nothing; None where they name nothing at all.

        What they name in another state is counted there, so that no part of a word is looked for in this one.
        """
        rows = self.exact(q)
        if rows or (self._shown and PageReader(self._database, None, self._span, 1).exact(q)):
            return rows
        return None

    def exact(self, q: str) -> list[Row]:
        """Give what the words name as a whole: a number, a Message-ID or an address."""
        return next((rows for rows in self._exactly(q) if rows), [])

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
        by_rows = self._found(_BY_NUMBERS.format(marks=marks(new)), *new) if new else []
        rows = by_rows + self._found(_BY_TERM, term)
        found = {row["number"]: row for row in rows}
        return [found[number] for number in sorted(found, reverse=True)[: self._limit + 1]]

    def _found(self, source: str, *sought: Value) -> list[Row]:
        where, values = self._where()
        return self._database.rows(source.format(where=where), (*sought, *values, self._limit + 1))

    def _walk(self, word: str) -> Page:
        """Look through the next messages, so many that a page takes no time, for a state and a part of a word."""
        looked_at, as_json = self._read("number, state, subject, rcpt_to", SCANNED), encode([word])[2:-2]
        fitting = (row["number"] for row in looked_at if self._is_of_state(row) and has_word(row, word, as_json))
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
            where, values = self._span.condition()
        elif self._waits:
            return self._waiting(columns, most)
        else:
            where, values = self._where()
        sql = f"SELECT {columns} FROM messages WHERE {where} ORDER BY number DESC LIMIT ?"  # noqa: S608 - our own words
        return self._database.rows(sql, (*values, most))

    def _waiting(self, columns: str, most: int) -> list[Row]:
        """Read the newest of those that wait in the state: all of them are looked at."""
        where, values = self._span.condition("+number")
        sql = _SORTED.format(columns=columns, state=self._state, where=where, outside=outside(self._hand))
        return self._database.rows(sql, (*values, *self._hand, most))

    def _where(self) -> tuple[str, tuple[Value, ...]]:
        """Give the condition that a message is of the state and one of the numbers."""
        where, values = self._span.condition()
        if self._shown is Listed.BOUNCED:
            return f"{where} AND bounced_at NOTNULL", values
        if self._shown is Listed.UNSEEN:
            return f"{where} AND state = 'failed' AND seen_at IS NULL", values
        if self._state is None:
            return where, values
        if self._state is State.SENDING:
            return f"{where} AND number IN ({marks(self._hand)}) AND ended_at IS NULL", (*values, *self._hand)
        if self._waits:
            return f"{where} AND state = ?{outside(self._hand)}", (*values, self._state, *self._hand)
        return f"{where} AND state = ? AND ended_at IS NOT NULL", (*values, self._state)

    def _is_of_state(self, row: Row) -> bool:
        if not self._waits:
            return True
        return row["state"] == self._state and row["number"] not in self._hand

    def _entries(self, rows: Sequence[Row]) -> tuple[Entry, ...]:
        found = recipients.of(self._database, rows)
        return tuple(entry(row, found[row["number"]], hand=self._hand) for row in rows)


def how_many(database: Reader, state: State | None) -> int:
    """Say how many messages are in a state, those in hand among the ones that wait."""
    return totals(database, "messages")[str(state)]


def totals(read: Reader, what: str) -> Counter[str]:
    """Give the numbers of one kind by their names, with those of the messages that are not entered yet."""
    found: Counter[str] = Counter()
    for row in read.rows(f"{_TOTALS}{_OF_NEW.get(what, '')} ORDER BY 1", (what,)):
        found[row["name"]] += row["number"]
    return found


_OF_NUMBERS = f"SELECT {COLUMNS} FROM messages WHERE number IN ({{marks}}) ORDER BY number DESC"  # noqa: S608 - our own columns
# By the index that holds only those that wait so: a database would go by the number, through all that was ever sent.
_SORTED = (
    "SELECT {columns} FROM messages WHERE ended_at IS NULL AND state = '{state}' AND urgency IN (0, 1) "
    "AND {where}{outside} ORDER BY +number DESC LIMIT ?"
)
_BY_NUMBERS = (
    f"SELECT {COLUMNS} FROM messages WHERE number IN ({{marks}}) AND {{{{where}}}} ORDER BY number DESC LIMIT ?"  # noqa: S608 - our own columns
)
# By the terms' own order: an address with a thousand messages costs what one with two does.
_BY_TERM = (
    f"SELECT {COLUMNS} FROM terms JOIN messages ON messages.number = terms.message "  # noqa: S608 - our own columns
    "WHERE terms.term = ? AND {where} ORDER BY terms.message DESC LIMIT ?"
)
UNCOUNTED = f"FROM messages WHERE number > {ENTERED}"  # of the new ones, which the totals do not hold yet
_TOTALS = "SELECT name, number FROM totals WHERE what = ?"
_OF_NEW = {
    "messages": f" UNION ALL SELECT 'queued', count(*) {UNCOUNTED}",
    "queued": f" UNION ALL SELECT door, count(*) {UNCOUNTED} GROUP BY door",
}


def has_word(row: Row, word: str, as_json: str) -> bool:
    """Say whether a part of the subject or of an address is the word; few rows are read as JSON for that."""
    if word in row["subject"].lower():
        return True
    return as_json in row["rcpt_to"].lower() and any(word in each.lower() for each in recipients.rcpt_to_of(row))


def outside(hand: Collection[object]) -> str:
    """Give the condition that a message is not in hand."""
    return f" AND number NOT IN ({marks(hand)})" if hand else ""
