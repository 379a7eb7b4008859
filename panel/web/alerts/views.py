"""The alerts: what fires and who knows of it, and from when on something does."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.alerts.thresholds import THRESHOLDS, ThresholdRefused
from panel.i18n import N_
from panel.web.alerts.page import alerts_page
from panel.web.context import actor, services
from panel.web.render import confirm, tell
from panel.web.text import gettext

bp = Blueprint("alerts", __name__)


@bp.get("/alerts")
def index() -> ResponseReturnValue:
    """Show what fires, who is told of it, when, and what was."""
    return alerts_page()


@bp.post("/alerts/<int:number>/acknowledge")
def acknowledge(number: int) -> ResponseReturnValue:
    """Note that somebody knows of an incident: nobody is reminded of it any more."""
    if services().incidents.acknowledge(number, by=actor(), now=clock.now()):
        confirm(gettext(N_("Acknowledged. Nobody is reminded of it; its end is told.")))
    else:
        tell(gettext(N_("That is over already, or somebody has acknowledged it.")))
    return redirect(url_for(".index"), 303)


@bp.post("/alerts/conditions")
def set_conditions() -> ResponseReturnValue:
    """Keep from when on something is told of, or show which number is none."""
    services().thresholds.set(_typed(), by=actor(), now=clock.now())
    confirm(gettext(N_("Saved.")))
    return redirect(url_for(".index"), 303)


@bp.errorhandler(ThresholdRefused)
def refused(_fault: ThresholdRefused) -> ResponseReturnValue:
    """Show the conditions again, each message at its number."""
    return alerts_page(422, typed=_typed())


def _typed() -> dict[str, str]:
    return {name: request.form[name] for name in THRESHOLDS if name in request.form}
