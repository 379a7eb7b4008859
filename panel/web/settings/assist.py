"""What the form asks along the way; nothing here saves anything."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from panel.i18n import N_, joined
from panel.settings.login import Login
from panel.web.settings.discovery import search
from panel.web.settings.edit import edit_parts, hint
from panel.web.settings.forms import ServerForm, form_of, settings_form
from panel.web.settings.interval import pace_by, pace_for
from panel.web.settings.presets import fill_in, offered_login, preset_note, preset_texts, token_provider, with_login_of
from panel.web.text import gettext

bp = Blueprint("assist", __name__)


@bp.post("/settings/preset")
def preset() -> ResponseReturnValue:
    """Fill a mail service's values into the form: of the one that is chosen, or that the from address leads to."""
    form = settings_form()
    if "find" in request.form:
        return _found(form)
    name = request.form.get("preset", "")
    texts = preset_texts(name)
    form = with_login_of(form, texts)
    filled = fill_in(form, name, texts)
    noted = joined((filled, preset_note(name)))
    return edit_parts(
        "settings/assist/preset",
        form,
        preset=name,
        service_note=noted,
        offer=offered_login(form, name),
        say=filled or None,
    )


@bp.post("/settings/login")
def login() -> ResponseReturnValue:
    """Show the fields of the login that is chosen, or of the service whose OAuth2 is offered."""
    form = settings_form()
    if offered := request.form.get("oauth", ""):
        form = form_of(Login.OAUTH2)
        form["oauth_provider"].data = offered
    elif "oauth_provider" in form and not form["oauth_provider"].data:
        form["oauth_provider"].data = token_provider(form)
    return edit_parts("settings/parts/auth", form)


@bp.post("/settings/pace")
def pace() -> ResponseReturnValue:
    """Work the interval out from a limit that is typed, or that is known already."""
    form = settings_form()
    limit, unit, margin, offer = (request.form.get(name, "") for name in ("per_minute", "unit", "margin", "use"))
    others = request.form.get("others", "")
    found, interval = pace_by(form, offer, margin, others) if offer else pace_for(form, limit, unit, margin, others)
    if interval is None:
        return edit_parts("settings/parts/pace", form, 422, pace=found)
    form.send_interval_ms.data = str(interval)
    said = gettext(N_("Interval set to %(ms)d milliseconds, %(rate)d mails per minute."))
    return edit_parts(
        "settings/assist/paced" if offer else "settings/parts/pace",
        form,
        pace=found,
        say=said % {"ms": interval, "rate": found.rate},
    )


@bp.post("/settings/tls")
def tls() -> ResponseReturnValue:
    """Say what the TLS box means with the port that is typed."""
    form = settings_form()
    return edit_parts("settings/parts/tls_hint", form, tls_hint=hint(form))


def _found(form: ServerForm) -> ResponseReturnValue:
    """Propose the server of the from address."""
    found = search(form.sender)
    form = with_login_of(form, found.texts)
    filled = fill_in(form, found.preset, found.texts)
    if filled:
        found = replace(found, notes=(*found.notes, filled))
    status = 422 if found.error else 200
    said = found.error or joined(found.notes)
    return edit_parts("settings/assist/found", form, status, preset=found.preset, found=found, say=said)
