"""The states of a message in the outbox, and its urgency as it is stored."""

from __future__ import annotations

from enum import StrEnum

from panel.mail.message.submission import Priority

URGENCY = (Priority.HIGH, Priority.NORMAL)  # as it is stored: the position in this row


class State(StrEnum):
    """`queued` → `sending` → `sent`, `deferred` (and back) or `failed`; `cancelled` by hand."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    CANCELLED = "cancelled"


WAITING = (State.QUEUED, State.DEFERRED)
