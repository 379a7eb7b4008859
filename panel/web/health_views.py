"""For who watches the process: is it alive, and can it work? No word about the settings."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from panel import clock
from panel.errors import DatabaseError
from panel.web.context import services

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    return {"status": "ok"}


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say whether the database answers, the key opens what it sealed, and a worker lives; 503 where one does not."""
    try:
        unreadable = services().settings.current().unreadable
        alive = services().heartbeats.alive(clock.now())
    except DatabaseError:
        return {"status": "failed", "database": "failed", "key": "unknown", "worker": "unknown"}, 503
    found = {"database": "ok", "key": "failed" if unreadable else "ok", "worker": "ok" if alive else "missing"}
    ready = alive and not unreadable
    return {"status": "ok" if ready else "failed", **found}, 200 if ready else 503
