"""The form's page: what stands around the fields, whatever brought somebody there."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from panel.settings.model import FIELDS, PACE_FIELDS, SECRETS
from panel.settings.store import Version
from panel.web.context import account
from panel.web.render import render
from panel.web.settings.facts import LOGINS, POP_MODES, UNTOUCHED, Hint, tls_hint
from panel.web.settings.forms import SettingsForm, TokenForm
from panel.web.settings.interval import pace_of
from panel.web.settings.presets import choices
from panel.web.text import gettext

# What a test proves something of: its result is one of other values when one of these changes.
TESTED = (*(name for name in FIELDS if name not in PACE_FIELDS), *(f"{name}_clear" for name in SECRETS))


def edit_page(form: SettingsForm, stored: Version, status: int = 200, **more: object) -> ResponseReturnValue:
    """Show the form."""
    return render("settings/edit", status, **{**edit_context(form, stored), **more})


def edit_context(form: SettingsForm, stored: Version) -> dict[str, object]:
    """Give what every part of the form is rendered with."""
    return {
        "form": form,
        "problems": form.problems(),
        "stored": stored,
        "stale": None,
        "loaded": None,
        "services": choices(),
        "preset": "",
        "service_note": "",
        "found": None,
        "offer": "",
        "logins": [(login, gettext(text)) for login, text in LOGINS.items()],
        "oauth": _oauth_part(form),
        "pop_modes": [(mode, gettext(text)) for mode, text in POP_MODES.items()],
        "tls_hint": hint(form),
        "pace": pace_of(form),
        "advanced_open": any(form[name].errors or form[name].data not in UNTOUCHED[name] for name in UNTOUCHED),
        "tested": TESTED,
        "trial": None,
        "recipient": request.form.get("recipient") or last_recipient(),
        "ask_untested": None,
        "retype": form.to_be_retyped(),
    }


def _oauth_part(form: SettingsForm) -> object:
    """Give what the form shows of a login by OAuth2; nothing of it is loaded for one with a password."""
    if not isinstance(form, TokenForm):
        return None
    from panel.web.oauth.part import part_of

    return part_of(form)


def hint(form: SettingsForm) -> Hint:
    """Say what the TLS box means with the port that is typed."""
    return tls_hint(tls=form.tls.data, port_text=form.smtp_port.data or "", mode=form.tls_mode.data or "")


def last_recipient() -> str:
    """Give whom the account sent its last test to; empty where there was none."""
    who = account()
    return who.recipient if who else ""
