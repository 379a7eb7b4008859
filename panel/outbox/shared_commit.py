"""Puts messages into the outbox for many at once: those that come during one commit share the next."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from panel import clock
from panel.errors import DatabaseError, TokenLimited
from panel.mail.limits import MAX_BYTES
from panel.mail.message.submission import Submission
from panel.outbox.enqueue import Enqueuer, Key, Ticket
from panel.storage.actor import Actor

MOST_TOGETHER = 100  # messages of one commit
MOST_BYTES_TOGETHER = MAX_BYTES  # and the bytes after which no further one joins it


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that are kept together, all of them or none; `keys` are as many, or none."""

    submissions: Sequence[Submission]
    by: Actor
    keys: Sequence[Key | None] = ()

    @property
    def size(self) -> int:
        """Count the bytes."""
        return sum(len(each.message) for each in self.submissions)


@dataclass(frozen=True, slots=True)
class Committed:
    """The tickets of a group, and when it was queued."""

    tickets: Sequence[Ticket]
    at: datetime


CommittedOrFault = Committed | Exception  # what became of a group


@dataclass(slots=True, eq=False)
class _Place:
    """A caller in the line: its turn has come when it is woken, to write for others where it has no outcomes yet."""

    groups: Sequence[Group]
    turn: threading.Lock = field(default_factory=threading.Lock)
    outcomes: Sequence[CommittedOrFault] | None = None


class SharedCommit:
    """Keeps messages, many in one transaction; each caller hears for itself what became of its own.

    It has no thread: whoever is first in the line writes for those behind.
    """

    def __init__(self, enqueuer: Enqueuer) -> None:
        self._enqueuer = enqueuer
        self._line: deque[_Place] = deque()
        self._lock = threading.Lock()

    def keep(self, groups: Sequence[Group]) -> Sequence[CommittedOrFault]:
        """Give the tickets of each group when its messages are on disk, or why it was not kept."""
        place = _Place(groups)
        place.turn.acquire()
        with self._lock:
            self._line.append(place)
            waits = len(self._line) > 1
        if waits:
            place.turn.acquire()
        if place.outcomes is None:
            self._lead()
        assert place.outcomes is not None
        return place.outcomes

    def _lead(self) -> None:
        """Write for the first in the line, and wake who is the first then."""
        with self._lock:
            places = [*_together(self._line)]
        stopped: CommittedOrFault = RuntimeError("The commit was broken off.")
        outcomes = iter([stopped] * sum(len(each.groups) for each in places))
        try:
            outcomes = iter(self.write([group for each in places for group in each.groups]))
        finally:
            for place in places:
                place.outcomes = [*islice(outcomes, len(place.groups))]
            with self._lock:
                for _ in places:
                    self._line.popleft()
                woken = [*places[1:], *islice(self._line, 1)]
            for place in woken:
                place.turn.release()

    def write(self, groups: Sequence[Group]) -> list[CommittedOrFault]:
        """Write the messages of each sender in one transaction, for a caller that shares it with nobody."""
        outcomes: dict[int, CommittedOrFault] = {}
        for by in dict.fromkeys(each.by for each in groups):
            mine = {index: each for index, each in enumerate(groups) if each.by == by}
            outcomes |= zip(mine, self._enqueued([*mine.values()], by), strict=True)
        return [outcomes[index] for index in range(len(groups))]

    def _enqueued(self, groups: Sequence[Group], by: Actor) -> list[CommittedOrFault]:
        """Write one transaction; where that fails for a reason that may be one group's, each half by itself."""
        keys = [key for each in groups for key in each.keys or [None] * len(each.submissions)]
        messages = [submission for each in groups for submission in each.submissions]
        now = clock.now()
        try:
            tickets = iter(self._enqueuer.enqueue_all(messages, by=by, keys=keys, now=now))
        except Exception as fault:  # whatever it is, whose it is hears of it, and the others go on
            if isinstance(fault, DatabaseError) or len(groups) == 1 or _is_everybodys(fault, keys):
                return [fault] * len(groups)
        else:
            return [Committed([*islice(tickets, len(each.submissions))], now) for each in groups]
        half = len(groups) // 2
        return self._enqueued(groups[:half], by) + self._enqueued(groups[half:], by)


def _is_everybodys(fault: Exception, keys: Iterable[Key | None]) -> bool:
    """Say whether their token has no room for any of them; of those with a key one may be kept already."""
    return isinstance(fault, TokenLimited) and fault.is_spent and not any(keys)


def _together(line: Iterable[_Place]) -> Iterable[_Place]:
    """Give those that one commit has room for, one at least."""
    messages = size = 0
    for place in line:
        yield place
        messages += sum(len(group.submissions) for group in place.groups)
        size += sum(group.size for group in place.groups)
        if messages >= MOST_TOGETHER or size >= MOST_BYTES_TOGETHER:
            return
