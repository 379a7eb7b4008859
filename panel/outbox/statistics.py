"""What has left lately, and what became of the last tries."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from panel import clock
from panel.diagnosis.bounces.report import Fate
from panel.outbox.course import Course, Span, Tries, course_of
from panel.outbox.entry import Attempt, attempt, success
from panel.outbox.listing.submissions import first_since
from panel.outbox.pace.route import Which
from panel.storage.database import Database

ENDED_OTHERWISE = 4  # times as many messages are looked at as are wanted, for those that were cancelled
LAST = 3  # tries that have to fail alike before mail is said not to go out


@dataclass(frozen=True, slots=True)
class Traffic:
    """The course of the last hour; the last tries, the newest first; and the version that mail last went with."""

    hour: Course
    last: tuple[Attempt, ...] = ()
    proven_version: int | None = None

    @property
    def sent(self) -> int:
        return sum(each.sent for each in self.hour.bars)

    @property
    def lost(self) -> int:
        """Count the tries that the server did not accept."""
        return sum(each.later + each.lost for each in self.hour.bars)


@dataclass(frozen=True, slots=True)
class Today:
    """Messages since the day began: taken, sent, given up and come back; and when the last one was taken."""

    taken: int = 0
    sent: int = 0
    failed: int = 0
    bounced: int = 0
    taken_at: datetime | None = None


def traffic(database: Database, now: datetime, tries: Iterable[Tries]) -> Traffic:
    """Tell what left in the last hour, of tries that were read since its course began or longer."""
    return Traffic(course_of(tries, Span.HOUR, now), *_last(database))


def today(database: Database, since: datetime, tries: Iterable[Tries], read_from: datetime) -> Today:
    """Count what happened since the day of who reads it began; `tries` were read from another moment on.

    What was taken is counted by the numbers of messages, what came back by the reports that tell of it first.
    """
    stamp = clock.stamp(since)
    ended = Counter({row["outcome"]: row["number"] for row in database.rows(_BEFORE, (stamp[:16], _minute(read_from)))})
    for each in tries:
        ended[each.outcome] += each.number if _minute(each.start) >= stamp[:16] else 0
    newest = database.row("SELECT number, queued_at FROM messages ORDER BY number DESC LIMIT 1")
    bounced = database.row(_BOUNCED_SINCE, (Fate.BOUNCED, stamp, stamp))
    return Today(
        taken=newest["number"] + 1 - first_since(database, since) if newest else 0,
        sent=ended["sent"],
        failed=ended["failed"],
        bounced=bounced["number"] if bounced else 0,
        taken_at=clock.moment(newest["queued_at"]) if newest else None,
    )


def _minute(moment: datetime) -> str:
    return clock.stamp(moment)[:16]


def last_ended(database: Database, most: int) -> list[str]:
    """List the states of the messages that were sent or failed last, the newest first."""
    return [row["state"] for row in database.rows(_LAST_ENDED, (most * ENDED_OTHERWISE, most))]


def sent_since(database: Database, moment: datetime) -> int:
    """Count what was sent since a moment, by the sums of the minutes."""
    minute = clock.stamp(moment)[:16]
    row = database.row(_SENT_BY_MINUTES, (minute, minute))
    assert row
    newest = json.loads(row["tries"] or "[]")
    return int(row["sent"] or 0) + int(sum(number for outcome, _, number in newest if outcome == "sent"))


def was_sent_since(database: Database, moment: datetime, which: Which) -> bool:
    """Say whether a message was sent by a server after a moment."""
    return database.row(_SENT_SINCE, (clock.stamp(moment), which)) is not None


def _last(database: Database) -> tuple[tuple[Attempt, ...], int | None]:
    """Give the last tries, the newest first, and the version of the last success, as the clock remembers them."""
    noted = database.row("SELECT last_tries, sent_version FROM pace WHERE account = 'first'")
    if noted is None or noted["last_tries"] is None:
        return (), None
    last = (_tried(database, message, number) for message, number in json.loads(noted["last_tries"]))
    return tuple(each for each in last if each), noted["sent_version"]


def _tried(database: Database, message: int, number: int) -> Attempt | None:
    """Give a try of a message that is still there; a success has no row of its own."""
    row = database.row(_TRY, (message, number)) if number else database.row(_MESSAGE, (message,))
    if row is None:
        return None
    return attempt(row) if number else success(row)


_SENT_BY_MINUTES = (
    "SELECT (SELECT sum(number) FROM minutes WHERE minute >= ? AND outcome = 'sent') AS sent, "
    "(SELECT minute_tries FROM pace WHERE account = 'first' AND minute >= ?) AS tries"
)
_SENT_SINCE = "SELECT 1 FROM messages WHERE ended_at > ? AND state = 'sent' AND server = ? LIMIT 1"
_LAST_ENDED = (
    "SELECT state FROM (SELECT state, ended_at FROM messages WHERE ended_at NOTNULL ORDER BY ended_at DESC LIMIT ?) "
    "AS last WHERE state IN ('sent', 'failed') ORDER BY ended_at DESC LIMIT ?"
)
_MESSAGE = "SELECT state, ended_at, ms, version, reply, server FROM messages WHERE number = ?"
_TRY = "SELECT * FROM attempts WHERE message = ? AND number = ?"
_BEFORE = "SELECT outcome, sum(number) AS number FROM minutes WHERE minute >= ? AND minute < ? GROUP BY outcome"
_BOUNCED_SINCE = (  # by the index of what reports tell, so that what came back long ago is not looked at
    "SELECT count(DISTINCT message) AS number FROM attempts WHERE recipient NOTNULL AND outcome = ? AND at >= ? "
    "AND (SELECT bounced_at FROM messages WHERE number = message) >= ?"
)
