"""The test send: begin one, see how it goes, stop it."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.access.rights import Right
from panel.checks.trial.order import Order
from panel.checks.trial.report import Mode
from panel.checks.trial.run import TRIAL_SECONDS, TrialRun
from panel.checks.trial.store import TooManyTrials, TrialRunning
from panel.diagnosis.causes.cause import LATE_MINUTES
from panel.i18n import joined
from panel.outbox.pace.route import Which
from panel.outbox.pace.slot import LONGEST_MS, TooSoon
from panel.settings.model import Settings
from panel.web.checks.arrival import show_trial
from panel.web.checks.forms import TrialForm, read_recipient
from panel.web.checks.trial_result import CHECK_INSTEAD, when_free
from panel.web.context import actor, may, services
from panel.web.received import number_in_query
from panel.web.render import render, wants_fragment
from panel.web.settings.edit import takes_sign_in
from panel.web.settings.forms import is_used, settings_form
from panel.web.text import gettext, locale

bp = Blueprint("trials", __name__)

QUICK_SECONDS = 0.4  # most tests end in less, and then need no poll


@bp.post("/settings/trial")
def send() -> ResponseReturnValue:
    """Test what is typed, saved or not."""
    form, whom = settings_form(), TrialForm()
    valid = form.validate_over(services().settings.current().settings) and is_used(form) and takes_sign_in(form)
    if not read_recipient(whom) or not valid:
        problems = [*form.problems(), *_wrong(whom)]
        return render("checks/trial/result", 422, trial=None, problems=problems, server=form.server)
    return _begin(form.meant, str(whom.recipient.data), version=None, which=Which(form.server))


@bp.post("/settings/trial/saved")
def send_saved() -> ResponseReturnValue:
    """Test the saved settings of the first server, or of the second where that is asked for."""
    form = TrialForm()
    which = Which.SECOND if request.form.get("server") == Which.SECOND else Which.FIRST
    stored = services().settings.current().of(which)
    if not read_recipient(form):
        return render("checks/trial/result", 422, trial=None, problems=_wrong(form))
    if not stored.settings.complete or stored.unreadable:
        page = "second.edit" if which is Which.SECOND else "settings.edit"
        return redirect(url_for(page if may(Right.SET) else "overview.detail"), 303)
    return _begin(stored.settings, str(form.recipient.data), version=stored.number, which=which)


def _wrong(form: TrialForm) -> list[tuple[str, str]]:
    """Give what is wrong with the recipient."""
    return [("recipient", str(each)) for each in form.recipient.errors]


@bp.get("/settings/trials/<int:number>")
def show(number: int) -> ResponseReturnValue:
    """Show a test as far as it is; 204 while nothing is new."""
    trial = services().trials.get(number, clock.now())
    if trial is None:
        abort(404)
    if trial.running and number_in_query("seen") == trial.seen:
        return "", 204
    return show_trial(trial)


@bp.post("/settings/trials/<int:number>/stop")
def stop(number: int) -> ResponseReturnValue:
    """Ask a test to stop, wherever it runs."""
    services().trials.ask_to_stop(number)
    return redirect(url_for(".show", number=number), 303)


@bp.errorhandler(TooManyTrials)
def refuse(fault: TooManyTrials) -> ResponseReturnValue:
    """Say why no test began."""
    return render("checks/trial/result", 422, trial=None, problems=[("", gettext(str(fault)))])


@bp.errorhandler(TooSoon)
def refuse_far(fault: TooSoon) -> ResponseReturnValue:
    """Say how long no test can be sent, and that it can be checked all the same."""
    said = [gettext(str(fault)), when_free(fault.wait), gettext(CHECK_INSTEAD)]
    return render("checks/trial/result", 422, trial=None, problems=[("", joined(said))])


@bp.errorhandler(TrialRunning)
def show_running(fault: TrialRunning) -> ResponseReturnValue:
    """Show the test that is running already."""
    return redirect(url_for(".show", number=fault.number), 303)


def _begin(settings: Settings, recipient: str, *, version: int | None, which: Which) -> ResponseReturnValue:
    """Start the test, wait for a quick end, and show it as far as it is."""
    order = replace(_order(settings, recipient, version), which=which)
    trial = services().begin_trial(order)
    thread = threading.Thread(target=trial.run, name=f"trial-{trial.number}-session", daemon=True)
    thread.start()
    _wait_for(trial, thread)
    found = services().trials.get(trial.number, clock.now())
    assert found
    return show_trial(found)


def _wait_for(trial: TrialRun, thread: threading.Thread) -> None:
    """Wait for a quick end; a page that does not ask again waits for any, but not for one that is to begin later."""
    ends = time.monotonic() + (QUICK_SECONDS if wants_fragment() else TRIAL_SECONDS + 1)
    thread.join(QUICK_SECONDS)
    while thread.is_alive() and not trial.waiting and time.monotonic() < ends:
        thread.join(QUICK_SECONDS)


def _order(settings: Settings, recipient: str, version: int | None) -> Order:
    by = actor()
    later = request.form.get("after")  # with the mode of the test that is to be made again
    mode = Mode.CHECK if Mode.CHECK in (request.form.get("mode"), later) else Mode.SEND
    if by.via != "mounted":  # whose name may be that of one of ours
        services().accounts.remember(by.name, recipient=recipient)
    order = Order(settings, recipient, mode, version, locale(), by=by, patience_ms=LONGEST_MS)
    return replace(order, after_ms=LATE_MINUTES * 60_000) if later else order
