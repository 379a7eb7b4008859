"""The course of an alert, as values: what a sign, or its absence, makes of what is open, and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from panel.alerts.alert import LEVELS, Alert
from panel.alerts.conditions.sign import Sign
from panel.alerts.incident import Incident, IncidentState
from panel.alerts.notice import NoticeType
from panel.alerts.wording import what_to_do
from panel.i18n import N_

UNNUMBERED = 0  # an incident that is not kept yet
FLAPS = 3  # changes within the span that make the end wait
FLAPS_WITHIN = timedelta(minutes=30)
KEPT_CHANGES = 8
GONE = N_("It is gone since %(since)s. It came and went several times, so it is over at %(ends)s if it stays away.")
# What changes from one look to the next, and is nothing to be kept each time.
COUNTS = ("waiting", "oldest_waiting_seconds", "minutes", "hours", "number", "percent", "megabytes", "days")


class Turn(NamedTuple):
    """What becomes of an alert at one look: the incident, None where there is none any more, and what is told of it."""

    incident: Incident | None
    notice: NoticeType | None = None


def begun(alert: Alert, sign: Sign, now: datetime, *, changes: tuple[datetime, ...] = ()) -> Turn:
    """Begin an incident; `changes` are those of the one before, with which it may flap."""
    incident = Incident(
        number=UNNUMBERED,
        alert=alert,
        level=sign.level or LEVELS[alert],
        state=IncidentState.PENDING,
        since=sign.since,
        cause=sign.cause,
        facts=sign.facts,
        changes=_recent(changes, now),
    )
    return _fired(incident, now) if _is_due(sign, now) else Turn(incident)


def continued(incident: Incident, sign: Sign, now: datetime, *, repeat: timedelta) -> Turn:
    """Go on with an incident: it fires when its delay is over, and is told of anew where what is to be done changes."""
    renewed = replace(incident, cause=sign.cause, facts=sign.facts, level=sign.level or LEVELS[incident.alert])
    if incident.state is IncidentState.PENDING:
        renewed = replace(renewed, since=sign.since)
        return _fired(renewed, now) if _is_due(sign, now) else Turn(renewed)
    if is_quiet(incident):
        renewed = replace(renewed, changes=_changed(incident, now))
    if _asks_for(renewed) != _asks_for(incident):
        return Turn(replace(renewed, reminded_at=now), NoticeType.UPDATED)
    if _is_to_remind(renewed, now, repeat):
        return Turn(replace(renewed, reminded_at=now), NoticeType.FIRING)
    return Turn(renewed)


def ended(incident: Incident, facts: Mapping[str, object], now: datetime) -> Turn:
    """End an incident whose sign is gone: at once, or after half an hour of quiet where it came and went.

    `facts` are those of the queue at its end. One that has not fired is forgotten.
    """
    if incident.state is IncidentState.PENDING:
        return Turn(None)
    quiet = incident if is_quiet(incident) else replace(incident, changes=_changed(incident, now))
    if _flaps(quiet) and now - quiet.changes[-1] < FLAPS_WITHIN:
        return Turn(quiet)
    resolved = replace(quiet, state=IncidentState.RESOLVED, resolved_at=now, facts={**(incident.facts or {}), **facts})
    return Turn(resolved, NoticeType.RESOLVED)


def differs(one: Incident, other: Incident) -> bool:
    """Say whether an incident reads otherwise than before, counts apart."""
    return _steady(one) != _steady(other)


def is_quiet(incident: Incident) -> bool:
    """Say whether the sign of one that fires is gone: changes are by turns its coming and its going."""
    return incident.state is IncidentState.FIRING and len(incident.changes) % 2 == 0


def over_at(incident: Incident) -> datetime | None:
    """Say when one whose sign is gone is over, where it came and went too often to be over at once."""
    return incident.changes[-1] + FLAPS_WITHIN if is_quiet(incident) and incident.changes else None


def _steady(incident: Incident) -> Incident:
    facts = {name: value for name, value in (incident.facts or {}).items() if name not in COUNTS}
    return replace(incident, facts=facts)


def _is_due(sign: Sign, now: datetime) -> bool:
    return now - sign.since >= sign.delay


def _fired(incident: Incident, now: datetime) -> Turn:
    fired = replace(incident, state=IncidentState.FIRING, fired_at=now, changes=(*incident.changes, now))
    return Turn(fired, NoticeType.FIRING)


def _changed(incident: Incident, now: datetime) -> tuple[datetime, ...]:
    """Add a change; the oldest two are forgotten together, so that it stays known which is a coming."""
    changes = (*incident.changes, now)
    return changes[2:] if len(changes) > KEPT_CHANGES else changes


def _recent(changes: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """Keep the changes of the incident before, in pairs of a coming and a going, if it ended lately."""
    pairs = zip(changes[::2], changes[1::2], strict=False)
    return tuple(each for came, went in pairs if now - went < FLAPS_WITHIN for each in (came, went))


def _flaps(incident: Incident) -> bool:
    """Say whether the sign has come and gone too often in a short time to believe that it is gone."""
    last = max(incident.changes, default=incident.since)
    return sum(last - each <= FLAPS_WITHIN for each in incident.changes) >= FLAPS


def _asks_for(incident: Incident) -> tuple[object, ...]:
    """Give how bad it is and what is to be done, in any one language, and the step of what comes nearer by the day."""
    facts = incident.facts or {}
    return incident.level, what_to_do(incident, str), facts.get("step"), bool(facts.get("both"))


def _is_to_remind(incident: Incident, now: datetime, repeat: timedelta) -> bool:
    told_at = incident.reminded_at or incident.fired_at
    return bool(repeat) and incident.acknowledged_at is None and told_at is not None and now - told_at >= repeat
