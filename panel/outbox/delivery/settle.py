"""Writes what became of a claimed message: its recipients, its next state, and the attempt for the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from panel import clock
from panel.outbox import recipients
from panel.outbox.content.remains import remains_of
from panel.outbox.delivery import sent
from panel.outbox.delivery.binding import Binding
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.result import DeliveryResult, Effect, RecipientResult
from panel.outbox.delivery.retry import Retry
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.row import Tick
from panel.outbox.state import State
from panel.outbox.tally import Tally
from panel.storage.database import Row, Value, Writer, marks

MOST_DEATHS = 5  # of workers that had one message alone in hand: by then a quarter of an hour has passed
_ALONE = "alone"
_DEADLY = "(worker after worker ended unasked while it had nothing but this message in hand)"


@dataclass(frozen=True, slots=True)
class _Next:
    """A message's next state; without `due` it keeps its place in the queue."""

    state: State
    tries: int
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ways:
    """How results are recorded: when what is deferred is tried again, and whether bodies of what was sent stay."""

    retry: Retry
    chance: Callable[[], float]
    keep_bodies: bool


@dataclass(frozen=True, slots=True)
class Window:
    """What became of messages, one transaction long: the clock, what is counted, and which are still in our hand."""

    tick: Tick
    tally: Tally
    ours: frozenset[int]
    ways: Ways


def settle(
    window: Window,
    claims: Sequence[Claim],
    results: Sequence[DeliveryResult],
    rests_ms: Sequence[int],
    recorded: Callable[[], int] | None = None,
) -> list[int]:
    """Record results, and remove the bodies of what was sent; give those that are not ours any more.

    `recorded` tells of how many messages it is recorded already that they were sent, where that is all that became of
    each of them.
    """
    given = [*zip(claims, results, rests_ms, strict=False)]
    plain = {each.number: (each, result) for each, result, _ in given if sent.is_plain(each, result)}
    plain = {number: each for number, each in plain.items() if number in window.ours}
    lost = _settle_plain(window, [*plain.values()], recorded)
    tries = list[tuple[int, int]]()
    for claim, result, rest_ms in given:
        state = State.SENT if claim.number in plain else _settle_one(window, claim, result, rest_ms)
        if state is None:
            lost.append(claim.number)
        elif state is State.SENT:
            window.tick.pace.sent_version = claim.terms.version
            tries.append((claim.number, 0))
        elif state is not State.WITHHELD:  # with which nothing was tried
            tries.append((claim.number, _note_attempt(window, claim, result, state)))
    window.tick.pace.note_tries(tries)
    return lost


def give_back(window: Window, claims: Sequence[Claim]) -> None:
    """Put messages back as they were: nothing has been tried with them."""
    for claim in claims:
        if claim.number in window.ours:
            window.tally.move(State.SENDING, claim.state)
            continue
        state = State.DEFERRED if claim.tries else State.QUEUED
        if window.tick.write.changed(_GIVE_BACK, (state, claim.number, claim.holder)):
            window.tally.move(State.DEFERRED, state)


def take_back(window: Window, holder: str, terms: Terms) -> int:
    """Defer what a dead worker had in hand, marked uncertain: it may have sent it a moment ago. Give the number.

    The terms are those of the server that it was sending to.
    A message at which worker after worker dies while it is alone in their hands is what they die of.
    """
    write, at, retry = window.tick.write, window.tick.at, window.ways.retry
    rows = [row for number in sorted(window.ours) if (row := write.row(_LEFT, (number,)))]
    stamp, alone = clock.stamp(at.wall), _ALONE if len(rows) == 1 else None
    for row in rows:
        tries = row["attempts"] + 1
        due = at.wall if tries == 1 else retry.due(tries - 1, None, at.wall, window.ways.chance())
        binding = Binding.of(row["bound"], row["bound_until"]).after(terms, tried=True, uncertain=True, now=at.wall)
        write.run(_UNCERTAIN, (clock.stamp(due), tries, holder, terms.which, *binding, row["number"]))
        told = (stamp, 0, "uncertain", None, None, "worker_lost", None, alone, 1, terms.which)
        number = _add_attempt(write, row["number"], *told)
        window.tick.pace.note_tries([(row["number"], number)])
        window.tally.note_tries(stamp, "uncertain", "worker_lost")
        window.tally.move(State.SENDING, State.DEFERRED)
        if alone and _deaths(write, row) >= MOST_DEATHS:
            _give_up(window, row["number"], stamp, "message_malformed", _DEADLY)
        elif retry.exhausted(tries, clock.moment(row["since"]), at.wall):
            _give_up(window, row["number"], stamp, "worker_lost")
    return len(rows)


def put_back_unheard(tick: Tick, tally: Tally, holder: str) -> bool:
    """Put back what a worker has claimed without hearing of it: it asks for more, so that nothing of it was begun."""
    numbers = [*tick.pace.take_from_hand(holder)]
    if numbers:
        rows = tick.write.rows(_STATES_OF.format(marks(numbers)), numbers)
        for state, number in Counter(row["state"] for row in rows).items():
            tally.move(State.SENDING, state, number)
        tick.pace.undo_try(tick.now, holder, tick.pace.hand_server)
    tick.pace.let_go(holder)
    return bool(numbers)


def _settle_plain(window: Window, plain: Sequence[sent.Sent], recorded: Callable[[], int] | None) -> list[int]:
    """Record messages that were sent and nothing else, unless they are `recorded`; give those that are gone."""
    if not plain:
        return []
    write, at, claims = window.tick.write, window.tick.at, [claim for claim, _ in plain]
    keep, began_at = window.ways.keep_bodies, clock.stamp(claims[0].began.wall)
    moved = (recorded or sent.record_sent(write, plain, at, keep=keep))()
    if not keep:
        sent.remove_large(write, claims)
    lost = [] if moved == len(plain) else sent.gone(write, claims)
    window.tally.move(State.SENDING, State.SENT, len(plain) - len(lost))
    window.tally.note_tries(began_at, State.SENT, tries=len(plain) - len(lost))
    return lost


def _settle_one(window: Window, claim: Claim, result: DeliveryResult, rest_ms: int) -> State | None:
    """Record one result with all that belongs to it; give the next state, None where the message is not ours any more.

    Whose lease ran out may say what became of a message until somebody else has it.
    """
    write, at = window.tick.write, window.tick.at
    after = _next(claim, result, at.wall, window.ways, rest_ms=rest_ms)
    kept = window.ways.keep_bodies and after.state is State.SENT
    if not result.blames_message:
        recipients.tell_apart_before(write, claim.number)
    if not _move(window, claim, result, after, kept=kept):
        return None
    if result.blames_message:
        _record_recipients(write, claim, result, clock.stamp(at.wall))
    if after.state is State.FAILED:
        write.run("UPDATE recipients SET state = 'failed' WHERE message = ? AND state = 'waiting'", (claim.number,))
    if after.state is State.SENT:
        window.tally.note_tries(clock.stamp(claim.began.wall), State.SENT)
        if not kept:
            stays = remains_of(claim.submission.message)
            write.run(f"UPDATE messages SET {sent.REMAIN} WHERE number = ?", (*stays, claim.number))  # noqa: S608 - our own words
            write.run("DELETE FROM bodies WHERE message = ?", (claim.number,))
    return after.state


def _deaths(write: Writer, row: Row) -> int:
    """Count the workers that have ended with nothing but this message in hand since it was handed in."""
    found = write.row(
        "SELECT count(*) FROM attempts WHERE message = ? AND at >= ? AND cause = 'worker_lost' AND detail = ?",
        (row["number"], row["since"], _ALONE),
    )
    return int(found[0]) if found else 0


def _give_up(window: Window, number: int, stamp: str, cause: str, why: str | None = None) -> None:
    """Fail a message at which worker after worker has died."""
    write = window.tick.write
    write.run(
        "UPDATE recipients SET state = 'failed', cause = ?, reply = ?, at = ? WHERE message = ? AND state = 'waiting'",
        (cause, why, stamp, number),
    )
    write.run(
        "UPDATE messages SET state = 'failed', cause = ?, reply = ?, ended_at = ?, tried_at = ?, holder = NULL "
        "WHERE number = ?",
        (cause, why, stamp, stamp, number),
    )
    window.tally.move(State.DEFERRED, State.FAILED)


_LEFT = (
    "SELECT number, attempts, since, bound, bound_until FROM messages "
    "WHERE number = ? AND state IN ('queued', 'deferred')"
)
# The holder is noted: should the worker be alive after all, it may still say what became of the message.
_UNCERTAIN = (
    "UPDATE messages SET state = 'deferred', uncertain = 1, due_at = ?, attempts = ?, holder = ?, server = ?, "
    "bound = ?, bound_until = ? WHERE number = ?"
)
_STATES_OF = "SELECT state FROM messages WHERE number IN ({})"
_GIVE_BACK = "UPDATE messages SET state = ?, holder = NULL WHERE number = ? AND holder = ? AND state = 'deferred'"
_BECOME = (
    "UPDATE messages SET state = ?, attempts = ?, due_at = COALESCE(?, due_at), ended_at = ?, kept = ?, "
    "uncertain = CASE WHEN ? = 1 THEN 1 ELSE uncertain END, cause = ?, reply = ?, holder = NULL, ms = ?, version = ?, "
    "server = ?, stages = ?, bound = ?, bound_until = ?, tried_at = COALESCE(?, tried_at) WHERE number = ? AND {ours}"
)
_MOVE = _BECOME.format(ours="state IN ('queued', 'deferred')")
_MOVE_LATE = _BECOME.format(ours="state = 'deferred' AND holder = ?")  # as `take_back` left it
_ADD_ATTEMPT = (
    "INSERT INTO attempts (message, number, at, ms, outcome, version, stage, cause, reply, detail, uncertain, server) "
    "VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE message = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "RETURNING number"
)


def _record_recipients(write: Writer, claim: Claim, result: DeliveryResult, stamp: str) -> None:
    """Record what became of each; as long as that is the same for all, the message's row tells it."""
    if all(recipient.state == "sent" for recipient in result.recipients):
        write.run(_ALL_SENT, (result.reply, stamp, claim.number))
        return
    alike = len({(each.state, each.cause, each.reply) for each in result.recipients}) == 1
    if alike and not recipients.are_told_apart(write, claim.number):
        return
    recipients.tell_apart(write, claim.number, waiting=True)
    for recipient in result.recipients:
        write.run(
            "UPDATE recipients SET state = ?, cause = ?, reply = ?, at = ? "
            "WHERE message = ? AND address = ? AND state = 'waiting'",
            (recipient.state, recipient.cause, _reply(recipient, result), stamp, claim.number, recipient.address),
        )


_ALL_SENT = (
    "UPDATE recipients SET state = 'sent', cause = NULL, reply = ?, at = ? WHERE message = ? AND state = 'waiting'"
)


def _reply(recipient: RecipientResult, result: DeliveryResult) -> str | None:
    return result.reply if recipient.state == "sent" else recipient.reply


def _next(claim: Claim, result: DeliveryResult, now: datetime, ways: Ways, *, rest_ms: int) -> _Next:
    """Find a message's next state, by who still waits for it and whose fault that is."""
    if result.effect is Effect.WITHHELD:
        return _Next(State.WITHHELD, claim.tries)
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
    if ways.retry.exhausted(tries, claim.since, now):
        return _Next(State.FAILED, tries)
    cause = result.failure.cause if result.failure else None
    return _Next(State.DEFERRED, tries, ways.retry.due(tries, cause, now, ways.chance()))


def _only_too_many(result: DeliveryResult) -> bool:
    """Say whether some recipients were taken and the others were only too many (RFC 5321 section 4.5.3.1.10)."""
    waiting = [each for each in result.recipients if each.state == "waiting"]
    taken = any(each.state == "sent" for each in result.recipients)
    return taken and all(each.cause == "too_many_recipients" for each in waiting)


def _move(window: Window, claim: Claim, result: DeliveryResult, after: _Next, *, kept: bool) -> bool:
    """Bring a message to its next state, and say no where it is not ours any more."""
    at, refusal, stamp = window.tick.at, _refusal(result), clock.stamp(window.tick.at.wall)
    ended = stamp if after.state in (State.SENT, State.FAILED, State.WITHHELD) else None
    due = clock.stamp(after.due) if after.due else None
    uncertain = result.failure is not None and result.failure.uncertain
    cause, reply = (refusal.cause, refusal.reply) if refusal else (None, result.reply)
    tried, terms = result.blames_message, claim.terms
    binding = claim.binding.after(terms, tried=tried, uncertain=uncertain, now=at.wall)
    became = (after.state, after.tries, due, ended, int(kept), int(uncertain), cause, reply)
    by = (sent.took_ms(claim, at), terms.version, terms.which, result.stages, *binding)
    row = (*became, *by, stamp if tried else None, claim.number)
    ours = claim.number in window.ours
    moved = window.tick.write.changed(_MOVE if ours else _MOVE_LATE, row if ours else (*row, claim.holder))
    if moved == 1:
        window.tally.move(State.SENDING if ours else State.DEFERRED, after.state)
    elif ours:
        window.tally.move(State.SENDING, None)
    return moved == 1


def _add_attempt(write: Writer, message: int, *columns: Value) -> int:
    """Keep a try of a message, and give its number."""
    row = write.row(_ADD_ATTEMPT, (message, message, *columns))
    assert row
    number: int = row["number"]
    return number


def _note_attempt(window: Window, claim: Claim, result: DeliveryResult, state: State) -> int:
    """Keep a try that was no plain success, and give its number."""
    failure, refusal = result.failure, _refusal(result)
    began, outcome = clock.stamp(claim.began.wall), _outcome(result, state)
    cause = failure.cause if failure else refusal.cause if refusal else None
    window.tally.note_tries(began, outcome, cause)
    return _add_attempt(
        window.tick.write,
        claim.number,
        began,
        sent.took_ms(claim, window.tick.at),
        outcome,
        claim.terms.version,
        str(failure.stage) if failure else None,
        cause,
        refusal.reply if refusal else result.reply,
        failure.detail if failure else None,
        int(failure is not None and failure.uncertain),
        claim.terms.which,
    )


OUTCOME_OF = {Effect.HOLD: "held", Effect.RETURNED: "returned"}  # of a try with which the message is as it was


def _outcome(result: DeliveryResult, state: State) -> str:
    if result.failure and result.failure.uncertain:
        return "uncertain"
    return OUTCOME_OF.get(result.effect, str(state))


def _refusal(result: DeliveryResult) -> RecipientResult | None:
    return next((each for each in result.recipients if each.state != "sent"), None)
