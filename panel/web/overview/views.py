"""The first page: whether mail goes out, and every setting."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from flask import Blueprint, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.checks.trial.store import Trial
from panel.checks.verdict import Verdict, gather, judge
from panel.outbox.pace.route import Which
from panel.settings.store import Version
from panel.web.checks.trial_result import trial_result
from panel.web.context import in_force, services
from panel.web.overview.tiles import arrival_fact
from panel.web.overview.verdict import banner
from panel.web.render import announce, render, wants_fragment
from panel.web.settings.edit import last_recipient
from panel.web.settings.facts import Change, ChangedField, change, differences, facts, facts_of_second
from panel.web.settings.presets import first_choices
from panel.web.standing import note_verdict
from panel.web.text import day_began, label

bp = Blueprint("overview", __name__)

RECENT, FEW = 3, 2  # changes on the detail page, and fields of each with their values


@bp.get("/")
def home() -> ResponseReturnValue:
    return redirect(url_for(".detail"))


@bp.get("/settings")
def detail() -> ResponseReturnValue:
    """Show whether mail works, and every setting."""
    opened = services()
    version = in_force()
    verdict = _verdict(version)
    history = opened.settings.history(limit=RECENT + 1)
    response = render(
        "overview/detail",
        version=version,
        verdict=banner(verdict, version, clock.now()),
        trial=trial_result(verdict.trial) if verdict.trial else None,
        live=True,
        at=clock.now(),
        recipient=last_recipient(),
        facts=[*facts(version), *arrival_fact(verdict.arrived)],
        facts_of_second=[*facts_of_second(version), *arrival_fact(_arrived_by_second(version))],
        recent=[*_recent(history)],
        services=() if version.number else first_choices(),
        unreadable=[label(name) for name in sorted(version.unreadable)],
        other_key="" if opened.vault.look() else opened.vault.remedy,
    )
    return _at_its_address(response)


@bp.get("/settings/status")
def status() -> ResponseReturnValue:
    """Show the verdict alone, and announce another one; 204 where it is what the page shows already."""
    version = in_force()
    found = _verdict(version)
    verdict = banner(found, version, clock.now())
    seen = request.args.get("seen", "")
    if seen == verdict.seen:
        return "", 204
    if seen and seen.partition("-")[0] != verdict.kind:
        announce(verdict.title)
    live = request.args.get("live") != "0"
    return render("overview/status", verdict=verdict, live=live, at=clock.now())


def _recent(history: list[Version]) -> Iterator[tuple[Change, list[ChangedField]]]:
    """Tell the last changes, the newest first, each with the values before and after where it changed few."""
    for each, before in zip_longest(history[:RECENT], history[1:]):
        if each:
            rows = differences(before.settings, each.settings, each.changed) if before else []
            yield change(each, current=each is history[0]), rows if len(rows) <= FEW else []


def _arrived_by_second(version: Version) -> Trial | None:
    """Give the last test by the second server that somebody has found in the mailbox, where there is such a server."""
    if not version.settings.second:
        return None
    fingerprint, trials = version.of(Which.SECOND).fingerprint, services().trials
    return trials.latest_arrival(fingerprint, version.number, clock.now(), Which.SECOND)


def _verdict(version: Version) -> Verdict:
    opened = services()
    facts = gather(opened.database, version, clock.instant(), day_began())
    found = judge(version, opened.trials, facts, clock.now())
    note_verdict(found)
    return found


def _at_its_address(page: ResponseReturnValue) -> ResponseReturnValue:
    """Let the browser's address follow: a save ends here by a redirect that it does not see."""
    response = make_response(page)
    if wants_fragment():
        response.headers["HX-Push-Url"] = url_for(".detail")
    return response
