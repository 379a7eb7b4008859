"""A claim ahead of its moment: when that is, what may come in between, and from when on its message is in hand."""

from __future__ import annotations

from panel.clock import Instant
from panel.outbox.delivery.claim import Claim
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.pace.row import SELECT, Tick, capped, pace_of_row
from panel.outbox.state import URGENCY, State
from panel.outbox.tally import Tally
from panel.storage.database import Database

TIMED = (Reason.PACE, Reason.HOUR, Reason.DAY)  # waits whose end is known


def until_free(tick: Tick, terms: Terms, ahead_ms: int) -> int | Wait:
    """Say in how many ms the next message may leave, or why it will not so soon."""
    ms = 0
    while wait := tick.pace.wait(tick.now + ms, terms) or capped(tick.write, tick.now + ms, terms):
        if wait.ms is None:
            return wait
        ms += wait.ms
        if wait.reason not in TIMED or ms > ahead_ms:
            return Wait(wait.reason, ms)
    return ms


def put_in_hand(tick: Tick, tally: Tally, claim: Claim) -> bool:
    """Note that a message which was claimed ahead may have been sent from here on; say no where it is not ours."""
    pace = tick.pace
    if pace.holder != claim.holder:
        return False
    if pace.hand_by == claim.holder:
        return True
    if tick.write.changed(_IN_HAND, (claim.number, claim.holder)) != 1:
        return False
    pace.put_in_hand([claim.number], claim.holder, claim.terms.which)
    tally.move(claim.state, State.SENDING)
    return True


def is_still_next(database: Database, claim: Claim, at: Instant) -> bool:
    """Say whether nothing has come before it: no pause, no test, nothing more urgent, and no other holder."""
    pace = pace_of_row(database.row(SELECT))
    now = pace.time(at)
    asked = pace.paused_at is not None or pace.test_ms > now
    if asked or pace.holder != claim.holder or pace.lease_ms <= now:
        return False
    more_urgent = range(URGENCY.index(claim.submission.priority))
    return not any(database.row(_WAITS.format(urgency=each)) for each in more_urgent)


_WAITS = "SELECT 1 FROM messages WHERE ended_at IS NULL AND state = 'queued' AND urgency = {urgency} LIMIT 1"
_IN_HAND = "UPDATE messages SET holder = NULL WHERE number = ? AND holder = ? AND state IN ('queued', 'deferred')"
