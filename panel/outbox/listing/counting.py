"""How many messages filters leave of each state: counted as far as that takes no time, and said where it goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from panel.outbox.enqueue import encode
from panel.outbox.listing.filters import Filters, NumberSpan
from panel.outbox.listing.look import SCANNED, PageReader, has_word, how_many
from panel.outbox.pace.row import in_hand
from panel.outbox.state import WAITING, Listed, State
from panel.storage.database import Database, Row, Value

MOST_COUNTED = 10_000  # messages of one state


@dataclass(frozen=True, slots=True)
class FilteredCounts:
    """How many there are of each kind; `more` says that there may be more than were counted."""

    of: Mapping[Listed, int]
    more: frozenset[Listed] = frozenset()

    @property
    def all(self) -> int:
        return sum(self.of.get(Listed(state), 0) for state in State)


def count_filtered(database: Database, filters: Filters) -> FilteredCounts:
    """Count what filters leave of each state, whichever of them is shown."""
    span = filters.numbers(database)
    return _of_words(database, filters.q.strip(), span) if filters.q.strip() else _of_span(database, span)


def _of_words(database: Database, q: str, span: NumberSpan) -> FilteredCounts:
    """Count those with a number, a Message-ID or an address; else those with a part of a word, among the newest."""
    exact = PageReader(database, None, span, SCANNED).exact(q)
    if exact:
        return _tally(database, exact, exact[:SCANNED])
    where, values = span.condition()
    looked_at = database.rows(_NEWEST.format(where=where), (*values, SCANNED))
    word, as_json = q.lower(), encode([q.lower()])[2:-2]
    return _tally(database, looked_at, [row for row in looked_at if has_word(row, word, as_json)])


def _tally(database: Database, looked_at: list[Row], rows: Iterable[Row]) -> FilteredCounts:
    hand, found = in_hand(database), Counter[Listed]()
    for row in rows:
        found[Listed.SENDING if row["number"] in hand else Listed(row["state"])] += 1
        found[Listed.BOUNCED] += row["bounced_at"] is not None
        found[Listed.UNSEEN] += row["state"] == State.FAILED and row["seen_at"] is None
    return FilteredCounts(found, frozenset(Listed) if len(looked_at) >= SCANNED else frozenset())


def _of_span(database: Database, span: NumberSpan) -> FilteredCounts:
    where, values = span.condition()
    found = {each: _count(database, _ENDED.format(state=each, where=where), values) for each in _ENDS}
    found |= {each: _count(database, sql.format(where=where), values) for each, sql in _BESIDE.items()}
    for each in WAITING:
        found[Listed(each)] = _count(database, _WAITING.format(state=each, where=where), (MOST_COUNTED, *values))
    more = {each for each, number in found.items() if number >= MOST_COUNTED}
    more |= {Listed(each) for each in WAITING if how_many(database, each) > MOST_COUNTED}
    _take_out(database, found, where, values)
    return FilteredCounts(found, frozenset(more))


def _take_out(database: Database, found: dict[Listed, int], where: str, values: tuple[Value, ...]) -> None:
    """Count those in hand as being sent."""
    hand, found[Listed.SENDING] = in_hand(database), 0
    for row in database.rows(_HAND.format(where=where, hand=", ".join(map(str, hand))), values) if hand else []:
        found[Listed(row["state"])] -= 1
        found[Listed.SENDING] += 1


def _count(database: Database, sql: str, values: tuple[Value, ...]) -> int:
    row = database.row(f"SELECT count(*) AS number FROM ({sql} LIMIT {MOST_COUNTED}) AS counted", values)  # noqa: S608 - ours
    return int(row["number"]) if row else 0


_ENDS = (Listed.SENT, Listed.FAILED, Listed.CANCELLED, Listed.WITHHELD)
_ENDED = "SELECT 1 FROM messages WHERE state = '{state}' AND ended_at IS NOT NULL AND {where}"
_BESIDE = {
    Listed.BOUNCED: "SELECT 1 FROM messages WHERE bounced_at NOTNULL AND {where}",
    Listed.UNSEEN: "SELECT 1 FROM messages WHERE state = 'failed' AND seen_at IS NULL AND {where}",
}
_WAITING = (
    "SELECT 1 FROM (SELECT number FROM messages WHERE ended_at IS NULL AND state = '{state}' AND urgency IN (0, 1) "
    "LIMIT ?) AS first WHERE {where}"
)
_HAND = "SELECT state FROM messages WHERE number IN ({hand}) AND ended_at IS NULL AND {where}"
_NEWEST = (
    "SELECT number, state, subject, rcpt_to, bounced_at, seen_at FROM messages WHERE {where} "
    "ORDER BY number DESC LIMIT ?"
)
