"""The page that reads a pasted reply, log or bounce."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from panel.web.checks.explanation import Explained, explained
from panel.web.render import render

bp = Blueprint("explain", __name__)


@bp.route("/settings/explain", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """Say what a pasted refusal means; nothing of it is kept."""
    if request.method == "GET":
        return render("checks/explain", explained=Explained())
    found = explained(request.form.get("text", ""), request.form.get("host", ""))
    return render("checks/explain", 422 if found.error else 200, explained=found)
