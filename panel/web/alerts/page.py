"""The page of the alerts: what fires now, who is told, when, and what was."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.alerts.incident import IncidentState
from panel.alerts.seen.told import told_of
from panel.web.alerts.conditions import conditions
from panel.web.alerts.destination_rows import DestinationRow, destination_row
from panel.web.alerts.incident_rows import firing_rows, past_rows
from panel.web.alerts.words import KIND_HINTS, KIND_LABELS, alert_labels, isolated
from panel.web.context import services
from panel.web.received import number_in_query
from panel.web.render import render, wants_fragment

PAST_ROWS = 20  # incidents on one page


def alerts_page(status: int = 200, *, typed: Mapping[str, str] | None = None, **more: object) -> ResponseReturnValue:
    """Judge now, and show how things stand; `typed` are thresholds that were refused."""
    opened, at = services(), clock.now()
    seen = opened.alerts_seen()
    firing = [each for each in seen if each.state is IncidentState.FIRING]
    thresholds = opened.thresholds.current()
    told = told_of(opened.database, [each.number for each in firing])
    context = {
        "at": at,
        "on": opened.config.alerts,
        "arrived": _arrived(),
        "pending": alert_labels(each for each in seen if each not in firing),
        "firing": firing_rows(firing, told, thresholds.repeat),
        "unseen": any(each.acknowledged_at is None for each in firing),
        "rows": _destination_rows(),
        "conditions": conditions(thresholds.by_name(), seen, typed),
        "isolated": isolated,
        "kinds": KIND_LABELS,
        "kind_hints": KIND_HINTS,
        "made": None,
        "tested": None,
        "step_up": None,
        "beside": (),
        **_past(),
    }
    response = make_response(render("alerts/index", status, **{**context, **more}))
    if wants_fragment():
        response.headers["HX-Push-Url"] = url_for("alerts.index")
    return response


def _destination_rows() -> list[DestinationRow]:
    opened = services()
    found, main = opened.destinations.list(), opened.settings.current().settings
    if bool(found) is not opened.has_destinations:  # as after a data file was put back
        opened.destinations.set_mark()
    return [destination_row(each, main) for each in found]


def _past() -> dict[str, object]:
    """Give a page of what fired within the time that is kept, and where the next one begins."""
    opened, before = services(), number_in_query("before")
    listed = opened.incidents.recent(now=clock.now(), before=before, limit=PAST_ROWS + 1)
    shown = listed[:PAST_ROWS]
    told = told_of(opened.database, [each.number for each in shown])
    older = shown[-1].number if len(listed) > PAST_ROWS else None
    return {"past": past_rows(shown, told), "older": older, "turned": before is not None}


def _arrived() -> bool:
    """Say whether somebody comes from another page by a form of it, so that the heading is to be read."""
    here = urlsplit(request.headers.get("HX-Current-URL", "")).path
    return wants_fragment() and not here.endswith(url_for("alerts.index"))
