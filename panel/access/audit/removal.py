"""Removes the rows of days that need not be kept any longer, once a night, and says so in a row."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from panel import clock
from panel.storage.actor import Actor
from panel.storage.database import Database, Writer
from panel.storage.journal import Action, append

ROWS_OF_A_STEP = 500  # which others wait for
_REST_SECONDS = 0.02  # after each step, for others who want to write
_THE_PANEL = Actor("", "")


def remove_old(database: Database, *, days: int, now: datetime) -> int:
    """Remove the rows that are older than so many whole days (UTC), and say how many; what is noted says so first.

    Where that was broken off, the next call goes on with it.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    before, removed = clock.stamp(midnight - timedelta(days=days)), 0
    while database.row("SELECT 1 FROM audit WHERE at < ? LIMIT 1", (before,)):
        with database.writing() as write:
            _note_once(write, before, midnight, now)
            removed += write.changed(_STEP, (before, ROWS_OF_A_STEP))
        time.sleep(_REST_SECONDS)
    return removed


def _note_once(write: Writer, before: str, midnight: datetime, now: datetime) -> None:
    """Note what is removed, unless that was done this day."""
    if write.row(_NOTED, (Action.AUDIT_REMOVED, clock.stamp(midnight))):
        return
    found = write.row("SELECT count(*) AS rows FROM audit WHERE at < ?", (before,))
    assert found
    rows = found["rows"]
    append(
        write,
        _THE_PANEL,
        Action.AUDIT_REMOVED,
        changed={"before": before, "rows": rows},
        told={"before": before, "rows": rows},
        now=now,
    )


_NOTED = "SELECT 1 FROM audit WHERE action = ? AND (at || '') >= ? ORDER BY number DESC LIMIT 1"
_STEP = "DELETE FROM audit WHERE number IN (SELECT number FROM audit WHERE at < ? ORDER BY at LIMIT ?)"
