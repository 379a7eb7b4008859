"""Who judges: the row `alerts` is held by one process at a time, and by another when that is dead."""

from __future__ import annotations

from datetime import datetime, timedelta

from panel import clock
from panel.alerts.thresholds import ALERTS
from panel.storage.database import Reader, Row, Writer

JUDGE_LEASE = timedelta(seconds=60)


def judged_at(read: Reader) -> datetime | None:
    """Say when somebody judged last."""
    row = _row(read)
    return clock.moment_or_none(row["judged_at"]) if row else None


def is_free_for(read: Reader, holder: str, now: datetime) -> bool:
    """Say whether nobody else judges; a lease that is longer than any was taken under another clock."""
    row = _row(read)
    if row is None or row["holder"] in (None, holder):
        return True
    return not now < clock.moment(row["lease_until"]) <= now + JUDGE_LEASE


def take(write: Writer, holder: str, now: datetime) -> bool:
    """Take the row for a minute, or keep it; say no where it is another's."""
    if not is_free_for(write, holder, now):
        return False
    write.run(_TAKE, (ALERTS, holder, clock.stamp(now + JUDGE_LEASE), clock.stamp(now)))
    return True


def leave(write: Writer, holder: str) -> None:
    """Give the row back, so that another judges at once."""
    write.run("UPDATE alerts SET holder = NULL, lease_until = NULL WHERE name = ? AND holder = ?", (ALERTS, holder))


def _row(read: Reader) -> Row | None:
    return read.row("SELECT holder, lease_until, judged_at FROM alerts WHERE name = ?", (ALERTS,))


_TAKE = (
    "INSERT INTO alerts (name, holder, lease_until, judged_at) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE "
    "SET holder = excluded.holder, lease_until = excluded.lease_until, judged_at = excluded.judged_at"
)
