"""What came back lately, by cause: what an alert is raised on. It reads so many rows as came back, and no more."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from panel import clock
from panel.diagnosis.bounces.report import Fate
from panel.storage.database import Reader


def bounced_since(read: Reader, moment: datetime) -> Counter[str]:
    """Count the recipients from whom mail came back since a moment, by cause."""
    rows = read.rows(_SINCE, (Fate.BOUNCED, clock.stamp(moment)))
    return Counter({row["cause"]: row["number"] for row in rows})


def noted_since(read: Reader, fate: Fate, moment: datetime) -> int:
    """Count what was noted of one kind since a moment."""
    row = read.row(_NOTED, (fate, clock.stamp(moment)))
    return row["number"] if row else 0


# A message that came back is one whose recipient is told of: the index holds no other.
_OF_REPORTS = "FROM attempts WHERE recipient NOTNULL AND outcome = ? AND at > ?"
_SINCE = f"SELECT coalesce(cause, '') AS cause, count(*) AS number {_OF_REPORTS} GROUP BY cause"
_NOTED = f"SELECT count(*) AS number {_OF_REPORTS}"
