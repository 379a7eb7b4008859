"""The outbox as the workers see it: claim messages together with the clock, and settle what became of them.

A claim is a lease. Whose lease runs out may be dead, or may have sent the message all the same: the message is marked
uncertain and sent again, under the same Message-ID. Where no pause is due between messages, several are claimed at
once, a window, and settled at once: all of them may be marked so.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from panel import clock
from panel.clock import Instant
from panel.errors import OutcomeUnknown
from panel.outbox import recipients
from panel.outbox.delivery import sent, settle
from panel.outbox.delivery.claim import Claim, Common, LeaseLost, claim_of
from panel.outbox.delivery.result import DeliveryResult, Effect
from panel.outbox.delivery.retry import Retry
from panel.outbox.delivery.turns import ahead, due, lanes
from panel.outbox.delivery.turns.due import Foreseen
from panel.outbox.pace import patience
from panel.outbox.pace.pace import Pace, Reason, Terms, Wait
from panel.outbox.pace.patience import note_certificate_end
from panel.outbox.pace.rate import MINUTE_MS
from panel.outbox.pace.reports import Reports
from panel.outbox.pace.route import Which
from panel.outbox.pace.row import (
    SELECT,
    Tick,
    capped,
    count_tries,
    is_held,
    move_to,
    note_ends,
    note_starts,
    pace_of_row,
    remember_alone,
    ticking,
    within,
    worker_of,
)
from panel.outbox.state import State
from panel.outbox.tally import Tally
from panel.settings.store import NEWEST
from panel.storage.database import Database, Reader, Row, Writer, marks

LEASE_MS = 20_000


class Checked(NamedTuple):
    """What may keep a window from its next message: a pause, or another version of the settings."""

    paused: bool
    version: int


class Claims:
    """Claims and settles; any number of workers may, and one window is under way at a time."""

    def __init__(
        self,
        database: Database,
        *,
        retry: Retry | None = None,
        lease_ms: int = LEASE_MS,
        keep_bodies: bool = False,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._notifier = database.notifier
        self.reports = Reports(database)
        self._retry = retry or Retry()
        self.lease_ms = lease_ms
        self._ways = settle.Ways(self._retry, chance, keep_bodies)
        self._is_in_doubt = False
        self._seen = -1  # changes of the data file, as they were when the lease stood

    def claim_window(
        self, worker: str, terms: Terms, at: Instant, *, most: int, ahead_ms: int = 0
    ) -> list[Claim] | Wait:
        """Take the clock and the next messages that are due, or say why there is none.

        The one that may leave within `ahead_ms` is taken ahead of its moment, alone.
        """
        with self._in_doubt(), self._database.writing() as write:
            foreseen = Foreseen(write, terms, at, most=most, ahead_ms=ahead_ms) if write.is_far else None
            wish = _Wish(worker, terms, most, ahead_ms, foreseen)
            with self._ticking(write, at) as tick, _counting(tick) as tally:
                return self._claim(tick, tally, wish)

    def settle_window(
        self,
        claims: Sequence[Claim],
        results: Sequence[DeliveryResult],
        terms: Terms | None,
        at: Instant,
        *,
        most: int = 1,
        ahead_ms: int = 0,
        server: str | None = None,
    ) -> tuple[list[int], list[Claim] | Wait]:
        """Record what became of the first messages of a window, put the others back, and take the next window.

        Give the numbers of those that were not ours any more, and what `claim_window` gives; without terms nothing
        more is taken. Where nothing may leave now, a session that is open with a `server` may stay so, noted as ours,
        as long as that server bears it.
        """
        worker, keep = worker_of(claims[0].holder), self._ways.keep_bodies
        with self._in_doubt(), self._database.writing() as write:
            recorded = sent.record_beforehand(write, claims, results, at, keep=keep)
            foreseen = _of_next_window(write, terms, at, most) if recorded else None
            with self._ticking(write, at) as tick, _counting(tick) as tally:
                if recorded and (tick.pace.hand_by, tick.pace.hand) != (claims[0].holder, sent.hand_of(claims)):
                    recorded = foreseen = None  # nothing was recorded
                lost = self._settle(tick, tally, claims, results, recorded)
                wish = _Wish(worker, terms, most, ahead_ms, foreseen) if terms else None
                got = self._claim(tick, tally, wish) if wish else Wait(Reason.UNSET)
                if server and terms and isinstance(got, Wait):
                    _note_session(tick, worker, got, server)
                return lost, got

    def session_ms(self, worker: str, which: Which, at: Instant) -> int:
        """Say for how long a worker's session with one of the servers may stay open yet between messages."""
        pace = pace_of_row(self._database.row(SELECT))
        return pace.session_ms(pace.time(at), worker, which)

    def forget_session(self, worker: str, at: Instant) -> None:
        """Note that a worker's session is closed."""
        if self._database.row("SELECT 1 FROM pace WHERE open_by = ?", (worker,)):
            with self._ticking(self._database, at) as tick:
                if tick.pace.open_by == worker:
                    tick.pace.forget_session()

    def learn_idle(self, server: str, at: Instant, *, borne_ms: int, ended_ms: int) -> None:
        """Note that a server has ended a session that waited so long; it had borne a shorter wait before."""
        with self._ticking(self._database, at) as tick:
            patience.learn_idle(tick.write, server, borne_ms=borne_ms, ended_ms=ended_ms, now=tick.now)

    def learn_alone(self, server: str, at: Instant) -> None:
        remember_alone(self._database, server, at)

    def note_certificate(self, server: str, ends: str) -> None:
        """Note until when a server's certificate holds, as a session has seen it."""
        note_certificate_end(self._database, server, ends)

    def renew(self, claim: Claim, at: Instant) -> None:
        """Lengthen the lease, or raise `LeaseLost`."""
        with self._ticking(self._database, at) as tick:
            pace, now = tick.pace, tick.now
            if pace.holder != claim.holder or pace.lease_ms <= now:
                raise LeaseLost(f"The lease of message {claim.number} has run out.")
            pace.take(claim.holder, now + self.lease_ms)

    def is_next(self, claim: Claim, at: Instant) -> bool:
        """Say whether a message that was claimed ahead is still what leaves next: nothing has come in between."""
        changes = self._database.changes()
        if changes == self._seen:
            return True
        if not ahead.is_still_next(self._database, claim, at):
            return False
        self._seen = changes
        return True

    def begin(self, claim: Claim, at: Instant) -> bool:
        """Take in hand what was claimed ahead; say no where it is not ours any more, or does not wait any more."""
        with self._ticking(self._database, at) as tick, _counting(tick) as tally:
            return ahead.put_in_hand(tick, tally, claim)

    def check(self, claim: Claim, at: Instant) -> Checked | None:
        """Make sure that the lease stands, with enough left of it to hand the message over, or raise `LeaseLost`.

        Give None as long as nobody else has written anything since the claim.
        """
        changes = self._database.changes()
        if changes == self._seen and at.steady_ms - claim.began.steady_ms < self.lease_ms // 2:
            return None
        row = self._database.row(_CHECK)
        assert row
        pace = Pace(*row[:-1])
        if pace.holder != claim.holder or pace.lease_ms - pace.time(at) <= self.lease_ms // 2:
            self.renew(claim, at)
        self._seen = changes
        return Checked(pace.paused_at is not None, row["version"])

    @contextmanager
    def _ticking(self, where: Reader, at: Instant) -> Iterator[Tick]:
        """Begin a transaction with the clock in hand, and tell who has a session open where another takes the clock."""
        with ticking(where, at) as tick:
            pace, open_by = tick.pace, tick.pace.open_by
            yield tick
            if open_by and pace.holder and worker_of(pace.holder) != open_by and not pace.open_by:
                tick.write.notify()  # the clock is another's now: the session that it finds open is ended

    @contextmanager
    def _in_doubt(self) -> Iterator[None]:
        """Know the next time whether a claim may have been made whose answer was lost."""
        try:
            yield
        except OutcomeUnknown:
            self._is_in_doubt = True
            raise
        self._is_in_doubt = False

    def _claim(self, tick: Tick, tally: Tally, wish: _Wish) -> list[Claim] | Wait:
        """Take what may leave by the server whose turn it is, or say why nothing may by any."""
        terms = wish.terms
        if self._take_back(tick, tally, terms, wish.worker):
            wish = wish._replace(foreseen=None)  # it tells of them as they were
        tick.pace.heed(terms)
        if terms.second is None:
            return self._claim_of(tick, tally, wish, due.Lane(terms))
        lanes.keep_route(tick, terms)
        bound, waits = lanes.bound_to(tick), list[Wait]()
        for lane in lanes.lanes(tick, terms, bound):
            got = self._claim_of(tick, tally, wish, lane)
            if not isinstance(got, Wait):
                return got
            waits.append(got)
        return lanes.soonest(tick, terms, bound, waits)

    def _claim_of(self, tick: Tick, tally: Tally, wish: _Wish, lane: due.Lane) -> list[Claim] | Wait:
        write, pace, now, terms, foreseen = tick.write, tick.pace, tick.now, lane.terms, wish.foreseen
        if lane.aside and not due.next_rows(tick, 1, lane, foreseen):
            return due.until_due(tick, self._retry, lane, foreseen)  # the clock stays with the server of the others
        move_to(write, pace, terms.server)
        ms = ahead.until_free(tick, terms, wish.ahead_ms)
        if isinstance(ms, Wait):
            return ms
        tick = Tick(write, pace, now + ms, clock.later(tick.at, ms))
        most = min(wish.most, pace.window)
        alone = ms or not pace.unhindered(now, terms) or capped(write, now, terms, room=most)
        rows = due.next_rows(tick, 1 if alone else most, lane, foreseen)
        if not rows:
            return due.until_due(tick, self._retry, lane, foreseen)
        wait = self._until_ours(pace, tick.now, wish.worker)
        if wait:
            return wait
        pace.forget_session()
        last = foreseen.last(terms.server) if foreseen else None
        sending = note_starts(write, tick.now, terms.server, len(rows), last=last)
        common = Common(f"{wish.worker}/{rows[0]['number']}.{now}", terms, tick.at, sending, early=ms > 0)
        claims = _take(write, rows, common)
        if not claims[0].ahead:
            _put_in_hand(tick, tally, claims)
        pace.take(claims[0].holder, now + self.lease_ms)
        pace.begin_try(now, terms.which)
        self._seen = self._database.changes()
        return claims

    def _until_ours(self, pace: Pace, now: int, worker: str) -> Wait | None:
        """Let another go first who has a session open, unless it is dead or lets the message lie."""
        other = pace.open_elsewhere(now, worker)
        left = pace.ask_for_session(now) if other and not self._notifier.has_died(other) else 0
        return Wait(Reason.BUSY, left) if left else None

    def _take_back(self, tick: Tick, tally: Tally, terms: Terms, worker: str) -> bool:
        """Where nobody holds the clock, nobody sends: what is said to be under way was left behind, if anything was."""
        pace, now = tick.pace, tick.now
        if self._is_in_doubt and pace.holder is not None and worker_of(pace.holder) == worker:
            return settle.put_back_unheard(tick, tally, pace.holder)
        if is_held(pace, now, self._notifier):
            return False
        left = 0
        if holder := pace.hand_by:
            by = terms.of_server(pace.hand_server)
            left = settle.take_back(self._window(tick, tally, pace.take_from_hand(holder)), holder, by)
        if left:
            pace.distrust(now)
        if left or pace.holder is not None:
            pace.end(now, pace.holder)
        return left > 0

    def _settle(
        self,
        tick: Tick,
        tally: Tally,
        claims: Sequence[Claim],
        results: Sequence[DeliveryResult],
        recorded: Callable[[], int] | None,
    ) -> list[int]:
        write, pace, now = tick.write, tick.pace, tick.now
        move_to(write, pace, claims[0].terms.server)
        if claims[0].ahead:
            ahead.put_in_hand(tick, tally, claims[0])
        window = self._window(tick, tally, pace.take_from_hand(claims[0].holder))
        settle.give_back(window, claims[len(results) :])
        _count(tick, claims, results)
        rests_ms = [_move_clock(tick, claim, result) for claim, result in zip(claims, results, strict=False)]
        lost = settle.settle(window, claims, results, rests_ms, recorded)
        if any(each.effect is not Effect.WITHHELD for each in results):
            pace.grow_window(now)
            pace.end(now, claims[0].holder)
        else:
            pace.undo_try(now, claims[0].holder, claims[0].terms.which)
            pace.let_go(claims[0].holder)
        return [] if self._is_in_doubt else lost  # they may have been recorded the first time

    def _window(self, tick: Tick, tally: Tally, ours: frozenset[int]) -> settle.Window:
        return settle.Window(tick, tally, ours, self._ways)


class _Wish(NamedTuple):
    """What a worker would take, and what was asked for that beforehand."""

    worker: str
    terms: Terms
    most: int
    ahead_ms: int
    foreseen: Foreseen | None


def _of_next_window(write: Writer, terms: Terms | None, at: Instant, most: int) -> Foreseen | None:
    """Ask for what the next window needs, where it may follow at once."""
    return Foreseen(write, terms, at, most=most) if terms and not terms.interval_ms else None


@contextmanager
def _counting(tick: Tick) -> Iterator[Tally]:
    """Write at the end of a transaction what it has done to the numbers."""
    tally = Tally()
    yield tally
    tally.write(tick.write)
    count_tries(tick.write, tick.pace, tally.tries)


_CHECK = (  # all that the clock's time depends on, and what may end a window: it is asked before each message
    "SELECT account, boot, anchor_ms, ended_ms, holder, lease_ms, test_ms, paused_at, paused_by, open_by, "  # noqa: S608 - our own words
    f"open_until_ms, asked_ms, {NEWEST} AS version FROM pace WHERE account = 'first'"
)
# Whoever had it before, and was taken for dead, has no say in it from here on. Who claims it ahead does as long as
# nothing is done with it by hand.
_NAME_HOLDER = "UPDATE messages SET holder = ? WHERE number = ?"
_BODIES = "SELECT message, content FROM bodies WHERE message IN ({})"


def _take(write: Writer, rows: Sequence[Row], common: Common) -> list[Claim]:
    holder = common.holder if common.early else None
    if late := [row["number"] for row in rows if common.early or row["holder"] is not None]:
        write.run_all(_NAME_HOLDER, [(holder, number) for number in late])
    told_apart = recipients.told_apart(write, [row["number"] for row in rows if row["apart"]])
    apart = [row["number"] for row in rows if row["content"] is None]
    found = write.rows(_BODIES.format(marks(apart)), apart) if apart else []
    bodies = {row["message"]: row["content"] for row in found}
    return [claim_of(row, told_apart.get(row["number"]), bodies.get(row["number"]), common) for row in rows]


def _put_in_hand(tick: Tick, tally: Tally, claims: Sequence[Claim]) -> None:
    tick.pace.put_in_hand([claim.number for claim in claims], claims[0].holder, claims[0].terms.which)
    for state, number in Counter(claim.state for claim in claims).items():
        tally.move(state, State.SENDING, number)


def _note_session(tick: Tick, worker: str, wait: Wait, server: str) -> None:
    """Note that a session stays open over a wait that its server bears, and as long as it bears it."""
    bears_ms = patience.bears_ms(tick.write, server, tick.now)
    within = wait.reason in _SHORT or (wait.reason in ahead.TIMED and wait.ms is not None and wait.ms <= bears_ms)
    if within and bears_ms and tick.pace.holder is None:
        tick.pace.note_session(worker, tick.now + bears_ms)


_SHORT = (Reason.EMPTY, Reason.BUSY)  # the next message or the end of a test may come any moment


def _count(tick: Tick, claims: Sequence[Claim], results: Sequence[DeliveryResult]) -> None:
    """Count in the rolling windows what the server has seen, and nothing else."""
    unseen = (Effect.HOLD, Effect.RETURNED, Effect.WITHHELD)
    seen, first = sum(each.effect not in unseen for each in results), claims[0]
    note_ends(tick.write, tick.now, first.terms.server, first.sending, seen=seen)


def _move_clock(tick: Tick, claim: Claim, result: DeliveryResult) -> int:
    """Hold, slow down or let go for all mail; give the rest in ms that the message keeps as well."""
    pace, now, terms = tick.pace, tick.now, claim.terms
    if result.opened:
        pace.open(terms.version, now, terms)
    elif result.needed_no_session:
        pace.undo_try(now, claim.holder, terms.which)
    if result.effect is Effect.SLOW and result.failure:
        last_minute = within(tick.write, now - MINUTE_MS, terms.server) - 1
        state = pace.of(terms.which)
        return state.slow_down(result.failure, now, version=terms.version, last_minute=last_minute)
    if result.effect is Effect.HOLD and result.failure:
        pace.hold(result.failure, now, at=tick.at, terms=terms, again=result.again)
    if result.reply is not None:
        pace.of(terms.which).succeed()
    return 0
