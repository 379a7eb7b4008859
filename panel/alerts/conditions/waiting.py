"""Mail waits for longer than the sending interval and the limits ask for."""

from __future__ import annotations

from datetime import timedelta

from panel.alerts.conditions.sign import Sign
from panel.alerts.conditions.view import View
from panel.alerts.incident import Incident, IncidentState
from panel.outbox.pace.rate import queue_ms
from panel.outbox.statistics import sent_since

CATCHES_UP = timedelta(minutes=10)  # after something stood still that was told of by itself


def is_waiting_long(view: View, incident: Incident | None) -> Sign | None:
    """Look whether the oldest message has waited too long; what a hold, a pause or a full limit asks for is no matter.

    Its last minutes are its delay, and begin anew when such a thing is over: the queue may catch up then.
    """
    limit, fires = view.thresholds.waiting, incident is not None and incident.state is IncidentState.FIRING
    if not limit or not view.counts.oldest:
        return None
    delay = min(CATCHES_UP, limit / 2)
    late, least = view.oldest_age - _paced(view), limit / 2 if fires else limit - delay
    if late < least:
        return None
    facts = {**view.queue, "minutes": int(view.oldest_age.total_seconds() // 60)}
    if fires:
        return Sign(view.counts.oldest, None, facts)
    if view.stands_still or (view.settles and incident is None):
        return Sign(view.now, None, facts, delay)
    return Sign(incident.since if incident else view.now - (late - least), None, facts, delay)


def _paced(view: View) -> timedelta:
    """Say how long the interval and the limits had the oldest message wait for those that have left since it came."""
    terms, interval_ms = view.clock.terms, view.clock.interval_ms  # of the server that mail leaves by
    caps = {"max_per_hour": terms.max_per_hour, "max_per_day": terms.max_per_day}
    if not interval_ms and not any(caps.values()):
        return timedelta(0)
    assert view.counts.oldest
    left = sent_since(view.database, view.counts.oldest)
    return timedelta(milliseconds=queue_ms(left + 1, interval_ms, **caps)[0])
