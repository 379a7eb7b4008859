"""What every page says of the alerts: that something critical fires, and that nobody hears of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from flask import g

from panel import clock
from panel.access.rights import Right
from panel.errors import DatabaseError
from panel.web.context import may, services


@dataclass(frozen=True, slots=True)
class AlertState:
    """How the alerts stand, where somebody is told of them."""

    critical: bool
    undelivered: bool


def alert_state() -> AlertState | None:
    """Say how the alerts stand, once for a page; None where there is no destination, and then nothing is read.

    None as well where the configuration has switched them off: what is kept then is of before.
    """
    if "alert_state" not in g:
        g.alert_state, opened = None, services()
        with suppress(DatabaseError):  # which the page itself tells of
            g.alert_state = _state() if opened.config.alerts and opened.has_destinations else None
    found: AlertState | None = g.alert_state
    return found


def nobody_is_told() -> bool:
    """Say whether there is no destination yet, to somebody who may add one."""
    return may(Right.ADMINISTER) and not services().has_destinations and not services().destinations.list()


def _state() -> AlertState:
    from panel.alerts.alert import Level
    from panel.alerts.destinations import nobody_hears

    firing, destinations = services().incidents.open(), services().destinations.list()
    return AlertState(any(each.level is Level.CRITICAL for each in firing), nobody_hears(destinations, clock.now()))
