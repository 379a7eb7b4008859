"""For who watches the process: is it alive, and can it work? No word about the settings."""

from __future__ import annotations

from enum import StrEnum

from flask import Blueprint
from flask.typing import ResponseReturnValue

from panel import clock, logs
from panel.errors import DatabaseError
from panel.web.context import services

bp = Blueprint("health", __name__)


class Part(StrEnum):
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
    """Say whether the database can be written, the key opens what it sealed, and a worker lives; else 503."""
    try:
        found = _found()
    except DatabaseError as fault:
        logs.error("database_failed", text=fault)
        found = {"database": Part.FAILED, "key": Part.UNKNOWN, "worker": Part.UNKNOWN}
    ready = set(found.values()) == {Part.OK}
    return {"status": Part.OK if ready else Part.FAILED, **found}, 200 if ready else 503


def _found() -> dict[str, Part]:
    opened = services()
    with opened.database.writing():
        pass  # who cannot have the write lock cannot work, either
    if fault := opened.database.fault():
        raise fault
    unreadable = opened.settings.current().unreadable
    alive = opened.heartbeats.alive(clock.now())
    return {
        "database": Part.OK,
        "key": Part.FAILED if unreadable else Part.OK,
        "worker": Part.OK if alive else Part.MISSING,
    }
