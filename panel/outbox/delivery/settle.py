"""Writes what became of a claimed message: its recipients, its next state, and the attempt for the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from panel import clock
from panel.clock import Instant
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.result import DeliveryResult, Effect, RecipientResult
from panel.outbox.delivery.retry import Retry
from panel.outbox.state import State
from panel.storage.database import Row, Writer

MOST_DEATHS = 5  # of workers that had one message alone in hand: by then a quarter of an hour has passed
_ALONE = "alone"
_DEADLY = "(worker after worker ended unasked while it had nothing but this message in hand)"


@dataclass(frozen=True, slots=True)
class _Next:
    """A message's next state; without `due` it keeps its place in the queue."""

    state: State
    tries: int
    due: datetime | None = None


def settle(
    write: Writer,
    claim: Claim,
    result: DeliveryResult,
    at: Instant,
    *,
    retry: Retry,
    rest_ms: int,
    chance: float,
    keep_body: bool,
) -> bool:
    """Record a result, and remove the body of what was sent; say no where the message is not ours any more."""
    after = _next(claim, result, at.wall, retry=retry, rest_ms=rest_ms, chance=chance)
    if not _move(write, claim, result, after, at, kept=keep_body and after.state is State.SENT):
        return False
    if result.blames_message:
        _record_recipients(write, claim, result, clock.stamp(at.wall))
    if after.state is State.FAILED:
        write.run("UPDATE recipients SET state = 'failed' WHERE message = ? AND state = 'waiting'", (claim.number,))
    _note_attempt(write, claim, result, after.state, at)
    if after.state is State.SENT and not keep_body:
        write.run("DELETE FROM bodies WHERE message = ?", (claim.number,))
    return True


def give_back(write: Writer, claims: Sequence[Claim]) -> None:
    """Put messages back as they were: nothing has been tried with them."""
    write.run_all(
        "UPDATE messages SET state = ?, holder = NULL "
        "WHERE number = ? AND holder = ? AND state IN ('sending', 'deferred')",
        [(State.DEFERRED if each.tries else State.QUEUED, each.number, each.holder) for each in claims],
    )


def take_back(write: Writer, at: Instant, *, retry: Retry, chance: float) -> int:
    """Defer what a dead worker had in hand, marked uncertain: it may have sent it a moment ago. Give the number.

    A message at which worker after worker dies while it is alone in their hands is what they die of.
    """
    rows = write.rows("SELECT number, attempts, since FROM messages WHERE state = 'sending'")
    stamp = clock.stamp(at.wall)
    for row in rows:
        tries = row["attempts"] + 1
        due = at.wall if tries == 1 else retry.due(tries - 1, None, at.wall, chance)
        write.run(_UNCERTAIN, (clock.stamp(due), tries, row["number"]))
        alone = _ALONE if len(rows) == 1 else None
        write.run(_ATTEMPT, (row["number"], stamp, 0, "uncertain", None, None, "worker_lost", None, alone, True))
        if alone and _deaths(write, row) >= MOST_DEATHS:
            _give_up(write, row["number"], stamp, "message_malformed", _DEADLY)
        elif retry.exhausted(tries, clock.moment(row["since"]), at.wall):
            _give_up(write, row["number"], stamp, "worker_lost")
    return len(rows)


def _deaths(write: Writer, row: Row) -> int:
    """Count the workers that have ended with nothing but this message in hand since it was handed in."""
    found = write.row(
        "SELECT count(*) FROM attempts WHERE message = ? AND at >= ? AND cause = 'worker_lost' AND detail = ?",
        (row["number"], row["since"], _ALONE),
    )
    return int(found[0]) if found else 0


def _give_up(write: Writer, number: int, stamp: str, cause: str, why: str | None = None) -> None:
    """Fail a message at which worker after worker has died."""
    write.run(
        "UPDATE recipients SET state = 'failed', cause = ?, reply = ?, at = ? WHERE message = ? AND state = 'waiting'",
        (cause, why, stamp, number),
    )
    write.run(
        "UPDATE messages SET state = 'failed', cause = ?, reply = ?, ended_at = ?, holder = NULL WHERE number = ?",
        (cause, why, stamp, number),
    )


# The holder stays: should the worker be alive after all, it may still say what became of the message.
_UNCERTAIN = (
    "UPDATE messages SET state = 'deferred', uncertain = 1, due_at = ?, attempts = ? "
    "WHERE number = ? AND state = 'sending'"
)
_MOVE = (
    "UPDATE messages SET state = ?, attempts = ?, due_at = COALESCE(?, due_at), ended_at = ?, "
    "kept = ?, uncertain = uncertain | ?, cause = ?, reply = ?, holder = NULL "
    "WHERE number = ? AND holder = ? AND state IN ('sending', 'deferred')"
)
_ATTEMPT = (
    "INSERT INTO attempts (message, at, ms, outcome, version, stage, cause, reply, detail, uncertain) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def _record_recipients(write: Writer, claim: Claim, result: DeliveryResult, stamp: str) -> None:
    if all(recipient.state == "sent" for recipient in result.recipients):
        write.run(
            "UPDATE recipients SET state = 'sent', cause = NULL, reply = ?, at = ? "
            "WHERE message = ? AND state = 'waiting'",
            (result.reply, stamp, claim.number),
        )
        return
    for recipient in result.recipients:
        write.run(
            "UPDATE recipients SET state = ?, cause = ?, reply = ?, at = ? "
            "WHERE message = ? AND address = ? AND state = 'waiting'",
            (recipient.state, recipient.cause, _reply(recipient, result), stamp, claim.number, recipient.address),
        )


def _reply(recipient: RecipientResult, result: DeliveryResult) -> str | None:
    return result.reply if recipient.state == "sent" else recipient.reply


def _next(claim: Claim, result: DeliveryResult, now: datetime, *, retry: Retry, rest_ms: int, chance: float) -> _Next:
    """Find a message's next state, by who still waits for it and whose fault that is."""
    states = {each.state for each in result.recipients}
    tries = claim.tries + result.blames_message
    if "waiting" not in states:
        got_it = not ("failed" in states or claim.refused_before or result.failure)
        return _Next(State.SENT if got_it else State.FAILED, tries)
    if not result.blames_message:
        waiting = State.DEFERRED if claim.tries or rest_ms else State.QUEUED
        return _Next(waiting, tries, now + timedelta(milliseconds=rest_ms) if rest_ms else None)
    if _only_too_many(result):
        return _Next(State.QUEUED, tries)  # the rest goes at once, in a further message
    if retry.exhausted(tries, claim.since, now):
        return _Next(State.FAILED, tries)
    cause = result.failure.cause if result.failure else None
    return _Next(State.DEFERRED, tries, retry.due(tries, cause, now, chance))


def _only_too_many(result: DeliveryResult) -> bool:
    """Say whether some recipients were taken and the others were only too many (RFC 5321 section 4.5.3.1.10)."""
    waiting = [each for each in result.recipients if each.state == "waiting"]
    taken = any(each.state == "sent" for each in result.recipients)
    return taken and all(each.cause == "too_many_recipients" for each in waiting)


def _move(write: Writer, claim: Claim, result: DeliveryResult, after: _Next, at: Instant, *, kept: bool) -> bool:
    refusal = _refusal(result)
    ended = clock.stamp(at.wall) if after.state in (State.SENT, State.FAILED) else None
    due = clock.stamp(after.due) if after.due else None
    uncertain = result.failure is not None and result.failure.uncertain
    cause, reply = (refusal.cause, refusal.reply) if refusal else (None, result.reply)
    moved = write.run(
        _MOVE, (after.state, after.tries, due, ended, kept, uncertain, cause, reply, claim.number, claim.holder)
    )
    return moved == 1


def _note_attempt(write: Writer, claim: Claim, result: DeliveryResult, state: State, at: Instant) -> None:
    failure, refusal = result.failure, _refusal(result)
    write.run(
        _ATTEMPT,
        (
            claim.number,
            clock.stamp(claim.began.wall),
            max(0, at.steady_ms - claim.began.steady_ms),
            _outcome(result, state),
            claim.terms.version,
            str(failure.stage) if failure else None,
            failure.cause if failure else refusal.cause if refusal else None,
            refusal.reply if refusal else result.reply,
            failure.detail if failure else None,
            failure is not None and failure.uncertain,
        ),
    )


OUTCOME_OF = {Effect.HOLD: "held", Effect.RETURNED: "returned"}  # of a try with which the message is as it was


def _outcome(result: DeliveryResult, state: State) -> str:
    if result.failure and result.failure.uncertain:
        return "uncertain"
    return OUTCOME_OF.get(result.effect, str(state))


def _refusal(result: DeliveryResult) -> RecipientResult | None:
    return next((each for each in result.recipients if each.state != "sent"), None)
