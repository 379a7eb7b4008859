"""What has left lately: how many in each minute, and what became of the last try."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from panel import clock
from panel.outbox.entry import Attempt, attempt, success
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
    return Traffic(tuple(minutes), *_last(database))


def _last(database: Database) -> tuple[tuple[Attempt, ...], int | None]:
    """Give the last tries, the newest first, and the version of the last that succeeded lately.

    A success has no row of its own: the clock says which the last were, and after which of the others they came.
    """
    rows = database.rows("SELECT * FROM attempts ORDER BY number DESC LIMIT ?", (LAST,))
    tries = [(row["number"], 0, attempt(row)) for row in rows]
    newest: int = rows[0]["number"] if rows else 0
    sent = _last_sent(database)
    tries += [(after, len(sent) - position, each) for position, (after, each) in enumerate(sent)]
    last = tuple(each for *_, each in sorted(tries, key=lambda each: each[:2], reverse=True)[:LAST])
    if sent and newest - sent[0][0] < LOOKED_AT:
        return last, sent[0][1].version
    proven = database.row(_PROVEN)
    return last, proven["version"] if proven else None


def _last_sent(database: Database) -> list[tuple[int, Attempt]]:
    """Give the last successes that messages tell of, the newest first, each with the number of the try before it."""
    noted = database.row("SELECT last_sent FROM pace WHERE account = 'first'")
    found = []
    for number, after in json.loads(noted["last_sent"] or "[]") if noted else ():
        row = database.row(_MESSAGE, (number,))
        if row and (tried := success(row)):
            found.append((after, tried))
    return found


def _minutes_between(one: str, other: str) -> int:
    return (clock.moment(f"{other}Z") - clock.moment(f"{one}Z")) // timedelta(minutes=1)


_LAST_HOUR = (
    "SELECT minute, sum(CASE outcome WHEN 'sent' THEN number ELSE 0 END) AS sent, "
    "sum(CASE outcome WHEN 'sent' THEN 0 ELSE number END) AS lost "
    "FROM minutes WHERE minute BETWEEN ? AND ? GROUP BY minute"
)
_MESSAGE = "SELECT state, ended_at, ms, version, reply FROM messages WHERE number = ?"
_PROVEN = f"""
SELECT version FROM (SELECT * FROM attempts ORDER BY number DESC LIMIT {LOOKED_AT}) AS lately
WHERE outcome = 'sent' LIMIT 1
"""  # noqa: S608 - our own number
