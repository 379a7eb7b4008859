"""What is told of the alerts."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from panel.alerts.alert import Alert, Level
from panel.alerts.incident import IncidentState
from panel.alerts.incidents import KEPT_DAYS
from panel.web.api.documents.words import Moment


class AlertsAsked(Struct, forbid_unknown_fields=True, frozen=True):
    """How far back to look."""

    days: Annotated[int, Meta(ge=0, le=KEPT_DAYS, description="0: only what is wrong now")] = 0


class AlertTold(Struct, frozen=True, kw_only=True):
    """One incident of an alert; `id` and `number` are null where nobody keeps it, because nobody is told."""

    id: Annotated[str | None, Meta(examples=["inc_91"])]
    number: int | None
    alert: Alert
    level: Level
    state: IncidentState
    since: Moment
    fired_at: Moment | None
    resolved_at: Moment | None
    acknowledged_at: Moment | None
    acknowledged_by: str | None
    cause: str | None
    field: Annotated[str | None, Meta(description="the setting to change")]
    what: str
    do: list[str]
    waiting: int | None
    oldest_waiting_seconds: int | None
