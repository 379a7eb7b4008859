"""A sign-in at the mail service (OAuth 2.0) that was refused, or whose client secret ends soon."""

from __future__ import annotations

from datetime import date

from panel.alerts.conditions.sign import Sign
from panel.alerts.conditions.view import View
from panel.alerts.incident import Incident
from panel.diagnosis.causes.oauth import OAUTH_SIGNIN_REQUIRED
from panel.settings.model import Settings

TOLD_AT_DAYS = (1, 7, 30)  # before a client secret ends


def is_sign_in_refused(view: View, incident: Incident | None) -> Sign | None:
    """Look whether the service has refused the sign-in of one of the servers: a person has to sign in again."""
    for settings in view.servers:
        grant = view.around.grant_of(settings) if settings.by_token else None
        if grant and grant.state == "refused":
            facts = {**view.queue, "stage": "token", "mail_host": settings.smtp_host}
            since = incident.since if incident else view.now
            return Sign(since, grant.cause or OAUTH_SIGNIN_REQUIRED.name, facts)
    return None


def does_secret_end(view: View, incident: Incident | None) -> Sign | None:
    """Look whether a client secret ends within a month; it is told of anew a week and a day before."""
    ends = min(filter(None, map(_secret_ends, view.servers)), default=None)
    if ends is None:
        return None
    days = (ends - view.now.date()).days
    step = 0 if days < 0 else next((each for each in TOLD_AT_DAYS if days <= each), None)
    if step is None:
        return None
    facts = {"days": days, "date": ends.isoformat(), "step": step, "ended": days < 0, "field": "oauth_secret_expires"}
    return Sign(incident.since if incident else view.now, None, {**view.queue, **facts})


def _secret_ends(settings: Settings) -> date | None:
    dated = settings.by_token and settings.oauth_secret_expires
    return date.fromisoformat(settings.oauth_secret_expires) if dated else None
