"""What sending many failed messages again would do, before it is done: which go, and which the server refused for good.

The same message to the same address is refused again where its cause is one of the message: sending that often is what
spoils the name of a sender.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from panel.diagnosis.causes.cause import QueueEffect
from panel.diagnosis.causes.table import CAUSES
from panel.outbox.pace.row import in_hand
from panel.outbox.state import State
from panel.storage.database import Reader, marks

MOST_OF_AN_ACT = 1_000  # messages of one act


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """Numbers of messages: those that `go`, those that were refused for good, and how many of them may arrive twice.

    `left` is how many of those that were asked for can not be sent again at all, `withheld` how many of those that go
    are let go by it although the settings keep them.
    """

    go: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()
    twice: int = 0
    left: int = 0
    withheld: int = 0

    def numbers(self, *, refused: bool) -> tuple[int, ...]:
        """Give what is sent again, with or without what was refused for good."""
        return tuple(sorted((*self.go, *self.refused))) if refused else self.go


def plan_retry(read: Reader, numbers: Sequence[int]) -> RetryPlan:
    """Say what sending these messages again would do."""
    hand = in_hand(read)
    rows = read.rows(_OF_NUMBERS.format(marks(numbers)), numbers) if numbers else []
    rows = [row for row in rows if row["number"] not in hand]
    return RetryPlan(
        tuple(row["number"] for row in rows if not row["refused"]),
        tuple(row["number"] for row in rows if row["refused"]),
        sum(row["uncertain"] for row in rows),
        len(set(numbers)) - len(rows),
        sum(row["state"] == State.WITHHELD for row in rows),
    )


def failed_to_retry(read: Reader, most: int = MOST_OF_AN_ACT, *, refused: bool) -> list[int]:
    """Give the oldest failed messages whose text is there, with or without those that were refused for good."""
    sql = _FAILED if refused else _FAILED_OTHERWISE
    return [row["number"] for row in read.rows(sql, (most,))]


_OF_THE_MESSAGE = ", ".join(f"'{name}'" for name, cause in CAUSES.items() if cause.effect is QueueEffect.FAIL)
_BY_REPLY = "cause IS NULL AND coalesce(reply, '') LIKE '5%'"
_REFUSED = f"(state = 'failed' AND (coalesce(cause, '') IN ({_OF_THE_MESSAGE}) OR {_BY_REPLY}))"
_HAS_BODY = "(content IS NOT NULL OR EXISTS (SELECT 1 FROM bodies WHERE message = number))"
_OF_NUMBERS = (
    f"SELECT number, state, uncertain, {_REFUSED} AS refused FROM messages WHERE number IN ({{}}) "  # noqa: S608 - our own words
    f"AND state IN ('queued', 'deferred', 'failed', 'withheld') AND {_HAS_BODY} ORDER BY number"
)
_FAILED = (
    f"SELECT number FROM messages WHERE state = 'failed' AND ended_at IS NOT NULL AND {_HAS_BODY} "  # noqa: S608 - our own words
    "ORDER BY number LIMIT ?"
)
_FAILED_OTHERWISE = _FAILED.replace("ORDER BY", f"AND NOT {_REFUSED} ORDER BY")
