"""When messages were handed in: found by their numbers, which rise with time, without an index of moments."""

from __future__ import annotations

from datetime import datetime

from panel import clock
from panel.storage.database import Reader


def last_submission(read: Reader) -> datetime | None:
    """Say when the newest message came that is still known."""
    row = read.row("SELECT queued_at FROM messages ORDER BY number DESC LIMIT 1")
    return clock.moment(row["queued_at"]) if row else None


def was_submitted_between(read: Reader, after: datetime | None, until: datetime) -> bool:
    """Say whether a message came within a span of time, or at all before its end."""
    number = first_since(read, after) if after else 0
    row = read.row("SELECT queued_at FROM messages WHERE number >= ? ORDER BY number LIMIT 1", (number,))
    return row is not None and clock.moment(row["queued_at"]) < until


def first_since(read: Reader, moment: datetime) -> int:
    """Give the least number behind which every message came after a moment, by halving."""
    ends = read.row(_ENDS)
    if ends is None or ends["low"] is None:
        return 0
    stamp, low, high = clock.stamp(moment), int(ends["low"]), int(ends["high"]) + 1
    while low < high:
        middle = (low + high) // 2
        row = read.row("SELECT number, queued_at FROM messages WHERE number >= ? ORDER BY number LIMIT 1", (middle,))
        if row is not None and row["queued_at"] < stamp:
            low = int(row["number"]) + 1
        else:
            high = middle
    return low


_ENDS = "SELECT (SELECT min(number) FROM messages) AS low, (SELECT max(number) FROM messages) AS high"
