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
from panel.outbox.pace.store import PaceState, PaceStore
from panel.outbox.search import Listing
from panel.outbox.state import WAITING
from panel.settings.store import Version
from panel.storage.database import Database


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

    The interval, the caps and what is ahead decide; how long the server takes for each message is not known.
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
        each.number: max(first + timedelta(milliseconds=_behind_ms(ahead[each.number], state)), each.due_at)
        for each in waiting
    }
    return Forecast(leaves, None, state, ahead)


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


def _behind_ms(ahead: int, state: PaceState) -> int:
    """Give how long a message waits for those ahead of it, by the server that mail leaves by."""
    terms = state.terms
    return queue_ms(ahead + 1, state.interval_ms, max_per_hour=terms.max_per_hour, max_per_day=terms.max_per_day)[0]
