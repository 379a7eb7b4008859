"""Messages fail, or come back after they were sent."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from panel.alerts.conditions.sign import Sign
from panel.alerts.conditions.view import View
from panel.alerts.incident import Incident
from panel.diagnosis.causes.content import CONTENT_REJECTED
from panel.diagnosis.causes.reputation import ADDRESS_BLOCKED, SENDER_AUTHENTICATION
from panel.outbox.bounces.lately import bounced_since
from panel.outbox.state import State
from panel.outbox.statistics import last_ended

WITHIN = timedelta(minutes=60)
OF_LAST = 50  # messages of which a part has failed
CAME_BACK_WITHIN = timedelta(hours=24)
GRAVE = (CONTENT_REJECTED.name, SENDER_AUTHENTICATION.name, ADDRESS_BLOCKED.name)  # one is enough: more will follow


def do_messages_fail(view: View, incident: Incident | None) -> Sign | None:
    """Look whether many messages fail; it is over when none has for an hour."""
    failed = Counter[str]()
    for each in view.tries_within(WITHIN):
        if each.outcome == State.FAILED:
            failed[each.cause] += each.number
    if not failed:
        return None
    facts = {**view.queue, "number": failed.total()}
    limit = view.thresholds.failing_messages
    if incident is None and not (limit and failed.total() >= limit):
        last = _last_failed(view)
        if last is None:
            return None
        facts |= {"number": last, "of": OF_LAST}
    elif incident:
        facts = {**facts, **_told(incident)}
    return Sign(incident.since if incident else view.now, _cause(failed, incident), facts)


def _last_failed(view: View) -> int | None:
    """Count the failures among the last messages, where they are too many."""
    percent = view.thresholds.failing_percent
    ended = last_ended(view.database, OF_LAST) if percent else []
    number = ended.count(State.FAILED)
    return number if len(ended) == OF_LAST and number * 100 >= percent * OF_LAST else None


def _told(incident: Incident) -> dict[str, object]:
    """Keep the sentence that was told: the same fault, counted in the same way."""
    facts = incident.facts or {}
    return {name: facts[name] for name in ("number", "of") if "of" in facts}


def do_messages_come_back(view: View, incident: Incident | None) -> Sign | None:
    """Look whether sent messages come back; it is over when none has for a day."""
    since = view.now - CAME_BACK_WITHIN
    causes = bounced_since(view.database, since)
    if not causes:
        return None
    limit = view.thresholds.bounced_count
    grave = next((each for each in GRAVE if causes[each]), None)
    if incident is None and not (limit and causes.total() >= limit) and not (limit and grave):
        return None
    cause = grave or _cause(causes, incident)
    facts = {**view.queue, "number": causes.total()}
    return Sign(incident.since if incident else view.now, cause, facts)


def _cause(causes: Counter[str], incident: Incident | None) -> str | None:
    """Give the cause of most; an incident keeps its own for as long as that goes on."""
    if incident and causes[incident.cause or ""]:
        return incident.cause
    return causes.most_common(1)[0][0] or None
