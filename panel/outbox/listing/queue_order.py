"""The messages that wait in one state in the order in which they leave, page by page."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from panel.outbox import recipients
from panel.outbox.enqueue import encode
from panel.outbox.entry import COLUMNS, Entry, entry
from panel.outbox.listing.filters import NumberSpan
from panel.outbox.listing.look import SCANNED, PageReader, has_word
from panel.outbox.pace.row import in_hand
from panel.outbox.state import Listed, State
from panel.storage.database import Database, Row, marks

_PLACE = re.compile(r"([01])~(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)~(\d{1,18})", re.ASCII)
_FRONT = "0~0000-00-00T00:00:00.000Z~0"


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Messages in the order in which they leave; `after` is the place to go on from, None at the end."""

    entries: tuple[Entry, ...]
    after: str | None


def queue_page(
    database: Database, state: State, span: NumberSpan, *, q: str = "", after: str | None = None, limit: int
) -> QueuePage:
    """Give the messages that leave next after a place in the queue; one that is not known is the front.

    With a part of a word to find, a page may be empty and go on: it has not looked further yet.
    """
    named = PageReader(database, Listed(state), span, SCANNED).named(q) if q else None
    if named is not None and len(named) <= SCANNED:
        span, q = replace(span, among=json.dumps([row["number"] for row in named])), ""
    looked_at = _read(database, state, span, after or _FRONT, SCANNED if q else limit + 1)
    word, as_json = q.lower(), encode([q.lower()])[2:-2]
    found = [row for row in looked_at if not q or has_word(row, word, as_json)][:limit]
    more = len(looked_at) > limit if not q else len(looked_at) == SCANNED or len(found) == limit
    last = (found[-1] if len(found) == limit else looked_at[-1]) if more else None
    return QueuePage(_entries(database, [row["number"] for row in found]), _place(last) if last else None)


def _read(database: Database, state: State, span: NumberSpan, after: str, most: int) -> list[Row]:
    place = _PLACE.fullmatch(after) or _PLACE.fullmatch(_FRONT)
    assert place
    hand, (where, values) = in_hand(database), span.condition("+number")
    rows: list[Row] = []
    for urgency in range(int(place[1]), 2):
        start = place.group(2, 3) if urgency == int(place[1]) else ("", "0")
        outside = f" AND number NOT IN ({marks(hand)})" if hand else ""
        sql = _NEXT.format(where=where, outside=outside)
        given = (state, urgency, start[0], int(start[1]), *values, *hand, most - len(rows))
        rows += database.rows(sql, given) if len(rows) < most else []
    return rows


def _place(row: Row) -> str:
    return f"{row['urgency']}~{row['due_at']}~{row['number']}"


def _entries(database: Database, numbers: Sequence[int]) -> tuple[Entry, ...]:
    rows = database.rows(_OF_NUMBERS.format(marks(numbers)), numbers) if numbers else []
    told, hand = recipients.of(database, rows), in_hand(database)
    found = {row["number"]: entry(row, told[row["number"]], hand=hand) for row in rows}
    return tuple(found[number] for number in numbers if number in found)


_NEXT = (
    "SELECT number, urgency, due_at, subject, rcpt_to FROM messages WHERE ended_at IS NULL AND state = ? "
    "AND urgency = ? AND (due_at, number) > (?, ?) AND {where}{outside} ORDER BY due_at, number LIMIT ?"
)
_OF_NUMBERS = f"SELECT {COLUMNS} FROM messages WHERE number IN ({{}})"  # noqa: S608 - our own columns
