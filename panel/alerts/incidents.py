"""The incidents as they are kept: those that are open, those of before, and who knows of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from panel import clock
from panel.alerts.alert import Alert, Level
from panel.alerts.incident import Incident, IncidentState
from panel.settings.parsing import MAX_NUMBER
from panel.storage.actor import Actor
from panel.storage.database import Database, Reader, Row, Value, Writer, marks
from panel.storage.journal import Action, append

KEPT_DAYS = 90  # that the pages show


class IncidentStore:
    """What is wrong, and what was."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self) -> list[Incident]:
        """List those that fire, the oldest first."""
        return [each for each in open_incidents(self._database) if each.state is IncidentState.FIRING]

    def recent(
        self, days: int = KEPT_DAYS, *, now: datetime, before: int | None = None, limit: int = 1000
    ) -> list[Incident]:
        """List those that fired within so many days, whether they fire still or not, the newest first."""
        since = clock.stamp(now - timedelta(days=days))
        return [_incident(row) for row in self._database.rows(_RECENT, (since, before or MAX_NUMBER, limit))]

    def get(self, number: int) -> Incident | None:
        """Give one by its number."""
        row = (
            self._database.row("SELECT * FROM incidents WHERE number = ?", (number,))
            if 0 < number <= MAX_NUMBER
            else None
        )
        return _incident(row) if row else None

    def acknowledge(self, number: int, *, by: Actor, now: datetime) -> bool:
        """Note that somebody knows: no reminders until it resolves; say whether it fires and nobody had known."""
        with self._database.writing() as write:
            row = write.row(_ACKNOWLEDGE, (clock.stamp(now), by.name, number)) if 0 < number <= MAX_NUMBER else None
            if row is None:
                return False
            append(
                write,
                by,
                Action.ALERT_ACKNOWLEDGED,
                object=f"incident/{number}",
                told={"alert": row["alert"], "incident": number},
                now=now,
            )
        return True


def open_incidents(read: Reader) -> list[Incident]:
    """List those that are not over, also those that do not fire yet, the oldest first."""
    return [_incident(row) for row in read.rows(_OPEN)]


def last_changes(read: Reader, alert: Alert) -> tuple[datetime, ...]:
    """Give the changes of an alert's last incident, with which the next may flap."""
    row = read.row(_LAST, (alert,))
    return _incident(row).changes if row else ()


def insert(write: Writer, incident: Incident, now: datetime) -> Incident:
    """Keep a new one and give it with its number; those that are over for long are forgotten."""
    write.run("DELETE FROM incidents WHERE resolved_at < ?", (clock.stamp(now - timedelta(days=KEPT_DAYS)),))
    row = write.row(_INSERT, (incident.alert, *_values(incident)))
    assert row
    return replace(incident, number=row["number"])


def update(write: Writer, incident: Incident) -> None:
    """Keep what has become of one; who has acknowledged it stays as it is."""
    write.run(_UPDATE, (*_values(incident), incident.number))


def forget_pending(write: Writer, incident: Incident) -> None:
    """Remove one that never fired."""
    write.run("DELETE FROM incidents WHERE number = ? AND state = 'pending'", (incident.number,))


def _values(incident: Incident) -> tuple[Value, ...]:
    return (
        incident.level,
        incident.state,
        clock.stamp(incident.since),
        clock.stamp_or_none(incident.fired_at),
        clock.stamp_or_none(incident.resolved_at),
        incident.cause,
        json.dumps(incident.facts or {}, ensure_ascii=False),
        json.dumps([clock.stamp(each) for each in incident.changes]),
        clock.stamp_or_none(incident.reminded_at),
    )


def _incident(row: Row) -> Incident:
    facts: Mapping[str, Any] = json.loads(row["facts"])
    changes: Sequence[str] = json.loads(row["changes"])
    return Incident(
        number=row["number"],
        alert=Alert(row["alert"]),
        level=Level(row["level"]),
        state=IncidentState(row["state"]),
        since=clock.moment(row["since"]),
        cause=row["cause"],
        facts=facts,
        fired_at=clock.moment_or_none(row["fired_at"]),
        resolved_at=clock.moment_or_none(row["resolved_at"]),
        reminded_at=clock.moment_or_none(row["reminded_at"]),
        acknowledged_at=clock.moment_or_none(row["acknowledged_at"]),
        acknowledged_by=row["acknowledged_by"] or "",
        changes=tuple(map(clock.moment, changes)),
    )


_COLUMNS = ("level", "state", "since", "fired_at", "resolved_at", "cause", "facts", "changes", "reminded_at")
_INSERT = f"INSERT INTO incidents (alert, {', '.join(_COLUMNS)}) VALUES (?, {marks(_COLUMNS)}) RETURNING number"  # noqa: S608 - our columns
_UPDATE = f"UPDATE incidents SET {', '.join(f'{name} = ?' for name in _COLUMNS)} WHERE number = ?"  # noqa: S608 - our columns
_LAST = "SELECT * FROM incidents WHERE alert = ? AND state = 'resolved' ORDER BY number DESC LIMIT 1"
_OPEN = "SELECT * FROM incidents WHERE state IN ('pending', 'firing') ORDER BY number"
_RECENT = "SELECT * FROM incidents WHERE since >= ? AND fired_at NOTNULL AND number < ? ORDER BY number DESC LIMIT ?"
_ACKNOWLEDGE = (
    "UPDATE incidents SET acknowledged_at = ?, acknowledged_by = ? "
    "WHERE number = ? AND state = 'firing' AND acknowledged_at ISNULL RETURNING alert"
)
