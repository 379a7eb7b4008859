"""How much of a day's limit is used, as it is told."""

from __future__ import annotations

from panel.clock import Instant
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.rate import DAY_MS
from panel.outbox.pace.row import SELECT, pace_of_row, within
from panel.storage.database import Database


def used_within_a_day(database: Database, terms: Terms, at: Instant) -> int:
    """Count the messages that a server has seen within the last 24 hours."""
    now = pace_of_row(database.row(SELECT)).time(at)
    return within(database, now - DAY_MS, terms.server)
