"""What programs send and get with reports on mail, as types."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from panel.diagnosis.bounces.report import Fate
from panel.outbox.bounces.store import Taking
from panel.web.api.documents.words import Said


class NewReport(Struct, forbid_unknown_fields=True, frozen=True):
    """What came to the bounce address, whole: a report, or any other mail."""

    raw: str


class NotedReport(Struct, frozen=True):
    """What was noted of a report, with which message and for whom of it."""

    id: int
    recipient: str
    report: Fate
    cause: str | None
    reply: Said


class TakenReport(Struct, frozen=True):
    """What became of a report; it never changes the state of a message."""

    outcome: Annotated[Taking, Meta(description="`unmatched`: no message of ours is found; `dropped`: see `reason`")]
    reason: Annotated[
        Literal["automatic", "other", "unreadable", "test", "repeated", "too_many"] | None,
        Meta(
            description="an automatic answer; no report; beyond all bounds; of a test send; noted before; more than "
            "100 in an hour"
        ),
    ]
    noted: list[NotedReport]
