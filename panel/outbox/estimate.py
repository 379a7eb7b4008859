"""When messages that wait may leave, or why not as things are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from panel.clock import Instant
from panel.outbox.delivery.heartbeats import Heartbeats
from panel.outbox.entry import Entry
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.pace.rate import queue_ms
from panel.outbox.pace.row import room_ms
from panel.outbox.pace.store import PaceState, PaceStore
from panel.outbox.search import Counts, Listing
from panel.outbox.state import WAITING, State
from panel.settings.store import Version
from panel.storage.database import Database

Retries = tuple[datetime, datetime] | None  # when the first and the last of those that are put off are due


class Standstill(StrEnum):
    """Why nothing leaves until something changes, the first that fits."""

    UNSET = "unset"
    UNATTENDED = "unattended"
    DATABASE = "database"
    PAUSED = "paused"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The earliest moment for each waiting message by its number, or why there is none.

    `state` is the clock as it was looked at, None where nothing waits and it was not.
    """

    leaves: Mapping[int, datetime] = field(default_factory=dict)
    standstill: Standstill | None = None
    state: PaceState | None = None
    ahead: Mapping[int, int] = field(default_factory=dict)  # how many leave before each


def forecast(database: Database, version: Version, entries: Iterable[Entry], at: Instant) -> Forecast:
    """Say for each of these messages that waits when it may leave; one statement finds the places of all.

    The interval, what the caps have left, and what is ahead decide; how long the server takes for each is not known.
    """
    waiting = [each for each in entries if each.state in WAITING]
    if not waiting:
        return Forecast()
    state = PaceStore(database).state(Terms.of(version), at)
    if found := _standstill(database, version, state, at):
        return Forecast({}, found, state)
    first = at.wall + timedelta(milliseconds=_first_ms(state.wait, state.interval_ms))
    ahead = Listing(database).ahead(waiting)
    leaves = {
        each.number: max(
            first + timedelta(milliseconds=_behind_ms(ahead[each.number], state)),
            _room_at(database, ahead[each.number], state, at.wall),
            each.due_at,
        )
        for each in waiting
    }
    return Forecast(leaves, None, state, ahead)


@dataclass(frozen=True, slots=True)
class Departure:
    """How many messages wait, when the next one leaves and all of them have left, or why none does."""

    waiting: int
    standstill: Standstill | None = None
    reason: Reason | None = None  # why not at once
    next_at: datetime | None = None
    out_at: datetime | None = None
    put_off: bool = False  # all that waits was tried, and goes again later

    @property
    def rests(self) -> bool:
        """Say whether the next one waits for more than the interval: a cap is reached, or the server takes no more."""
        return self.reason in (Reason.HOUR, Reason.DAY, Reason.REST)


def departure(database: Database, version: Version, state: PaceState, counts: Counts, at: Instant) -> Departure:
    """Say of all that waits when it leaves; `state` is the clock as it was looked at."""
    found = _standstill(database, version, state, at)
    if found or not counts.waiting:
        return Departure(counts.waiting, found)
    retries = Listing(database).retries()
    reason = state.wait.reason if state.wait else None
    next_at = next_leaves_at(counts, state, retries, at.wall)
    out_at = all_left_at(database, counts, state, retries, at.wall)
    put_off = retries is not None and retries[0] > at.wall and not counts.by_state[State.QUEUED]
    return Departure(counts.waiting, None, reason, next_at, out_at, put_off and reason is not Reason.BUSY)


def next_leaves_at(counts: Counts, state: PaceState, retries: Retries, now: datetime) -> datetime | None:
    """Give when the next message leaves, where that can be told."""
    wait = state.wait
    if wait is None or wait.reason in (Reason.EMPTY, Reason.BUSY):
        return max(retries[0], now) if retries and not counts.by_state[State.QUEUED] else now
    if wait.ms is None:
        return None
    free = now + timedelta(milliseconds=wait.ms)
    return max(free, retries[0]) if retries and not counts.by_state[State.QUEUED] else free


def all_left_at(database: Database, counts: Counts, state: PaceState, retries: Retries, now: datetime) -> datetime:
    """Give when all that waits has left at the earliest: by the interval, the caps, and when the last retry is due."""
    wait, waiting = state.wait, counts.waiting
    free = timedelta(milliseconds=wait.ms or 0 if wait and wait.reason is not Reason.BUSY else 0)
    if retries and not counts.by_state[State.QUEUED]:
        free = max(free, retries[0] - now)
    left = now + free + timedelta(milliseconds=_behind_ms(waiting - 1, state))
    if to_begin := waiting - counts.by_state[State.SENDING]:  # those under way have taken their room
        left = max(left, _room_at(database, to_begin - 1, state, now))
    return max(left, retries[1]) if retries else left


def leaves_at(database: Database, version: Version, entry: Entry, at: Instant) -> datetime | None:
    """Give the earliest moment for one message; None where, as things are, nothing leaves."""
    return forecast(database, version, [entry], at).leaves.get(entry.number)


_STANDSTILLS = {
    Reason.DATABASE: Standstill.DATABASE,
    Reason.PAUSED: Standstill.PAUSED,
    Reason.HELD: Standstill.HELD,
}


def _standstill(database: Database, version: Version, state: PaceState, at: Instant) -> Standstill | None:
    if not version.settings.complete:
        return Standstill.UNSET
    if not Heartbeats(database).alive(at.wall):
        return Standstill.UNATTENDED
    return _STANDSTILLS.get(state.wait.reason) if state.wait else None


def _first_ms(wait: Wait | None, interval: int) -> int:
    """Give when the next message may leave; one that is under way may end at any moment."""
    if wait is None:
        return 0
    return interval if wait.reason is Reason.BUSY else wait.ms or 0


def _room_at(database: Database, ahead: int, state: PaceState, now: datetime) -> datetime:
    """Give when the caps have room for a message with so many ahead of it, after what has left within them."""
    return now + timedelta(milliseconds=room_ms(database, state.now_ms, state.terms, ahead))


def _behind_ms(ahead: int, state: PaceState) -> int:
    """Give how long a message waits for those ahead of it, by the server that mail leaves by."""
    terms = state.terms
    return queue_ms(ahead + 1, state.interval_ms, max_per_hour=terms.max_per_hour, max_per_day=terms.max_per_day)[0]
