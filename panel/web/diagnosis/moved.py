"""Where pages of the diagnosis stood before: what leads there still arrives."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

bp = Blueprint("moved", __name__)


@bp.get("/causes")
def causes() -> ResponseReturnValue:
    """Lead to the list of causes; a browser keeps the anchor."""
    return redirect(url_for("causes.index"), 301)


@bp.get("/settings/doctor")
def doctor() -> ResponseReturnValue:
    return redirect(url_for("diagnosis.index"), 301)


@bp.route("/settings/explain", methods=["GET", "POST"])
def explain() -> ResponseReturnValue:
    """Lead to the box, with what was pasted into it."""
    return redirect(url_for("explain.show"), 308)


@bp.post("/settings/explain/note")
def note() -> ResponseReturnValue:
    return redirect(url_for("explain.note"), 308)
