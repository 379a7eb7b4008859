"""The page that lists every cause, each at its anchor."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from panel import causes_guide
from panel.web.context import gettext
from panel.web.fragments import render

bp = Blueprint("causes", __name__)


@bp.get("/causes")
def index() -> ResponseReturnValue:
    """Show what every cause means and what to do."""
    return render("causes/index", guide=causes_guide, entries=causes_guide.entries(), tell=gettext)
