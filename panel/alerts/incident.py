"""An incident: one alert from its first sign to its end, with one notice when it fires and one when it resolves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from panel.alerts.alert import Alert, Level


class IncidentState(StrEnum):
    """Where an incident is in its course; an alert without one is ok."""

    PENDING = "pending"  # for the delay of its alert
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Incident:
    """One alert from its first sign to its end.

    `cause` is a name of `diagnosis.causes` where there is one. `facts` are counts and words of ours, never a
    recipient, a subject or a secret: `waiting`, `oldest_waiting_seconds`, `settings_version`, `field`, `number`, `host`
    (of a machine), `days`, `reply` (of the server, masked; it leaves the panel only where a destination asks for it).
    `changes` are the last moments at which what is wrong came or went, the newest last: it came with the first.
    """

    number: int
    alert: Alert
    level: Level
    state: IncidentState
    since: datetime
    cause: str | None = None
    facts: Mapping[str, object] | None = None
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    reminded_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    changes: tuple[datetime, ...] = ()

    @property
    def name(self) -> str:
        """Give the incident's public name, such as `inc_91`."""
        return f"inc_{self.number}"
