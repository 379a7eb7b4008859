"""Incidents and notices, for tests of who is told of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from panel.alerts.alert import Alert, Level
from panel.alerts.delivery.queue import add_notices
from panel.alerts.incident import Incident, IncidentState
from panel.alerts.notice import Notice, NoticeType
from panel.storage.database import Database

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
PUBLIC_URL = "https://panel.example"


def incident(number: int = 91, **more: Any) -> Incident:
    """Give an incident that fires: the login is refused."""
    known: dict[str, Any] = {
        "number": number,
        "alert": Alert.HELD,
        "level": Level.CRITICAL,
        "state": IncidentState.FIRING,
        "since": NOW,
        "cause": "login_refused",
        "facts": {"waiting": 41, "oldest_waiting_seconds": 310, "settings_version": 8, "field": "smtp_user"},
        "fired_at": NOW,
    }
    return Incident(**known | more)


def notice(**more: Any) -> Notice:
    """Give a notice of it."""
    known: dict[str, Any] = {
        "type": NoticeType.FIRING,
        "at": NOW,
        "id": "inc_91",
        "alert": Alert.HELD,
        "level": Level.CRITICAL,
        "since": NOW,
        "what": "Mail is on hold: the login was refused.",
        "do": ("Enter the password again.", "Send a test."),
        "cause": "login_refused",
        "field": "smtp_password",
        "waiting": 41,
        "oldest_waiting_seconds": 310,
        "settings_version": 8,
        "url": f"{PUBLIC_URL}/settings",
        "panel": "panel.example",
    }
    return Notice(**known | more)


def tell(
    database: Database,
    about: Incident | None = None,
    type: NoticeType = NoticeType.FIRING,
    now: datetime = NOW,
) -> int:
    """Add a notice for everybody who is told, and give their number."""
    with database.writing() as write:
        return add_notices(write, about or incident(), type, now, url=PUBLIC_URL, panel="panel.example")
