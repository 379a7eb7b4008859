"""The form of the settings: open it, and save it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.checks.trial.failure import diagnosed
from panel.i18n import N_, joined
from panel.settings.model import Settings, fields_that_differ
from panel.settings.store import StaleVersion
from panel.web.access.step_up import ProofNeeded, prove
from panel.web.context import actor, services
from panel.web.received import number_in_query
from panel.web.render import confirm, tell
from panel.web.settings.confirmation import interval_to_offer, risks_of, untested
from panel.web.settings.edit import edit_page, takes_sign_in
from panel.web.settings.facts import ChangedField, differences
from panel.web.settings.forms import SettingsForm, filled, settings_form
from panel.web.settings.presets import fill_in, offered_login, preset_note, preset_texts
from panel.web.text import gettext

bp = Blueprint("settings", __name__)


@dataclass(frozen=True, slots=True)
class Stale:
    """Who saved another version while this form was open, and what is different."""

    who: str
    number: int
    differences: list[ChangedField]


@bp.get("/settings/edit")
def edit() -> ResponseReturnValue:
    """Show the form with the values in force, of an old version, of a mail service, or that a test found to work."""
    store = services().settings
    stored = store.current()
    loaded = number_in_query("version")
    source = store.version(loaded) if loaded else stored
    if source is None:
        abort(404)
    preset = request.args.get("preset", "")
    texts = preset_texts(preset)
    form = filled(source.settings, version=stored.number, login=texts.get("smtp_login"))
    filled_in = fill_in(form, preset, texts)
    for name, text in _suggested(number_in_query("trial")).items():
        form[name].data = text
    return edit_page(
        form,
        stored,
        loaded=loaded,
        preset=preset,
        service_note=joined((filled_in, preset_note(preset))),
        offer=offered_login(form, preset),
    )


@bp.post("/settings")
def save() -> ResponseReturnValue:
    """Store what was entered, or show the form again with what is wrong."""
    store = services().settings
    stored = store.current()
    form = _sent()
    if not (form.validate_over(stored.settings) and takes_sign_in(form)):
        return edit_page(form, stored, 422)
    assert form.settings
    if interval := interval_to_offer(form.settings, stored.settings):
        return edit_page(form, stored, 422, ask_unpaced=interval)
    if doubt := untested(form.settings, stored.settings):
        return edit_page(form, stored, 422, ask_untested=doubt)
    opened_on = form.opened_on()
    if opened_on != stored.number:
        raise StaleVersion(stored)
    prove(*risks_of(form.settings, stored), form="settings-form")
    version = store.save(form.settings, base=opened_on, by=actor(), now=clock.now())
    if version.number == opened_on:
        tell(gettext(N_("No change: these settings are in force already.")))
    else:
        confirm(gettext(N_("Settings saved. The next message uses them.")))
    return redirect(url_for("overview.detail"), 303)


@bp.errorhandler(StaleVersion)
def stale(fault: StaleVersion) -> ResponseReturnValue:
    """Show what somebody else saved meanwhile, and keep what was entered."""
    form = settings_form()
    form.validate_over(fault.current.settings)
    typed = form.settings or Settings()
    changed = fields_that_differ(fault.current.settings, typed)
    form.version.data = str(fault.current.number)
    rows = differences(fault.current.settings, typed, changed)
    return edit_page(form, fault.current, 409, stale=Stale(fault.current.saved_by, fault.current.number, rows))


@bp.errorhandler(ProofNeeded)
def ask_password(fault: ProofNeeded) -> ResponseReturnValue:
    """Ask for the password above the form, and keep what was entered."""
    return edit_page(_sent(), services().settings.current(), 422, step_up=fault)


def _sent() -> SettingsForm:
    """Give the form as it was sent, with the interval of the button that was pressed."""
    form = settings_form()
    if request.form.get("paced"):
        form.send_interval_ms.data = request.form["paced"]
    return form


def _suggested(number: int | None) -> dict[str, str | bool]:
    """Give what a failed test found to work instead, as it would be typed."""
    trial = services().trials.get(number, clock.now()) if number else None
    if trial is None or trial.report.failure is None:
        return {}
    found = diagnosed(trial.report).suggestion or {}
    return {name: value if isinstance(value, bool) else str(value) for name, value in found.items()}
