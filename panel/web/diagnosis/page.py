"""The page of the diagnosis: what was found, the box for a pasted reply, and the way to the causes."""

from __future__ import annotations

from ipaddress import ip_address

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.checks.doctor.finding import FindingStatus
from panel.checks.examinations.examination import MOST_SELECTORS, Conditions, Examination
from panel.checks.examinations.store import ExaminationRunning, TooManyExaminations
from panel.checks.verdict import Kind, gather, judge
from panel.diagnosis.reference import entries
from panel.i18n import N_, joined
from panel.web.context import actor, in_force, services
from panel.web.diagnosis.causes import group_tabs
from panel.web.diagnosis.explanation import Explained
from panel.web.diagnosis.finding_rows import TONE_OF, finding_rows
from panel.web.diagnosis.headline import counted, meaning, worst
from panel.web.diagnosis.links import with_links
from panel.web.render import confirm, refuse, render, tell
from panel.web.text import gettext

bp = Blueprint("diagnosis", __name__)

SELECTOR_CHARACTERS = 200


@bp.get("/diagnosis")
def index() -> ResponseReturnValue:
    """Show what the last examination has found; nobody is asked for it now."""
    found = services().examinations.latest()
    return _page(found.conditions if found else Conditions(), found)


@bp.post("/diagnosis")
def run() -> ResponseReturnValue:
    """Examine now, under conditions that the next examinations keep to."""
    address, selectors = request.form.get("address", "").strip(), request.form.get("selectors", "").split()
    typed, problems = Conditions(address, tuple(selectors)), _wrong(address, selectors)
    if problems:
        return _page(typed, services().examinations.latest(), 422, problems)
    from panel.alerts.seen.examination import examine_asked  # its libraries are read when somebody asks

    confirm(counted(examine_asked(services(), typed, by=actor())))
    return redirect(url_for(".index"), 303)


@bp.errorhandler(ExaminationRunning)
@bp.errorhandler(TooManyExaminations)
def not_now(fault: ExaminationRunning | TooManyExaminations) -> ResponseReturnValue:
    """Say why nothing was examined."""
    refuse(gettext(str(fault)))
    return redirect(url_for(".index"), 303)


@bp.post("/diagnosis/switch")
def switch() -> ResponseReturnValue:
    """Have the panel examine by itself, or no more."""
    on = request.form.get("by_itself") == "on"
    changed = services().examinations.switch(on=on, by=actor(), now=clock.now())
    say = confirm if changed else tell
    say(gettext(_ON if on else _OFF))
    return redirect(url_for(".index"), 303)


_ON = N_("The panel diagnoses by itself: once a day, and after each save.")
_OFF = N_("The panel diagnoses no more by itself.")


def _page(
    conditions: Conditions, found: Examination | None, status: int = 200, problems: dict[str, str] | None = None
) -> ResponseReturnValue:
    version = in_force()
    return render(
        "diagnosis/index",
        status,
        found=found,
        gravest=TONE_OF[worst(found)] if found else "idle",
        title=counted(found) if found else gettext(N_("Not diagnosed yet")),
        meaning=_meaning(found) if found else "",
        sections=_sections(found) if found else (),
        of_others=found is not None and found.version != version.number,
        by_itself=services().examinations.by_itself() and version.number > 0,
        switched_on=services().examinations.by_itself(),
        conditions=conditions,
        problems=problems or {},
        tabs=group_tabs([*entries()]),
        explained=Explained(),
        linked=with_links,
    )


def _sections(found: Examination) -> list[tuple[FindingStatus, object]]:
    """Give the findings by how they stand, the worst first."""
    order = (FindingStatus.PROBLEM, FindingStatus.WARNING, FindingStatus.UNKNOWN, FindingStatus.OK)
    return [(status, finding_rows(having)) for status in order if (having := found.having(status))]


def _meaning(found: Examination) -> str:
    """Say what it means for mail; where mail leaves all the same, that comes first."""
    if worst(found) is not FindingStatus.PROBLEM:
        return meaning(found)
    opened, version = services(), in_force()
    kind = judge(version, opened.trials, gather(opened.database, version, clock.instant()), clock.now()).kind
    return joined((gettext(N_("Mail is going out all the same.")) if kind is Kind.OK else "", meaning(found)))


def _wrong(address: str, selectors: list[str]) -> dict[str, str]:
    problems = {}
    if address and not _is_address(address):
        problems["address"] = gettext(N_("Enter an IP address like 192.0.2.7."))
    if len(selectors) > MOST_SELECTORS or any(len(each) > SELECTOR_CHARACTERS for each in selectors):
        problems["selectors"] = gettext(N_("Enter at most ten selectors of 200 characters each."))
    return problems


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
