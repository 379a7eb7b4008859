"""For who watches the process: is it alive, and can it work? No word about the settings."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from panel import clock, logs
from panel.errors import DatabaseError
from panel.web.context import services

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    """Say that the process answers; this asks neither the database nor anything else."""
    return {"status": "ok"}


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say whether the database can be written, the key opens what it sealed, and a worker lives; else 503."""
    try:
        found = _found()
    except DatabaseError as fault:
        logs.error("database_failed", text=fault)
        found = {"database": "failed", "key": "unknown", "worker": "unknown"}
    ready = set(found.values()) == {"ok"}
    return {"status": "ok" if ready else "failed", **found}, 200 if ready else 503


def _found() -> dict[str, str]:
    opened = services()
    with opened.database.writing():
        pass  # who cannot have the write lock cannot work, either
    if fault := opened.database.fault():
        raise fault
    unreadable = opened.settings.current().unreadable
    alive = opened.heartbeats.alive(clock.now())
    return {"database": "ok", "key": "failed" if unreadable else "ok", "worker": "ok" if alive else "missing"}
