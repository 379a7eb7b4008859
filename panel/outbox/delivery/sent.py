"""Records messages that were sent, and of which nothing else is to be told: a window by one statement."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from panel import clock
from panel.clock import Instant
from panel.outbox.content.remains import remains_of
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.result import DeliveryResult
from panel.storage.database import Value, Writer

Sent = tuple[Claim, DeliveryResult]


def is_plain(claim: Claim, result: DeliveryResult) -> bool:
    """Say whether all that became of a message is that all recipients have got it, at the first try or a later one."""
    if claim.told_apart or result.failure or not result.blames_message:
        return False
    return {each.state for each in result.recipients} == {"sent"}


def record_sent(write: Writer, plain: Sequence[Sent], at: Instant, *, keep: bool) -> Callable[[], int]:
    """Record messages that are in our hand; what is given tells how many of them are still there."""
    return write.run_and_count(_SENT_AND_KEPT if keep else _SENT, _rows(plain, at, keep=keep))


def record_beforehand(
    write: Writer, claims: Sequence[Claim], results: Sequence[DeliveryResult], at: Instant, *, keep: bool
) -> Callable[[], int] | None:
    """Do so before the clock is read, if that is what became of a whole window; it counts where it is in our hand.

    Give None where it is left to be done: where nothing is far, that saves nothing.
    """
    plain = [*zip(claims, results, strict=False)]
    if not write.is_far or len(plain) != len(claims) or not all(is_plain(*each) for each in plain):
        return None
    hand = hand_of(claims)
    sql = (_SENT_AND_KEPT if keep else _SENT) + _IN_OUR_HAND
    return write.run_and_count(sql, [(*row, claims[0].holder, hand) for row in _rows(plain, at, keep=keep)])


def hand_of(claims: Sequence[Claim]) -> str:
    """Give what the clock tells of a window in hand."""
    return json.dumps([claim.number for claim in claims])


def remove_large(write: Writer, claims: Sequence[Claim]) -> None:
    """Remove those bodies that stand in a table of their own."""
    if apart := [(claim.number,) for claim in claims if claim.apart]:
        write.run_all("DELETE FROM bodies WHERE message = ?", apart)


def gone(write: Writer, claims: Sequence[Claim]) -> list[int]:
    """Name messages that have no row any more."""
    numbers = (claim.number for claim in claims)
    return [each for each in numbers if not write.row("SELECT 1 FROM messages WHERE number = ?", (each,))]


def took_ms(claim: Claim, at: Instant) -> int:
    """Give how long a message was in hand."""
    return max(0, at.steady_ms - claim.began.steady_ms)


def _rows(plain: Sequence[Sent], at: Instant, *, keep: bool) -> list[tuple[Value, ...]]:
    first = plain[0][0]
    stamp, ms, terms = clock.stamp(at.wall), took_ms(first, at), first.terms
    return [
        (
            *(claim.tries + 1, stamp, int(keep), result.reply, ms, terms.version, terms.which, result.stages),
            *(() if keep else remains_of(claim.submission.message)),
            claim.number,
        )
        for claim, result in plain
    ]


REMAIN = "content = NULL, head = ?, attachments = ?"
_SEND = (
    "UPDATE messages SET state = 'sent', attempts = ?, ended_at = ?, kept = ?, cause = NULL, reply = ?, holder = NULL, "
    "ms = ?, version = ?, server = ?, stages = ?{content} WHERE number = ?"
)
_SENT, _SENT_AND_KEPT = _SEND.format(content=f", {REMAIN}"), _SEND.format(content="")
_IN_OUR_HAND = " AND (SELECT hand FROM pace WHERE account = 'first' AND hand_by = ?) = ?"
