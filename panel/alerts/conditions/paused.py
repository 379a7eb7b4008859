"""Somebody has paused sending, and nobody has resumed it."""

from __future__ import annotations

from panel.alerts.conditions.sign import Sign
from panel.alerts.conditions.view import View
from panel.alerts.incident import Incident
from panel.clock import moment


def is_paused_long(view: View, incident: Incident | None) -> Sign | None:
    """Look whether it has been paused for longer than anybody means it to be."""
    paused_at, limit = view.clock.pace.paused_at, view.thresholds.paused
    if paused_at is None or not limit:
        return None
    since = moment(paused_at)
    hours = int((view.now - since).total_seconds() // 3600)
    return Sign(since, None, {**view.queue, "hours": hours}, delay=limit)
