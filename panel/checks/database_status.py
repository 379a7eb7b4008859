"""Where the data is and how it is there, for who runs several machines: one look, which changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from panel import clock
from panel.outbox.delivery.heartbeats import Heartbeat, Heartbeats
from panel.outbox.pace.row import holder_at, worker_of
from panel.storage.database import Database
from panel.storage.steps import SCHEMA

if TYPE_CHECKING:  # few panels have a server
    from panel.storage.postgresql.condition import ServerCondition


class DatabaseStatus(NamedTuple):
    """A database at this moment; of tables that are not this program's nothing is read but their step."""

    name: str
    step: int
    size: int
    server: ServerCondition | None
    key_fingerprint: str | None
    workers: tuple[Heartbeat, ...]
    pace_held_by: str | None  # the name of a worker

    @property
    def pace_host(self) -> str | None:
        """Give the machine of the worker that has the pace."""
        return next((each.host for each in self.workers if each.name == self.pace_held_by), None)

    def is_woken(self, worker: Heartbeat) -> bool:
        """Say whether a worker hears of new mail at once; else it looks by itself."""
        return self.server is None or worker.name in self.server.listeners


def database_status_of(database: Database, now: datetime) -> DatabaseStatus:
    """Look at a database."""
    step, server = database.step(), None
    if database.is_server:
        from panel.storage.postgresql.condition import condition_of

        server = condition_of(database)
    if step != SCHEMA:
        return DatabaseStatus(database.name, step, database.size(), server, None, (), None)
    beats = Heartbeats(database).living(now)
    holder = holder_at(database, clock.instant())
    key = database.shared_key.read() if database.shared_key else None
    return DatabaseStatus(
        database.name, step, database.size(), server, key, beats, worker_of(holder) if holder else None
    )


def database_status_to_json(status: DatabaseStatus) -> dict[str, Any]:
    """Write it as JSON values."""
    return {
        "database": status.name,
        "step": status.step,
        "step_of_program": SCHEMA,
        "bytes": status.size,
        "server": _server_to_json(status.server) if status.server else None,
        "key_fingerprint": status.key_fingerprint,
        "workers": [
            {"name": each.name, "host": each.host, "pid": each.pid, "woken": status.is_woken(each)}
            for each in status.workers
        ],
        "pace_held_by": {"worker": status.pace_held_by, "host": status.pace_host} if status.pace_held_by else None,
    }


def _server_to_json(server: ServerCondition) -> dict[str, Any]:
    return {
        "version": server.version,
        "address": server.address,
        "clock_ahead_ms": round(server.ahead_seconds * 1000),
        "synchronous_standby_names": server.synchronous_names,
        "standbys": [{"name": each.name, "behind_seconds": each.behind_seconds} for each in server.standbys],
        "connections": server.connections,
        "most_connections": server.most_connections,
    }
