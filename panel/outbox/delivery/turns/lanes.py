"""Which messages leave by which of two servers, and when the first is looked at while they leave by the second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import inf

from panel import clock, logs
from panel.outbox.delivery.turns.due import Lane
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.pace.route import Choice, Which
from panel.outbox.pace.row import Tick

Bound = Mapping[Which, str | None]  # whom messages wait for, and the first moment at which one may leave by the other


def keep_route(tick: Tick, terms: Terms) -> None:
    """Note by which server mail leaves from now on, and log it where that changes by itself."""
    route = tick.pace.route(tick.now, terms, tick.at)
    if not tick.pace.keep_route(route):
        return
    if route.which is Which.SECOND:
        tick.write.after_commit(lambda: logs.warning("server_switched", server=route.which, cause=route.cause))
    else:
        tick.write.after_commit(lambda: logs.info("server_returned", server=route.which))


def bound_to(tick: Tick) -> Bound:
    """Say which servers messages wait for."""
    return {Which(row["bound"]): row["until"] for row in tick.write.rows(_BOUND)}


def lanes(tick: Tick, terms: Terms, bound: Bound) -> Iterator[Lane]:
    """Give what may leave by which server, in the order in which that is tried.

    What stays with the server that is not in use goes before the rest; while mail leaves by the second, the first is
    looked at with one message when that is due.
    """
    pace, second = tick.pace, terms.of_server(Which.SECOND)
    if pace.terms(tick.now, terms).which is Which.FIRST:
        if Which.SECOND in bound:
            yield Lane(second, _STAYS, (Which.SECOND,), aside=True)
        yield _all_but_others(terms, bound, clock.stamp(tick.at.wall))
    else:
        if pace.choice is Choice.AUTO and pace.held and pace.held.is_due(tick.now):
            yield _all_but_others(terms, bound, _NEVER)
        late = tick.at.wall >= _late_from(tick, terms)
        yield _all_but_others(second, bound, clock.stamp(tick.at.wall) if late else _NEVER)


def soonest(tick: Tick, terms: Terms, bound: Bound, waits: Sequence[Wait]) -> Wait:
    """Give the shortest wait, those until the first is looked at and until a message may change its server included."""
    beside = (*_until_change(tick, terms, bound), *_until_look(tick, terms, bound, waits[-1]))
    return min((*waits, *beside), key=lambda wait: inf if wait.ms is None else wait.ms)


def _all_but_others(terms: Terms, bound: Bound, until: str) -> Lane:
    """Give all messages but those that wait for the other server yet, at this moment."""
    return Lane(terms, _NOT_OTHERS, (terms.which, until)) if bound else Lane(terms)


def _until_change(tick: Tick, terms: Terms, bound: Bound) -> Iterator[Wait]:
    which = tick.pace.terms(tick.now, terms).which
    if until := bound.get(which.other):
        moment = clock.moment(until)
        if which is Which.SECOND:
            moment = max(moment, _late_from(tick, terms))
        if moment > tick.at.wall:
            yield Wait(Reason.EMPTY, (moment - tick.at.wall) // timedelta(milliseconds=1) + 1)


def _until_look(tick: Tick, terms: Terms, bound: Bound, wait: Wait) -> Iterator[Wait]:
    """Say when the first is looked at, where there is anything to look with."""
    held, mail = tick.pace.held, wait != Wait(Reason.EMPTY) or Which.FIRST in bound
    by_second = tick.pace.choice is Choice.AUTO and tick.pace.terms(tick.now, terms).which is Which.SECOND
    if held and held.probe_ms is not None and held.probe_ms > tick.now and by_second and mail:
        yield Wait(Reason.HELD, held.probe_ms - tick.now)


def _late_from(tick: Tick, terms: Terms) -> datetime:
    """Say from when on what waits for the first may leave by the second: so much later than all other mail."""
    since = clock.moment_or_none(tick.pace.second_since) or tick.at.wall
    return since + timedelta(milliseconds=terms.after_ms)


_NEVER = ""  # a moment before all others
_BOUND = "SELECT bound, min(bound_until) AS until FROM messages WHERE bound NOTNULL AND ended_at IS NULL GROUP BY bound"
_STAYS = " AND bound = ?"
_NOT_OTHERS = " AND (bound IS NULL OR bound = ? OR bound_until <= ?)"
