"""What is wrong with the outgoing mail, for programs that watch, and that somebody knows of it."""

from __future__ import annotations

from panel import clock
from panel.alerts.incident import Incident
from panel.alerts.seen.incident_json import incident_to_json
from panel.i18n import Translate, catalogue
from panel.web.api.documents.alerts import AlertsAsked, AlertTold
from panel.web.api.gate import api_actor
from panel.web.api.operation import JsonAnswer, operation
from panel.web.api.problems import NOT_FIRING, ApiProblem
from panel.web.api.reading import language
from panel.web.context import services


@operation(AlertTold, gives_many=True, asks=AlertsAsked)
def index(asked: AlertsAsked) -> JsonAnswer:
    """Judge now, and list what is wrong; with `days` what fired within so many days, too, the newest first."""
    found = services().alerts_now()
    if asked.days:
        known = {each.number for each in found}
        past = services().incidents.recent(asked.days, now=clock.now())
        found = sorted([*found, *(each for each in past if each.number not in known)], key=_newest_first)
    return JsonAnswer([incident_to_json(each, _translate()) for each in found])


@operation(AlertTold, refuses=(NOT_FIRING,))
def acknowledge(number: int) -> JsonAnswer:
    """Note that somebody knows of it: nobody is reminded of it any more, and its end is told."""
    if not services().incidents.acknowledge(number, by=api_actor(), now=clock.now()):
        raise ApiProblem(NOT_FIRING, f"No incident {number} fires that nobody knows of: see GET /api/v1/alerts.")
    found = services().incidents.get(number)
    assert found
    return JsonAnswer(incident_to_json(found, _translate()))


def _newest_first(incident: Incident) -> int:
    return -incident.number


def _translate() -> Translate:
    return catalogue(language()).gettext
