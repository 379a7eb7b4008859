"""Whose turn it is among the messages that wait, and when the next one is due."""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate
from typing import NamedTuple

from panel import clock
from panel.outbox.delivery.retry import Retry
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.pace.row import Tick
from panel.outbox.state import URGENCY
from panel.storage.database import Value

WINDOW_BYTES = 4 * 1024 * 1024  # of messages in one window; a larger one goes alone


class Lane(NamedTuple):
    """Messages that leave by the server of these terms: all, or those `of` it as SQL with its values; `aside` few."""

    terms: Terms
    of: str = ""
    values: tuple[str, ...] = ()
    aside: bool = False


def whose_turn(tick: Tick, most: int, lane: Lane) -> list[int]:
    """Find the messages whose turn it is: as many as may go together, and at least one."""
    queued: tuple[Value, ...] = (*lane.values, most)
    deferred: tuple[Value, ...] = (clock.stamp(tick.at.wall), *queued)
    values = (*queued * len(URGENCY), *deferred * len(URGENCY), most)
    rows = tick.write.rows(_NEXT if not lane.of else _next_of(lane.of), values)
    sums = accumulate(size for _, size in rows)
    return [
        number
        for position, ((number, _), size) in enumerate(zip(rows, sums, strict=True))
        if not position or size <= WINDOW_BYTES
    ]


def until_due(tick: Tick, retry: Retry, lane: Lane) -> Wait:
    """Say when the next deferred message is due; what waits too long was put off by a wrong clock."""
    write, at = tick.write, tick.at
    rows = (write.row(_SOONEST.format(urgency=each, lane=lane.of), lane.values) for each in range(len(URGENCY)))
    soonest = min((row["due_at"] for row in rows if row and row["due_at"]), default=None)
    if soonest is None:
        return Wait(Reason.EMPTY)
    left = clock.moment(soonest) - at.wall
    if left > retry.longest:
        write.run(_BRING_BACK, (clock.stamp(at.wall), clock.stamp(at.wall + retry.longest)))
        return Wait(Reason.EMPTY, 1)
    return Wait(Reason.EMPTY, max(1, left // timedelta(milliseconds=1) + 1))


# Four reads at the ends of indexes; what has waited longest goes first, so that neither new nor old mail starves.
_OF_STATE = (
    "SELECT * FROM (SELECT number, urgency, due_at, size FROM messages "
    "WHERE ended_at IS NULL AND state = '{state}' AND urgency = {urgency}{due}{lane} "
    "ORDER BY due_at, number LIMIT ?) AS one"
)
_DUE = " AND due_at <= ?"


def _next_of(lane: str) -> str:
    return (
        "SELECT number, size FROM ("  # noqa: S608 - our own words
        + " UNION ALL ".join(
            _OF_STATE.format(state=state, urgency=urgency, due=_DUE if state == "deferred" else "", lane=lane)
            for state in ("queued", "deferred")
            for urgency in range(len(URGENCY))
        )
        + ") AS due ORDER BY urgency, due_at, number LIMIT ?"
    )


_NEXT = _next_of("")
_SOONEST = (
    "SELECT min(due_at) AS due_at FROM messages "
    "WHERE ended_at IS NULL AND state = 'deferred' AND urgency = {urgency}{lane}"
)
_BRING_BACK = "UPDATE messages SET due_at = ? WHERE ended_at IS NULL AND state = 'deferred' AND due_at > ?"
