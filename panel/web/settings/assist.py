"""What the form asks along the way; nothing here saves anything."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from panel.i18n import N_, joined
from panel.settings import parsing
from panel.settings.login import Login
from panel.web.settings.discovery import search
from panel.web.settings.edit import edit_parts
from panel.web.settings.filling import Filled, fill_in, put_back, suggested
from panel.web.settings.forms import ServerForm, form_of, settings_form
from panel.web.settings.interval import pace_by, pace_for
from panel.web.settings.presets import OTHER_SERVICE, offered_login, preset_texts, token_provider, with_login_of
from panel.web.text import gettext

bp = Blueprint("assist", __name__)


@bp.post("/settings/preset")
def preset() -> ResponseReturnValue:
    """Fill values into the form: of a service, of the from address's server, of a test's advice; or take them back."""
    if "undo" in request.form:
        return _undone()
    typed = settings_form()
    if "find" in request.form:
        return _found(typed)
    name = request.form.get("preset", "")
    name = request.form.get("other_service", "") if name == OTHER_SERVICE else name
    texts = suggested(parsing.number(request.form.get("trial", "")), typed.server) or preset_texts(name)
    form = with_login_of(typed, texts)
    filled = fill_in(form, name, texts, over=typed)
    return _filled(form, filled, offer=offered_login(form, name), say=filled.said if filled else None)


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
    """Work the interval out from a limit that is typed, or that is known already; or say what the typed one means."""
    form = settings_form()
    if "say" in request.form:
        return edit_parts("settings/parts/pace_say", form)
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
    return edit_parts("settings/parts/tls_hint", settings_form())


def _filled(form: ServerForm, filled: Filled | None, status: int = 200, **more: object) -> ResponseReturnValue:
    """Show the parts of the form that were filled in."""
    named = {"preset": filled.name} if filled and filled.name else {}
    return edit_parts("settings/assist/filled", form, status, filled=filled, **named, **more)


def _undone() -> ResponseReturnValue:
    """Show the form with what stood there before it was filled in."""
    said = gettext(N_("The former values are back."))
    return _filled(put_back(), None, undone=request.form.get("undone", ""), say=said)


def _found(typed: ServerForm) -> ResponseReturnValue:
    """Propose the server of the from address."""
    found = search(typed.sender)
    form = with_login_of(typed, found.texts)
    filled = fill_in(form, found.preset, found.texts, over=typed)
    said = found.error or joined((*found.notes, filled.said if filled else ""))
    if filled:
        return _filled(form, filled, found=found, say=said)
    return edit_parts("settings/assist/find_note", form, 422 if found.error else 200, found=found, say=said)
