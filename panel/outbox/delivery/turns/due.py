"""Whose turn it is among the messages that wait, and when the next one is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from panel import clock
from panel.clock import Instant
from panel.outbox.delivery.claim import CLAIMED
from panel.outbox.delivery.retry import Retry
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.pace.row import LAST_START, Tick
from panel.outbox.state import URGENCY, State
from panel.storage.database import Row, Value, Writer

WINDOW_BYTES = 4 * 1024 * 1024  # of messages in one window; a larger one goes alone
_MARGIN_MS = 1_000  # for which the write lock may be waited for, and what was foreseen is still all that is due


class Lane(NamedTuple):
    """Messages that leave by the server of these terms: all, or those `of` it as SQL with its values; `aside` few."""

    terms: Terms
    of: str = ""
    values: tuple[str, ...] = ()
    aside: bool = False


class Foreseen:
    """What most claims need to know, asked for before the clock is read, so that a server answers all of it at once."""

    def __init__(self, write: Writer, terms: Terms, at: Instant, *, most: int, ahead_ms: int = 0) -> None:
        self._lane, self._most = Lane(terms), most
        self._until = clock.stamp(at.wall + timedelta(milliseconds=ahead_ms + _MARGIN_MS))
        self._next = write.foresee(*_next(self._lane, self._until, most))
        self._soonest = write.foresee(*_soonest(self._lane))
        self._last = write.foresee(LAST_START, (terms.server,))

    def next_rows(self, lane: Lane, until: str, most: int) -> list[Row] | None:
        """Give the messages whose turn it is; None where something else was asked, or one of them is not due yet."""
        if lane.of or most > self._most or until > self._until:
            return None
        rows = _in_order(self._next())
        return rows[:most] if all(row["state"] == State.QUEUED or row["due_at"] <= until for row in rows) else None

    def soonest(self, lane: Lane) -> list[Row] | None:
        """Give the moment at which the next deferred message is due; None where something else was asked."""
        return None if lane.of else self._soonest()

    def last(self, server: str) -> list[Row] | None:
        """Give the last message that was counted at a server; None where something else was asked."""
        return self._last() if server == self._lane.terms.server else None


def next_rows(tick: Tick, most: int, lane: Lane, foreseen: Foreseen | None) -> list[Row]:
    """Find the messages whose turn it is: as many as may go together, and at least one."""
    until = clock.stamp(tick.at.wall)
    found = foreseen.next_rows(lane, until, most) if foreseen else None
    rows = _in_order(tick.write.rows(*_next(lane, until, most))) if found is None else found
    sums = accumulate(row["size"] for row in rows)
    return [row for place, (row, size) in enumerate(zip(rows, sums, strict=True)) if not place or size <= WINDOW_BYTES]


def until_due(tick: Tick, retry: Retry, lane: Lane, foreseen: Foreseen | None) -> Wait:
    """Say when the next deferred message is due; what waits too long was put off by a wrong clock."""
    write, at = tick.write, tick.at
    found = foreseen.soonest(lane) if foreseen else None
    [[soonest]] = write.rows(*_soonest(lane)) if found is None else found
    if soonest is None:
        return Wait(Reason.EMPTY)
    left = clock.moment(soonest) - at.wall
    if left > retry.longest:
        write.run(_BRING_BACK, (clock.stamp(at.wall), clock.stamp(at.wall + retry.longest)))
        return Wait(Reason.EMPTY, 1)
    return Wait(Reason.EMPTY, max(1, left // timedelta(milliseconds=1) + 1))


# Four reads at the ends of indexes; what has waited longest goes first, so that neither new nor old mail starves.
_OF_STATE = (
    "SELECT * FROM (SELECT number, urgency, due_at FROM messages "
    "WHERE ended_at IS NULL AND state = '{state}' AND urgency = {urgency}{due}{lane} "
    "ORDER BY due_at, number LIMIT ?) AS one"
)
_DUE = " AND due_at <= ?"


def _in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row[:3])  # by urgency, due moment and number


@cache
def _next_of(lane: str) -> str:
    found = " UNION ALL ".join(
        _OF_STATE.format(state=state, urgency=urgency, due=_DUE if state == "deferred" else "", lane=lane)
        for state in ("queued", "deferred")
        for urgency in range(len(URGENCY))
    )
    return (
        f"SELECT {CLAIMED} FROM messages WHERE number IN "  # noqa: S608 - our own words
        f"(SELECT number FROM ({found}) AS due ORDER BY urgency, due_at, number LIMIT ?)"
    )


@cache
def _soonest_of(lane: str) -> str:
    each = (_SOONEST.format(urgency=urgency, lane=lane) for urgency in range(len(URGENCY)))
    return f"SELECT min(due_at) AS due_at FROM ({' UNION ALL '.join(each)}) AS soonest"  # noqa: S608 - our own words


def _next(lane: Lane, until: str, most: int) -> tuple[str, Sequence[Value]]:
    queued: tuple[Value, ...] = (*lane.values, most)
    deferred: tuple[Value, ...] = (until, *queued)
    return _next_of(lane.of), (*queued * len(URGENCY), *deferred * len(URGENCY), most)


def _soonest(lane: Lane) -> tuple[str, Sequence[Value]]:
    return _soonest_of(lane.of), lane.values * len(URGENCY)


_SOONEST = (
    "SELECT min(due_at) AS due_at FROM messages "
    "WHERE ended_at IS NULL AND state = 'deferred' AND urgency = {urgency}{lane}"
)
_BRING_BACK = "UPDATE messages SET due_at = ? WHERE ended_at IS NULL AND state = 'deferred' AND due_at > ?"
