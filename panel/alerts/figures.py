"""What a monitor reads of alerts: what fires, how often somebody was told, and whether nobody hears any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from panel.alerts.alert import Alert
from panel.alerts.destination import Destination
from panel.alerts.destinations import nobody_hears
from panel.alerts.incident import Incident
from panel.checks.metrics import Figure
from panel.outbox.listing.look import totals
from panel.storage.database import Database

DELIVERIES = ("delivered", "failed", "given_up")


def firing_figure(firing: Iterable[Incident]) -> Figure:
    """Give of each alert whether it fires at this moment."""
    values = {**dict.fromkeys(map(str, Alert), 0), **{str(each.alert): 1 for each in firing}}
    return Figure("gauge", "alerts_firing", "1 while an alert fires, by alert.", values, "alert")


def delivery_figures(database: Database, destinations: Sequence[Destination], now: datetime) -> Iterator[Figure]:
    """Read the figures of telling; nothing where nobody is named."""
    if not destinations:
        return
    told = {**dict.fromkeys(DELIVERIES, 0), **totals(database, "alert_deliveries")}
    yield Figure("counter", "alert_deliveries", "Tries to tell of an alert, by what became of them.", told, "outcome")
    deaf = "1 while every destination of alerts has failed for an hour, or can be told nothing."
    yield Figure("gauge", "alert_undelivered", deaf, {"": nobody_hears(destinations, now)})
