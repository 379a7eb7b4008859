"""How much of a day's limit is used, as it is told."""

from __future__ import annotations

from panel.clock import Instant
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.rate import DAY_MS
from panel.outbox.pace.row import NTH_NEWEST, SELECT, pace_of_row, within
from panel.storage.database import Database


def used_within_a_day(database: Database, terms: Terms, at: Instant, *, least: int) -> int:
    """Count the messages that a server has seen within the last 24 hours; 0 where they are fewer than the `least`.

    That is known without counting, by the place of one of them among its messages.
    """
    since = pace_of_row(database.row(SELECT)).time(at) - DAY_MS
    newest = database.row(NTH_NEWEST, (terms.server, terms.server, max(least, 1) - 1))
    return within(database, since, terms.server) if newest and newest["at_ms"] > since else 0
