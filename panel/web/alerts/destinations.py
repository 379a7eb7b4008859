"""The destinations: who is told, added, changed, tested and removed by administrators."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.alerts.delivery.schedule import TooManyAlertTests
from panel.alerts.destination import Destination, DestinationKind
from panel.alerts.destinations import NoSuchDestination, SavedDestination, StaleDestination
from panel.alerts.kinds.reading import InvalidDestination, kind_named
from panel.i18n import N_
from panel.settings import parsing
from panel.web.access.step_up import ProofNeeded, prove
from panel.web.alerts.destination_rows import tested_row
from panel.web.alerts.form import cleared, destination_form, field_label, refuse_blanks, to_be_retyped, typed_values
from panel.web.alerts.page import alerts_page
from panel.web.alerts.words import KIND_HINTS, KIND_LABELS, isolated
from panel.web.context import actor, services
from panel.web.render import announce, confirm, render, tell
from panel.web.text import gettext, translated

bp = Blueprint("destinations", __name__)

_FORM = "destination-form"
_ADDS = N_("Somebody would be told of what goes wrong with your mail.")
_CHANGES = N_("Notices would go elsewhere, or be others.")
_REMOVES = N_("Nobody would be told there any more.")


@bp.get("/alerts/new")
def new() -> ResponseReturnValue:
    """Show the kinds to choose from, or the form of the one that was chosen."""
    kind = _kind_or_none(request.args.get("kind", ""))
    return _form_page(kind) if kind else render("alerts/destinations/new", kinds=KIND_LABELS, kind_hints=KIND_HINTS)


@bp.post("/alerts/new")
def add() -> ResponseReturnValue:
    """Add a destination; a webhook's secret is shown, this once."""
    kind = kind_named(request.form.get("kind", ""))
    refuse_blanks(kind)
    prove(_ADDS, form=_FORM)
    saved = services().destinations.add(kind, typed_values(kind), actor(), clock.now())
    return _saved(
        saved,
        translated(N_("%(name)s is told from now on. Send a test now."), name=f"\u2068{saved.destination.name}\u2069"),
    )


@bp.get("/alerts/<int:number>/edit")
def edit(number: int) -> ResponseReturnValue:
    """Show the form of a destination, without its secrets."""
    stored = _found(number)
    return _form_page(stored.kind, stored)


@bp.post("/alerts/<int:number>/edit")
def save(number: int) -> ResponseReturnValue:
    """Change a destination; a blank secret is the saved one."""
    stored = _found(number)
    refuse_blanks(stored.kind)
    version = _version(stored)
    prove(_CHANGES, form=_FORM)
    typed, now = typed_values(stored.kind), clock.now()
    saved = services().destinations.update(number, typed, version, actor(), now, clear=cleared(stored.kind))
    if request.form.get("renew") == "yes" and not saved.secret:
        saved = services().destinations.renew_secret(number, saved.destination.version, actor(), now)
    return _saved(saved, gettext(N_("Saved. The next notice goes there.")))


@bp.post("/alerts/<int:number>/test")
def test(number: int) -> ResponseReturnValue:
    """Send a test, wait for the answer, and show it beside the destination."""
    answered = services().deliverer.test(number, actor(), clock.now())
    tested = tested_row(number, answered)
    announce(f"{tested.text}: {tested.status}")
    return alerts_page(tested=tested)


@bp.post("/alerts/<int:number>/remove")
def remove(number: int) -> ResponseReturnValue:
    """Remove a destination, with what still waits for it."""
    prove(_REMOVES, form=f"remove-{number}", anchor="alerts")
    if services().destinations.remove(number, actor(), clock.now()):
        confirm(gettext(N_("The destination is removed.")))
    else:
        tell(gettext(N_("That destination is gone already.")))
    return redirect(url_for("alerts.index"), 303)


@bp.errorhandler(InvalidDestination)
def refused(fault: InvalidDestination) -> ResponseReturnValue:
    """Show the form again with each message at its field."""
    kind, stored = _of_request()
    texts = [each.text.translated(gettext) for each in fault.problems]
    if kind is None:
        return render("alerts/destinations/new", 422, kinds=KIND_LABELS, kind_hints=KIND_HINTS, problems=texts)
    return _form_page(kind, stored, 422, problems=fault.problems)


@bp.errorhandler(TooManyAlertTests)
def refuse_test(fault: TooManyAlertTests) -> ResponseReturnValue:
    """Say why no test was sent."""
    return alerts_page(429, beside=[gettext(str(fault))])


@bp.errorhandler(StaleDestination)
def stale(fault: StaleDestination) -> ResponseReturnValue:
    """Say that somebody else was faster, and keep what was entered."""
    return _form_page(fault.current.kind, fault.current, 409, stale=True)


@bp.errorhandler(NoSuchDestination)
def gone(_fault: NoSuchDestination) -> ResponseReturnValue:
    abort(404)


@bp.errorhandler(ProofNeeded)
def ask_password(fault: ProofNeeded) -> ResponseReturnValue:
    """Ask for the password above the form, or above the list, and keep what was typed."""
    kind, stored = _of_request()
    if kind is None or request.endpoint not in ("destinations.add", "destinations.save"):
        return alerts_page(422, step_up=fault)
    return _form_page(kind, stored, 422, step_up=fault)


def _saved(saved: SavedDestination, text: str) -> ResponseReturnValue:
    """Go back to the list; with a secret to show there is no redirect, because nothing keeps it."""
    confirm(text)
    return alerts_page(made=saved) if saved.secret else redirect(url_for("alerts.index"), 303)


def _form_page(
    kind: DestinationKind, stored: Destination | None = None, status: int = 200, **more: object
) -> ResponseReturnValue:
    problems = more.pop("problems", ())
    typed = typed_values(kind) if request.method == "POST" else None
    context = {
        "stored": stored,
        "kind_label": KIND_LABELS[kind],
        "retype": to_be_retyped(kind),
        "label": field_label,
        "isolated": isolated,
        "stale": False,
        "step_up": None,
        "renews": request.form.get("renew") == "yes",
    }
    form = destination_form(kind, stored, typed, problems)  # type: ignore[arg-type]  # as they were raised
    return render("alerts/destinations/edit", status, form=form, **{**context, **more})


def _of_request() -> tuple[DestinationKind | None, Destination | None]:
    number = (request.view_args or {}).get("number")
    stored = services().destinations.get(number) if number else None
    return (stored.kind, stored) if stored else (_kind_or_none(request.form.get("kind", "")), None)


def _found(number: int) -> Destination:
    found = services().destinations.get(number)
    if found is None:
        abort(404)
    return found


def _version(current: Destination) -> int:
    """Give the version that the form was opened on, or raise `StaleDestination`."""
    version = parsing.number(request.form.get("version", "")) or 0
    if version != current.version:
        raise StaleDestination(current)
    return version


def _kind_or_none(text: str) -> DestinationKind | None:
    try:
        return kind_named(text)
    except InvalidDestination:
        return None
