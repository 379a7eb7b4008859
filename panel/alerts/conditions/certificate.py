"""A certificate that mail depends on ends soon: that of a server, or one that was added."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from panel.alerts.conditions.sign import Sign
from panel.alerts.conditions.view import View
from panel.alerts.incident import Incident
from panel.checks.doctor.authority import authority_ends
from panel.outbox.pace.route import Which


def does_certificate_end(view: View, incident: Incident | None) -> Sign | None:
    """Look whether one ends within the days that the threshold says; nothing is connected to for that."""
    until = view.now + timedelta(days=view.thresholds.certificate_days)
    found = min((each for each in _ends(view) if each[0] <= until), key=lambda each: each[0], default=None)
    if not view.thresholds.certificate_days or found is None:
        return None
    ends, server, field = found
    facts = {"date": ends.date().isoformat(), "server": server, "authority": bool(field), "field": field}
    return Sign(incident.since if incident else view.now, None, {**view.queue, **facts})


def _ends(view: View) -> Iterator[tuple[datetime, str, str | None]]:
    """Give when each certificate ends, with the server that it is of, or the field that it was added in."""
    for which, settings in zip(Which, view.servers, strict=False):
        if ends := view.last_certificate(which):
            yield ends, settings.smtp_host, None
        if settings.ca_certificate and (ends := authority_ends(settings.ca_certificate, view.now)):
            yield ends, settings.smtp_host, "second_ca_certificate" if which is Which.SECOND else "ca_certificate"
