"""For who watches the process: is it alive, and can it work? No word about the settings."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from panel.errors import DatabaseError
from panel.web.context import services

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    return {"status": "ok"}


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say whether the database answers and the key opens what it sealed; 503 where it does not."""
    try:
        unreadable = services().settings.current().unreadable
    except DatabaseError:
        return {"status": "failed", "database": "failed", "key": "unknown"}, 503
    if unreadable:
        return {"status": "failed", "database": "ok", "key": "failed"}, 503
    return {"status": "ok", "database": "ok", "key": "ok"}
