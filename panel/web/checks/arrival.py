"""Whether a test email is in the mailbox: two buttons beside its result, and where to look when it is not."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.access.rights import Right
from panel.checks.doctor.finding import Finding
from panel.checks.trial.arrival import NothingSent, SaidOtherwise
from panel.checks.trial.missing import found_of_sender, places_to_look, said_of_sender
from panel.checks.trial.report import Report
from panel.checks.trial.store import Trial
from panel.i18n import N_
from panel.web.checks.trial_result import trial_result
from panel.web.context import actor, may, permitted, services
from panel.web.diagnosis.finding_rows import FindingRow, finding_rows
from panel.web.render import render
from panel.web.text import gettext

bp = Blueprint("arrival", __name__)


@dataclass(frozen=True, slots=True)
class Missing:
    """Where to look for a message that has not arrived, and what the DNS says of its sender."""

    places: tuple[str, ...]
    findings: list[FindingRow]


@bp.post("/settings/trials/<int:number>/arrived")
def tell(number: int) -> ResponseReturnValue:
    """Note whether somebody has found the message; the answer is part of the result."""
    answer = request.form.get("arrived", "")
    if answer not in ("yes", "no"):
        return show_trial(_found(number), 422, problem=gettext(N_("Press one of the two buttons.")))
    said = request.form.get("said")
    if services().trials.tell_arrival(number, arrived=answer == "yes", by=actor(), now=clock.now(), said=said) is None:
        abort(404)
    return redirect(url_for("trials.show", number=number), 303)


@bp.errorhandler(NothingSent)
@bp.errorhandler(SaidOtherwise)
def not_noted(fault: NothingSent | SaidOtherwise) -> ResponseReturnValue:
    """Show the test as it is, and why nothing was noted."""
    number = (request.view_args or {})["number"]
    return show_trial(_found(number), 422, problem=gettext(str(fault)))


def show_trial(trial: Trial, status: int = 200, *, problem: str = "") -> ResponseReturnValue:
    """Show a test, and where to look where its message has not arrived."""
    known = trial.arrival
    missing = None if known is None or known.arrived else _missing(trial)
    return render(
        "checks/trial/result",
        status,
        trial=trial_result(trial),
        of_others=known is not None and not trial.is_of(services().settings.current()),
        missing=missing,
        problem=problem,
        problems=[],
    )


def _found(number: int) -> Trial:
    trial = services().trials.get(number, clock.now())
    return trial if trial else abort(404)


def _missing(trial: Trial) -> Missing:
    report = permitted(trial.report)
    places = tuple(each.translated(gettext) for each in places_to_look(trial.number, report))
    return Missing(places, finding_rows(_of_sender(report)))


def _of_sender(report: Report) -> list[Finding]:
    """Have the DNS asked by who may run a test; everybody else is shown what the last diagnosis has found."""
    if may(Right.TEST):
        return said_of_sender(report, services().config.resolver)
    return found_of_sender(report, services().examinations.latest())
