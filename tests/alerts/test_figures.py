"""The figures of telling: none where nobody is named."""

from __future__ import annotations

from datetime import timedelta

from panel.alerts.alert import Alert
from panel.alerts.destination import Destination, DestinationKind
from panel.alerts.figures import delivery_figures, firing_figure
from panel.outbox.tally import add_to_total
from panel.storage.database import Database
from tests.support.alerts import NOW, incident

FAILING = Destination(1, 1, DestinationKind.PING, "h", {}, {}, failing_since=NOW)


def values(database: Database, *destinations: Destination, hours: int = 0) -> dict[str, object]:
    found = delivery_figures(database, destinations, NOW + timedelta(hours=hours))
    return {figure.name: dict(figure.values) for figure in found}


def test_there_is_none_where_nobody_is_named(database: Database) -> None:
    assert values(database) == {}


def test_deliveries_are_counted_by_what_became_of_them(database: Database) -> None:
    with database.writing() as write:
        for outcome in ("delivered", "failed", "failed"):
            add_to_total(write, "alert_deliveries", outcome)

    assert values(database, FAILING)["alert_deliveries"] == {"delivered": 1, "failed": 2, "given_up": 0}


def test_after_an_hour_nobody_hears(database: Database) -> None:
    assert values(database, FAILING)["alert_undelivered"] == {"": False}
    assert values(database, FAILING, hours=1)["alert_undelivered"] == {"": True}


def test_each_alert_is_there_whether_it_fires_or_not() -> None:
    assert firing_figure([]).values == dict.fromkeys(Alert, 0)
    assert firing_figure([incident()]).values == {**dict.fromkeys(Alert, 0), "held": 1}
