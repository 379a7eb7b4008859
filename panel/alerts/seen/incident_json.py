"""An incident as programs read it: of the API, and of the command line."""

from __future__ import annotations

from typing import Any

from panel import clock
from panel.alerts.incident import Incident
from panel.alerts.notice import NoticeType
from panel.alerts.wording import field_of, what_is_wrong, what_to_do
from panel.i18n import Translate


def incident_to_json(incident: Incident, translate: Translate) -> dict[str, Any]:
    """Give an incident with its words in a language; nothing that a server said is in it.

    One that nobody keeps, because nobody is told of it, has no number.
    """
    facts = incident.facts or {}
    return {
        "id": incident.name if incident.number else None,
        "number": incident.number or None,
        "alert": str(incident.alert),
        "level": str(incident.level),
        "state": str(incident.state),
        "since": clock.stamp(incident.since),
        "fired_at": clock.stamp_or_none(incident.fired_at),
        "resolved_at": clock.stamp_or_none(incident.resolved_at),
        "acknowledged_at": clock.stamp_or_none(incident.acknowledged_at),
        "acknowledged_by": incident.acknowledged_by or None,
        "cause": incident.cause,
        "field": field_of(incident),
        "what": what_is_wrong(incident, translate, type=NoticeType.UPDATED),
        "do": [*what_to_do(incident, translate)],
        "waiting": facts.get("waiting"),
        "oldest_waiting_seconds": facts.get("oldest_waiting_seconds"),
    }
