"""Which workers live: each says so in a row of its own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from panel import clock, home
from panel.storage.database import Database

BEAT_SECONDS = 20
DEAD_AFTER = timedelta(seconds=60)  # after which a worker is taken for dead


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A worker's last sign of life, and the message it had in hand."""

    name: str
    host: str
    pid: int
    started_at: datetime
    beat_at: datetime
    message: int | None

    def lives(self, now: datetime) -> bool:
        """Say whether the worker has been heard of within the last minute."""
        return abs(now - self.beat_at) <= DEAD_AFTER


class Heartbeats:
    """The workers of a data file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, name: str, *, message: int | None, now: datetime) -> None:
        """Note that a worker lives; forget those that have long been silent."""
        stamp = clock.stamp(now)
        with self._database.writing() as write:
            write.run(_BEAT, (name, home.machine_name(), os.getpid(), stamp, stamp, message))
            write.run("DELETE FROM workers WHERE beat_at < ?", (clock.stamp(now - timedelta(days=1)),))

    def leave(self, name: str) -> None:
        with self._database.writing() as write:
            write.run("DELETE FROM workers WHERE name = ?", (name,))

    def all(self) -> list[Heartbeat]:
        """List the workers that have not left, the newest sign first."""
        return [
            Heartbeat(
                row["name"],
                row["host"],
                row["pid"],
                clock.moment(row["started_at"]),
                clock.moment(row["beat_at"]),
                row["message"],
            )
            for row in self._database.rows("SELECT * FROM workers ORDER BY beat_at DESC")
        ]

    def alive(self, now: datetime) -> bool:
        """Say whether a worker has been heard of within the last minute."""
        return any(each.lives(now) for each in self.all()[:1])

    def living(self, now: datetime) -> tuple[Heartbeat, ...]:
        """List the workers that have been heard of within the last minute, of whichever machine."""
        return tuple(each for each in self.all() if each.lives(now))


_BEAT = (
    "INSERT INTO workers (name, host, pid, started_at, beat_at, message) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at, message = excluded.message"
)
