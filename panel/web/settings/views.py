"""The form of the settings: open it, and save it."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from panel.settings.store import StaleVersion
from panel.web.access.step_up import ProofNeeded
from panel.web.context import services
from panel.web.received import number_in_query
from panel.web.settings.edit import asked_version, edit_page
from panel.web.settings.filling import fill_in, suggested
from panel.web.settings.forms import filled
from panel.web.settings.presets import offered_login, preset_texts
from panel.web.settings.saving import ask_password, save_form, sent_form, stale

bp = Blueprint("settings", __name__)


@bp.get("/settings/edit")
def edit() -> ResponseReturnValue:
    """Show the form with the values in force, of an old version, of a mail service, or that a test found to work."""
    stored = services().settings.current()
    loaded, source = asked_version(stored)
    preset = request.args.get("preset", "")
    texts = preset_texts(preset)
    form = filled(source.settings, version=stored.number, login=texts.get("smtp_login"))
    values = suggested(number_in_query("trial"), "first") or texts
    return edit_page(
        form, stored, filled=fill_in(form, preset, values), loaded=loaded, offer=offered_login(form, preset)
    )


@bp.post("/settings")
def save() -> ResponseReturnValue:
    """Store what was entered, or show the form again with what is wrong."""
    return save_form(sent_form())


bp.register_error_handler(StaleVersion, stale)
bp.register_error_handler(ProofNeeded, ask_password)
