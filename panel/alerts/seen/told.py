"""Who was told of an incident, and how that went: what the pages show of its course."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from panel import clock
from panel.alerts.destination import DestinationKind
from panel.alerts.notice import NoticeType
from panel.storage.database import Reader, Row, marks


class NoticeOutcome(StrEnum):
    """What became of a notice."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"  # given up
    SUMMED = "summed"  # told of in one with others


@dataclass(frozen=True, slots=True)
class Told:
    """One notice of an incident to one destination; `name` is what that is called, empty where it is gone."""

    incident: int
    destination: int
    name: str
    kind: DestinationKind | None
    type: NoticeType
    outcome: NoticeOutcome
    tries: int
    made_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    status: str


def told_of(read: Reader, incidents: Iterable[int]) -> list[Told]:
    """List what was told of some incidents, in the order in which it was to be."""
    numbers = [*incidents]
    if not numbers:
        return []
    return [_told(row) for row in read.rows(_TOLD_OF.replace("(…)", f"({marks(numbers)})"), numbers)]


def _told(row: Row) -> Told:
    values = json.loads(row["document"]) if row["document"] else {}
    return Told(
        incident=row["incident"],
        destination=row["destination"],
        name=values.get("name") or row["host"] or "",
        kind=DestinationKind(row["kind"]) if row["kind"] else None,
        type=NoticeType(row["type"]),
        outcome=NoticeOutcome(row["outcome"]),
        tries=row["tries"],
        made_at=clock.moment(row["made_at"]),
        ended_at=clock.moment_or_none(row["ended_at"]),
        due_at=clock.moment_or_none(row["due_at"]),
        status=row["status"] or "",
    )


_TOLD_OF = """
SELECT notices.*, destinations.kind, destinations.host, destinations.document
FROM notices LEFT JOIN destinations ON destinations.number = notices.destination
WHERE notices.incident IN (…) ORDER BY notices.number
"""
