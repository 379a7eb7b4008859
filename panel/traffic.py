"""What has left lately: how many in each minute, and what became of the last try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from panel import clock
from panel.database import Database
from panel.entry import Attempt, attempt

MINUTES = 60
LOOKED_AT = 20_000  # tries, the newest: more than an hour brings, and little enough to be quick
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
    begin = now - timedelta(minutes=MINUTES)
    counted = {row["minute"]: Minute(row["sent"], row["lost"]) for row in database.rows(_COUNT, (clock.stamp(begin),))}
    minutes = (clock.stamp(begin + timedelta(minutes=each))[:16] for each in range(1, MINUTES + 1))
    proven = database.row(_PROVEN)
    return Traffic(
        tuple(counted.get(minute, Minute()) for minute in minutes),
        tuple(map(attempt, database.rows("SELECT * FROM attempts ORDER BY number DESC LIMIT ?", (LAST,)))),
        proven["version"] if proven else None,
    )


_COUNT = f"""
SELECT substr(at, 1, 16) AS minute, sum(outcome = 'sent') AS sent, sum(outcome <> 'sent') AS lost
FROM (SELECT * FROM attempts ORDER BY number DESC LIMIT {LOOKED_AT}) WHERE at > ? GROUP BY 1
"""  # noqa: S608 - our own number
_PROVEN = f"""
SELECT version FROM (SELECT * FROM attempts ORDER BY number DESC LIMIT {LOOKED_AT}) WHERE outcome = 'sent' LIMIT 1
"""  # noqa: S608 - our own number
