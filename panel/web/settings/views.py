"""The form of the settings: open it, and save it."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from panel import clock
from panel.checks.trial.failure import diagnosed
from panel.i18n import joined
from panel.settings.store import StaleVersion
from panel.web.access.step_up import ProofNeeded
from panel.web.context import services
from panel.web.received import number_in_query
from panel.web.settings.edit import edit_page
from panel.web.settings.forms import filled
from panel.web.settings.presets import fill_in, offered_login, preset_note, preset_texts
from panel.web.settings.saving import ask_password, save_form, sent_form, stale

bp = Blueprint("settings", __name__)


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
    for name, text in suggested(number_in_query("trial")).items():
        if name in form:
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
    return save_form(sent_form())


bp.register_error_handler(StaleVersion, stale)
bp.register_error_handler(ProofNeeded, ask_password)


def suggested(number: int | None) -> dict[str, str | bool]:
    """Give what a failed test found to work instead, as it would be typed."""
    trial = services().trials.get(number, clock.now()) if number else None
    if trial is None or trial.report.failure is None:
        return {}
    found = diagnosed(trial.report).suggestion or {}
    return {name: value if isinstance(value, bool) else str(value) for name, value in found.items()}
