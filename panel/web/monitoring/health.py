"""For who watches the process: is it alive, and can it work? No word about the settings."""

from __future__ import annotations

from enum import StrEnum

from flask import Blueprint
from flask.typing import ResponseReturnValue

from panel import clock, logs
from panel.errors import DatabaseError
from panel.services import Services
from panel.web.context import services

bp = Blueprint("health", __name__)


class Health(StrEnum):
    """How a part of the panel is: the database, the key, the worker."""

    OK = "ok"
    FAILED = "failed"
    MISSING = "missing"
    UNKNOWN = "unknown"


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    """Say that the process answers; this asks neither the database nor anything else."""
    return {"status": "ok"}


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say whether the database can be written, the key opens what it sealed, and a worker lives; else 503.

    Alerts that cannot be delivered are no reason: nothing would be better with another process.
    """
    opened = services()
    with opened.database.writing():
        pass  # who cannot have the write lock cannot work, either
    if fault := opened.database.fault():
        raise fault
    alive = opened.heartbeats.alive(clock.now())
    return _answer(Health.OK, _key(opened), Health.OK if alive else Health.MISSING)


def _key(opened: Services) -> Health:
    """Say whether the key is that of all machines, and opens what is saved."""
    unreadable = opened.settings.current().unreadable or (opened.has_alerts and opened.destinations.unreadable())
    return Health.FAILED if unreadable or not opened.vault.look() else Health.OK


@bp.errorhandler(DatabaseError)
def without_database(fault: DatabaseError) -> ResponseReturnValue:
    """Say that nothing can be said of the parts that stand in the data file."""
    logs.error("database_failed", text=fault)
    return _answer(Health.FAILED, Health.UNKNOWN, Health.UNKNOWN)


def _answer(database: Health, key: Health, worker: Health) -> ResponseReturnValue:
    ready = {database, key, worker} == {Health.OK}
    parts = {"database": database, "key": key, "worker": worker}
    engine = {"engine": "postgresql"} if services().database.is_server else {}
    return {"status": Health.OK if ready else Health.FAILED, **engine, **parts}, 200 if ready else 503
