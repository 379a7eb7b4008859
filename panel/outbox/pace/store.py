"""The clock as the pages, the commands and the tests use it: shown, paused, and taken for a test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf
from typing import Any, NamedTuple

from panel import clock
from panel.clock import Instant
from panel.errors import PanelError
from panel.i18n import N_, Text
from panel.mail.smtp.protocol import Failure
from panel.outbox.pace import patience
from panel.outbox.pace.healing import Again
from panel.outbox.pace.hold import Hold
from panel.outbox.pace.pace import Pace, Reason, Terms, Wait, until_slot
from panel.outbox.pace.rate import DAY_MS
from panel.outbox.pace.route import Choice, SenderRoute, Which
from panel.outbox.pace.row import (
    NTH_NEWEST,
    SELECT,
    capped,
    come_to,
    end_at,
    forget_starts,
    is_held,
    keep_pace,
    move_to,
    note_end,
    note_ends,
    note_starts,
    pace_of_row,
    read_pace,
    remember_alone,
    switch_to,
    ticking,
)
from panel.outbox.pace.server_state import ServerState
from panel.settings.model import OF_MESSAGES, OF_SECOND, PACE_FIELDS, RECORD, SECOND
from panel.settings.store import Version
from panel.storage.actor import Actor
from panel.storage.database import Database, Reader, Writer
from panel.storage.journal import Action, append

TEST_LEASE_MS = 40_000  # a test ends within 30 s
TEST_ASKS_MS = 1_000  # one that waits asks twice as often


class TriedJustNow(PanelError):
    """Somebody had held mail tried a moment ago; `seconds` says when the next try is possible."""

    def __init__(self, early_ms: int) -> None:
        self.seconds = -(-early_ms // 1000)
        self.text = Text(_TRIED_JUST_NOW, {"seconds": self.seconds})
        super().__init__(str(self.text))


_TRIED_JUST_NOW = N_("It was tried a moment ago: the next try is possible in %(seconds)d s.")


class PaceState(NamedTuple):
    """The clock as it is shown: why nothing leaves now if so, the interval in force, and the row.

    All but `pace` and `first_again_at` tells of the server that mail leaves by, as `route` says; `terms` are its own.
    """

    wait: Wait | None
    interval_ms: int
    pace: Pace
    again_at: datetime | None = None  # when held mail is tried again by itself
    route: SenderRoute = SenderRoute()
    terms: Terms = Terms(0)
    first_again_at: datetime | None = None  # when the first server is looked at again by itself, where it is held
    former_hold: Hold | None = None  # of older settings, while nothing has been tried with those in force
    now_ms: int = 0  # when it was looked at, by its own time

    @property
    def server(self) -> ServerState:
        """Give what was found out about the server that mail leaves by."""
        return self.pace.of(self.route.which)

    @property
    def hold(self) -> Hold | None:
        """Give what holds the mail that is to leave now; while it leaves by the second, not what holds the first."""
        return self.server.held

    @property
    def suggested_ms(self) -> int | None:
        """Give the interval that refusals have taught, while it is in force."""
        return self.server.slow_interval_ms if self.server.slow_version is not None else None


class PaceStore:
    """The clock as the pages, the commands and the tests use it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._notifier = database.notifier

    def state(self, terms: Terms, at: Instant) -> PaceState:
        """Look at the clock without touching it."""
        pace = pace_of_row(self._database.row(SELECT))
        now, former = pace.time(at), pace.held
        pace.heed(terms)
        route, terms = pace.route(now, terms, at), pace.terms(now, terms)
        switch_to(self._database, pace, terms.server)
        unwritable = Wait(Reason.DATABASE) if self._database.fault() else None
        wait = unwritable or pace.wait(now, terms) or capped(self._database, now, terms)
        again, first_again = (_again_at(hold, now, at) for hold in (pace.of(route.which).held, pace.held))
        former = None if pace.held else former
        return PaceState(wait, pace.interval_ms(now, terms), pace, again, route, terms, first_again, former, now)

    def route(self, terms: Terms, at: Instant) -> SenderRoute:
        """Say by which server mail leaves at this moment, without touching the clock."""
        pace = pace_of_row(self._database.row(SELECT))
        now = pace.time(at)
        pace.heed(terms)
        return pace.route(now, terms, at)

    def choose(self, choice: Choice, at: Instant, *, by: Actor) -> None:
        """Have mail leave by one of the two servers until somebody chooses anew, or as the first takes it."""
        with ticking(self._database, at) as tick:
            before = tick.pace.choice
            tick.pace.choose(choice, at)
            changed = {"server": [before, choice]}
            append(tick.write, by, Action.SERVER_CHOSEN, changed=changed, told={"server": choice}, now=at.wall)
        self._notifier.notify()

    def pause(self, *, by: Actor, now: datetime) -> None:
        """Let nothing leave until somebody resumes; what is under way ends."""
        with self._database.writing() as write:
            write.run(_PAUSE, (clock.stamp(now), by.name))
            append(write, by, Action.SENDING_PAUSED, now=now)
        self._notifier.notify()  # who has a session open ends it

    def resume(self, *, by: Actor, now: datetime) -> None:
        with self._database.writing() as write:
            write.run("UPDATE pace SET paused_at = NULL, paused_by = NULL")
            append(write, by, Action.SENDING_RESUMED, now=now)
        self._notifier.notify()

    def is_paused(self) -> bool:
        """Say whether somebody has paused all mail."""
        return pace_of_row(self._database.row(SELECT)).paused_at is not None

    def release(self, within: Writer | None = None, *, which: Which = Which.FIRST) -> None:
        """End a server's hold, if there is one: a test of the settings in force has succeeded."""
        if pace_of_row(self._database.row(SELECT)).of(which).held:
            with (within or self._database).writing() as write:
                pace = read_pace(write)
                pace.of(which).release()
                keep_pace(write, pace)
            self.notify(within)

    def note_opened(self, terms: Terms, at: Instant, within: Writer | None = None) -> None:
        """Note that a test came past its login with the settings of these terms, which are those in force."""
        state = pace_of_row(self._database.row(SELECT)).of(terms.which)
        if state.worked_version != terms.version or state.held:
            with ticking(within or self._database, at) as tick:
                tick.pace.open(terms.version, tick.now, terms)
            self.notify(within)

    def keep_proof(self, write: Writer, before: Version, version: Version) -> None:
        """Have what is known of a server hold for a version that is saved, where it changes nothing decisive."""
        kept = [which for which, fields in _DECISIVE.items() if not fields & {*version.changed}]
        if not before.number or not kept:
            return
        pace = read_pace(write)
        states = {Which.FIRST: pace.first, Which.SECOND: pace.second}
        for state in (states[which] for which in kept):
            if state and state.worked_version == before.number:
                state.worked_version = version.number
        if Which.FIRST in kept and pace.sent_version == before.number:
            pace.sent_version = version.number
        keep_pace(write, pace)

    def try_now(
        self, terms: Terms, at: Instant, *, by: Actor, beside: Callable[[Writer], None] = lambda write: None
    ) -> bool:
        """Have held mail tried at once; say no where nothing is held, raise `TriedJustNow` where it just was."""
        with self._database.writing() as write:
            beside(write)
            pace = read_pace(write)
            at = write.moment(at)
            early = pace.try_now(come_to(write, pace, at), terms)
            if early is None:
                return False
            if early:
                raise TriedJustNow(early)
            keep_pace(write, pace)
            append(write, by, Action.HELD_MAIL_TRIED, now=at.wall)
        self._notifier.notify()
        return True

    def hold(self, failure: Failure, *, at: Instant, version: int, which: Which = Which.FIRST) -> None:
        """Hold all mail of a server until somebody acts, for what came to light without a message."""
        with ticking(self._database, at) as tick:
            terms = Terms(version, which=which)
            tick.pace.hold(failure, tick.now, at=at, terms=terms, again=Again.NEVER)
        self._notifier.notify()

    def notify(self, where: Reader | None = None) -> None:
        """Wake who waits for the clock; who goes on in a transaction does so when it is committed."""
        if not isinstance(where, Writer):
            self._notifier.notify()

    def slot(self, terms: Terms, at: Instant) -> Wait | None:
        """Say when the clock is free, whatever is paused or held: what lasts longest."""
        pace = pace_of_row(self._database.row(SELECT))
        now = pace.time(at)
        switch_to(self._database, pace, terms.server)
        waits = [each for each in (pace.slot(now, terms), capped(self._database, now, terms)) if each]
        return max(waits, key=lambda each: inf if each.ms is None else each.ms, default=None)

    def begin_test(self, holder: str, terms: Terms, at: Instant, within: Writer | None = None) -> Wait | None:
        """Take the clock for a test send, or say why it is not free; a pause or a hold does not matter to a test.

        A test that has to wait goes before the queue, as long as it asks again within a second.
        """
        with ticking(within or self._database, at) as tick:
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

    def end_test(
        self, holder: str, terms: Terms, at: Instant, *, counts: bool = True, within: Writer | None = None
    ) -> None:
        """Give the clock back, if the test has it; begin the interval and count it where the server has seen it.

        The terms are those it began with.
        """
        where = within or self._database
        with ticking(where, at) as tick:
            write, pace, now = tick.write, tick.pace, tick.now
            move_to(write, pace, terms.server)  # others may have been saved meanwhile
            newest = write.row(NTH_NEWEST, (terms.server, terms.server, 0))
            if counts:
                if newest:
                    note_ends(write, now, terms.server, newest["nth"], seen=1)
                pace.end(now, holder)
            elif pace.holder == holder:
                if newest:
                    forget_starts(write, terms.server, newest["nth"])
                pace.let_go(holder)
        self.notify(where)

    def slot_elsewhere(self, terms: Terms, at: Instant) -> Wait | None:
        """Say when a test may go to another server than that of the settings in force."""
        pace = pace_of_row(self._database.row(SELECT))
        now = pace.time(at)
        return until_slot(end_at(self._database, pace, terms.server), terms.interval_ms, now)

    def begin_elsewhere(self, terms: Terms, at: Instant, within: Writer | None = None) -> Wait | None:
        """Begin a test of such a server, or say how long it is to be left alone; what sends to ours does not matter."""
        with ticking(within or self._database, at) as tick:
            write, pace, now = tick.write, tick.pace, tick.now
            wait = until_slot(end_at(write, pace, terms.server), terms.interval_ms, now)
            if wait is None:
                note_end(write, terms.server, now)
        return wait

    def end_elsewhere(self, terms: Terms, at: Instant, *, counts: bool, within: Writer | None = None) -> None:
        """Begin such a server's interval; one that has not seen MAIL is as it was before its slot came."""
        with ticking(within or self._database, at) as tick:
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
        row = self._database.row(f"{SELECT} AND open_by IS NOT NULL")
        if row is None:
            return False
        pace = pace_of_row(row)
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


def _again_at(hold: Hold | None, now: int, at: Instant) -> datetime | None:
    """Give the moment at which a hold is looked at again by itself."""
    if hold is None or hold.probe_ms is None:
        return None
    return at.wall + timedelta(milliseconds=hold.probe_ms - now)


def wait_to_json(state: PaceState) -> dict[str, Any] | None:
    """Give why nothing leaves at this moment as JSON values, None where something may."""
    if state.wait is None:
        return None
    held = state.wait.reason is Reason.HELD
    return {
        "reason": str(state.wait.reason),
        "ms": state.wait.ms,
        "cause": state.hold.cause if held and state.hold else None,
        "again_at": clock.stamp_or_none(state.again_at if held else None),
        "suggested_ms": state.suggested_ms,
    }


_PAUSE = "UPDATE pace SET paused_at = ?, paused_by = ? WHERE paused_at IS NULL"


_BESIDE = PACE_FIELDS | {"from_name", "second", "second_after_minutes", *OF_MESSAGES}  # no server asks for them
_DECISIVE = {
    Which.FIRST: frozenset(RECORD).difference(OF_SECOND, _BESIDE),
    Which.SECOND: {name for name in OF_SECOND if name.removeprefix(SECOND) not in PACE_FIELDS}
    | {"from_address", "bounce_address", "source_address"},
}
