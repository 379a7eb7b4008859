"""What a day allows is used up, or nearly so."""

from __future__ import annotations

from panel.alerts.conditions.sign import Sign
from panel.alerts.conditions.view import View
from panel.alerts.incident import Incident
from panel.diagnosis.causes.pace import QUOTA_EXCEEDED
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.usage import used_within_a_day
from panel.outbox.state import State
from panel.settings.model import Settings
from panel.settings.store import Version

CLEARS_BELOW = 10  # percent of the limit below that at which it was told of: the window rolls


def is_quota_used(view: View, incident: Incident | None) -> Sign | None:
    """Look whether a service takes no more, or the daily limit of the settings is nearly reached."""
    since = incident.since if incident else view.now
    if _was_refused_last(view):
        return Sign(since, QUOTA_EXCEEDED.name, {**view.queue, "exceeded": True, "field": "max_per_day"})
    percent = view.thresholds.quota_percent
    if not percent:
        return None
    least = max(percent - (CLEARS_BELOW if incident else 0), 1)
    used = max((_used(view, each, least) for each in view.servers if each.max_per_day), default=0)
    if used < least:
        return None
    return Sign(since, None, {**view.queue, "percent": used, "field": "max_per_day"})


def _was_refused_last(view: View) -> bool:
    """Say whether the service has said so within two hours, which is longer than the rest after it, and taken none."""
    refused = max((each.start for each in view.tries if each.cause == QUOTA_EXCEEDED.name), default=None)
    if refused is None:
        return False
    sent = max((each.start for each in view.tries if each.outcome == State.SENT), default=None)
    return sent is None or sent <= refused


def _used(view: View, settings: Settings, least: int) -> int:
    """Give the percent of a server's daily limit that the last day has used, 0 where that is less than the least."""
    assert settings.max_per_day
    terms = Terms.of(Version(view.version.number, settings))
    messages = -(-settings.max_per_day * least // 100)
    return used_within_a_day(view.database, terms, view.at, least=messages) * 100 // settings.max_per_day
