"""The test send: run it, answer when it has ended, and note whether it arrived."""

from __future__ import annotations

from msgspec import UNSET
from werkzeug.exceptions import NotFound

from panel import clock
from panel.checks.trial.failure import report_to_json
from panel.checks.trial.missing import answer_to_json
from panel.checks.trial.order import Order
from panel.i18n import catalogue
from panel.outbox.pace.route import Which
from panel.settings.model import GRANT, SECOND_GRANT
from panel.web.api.documents.tests import ArrivalAnswer, ArrivalGiven, TestOrder, TestReport
from panel.web.api.gate import api_actor
from panel.web.api.operation import JsonAnswer, operation
from panel.web.api.problems import NO_SLOT, NOT_SET_UP, NOTHING_SENT, TEST_RUNNING, TOO_MANY_TESTS, ApiProblem
from panel.web.api.reading import language, recipient_in
from panel.web.api.settings import validated, with_grant
from panel.web.context import services


@operation(TestReport, takes=TestOrder, refuses=(NOT_SET_UP, TEST_RUNNING, NO_SLOT, TOO_MANY_TESTS))
def run(body: TestOrder) -> JsonAnswer:
    """Send a test with the saved settings or those in the body; a refused test is an answer too."""
    order = _order(body)
    trial = services().begin_trial(order)
    return JsonAnswer(report_to_json(trial.number, trial.run(), catalogue(order.locale).gettext))


@operation(ArrivalAnswer, takes=ArrivalGiven, refuses=(NOTHING_SENT,))
def tell_arrival(number: int, body: ArrivalGiven) -> JsonAnswer:
    """Say whether the message of a test has arrived; where it has not, the answer says what to look at."""
    opened = services()
    trial = opened.trials.tell_arrival(number, arrived=body.arrived, by=api_actor(), now=clock.now())
    if trial is None:
        raise NotFound
    return JsonAnswer(
        answer_to_json(trial, opened.settings.current(), opened.config.resolver, catalogue(language()).gettext)
    )


def _order(body: TestOrder) -> Order:
    version = services().settings.current()
    stored, second = version.settings, body.server is Which.SECOND
    settings = stored if body.settings is UNSET else validated(body.settings, stored.without_secrets(), stored)
    settings = with_grant(body.grant, settings, SECOND_GRANT if second else GRANT)
    meant = settings.by_second if second else settings
    if not meant.complete or (body.settings is UNSET and version.of(body.server).unreadable):
        raise ApiProblem(NOT_SET_UP, "Nothing is set up, or a saved password cannot be read. Save the settings first.")
    number = version.number if settings == stored and body.settings is UNSET else None
    whom = recipient_in(body.recipient)
    return Order(meant, whom, body.mode, number or None, language(), by=api_actor(), which=body.server)
