"""Whether outgoing mail works, for programs that watch."""

from __future__ import annotations

from ipaddress import ip_address

from panel import clock
from panel.checks.trial.arrival import arrival_to_json
from panel.checks.trial.store import Trial
from panel.checks.verdict import gather, judge
from panel.i18n import catalogue
from panel.outbox.pace.route import Choice, route_to_json
from panel.outbox.pace.store import wait_to_json
from panel.web.api.documents.status import ChosenServer, DoctorAsked, DoctorFindings, SignInStatus, Status
from panel.web.api.gate import api_actor
from panel.web.api.operation import JsonAnswer, operation
from panel.web.api.problems import INVALID, NO_SECOND_SERVER, NOT_HELD, TRIED_JUST_NOW, ApiProblem
from panel.web.api.reading import language
from panel.web.context import services


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


@operation(DoctorFindings, asks=DoctorAsked)
def examine(asked: DoctorAsked) -> JsonAnswer:
    """Examine the machine, the mail servers and the sender's domain, without a login and without mail."""
    from panel.alerts.seen.examination import MOST_SELECTORS, examine_all
    from panel.checks.doctor.examine import finding_to_json  # whose libraries are read when somebody asks

    opened, translate = services(), catalogue(language()).gettext
    address, selectors = _address(asked.address), asked.selectors.split()[:MOST_SELECTORS]
    found = examine_all(opened, address=address, selectors=selectors, resolver=opened.config.resolver)
    return JsonAnswer({"findings": [finding_to_json(each, translate) for each in found]})


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
