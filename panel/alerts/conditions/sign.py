"""A sign: what speaks for an alert at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from panel.alerts.alert import Level

AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Sign:
    """What speaks for an alert: since when, why, and the facts of an incident.

    It is borne for the `delay`, counted from `since`, before anybody is told. `level` is another than its alert's.
    """

    since: datetime
    cause: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    delay: timedelta = AT_ONCE
    level: Level | None = None
