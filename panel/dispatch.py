"""The outbox as the workers see it: claim a message together with the clock, and settle what became of it.

A claim is a lease. Whose lease runs out may be dead, or may have sent the message all the same: the message is marked
uncertain and sent again, under the same Message-ID.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from panel import clock, pace_clock, settlement
from panel.clock import Instant
from panel.database import Database, Row, Writer
from panel.intray import URGENCY
from panel.judgement import Effect, Judgement
from panel.pace import Pace, Reason, Terms, Wait
from panel.pacing import MINUTE_MS
from panel.settlement import Claim, LeaseLost, Retry
from panel.submission import Submission
from panel.wake import Bell

LEASE_MS = 20_000


class Dispatch:
    """Claims and settles; any number of workers may, and one message is under way at a time."""

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
        self._bell = Bell(database.path)
        self._retry = retry or Retry()
        self.lease_ms = lease_ms
        self._keep_bodies = keep_bodies
        self._chance = chance

    def claim(self, worker: str, terms: Terms, at: Instant) -> Claim | Wait:
        """Take the clock and the next message that is due, or say why there is none."""
        with self._ticking(at) as (write, pace, now):
            self._take_back(write, pace, now, at)
            return self._claim(write, pace, now, worker, terms, at)

    def settle(self, claim: Claim, judgement: Judgement, at: Instant) -> None:
        """Record what became of a message and begin the interval; raise `LeaseLost` where it is not ours any more."""
        with self._ticking(at) as (write, pace, now):
            self._settle(write, pace, now, claim, judgement, at)

    def settle_and_claim(self, claim: Claim, judgement: Judgement, terms: Terms, at: Instant) -> Claim | Wait:
        """Record what became of a message and take the next one, in one transaction."""
        with self._ticking(at) as (write, pace, now):
            self._settle(write, pace, now, claim, judgement, at)
            return self._claim(write, pace, now, pace_clock.worker_of(claim.holder), terms, at)

    def renew(self, claim: Claim, at: Instant) -> None:
        """Lengthen the lease, or raise `LeaseLost`."""
        with self._ticking(at) as (_, pace, now):
            if pace.holder != claim.holder or pace.lease_ms <= now:
                raise LeaseLost(f"The lease of message {claim.number} has run out.")
            pace.take(claim.holder, now + self.lease_ms)

    def check(self, claim: Claim, at: Instant) -> None:
        """Make sure that the lease stands, with enough left of it to hand the message over, or raise `LeaseLost`."""
        pace = pace_clock.load(self._database.row(pace_clock.SELECT))
        if pace.holder != claim.holder or pace.lease_ms - pace.time(at) <= self.lease_ms // 2:
            self.renew(claim, at)

    @contextmanager
    def _ticking(self, at: Instant) -> Iterator[tuple[Writer, Pace, int]]:
        """Begin a transaction with the clock and its time in hand, and keep the clock as it is left."""
        with self._database.writing() as write:
            pace = pace_clock.read(write)
            yield write, pace, pace_clock.come_to(write, pace, at)
            pace_clock.store(write, pace)

    def _claim(self, write: Writer, pace: Pace, now: int, worker: str, terms: Terms, at: Instant) -> Claim | Wait:
        pace.heed(terms)
        wait = pace.wait(now, terms) or pace_clock.capped(write, now, terms)
        row = None if wait else write.row(_NEXT, (clock.stamp(at.wall),) * len(URGENCY))
        if row is None:
            return wait or _until_due(write, at, self._retry)
        claim = _take(write, row, f"{worker}/{row['number']}.{now}", terms, at, now)
        pace.take(claim.holder, now + self.lease_ms)
        return claim

    def _take_back(self, write: Writer, pace: Pace, now: int, at: Instant) -> None:
        """Where nobody holds the clock, nobody sends: what is said to be under way was left behind."""
        if pace_clock.is_held(pace, now, self._bell):
            return
        left = settlement.take_back(write, at, retry=self._retry, chance=self._chance())
        if left or pace.holder is not None:
            pace.end(now, pace.holder)

    def _settle(self, write: Writer, pace: Pace, now: int, claim: Claim, judgement: Judgement, at: Instant) -> None:
        rest_ms = _move_clock(write, pace, claim, judgement, now, at)
        chance = self._chance()
        settlement.settle(
            write, claim, judgement, at, retry=self._retry, rest_ms=rest_ms, chance=chance, keep_body=self._keep_bodies
        )
        pace.end(now, claim.holder)


# Four reads at the ends of indexes; what has waited longest goes first, so that neither new nor old mail starves.
_OF_STATE = (
    "SELECT * FROM (SELECT * FROM messages WHERE state = '{state}' AND urgency = {urgency}{due} "
    "ORDER BY due_at, number LIMIT 1)"
)
_DUE = " AND due_at <= ?"
_NEXT = (
    "SELECT * FROM ("  # noqa: S608 - our own words
    + " UNION ALL ".join(
        _OF_STATE.format(state=state, urgency=urgency, due=_DUE if state == "deferred" else "")
        for state in ("queued", "deferred")
        for urgency in range(len(URGENCY))
    )
    + ") AS due ORDER BY urgency, due_at, number LIMIT 1"
)
_SOONEST = "SELECT min(due_at) AS due_at FROM messages WHERE state = 'deferred' AND urgency = {urgency}"
_BRING_BACK = "UPDATE messages SET due_at = ? WHERE state = 'deferred' AND due_at > ?"
_TAKE = "UPDATE messages SET state = 'sending', holder = ? WHERE number = ? AND state IN ('queued', 'deferred')"
_RECIPIENTS = "SELECT address, state FROM recipients WHERE message = ? ORDER BY place"


def _take(write: Writer, row: Row, holder: str, terms: Terms, at: Instant, now: int) -> Claim:
    number = row["number"]
    if write.run(_TAKE, (holder, number)) != 1:
        raise LeaseLost(f"Message {number} was changed in between.")
    recipients = write.rows(_RECIPIENTS, (number,))
    rcpt_to = tuple(each["address"] for each in recipients if each["state"] == "waiting")
    body = write.row("SELECT content FROM bodies WHERE message = ?", (number,))
    assert body
    return Claim(
        number=number,
        holder=holder,
        submission=_submission(row, rcpt_to, body["content"]),
        refused_before=any(each["state"] == "failed" for each in recipients),
        tries=row["attempts"],
        since=clock.moment(row["since"]),
        began=at,
        terms=terms,
        sending=pace_clock.note_start(write, now),
    )


def _submission(row: Row, rcpt_to: tuple[str, ...], content: bytes) -> Submission:
    return Submission(
        rcpt_to, content, row["message_id"], row["subject"], row["reply_to"], priority=URGENCY[row["urgency"]]
    )


def _move_clock(write: Writer, pace: Pace, claim: Claim, judgement: Judgement, now: int, at: Instant) -> int:
    """Hold, slow down or let go for all mail; give the rest in ms that the message keeps as well."""
    if judgement.effect in (Effect.HOLD, Effect.RETURNED):
        pace_clock.forget_start(write, claim.sending)
    else:
        pace_clock.note_end(write, now, claim.sending)
    if judgement.effect is Effect.SLOW and judgement.failure:
        last_minute = pace_clock.within(write, now - MINUTE_MS) - 1
        return pace.slow_down(judgement.failure, now, claim.terms, last_minute=last_minute)
    if judgement.effect is Effect.HOLD and judgement.failure:
        pace.hold(judgement.failure, now, at=at, version=claim.terms.version, probed=judgement.probed)
    if judgement.reply is not None:
        pace.succeed()
    return 0


def _until_due(write: Writer, at: Instant, retry: Retry) -> Wait:
    """Say when the next deferred message is due; what waits too long was put off by a wrong clock."""
    rows = (write.row(_SOONEST.format(urgency=each)) for each in range(len(URGENCY)))
    soonest = min((row["due_at"] for row in rows if row and row["due_at"]), default=None)
    if soonest is None:
        return Wait(Reason.EMPTY)
    left = clock.moment(soonest) - at.wall
    if left > retry.longest:
        write.run(_BRING_BACK, (clock.stamp(at.wall), clock.stamp(at.wall + retry.longest)))
        return Wait(Reason.EMPTY, 1)
    return Wait(Reason.EMPTY, max(1, left // timedelta(milliseconds=1) + 1))


__all__ = ["Claim", "Dispatch", "LeaseLost", "Retry", "Wait"]
