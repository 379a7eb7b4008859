"""A notice: what is told of an incident, in a form that goes to every kind of destination."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from panel.alerts.alert import Alert, Level


class NoticeType(StrEnum):
    """What a notice tells; the names stand in the JSON of a webhook."""

    FIRING = "alert.firing"
    UPDATED = "alert.updated"
    RESOLVED = "alert.resolved"
    TEST = "alert.test"


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told: `what` and `do` are sentences in the reader's language, `reply` the server's words, masked.

    `id` is the incident's public name. `waiting` counts messages, `oldest_waiting_seconds` is the age of the oldest.
    `url` is where to look (of `MAIL_PANEL_PUBLIC_URL` alone), `panel` the name of the machine or of the public address.
    """

    type: NoticeType
    at: datetime
    id: str
    alert: Alert | None
    level: Level
    since: datetime
    what: str
    do: tuple[str, ...] = ()
    cause: str | None = None
    field: str | None = None
    waiting: int | None = None
    oldest_waiting_seconds: int | None = None
    settings_version: int | None = None
    url: str | None = None
    panel: str = ""
    reply: str | None = None
