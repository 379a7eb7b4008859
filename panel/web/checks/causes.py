"""The page that lists every cause, each at its anchor."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from panel.diagnosis import reference
from panel.web.render import render
from panel.web.text import gettext

bp = Blueprint("causes", __name__)


@bp.get("/causes")
def index() -> ResponseReturnValue:
    """Show what every cause means and what to do."""
    return render("checks/causes/index", reference=reference, entries=reference.entries(), tell=gettext)
