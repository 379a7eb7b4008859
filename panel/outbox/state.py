"""The states of a message in the outbox, and its urgency as it is stored."""

from __future__ import annotations

from enum import StrEnum

from panel.mail.message.submission import Priority

URGENCY = (Priority.HIGH, Priority.NORMAL)  # as it is stored: the position in this row


class State(StrEnum):
    """`queued` → `sending` → `sent`, `deferred` (and back) or `failed`; `cancelled` by hand.

    One that the settings keep from a recipient is `withheld`, until somebody lets it go or cancels it.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    CANCELLED = "cancelled"
    WITHHELD = "withheld"


WAITING = (State.QUEUED, State.DEFERRED)
RELEASED = "released"  # stands among the tries of a message that somebody has let go although the settings withhold it


class Listed(StrEnum):
    """What of the outbox is asked for: a state, what came back although it was sent, or failures nobody has seen."""

    QUEUED = State.QUEUED
    SENDING = State.SENDING
    SENT = State.SENT
    DEFERRED = State.DEFERRED
    FAILED = State.FAILED
    CANCELLED = State.CANCELLED
    WITHHELD = State.WITHHELD
    BOUNCED = "bounced"
    UNSEEN = "unseen"

    @property
    def state(self) -> State | None:
        """Give the state that it is, if it is one."""
        return None if self in (Listed.BOUNCED, Listed.UNSEEN) else State(self)
