"""Whether outgoing mail works, for programs that watch."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from panel import clock
from panel.checks.trial.arrival import arrival_to_json
from panel.checks.trial.store import Trial
from panel.checks.verdict import gather, judge
from panel.i18n import catalogue
from panel.outbox.pace.route import Choice, route_to_json
from panel.outbox.pace.store import wait_to_json
from panel.settings.staging import staging_to_json
from panel.web.api.documents.status import ChosenServer, DoctorAsked, LastDiagnosis, SignInStatus, Status
from panel.web.api.gate import api_actor
from panel.web.api.operation import JsonAnswer, operation
from panel.web.api.problems import (
    DIAGNOSIS_RUNNING,
    INVALID,
    NO_SECOND_SERVER,
    NOT_HELD,
    TOO_MANY_DIAGNOSES,
    TRIED_JUST_NOW,
    ApiProblem,
)
from panel.web.api.reading import language
from panel.web.context import services

if TYPE_CHECKING:  # whose libraries are read when somebody asks
    from panel.checks.examinations.examination import Examination


@operation(Status)
def show() -> JsonAnswer:
    """Say whether outgoing mail works, what waits, and why nothing leaves now if so."""
    return _answer()


@operation(Status, refuses=(NOT_HELD, TRIED_JUST_NOW))
def try_now() -> JsonAnswer:
    """Try held mail again at once, and say how things stand."""
    if not services().try_now(api_actor()):
        raise ApiProblem(NOT_HELD, "Nothing is held: see wait in GET /api/v1/status.")
    return _answer()


@operation(Status, takes=ChosenServer, refuses=(NO_SECOND_SERVER,))
def choose_server(body: ChosenServer) -> JsonAnswer:
    """Have mail leave by the first or the second server, or as the first takes it, and say how things stand."""
    services().choose_server(Choice(body.server), api_actor())
    return _answer()


@operation(SignInStatus)
def sign_in() -> JsonAnswer:
    """Say who has signed in at the mail service with OAuth2, for what, and until when the present token lasts."""
    from panel.settings.oauth.status import status_to_json  # few settings have a sign-in

    settings = services().settings.current().settings
    return JsonAnswer(status_to_json(settings, services().grant_of(settings)))


@operation(LastDiagnosis)
def examined() -> JsonAnswer:
    """Say what the last diagnosis has found, and when the next is made by itself; nobody is asked for it now."""
    return _diagnosis(services().examinations.latest())


@operation(LastDiagnosis, takes=DoctorAsked, needs_body=False, refuses=(TOO_MANY_DIAGNOSES, DIAGNOSIS_RUNNING))
def examine(body: DoctorAsked) -> JsonAnswer:
    """Diagnose the machine, the mail servers and the sender's domain, without a login and without mail, and keep it."""
    from panel.alerts.seen.examination import examine_asked  # its libraries are read when somebody asks
    from panel.checks.examinations.examination import MOST_SELECTORS, Conditions

    conditions = Conditions(_address(body.address) or "", tuple(body.selectors.split()[:MOST_SELECTORS]))
    return _diagnosis(examine_asked(services(), conditions, by=api_actor()))


def _diagnosis(found: Examination | None) -> JsonAnswer:
    from panel.checks.examinations.told import examination_to_json

    opened, translate = services(), catalogue(language()).gettext
    return JsonAnswer(examination_to_json(found, translate, now=clock.now(), by_itself=opened.examinations.by_itself()))


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text)) if text else None
    except ValueError:
        detail = "Write an IP address such as 192.0.2.7."
        raise ApiProblem(INVALID, detail, errors=[{"parameter": "address", "detail": detail}]) from None


def _answer() -> JsonAnswer:
    opened, at = services(), clock.instant()
    version = opened.settings.current()
    facts = gather(opened.database, version, at)
    verdict = judge(version, opened.trials, facts, at.wall)
    return JsonAnswer(
        {
            "verdict": str(verdict.kind),
            "version": version.number,
            "staging": staging_to_json(version.settings),
            "test": _last_test(verdict.trial),
            "counts": {str(state): number for state, number in facts.counts.by_state.items()},
            "oldest": clock.stamp_or_none(facts.counts.oldest),
            "wait": wait_to_json(facts.pace),
            "server": route_to_json(facts.pace.route),
            "interval_ms": facts.pace.interval_ms,
            "last_hour": {"sent": facts.traffic.sent, "lost": facts.traffic.lost},
            "worker_seen_at": clock.stamp_or_none(facts.beat_at),
        }
    )


def _last_test(trial: Trial | None) -> dict[str, object] | None:
    if trial is None:
        return None
    report = trial.report
    return {
        "number": trial.number,
        "outcome": str(report.outcome),
        "started_at": clock.stamp(report.started_at),
        "recipient": report.recipient,
        "arrival": arrival_to_json(trial.arrival),
    }
