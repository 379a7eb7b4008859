"""What the doctor says of the alerts: whether anybody hears of it when mail stops."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from panel.alerts.destination import Destination
from panel.alerts.destinations import nobody_hears
from panel.alerts.kinds.mail_server import lacks_second, stops_with
from panel.checks.doctor.finding import Finding, ok, warning
from panel.i18n import N_
from panel.settings.model import Settings

TESTED_WITHIN = timedelta(days=180)


def examine_alerts(destinations: Sequence[Destination], main: Settings, now: datetime, *, on: bool = True) -> Finding:
    """Say whether somebody is told, by a way that does not stop with the mail, and has been tested lately.

    `main` are the settings in force, `on` is false where the configuration has switched the alerts off.
    """
    told = [each for each in destinations if each.readable and not each.disabled_at and not lacks_second(each, main)]
    if not destinations:
        return warning("alerts", N_("Nobody is told when mail stops."), N_("Add a destination on the page Alerts."))
    if not on:
        return warning("alerts", N_("No alert leaves: MAIL_PANEL_ALERTS is off."), N_("Remove that variable."))
    if not told or nobody_hears([*destinations], now):
        return warning("alerts", N_("No alert can reach a destination."), N_("Look at the page Alerts."))
    if all(stops_with(each, main) for each in told):
        return warning("alerts", N_("Alerts leave only by the server whose mail may stop."), N_("Add another way."))
    if not any(each.tested_at and now - each.tested_at <= TESTED_WITHIN for each in told):
        text = N_("No destination of the alerts was tested within %(days)d days.")
        return warning("alerts", text, N_("Send a test from the page Alerts."), days=TESTED_WITHIN.days)
    return ok("alerts", N_("Somebody is told when mail stops: destinations %(count)d."), count=len(told))
