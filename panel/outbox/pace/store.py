"""The clock's row and its rolling windows in the data file, asked and changed inside the sender's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from math import inf
from typing import Any

from panel import clock
from panel.clock import Instant
from panel.errors import PanelError
from panel.i18n import N_, Text
from panel.outbox.pace import patience
from panel.outbox.pace.healing import Again
from panel.outbox.pace.hold import Hold
from panel.outbox.pace.pace import Pace, Reason, Terms, Wait, until_slot
from panel.outbox.pace.rate import DAY_MS, HOUR_MS
from panel.storage.actor import Actor
from panel.storage.database import Database, Reader, Row, Writer
from panel.storage.wakeup import Notifier

SWEEP = 64  # messages between two looks for what is older than the windows
TEST_LEASE_MS = 40_000  # a test ends within 30 s
TEST_ASKS_MS = 1_000  # one that waits asks twice as often


class TriedJustNow(PanelError):
    """Somebody had held mail tried a moment ago; `seconds` says when the next try is possible."""

    def __init__(self, early_ms: int) -> None:
        self.seconds = -(-early_ms // 1000)
        self.text = Text(_TRIED_JUST_NOW, {"seconds": self.seconds})
        super().__init__(str(self.text))


_TRIED_JUST_NOW = N_("It was tried a moment ago: the next try is possible in %(seconds)d s.")


@dataclass(frozen=True, slots=True)
class PaceState:
    """The clock as it is shown: why nothing leaves now if so, the interval in force, and the row."""

    wait: Wait | None
    interval_ms: int
    pace: Pace
    again_at: datetime | None = None  # when held mail is tried again by itself

    @property
    def suggested_ms(self) -> int | None:
        """Give the interval that refusals have taught, while it is in force."""
        return self.pace.slow_interval_ms if self.pace.slow_version is not None else None


class PaceStore:
    """The clock as the pages, the commands and the tests use it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._notifier = database.notifier

    def state(self, terms: Terms, at: Instant) -> PaceState:
        """Look at the clock without touching it."""
        pace = pace_of_row(self._database.row(SELECT))
        now = pace.time(at)
        switch_to(self._database, pace, terms.server)
        pace.heed(terms)
        unwritable = Wait(Reason.DATABASE) if self._database.fault() else None
        wait = unwritable or pace.wait(now, terms) or capped(self._database, now, terms)
        probe_ms = pace.held.probe_ms if pace.held else None
        again = None if probe_ms is None else at.wall + timedelta(milliseconds=probe_ms - now)
        return PaceState(wait, pace.interval_ms(now, terms), pace, again)

    def pause(self, *, by: Actor, now: datetime) -> None:
        """Let nothing leave until somebody resumes; what is under way ends."""
        with self._database.writing() as write:
            write.run(_PAUSE, (clock.stamp(now), by.name))
        self._notifier.notify()  # who has a session open ends it

    def resume(self) -> None:
        with self._database.writing() as write:
            write.run("UPDATE pace SET paused_at = NULL, paused_by = NULL")
        self._notifier.notify()

    def is_paused(self) -> bool:
        """Say whether somebody has paused all mail."""
        return pace_of_row(self._database.row(SELECT)).paused_at is not None

    def release(self) -> None:
        """End a hold, if there is one: a test of the settings in force has succeeded."""
        if pace_of_row(self._database.row(SELECT)).held:
            self._change(lambda pace, _: pace.release())

    def note_opened(self, version: int) -> None:
        """Note that a test came past its login with the settings of this version, which are those in force."""
        pace = pace_of_row(self._database.row(SELECT))
        if pace.worked_version != version or pace.held:
            self._change(lambda pace, _: pace.open(version))

    def try_now(self, at: Instant) -> bool:
        """Have held mail tried at once; say no where nothing is held, raise `TriedJustNow` where it just was."""
        with self._database.writing() as write:
            pace = read_pace(write)
            if pace.held is None:
                return False
            if early := pace.try_now(come_to(write, pace, at)):
                raise TriedJustNow(early)
            store(write, pace)
        self._notifier.notify()
        return True

    def _change(self, act: Callable[[Pace, Writer], None]) -> None:
        with self._database.writing() as write:
            pace = read_pace(write)
            act(pace, write)
            store(write, pace)
        self._notifier.notify()

    def slot(self, terms: Terms, at: Instant) -> Wait | None:
        """Say when the clock is free, whatever is paused or held: what lasts longest."""
        pace = pace_of_row(self._database.row(SELECT))
        now = pace.time(at)
        switch_to(self._database, pace, terms.server)
        waits = [each for each in (pace.slot(now, terms), capped(self._database, now, terms)) if each]
        return max(waits, key=lambda each: inf if each.ms is None else each.ms, default=None)

    def begin_test(self, holder: str, terms: Terms, at: Instant) -> Wait | None:
        """Take the clock for a test send, or say why it is not free; a pause or a hold does not matter to a test.

        A test that has to wait goes before the queue, as long as it asks again within a second.
        """
        with ticking(self._database, at) as tick:
            write, pace, now = tick.write, tick.pace, tick.now
            if pace.holder is not None and not is_held(pace, now, self._notifier):
                pace.end(now, pace.holder)  # what it had in hand may have been sent just now
            move_to(write, pace, terms.server)
            wait = pace.slot(now, terms) or capped(write, now, terms)
            pace.test_ms = now + TEST_ASKS_MS if wait else 0
            if wait is None:
                pace.take(holder, now + TEST_LEASE_MS)
                note_starts(write, now, terms.server)
        return wait

    def end_test(self, holder: str, terms: Terms, at: Instant, *, counts: bool = True) -> None:
        """Give the clock back, if the test has it; begin the interval and count it where the server has seen it.

        The terms are those it began with.
        """
        with ticking(self._database, at) as tick:
            write, pace, now = tick.write, tick.pace, tick.now
            move_to(write, pace, terms.server)  # others may have been saved meanwhile
            newest = [row["number"] for row in write.rows(_NTH_NEWEST, (terms.server, terms.server, 0))]
            if counts:
                note_ends(write, now, newest)
                pace.end(now, holder)
            elif pace.holder == holder:
                forget_starts(write, newest)
                pace.let_go(holder)
        self._notifier.notify()

    def slot_elsewhere(self, terms: Terms, at: Instant) -> Wait | None:
        """Say when a test may go to another server than that of the settings in force."""
        pace = pace_of_row(self._database.row(SELECT))
        now = pace.time(at)
        return until_slot(_end_at(self._database, pace, terms.server), terms.interval_ms, now)

    def begin_elsewhere(self, terms: Terms, at: Instant) -> Wait | None:
        """Begin a test of such a server, or say how long it is to be left alone; what sends to ours does not matter."""
        with ticking(self._database, at) as tick:
            write, pace, now = tick.write, tick.pace, tick.now
            wait = until_slot(_end_at(write, pace, terms.server), terms.interval_ms, now)
            if wait is None:
                note_end(write, terms.server, now)
        return wait

    def end_elsewhere(self, terms: Terms, at: Instant, *, counts: bool) -> None:
        """Begin such a server's interval; one that has not seen MAIL is as it was before its slot came."""
        with ticking(self._database, at) as tick:
            write, now = tick.write, tick.now
            write.run("DELETE FROM ends WHERE server = ? OR ended_ms <= ?", (terms.server, now - DAY_MS))
            if counts:
                note_end(write, terms.server, now + 1)
                note_starts(write, now + 1, terms.server)

    def learn_alone(self, server: str, at: Instant) -> None:
        remember_alone(self._database, server, at)

    def ask_for_room(self, server: str, at: Instant) -> bool:
        """Ask who has a session open between messages to end it, where the server bears no other; say whether it is.

        Called again, it says whether it is still open.
        """
        pace = pace_of_row(self._database.row(SELECT))
        now = pace.time(at)
        if not self._is_open(pace, now) or not patience.is_alone(self._database, server, now):
            return False
        if not pace.asked_ms:
            with self._database.writing() as write:
                write.run("UPDATE pace SET asked_ms = ? WHERE open_by = ?", (now, pace.open_by))
            self._notifier.notify()
        return True

    def _is_open(self, pace: Pace, now: int) -> bool:
        worker = pace.open_elsewhere(now)
        return worker is not None and not self._notifier.has_died(worker)


def wait_to_json(state: PaceState) -> dict[str, Any] | None:
    """Give why nothing leaves at this moment as JSON values, None where something may."""
    if state.wait is None:
        return None
    held = state.wait.reason is Reason.HELD
    return {
        "reason": str(state.wait.reason),
        "ms": state.wait.ms,
        "cause": state.pace.held.cause if held and state.pace.held else None,
        "again_at": clock.stamp_or_none(state.again_at if held else None),
        "suggested_ms": state.suggested_ms,
    }


# Inside the sender's transaction


@dataclass(frozen=True, slots=True)
class Tick:
    """A transaction with the clock in hand: its row, its time in ms, and the moment at which it is looked at."""

    write: Writer
    pace: Pace
    now: int
    at: Instant


@contextmanager
def ticking(database: Database, at: Instant) -> Iterator[Tick]:
    """Begin a transaction with the clock in hand, and keep the clock as it is left."""
    with database.writing() as write:
        pace = read_pace(write)
        yield Tick(write, pace, come_to(write, pace, at), at)
        store(write, pace)


def remember_alone(database: Database, server: str, at: Instant) -> None:
    """Note that a server has refused a session, of a test or a worker, because there was another one."""
    with ticking(database, at) as tick:
        patience.learn_alone(tick.write, server, now=tick.now)


def pace_of_row(row: Row | None) -> Pace:
    assert row
    held = Hold(**{name: row[column] for name, column in _OF_HOLD.items()}) if row["held_cause"] is not None else None
    if held:
        held.again = Again(held.again)
    return Pace(**{name: row[name] for name in _NAMES}, held=held)


def read_pace(write: Writer) -> Pace:
    return pace_of_row(write.row(SELECT))


def store(write: Writer, pace: Pace) -> None:
    held = [getattr(pace.held, name) for name in _OF_HOLD] if pace.held else _UNHELD
    write.run(_UPDATE, (*(getattr(pace, name) for name in _NAMES[1:]), *held, pace.account))


def come_to(write: Writer, pace: Pace, at: Instant) -> int:
    """Give the clock's time; where it was set anew, no start lies in the future of its windows."""
    anchor = pace.anchor_ms
    now = pace.time(at)
    if pace.anchor_ms != anchor:
        write.run("UPDATE sendings SET at_ms = ? WHERE at_ms > ?", (now, now))
        write.run("UPDATE ends SET ended_ms = ?", (now,))
    return now


def switch_to(read: Reader, pace: Pace, server: str) -> None:
    """Have the clock tell the last end at this server; one that has told of none yet tells of this one."""
    if not server or server == pace.server:
        return
    ended = _end_at(read, pace, server)
    pace.ended_ms = max(ended, pace.ended_ms) if not pace.server else ended
    pace.server = server


def move_to(write: Writer, pace: Pace, server: str) -> None:
    """Have the clock tell the last end at this server, and keep that of the one before."""
    if server and pace.server and server != pace.server:
        note_end(write, pace.server, pace.ended_ms)
    switch_to(write, pace, server)


def note_end(write: Writer, server: str, ended_ms: int) -> None:
    """Note the end of the last message at a server that the clock does not tell of."""
    write.run(_NOTE_END, (server, ended_ms))


def _end_at(read: Reader, pace: Pace, server: str) -> int:
    """Give the end of the last message at a server, 0 where there was none of late."""
    row = read.row("SELECT ended_ms FROM ends WHERE server = ?", (server,))
    return max(row["ended_ms"] if row else 0, pace.ended_ms if server == pace.server else 0)


def is_held(pace: Pace, now: int, notifier: Notifier) -> bool:
    """Say whether somebody has the clock whose lease stands, and who is not certainly dead."""
    return pace.holder is not None and pace.lease_ms > now and not notifier.has_died(worker_of(pace.holder))


def worker_of(holder: str) -> str:
    return holder.partition("/")[0]


def note_starts(write: Writer, now: int, server: str, messages: int = 1) -> list[int]:
    """Count messages in a server's rolling windows, now and then forget what is older than they are; give the numbers.

    `nth` is that of its server, so that the n-th newest is found without counting.
    """
    row = write.row("SELECT max(nth) AS nth FROM sendings WHERE server = ?", (server,))
    last = (row and row["nth"]) or 0
    places = ", ".join(["(?, ?, ?)"] * messages)
    values = [value for nth in range(last + 1, last + 1 + messages) for value in (now, server, nth)]
    rows = write.rows(f"INSERT INTO sendings (at_ms, server, nth) VALUES {places} RETURNING number", values)  # noqa: S608 - marks
    numbers = sorted(row["number"] for row in rows)
    if any(number % SWEEP == 0 for number in numbers):
        write.run("DELETE FROM sendings WHERE at_ms <= ?", (now - DAY_MS,))
    return numbers


def note_ends(write: Writer, now: int, numbers: Sequence[int]) -> None:
    """Count messages from their end on: so late the server may have seen them."""
    write.run_all("UPDATE sendings SET at_ms = ? WHERE number = ?", [(now + 1, number) for number in numbers])


def forget_starts(write: Writer, numbers: Sequence[int]) -> None:
    """Take messages out of the windows again: they did not come as far as the server's limits."""
    write.run_all("DELETE FROM sendings WHERE number = ?", [(number,) for number in numbers])


def capped(read: Reader, now: int, terms: Terms, *, room: int = 1) -> Wait | None:
    """Say for how long a rolling window at the server is full, or has no room for so many messages."""
    for reason, cap, window in (
        (Reason.DAY, terms.max_per_day, DAY_MS),
        (Reason.HOUR, terms.max_per_hour, HOUR_MS),
    ):
        if cap and cap < room:
            return Wait(reason)
        row = read.row(_NTH_NEWEST, (terms.server, terms.server, cap - room)) if cap else None
        if row and row["at_ms"] + window > now:
            return Wait(reason, row["at_ms"] + window - now)
    return None


def within(read: Reader, since: int, server: str) -> int:
    """Count the messages at a server that began after a moment."""
    row = read.row("SELECT count(*) FROM sendings WHERE at_ms > ? AND server = ?", (since, server))
    return int(row[0]) if row else 0


SELECT = "SELECT * FROM pace WHERE account = ''"
_PAUSE = "UPDATE pace SET paused_at = ?, paused_by = ? WHERE paused_at IS NULL"
_NOTE_END = (
    "INSERT INTO ends (server, ended_ms) VALUES (?, ?) "
    "ON CONFLICT (server) DO UPDATE SET ended_ms = max(ended_ms, excluded.ended_ms)"
)
_NAMES = tuple(each.name for each in fields(Pace) if each.name != "held")
_OF_HOLD = {each.name: f"held_{each.name}" for each in fields(Hold)} | {"probe_ms": "probe_ms", "probes": "probes"}
_UNHELD = [{"probes": 0, "logins": 0, "again": Again.NEVER}.get(name) for name in _OF_HOLD]
_UPDATE = f"UPDATE pace SET {', '.join(f'{name} = ?' for name in (*_NAMES[1:], *_OF_HOLD.values()))} WHERE account = ?"  # noqa: S608 - our columns
# A gap in the numbers of a server makes the cap stricter, never looser.
_NTH_NEWEST = (
    "SELECT number, at_ms FROM sendings WHERE server = ? "
    "AND nth <= (SELECT max(nth) FROM sendings WHERE server = ?) - ? ORDER BY nth DESC LIMIT 1"
)
