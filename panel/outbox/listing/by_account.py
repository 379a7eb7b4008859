"""How many messages each account has handed in lately: among the newest alone, so that it takes no time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from panel import clock
from panel.storage.database import Reader

LATELY_DAYS = 30
LOOKED_AT = 20_000  # messages, the newest


@dataclass(frozen=True, slots=True)
class HandedIn:
    """Numbers of messages by account; with `more`, there may be more of each than were counted."""

    by: Mapping[str, int]
    more: bool = False


def handed_in_since(read: Reader, since: datetime, most: int = LOOKED_AT) -> HandedIn:
    """Count who has handed in how many of the newest messages since a moment."""
    rows = read.rows(_BY_ACCOUNT, (most, clock.stamp(since)))
    counts = {row["account"]: int(row["messages"]) for row in rows}
    return HandedIn(counts, sum(counts.values()) >= most)


_BY_ACCOUNT = (
    "SELECT account, count(*) AS messages FROM (SELECT account, queued_at FROM messages ORDER BY number DESC LIMIT ?) "
    "AS newest WHERE queued_at >= ? GROUP BY account"
)
