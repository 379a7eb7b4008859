"""What a monitor reads of alerts: how often somebody was told, and whether nobody hears any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from panel.alerts.destination import Destination
from panel.alerts.destinations import nobody_hears
from panel.checks.metrics import Figure
from panel.outbox.search import totals
from panel.storage.database import Database

DELIVERIES = ("delivered", "failed", "given_up")


def delivery_figures(database: Database, destinations: Sequence[Destination], now: datetime) -> Iterator[Figure]:
    """Read the figures of telling; nothing where nobody is named."""
    if not destinations:
        return
    told = {**dict.fromkeys(DELIVERIES, 0), **totals(database, "alert_deliveries")}
    yield Figure("counter", "alert_deliveries", "Tries to tell of an alert, by what became of them.", told, "outcome")
    deaf = "1 while every destination of alerts has failed for an hour, or can be told nothing."
    yield Figure("gauge", "alert_undelivered", deaf, {"": nobody_hears(destinations, now)})
