"""What has left lately: how many in each minute, and what became of the last try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from panel import clock
from panel.outbox.entry import Attempt, attempt
from panel.storage.database import Database

MINUTES = 60
LOOKED_AT = 1_000  # tries, the newest, for one that succeeded
LAST = 3  # tries that have to fail alike before mail is said not to go out


@dataclass(frozen=True, slots=True)
class Minute:
    """Tries of one minute, by how they ended."""

    sent: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Traffic:
    """The minutes, the newest last; the last tries, the newest first; and the version that mail last went with."""

    minutes: tuple[Minute, ...]
    last: tuple[Attempt, ...] = ()
    proven_version: int | None = None

    @property
    def sent(self) -> int:
        return sum(each.sent for each in self.minutes)

    @property
    def lost(self) -> int:
        return sum(each.lost for each in self.minutes)


def traffic(database: Database, now: datetime) -> Traffic:
    """Read what left in the last hour."""
    first = now - timedelta(minutes=MINUTES - 1)
    minutes = [Minute()] * MINUTES
    for row in database.rows(_LAST_HOUR, (clock.stamp(first)[:16], clock.stamp(now)[:16])):
        minutes[_minutes_between(clock.stamp(first)[:16], row["minute"])] = Minute(row["sent"], row["lost"])
    proven = database.row(_PROVEN)
    return Traffic(
        tuple(minutes),
        tuple(map(attempt, database.rows("SELECT * FROM attempts ORDER BY number DESC LIMIT ?", (LAST,)))),
        proven["version"] if proven else None,
    )


def _minutes_between(one: str, other: str) -> int:
    return (clock.moment(f"{other}Z") - clock.moment(f"{one}Z")) // timedelta(minutes=1)


_LAST_HOUR = "SELECT minute, sent, lost FROM minutes WHERE minute BETWEEN ? AND ?"
_PROVEN = f"""
SELECT version FROM (SELECT * FROM attempts ORDER BY number DESC LIMIT {LOOKED_AT}) WHERE outcome = 'sent' LIMIT 1
"""  # noqa: S608 - our own number
