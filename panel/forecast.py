"""When a message that waits may leave."""

from __future__ import annotations

from datetime import datetime, timedelta

from panel.clock import Instant
from panel.entry import WAITING, Entry
from panel.pace import Reason, Terms, Wait
from panel.pacing import queue_ms
from panel.services import Services


def leaves_at(services: Services, entry: Entry, at: Instant) -> datetime | None:
    """Give the earliest moment at which it may leave; None where, as things are, nothing leaves.

    The interval, the caps and what is ahead decide; how long the server takes for each message is not known.
    """
    version = services.settings.current()
    if entry.state not in WAITING or not version.settings.complete or not services.heartbeats.alive(at.wall):
        return None
    state = services.pace.state(version.terms, at)
    if state.wait and state.wait.reason in (Reason.PAUSED, Reason.HELD, Reason.DATABASE):
        return None
    first = _first_ms(state.wait, state.interval_ms)
    then = _ahead_ms(services, entry, version.terms, state.interval_ms)
    return max(at.wall + timedelta(milliseconds=first + then), entry.due_at)


def _first_ms(wait: Wait | None, interval: int) -> int:
    """Give when the next message may leave; one that is under way may end at any moment."""
    if wait is None:
        return 0
    return interval if wait.reason is Reason.BUSY else wait.ms or 0


def _ahead_ms(services: Services, entry: Entry, terms: Terms, interval: int) -> int:
    count = services.outbox.ahead(entry) + 1
    return queue_ms(count, interval, max_per_hour=terms.max_per_hour, max_per_day=terms.max_per_day)[0]
