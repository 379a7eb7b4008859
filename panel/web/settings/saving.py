"""What saving a form of either server does, and what is shown instead of it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.i18n import N_, joined
from panel.settings.fields.secret import SECRETS
from panel.settings.model import Settings, fields_that_differ
from panel.settings.staging import staging_text
from panel.settings.store import StaleVersion, Version
from panel.web.access.step_up import ProofNeeded, prove
from panel.web.context import actor, services
from panel.web.render import confirm, tell
from panel.web.settings.confirmation import interval_to_offer, risks_of_form, untested
from panel.web.settings.edit import edit_page, takes_sign_in
from panel.web.settings.facts import ChangedField, differences
from panel.web.settings.forms import ServerForm, settings_form
from panel.web.text import actor_name, gettext


@dataclass(frozen=True, slots=True)
class Stale:
    """Who saved another version while this form was open, and what is different."""

    who: str
    number: int
    differences: list[ChangedField]


def sent_form() -> ServerForm:
    """Give the form as it was sent, with the interval of the button that was pressed."""
    form = settings_form()
    if request.form.get("paced"):
        form.send_interval_ms.data = request.form["paced"]
    return form


def save_form(form: ServerForm) -> ResponseReturnValue:
    """Store what a form holds, or show it again with what is wrong, or with what is asked first."""
    store = services().settings
    store.require_own()
    stored = store.current()
    if not (form.validate_over(stored.settings) and takes_sign_in(form)):
        return edit_page(form, stored, 422)
    if asks := _asked_first(form, stored):
        return edit_page(form, stored, 422, **asks)
    assert form.settings
    opened_on = form.opened_on()
    if opened_on != stored.number:
        raise StaleVersion(stored)
    prove(*risks_of_form(form, stored), form="settings-form")
    untouched = frozenset(SECRETS) - form.own()
    version = store.save(form.settings, base=opened_on, by=actor(), now=clock.now(), untouched=untouched)
    if version.number == opened_on:
        tell(gettext(N_("No change: these settings are in force already.")))
    else:
        confirm(with_staging(gettext(_SAVED[form.server]), version.settings))
    return redirect(url_for("overview.detail"), 303)


def with_staging(said: str, settings: Settings) -> str:
    """Say behind what was done that mail does not go to those it is for, where that is so."""
    text = staging_text(settings)
    return joined([said, text.translated(gettext)]) if text else said


_SAVED = {
    "first": N_("Settings saved. The next message uses them."),
    "second": N_("Second server saved. Mail leaves by it only while the first does not take it."),
}


def _asked_first(form: ServerForm, stored: Version) -> dict[str, object]:
    """Give what is asked before these values are saved; nothing of a server that is not used."""
    assert form.settings
    if form.server == "second" and not form.settings.second:
        return {}
    before = stored.of(form.server).settings if form.server == "first" or stored.settings.second else Settings()
    if interval := interval_to_offer(form.meant, before):
        return {"ask_unpaced": interval}
    doubt = untested(form.meant, before)
    return {"ask_untested": doubt} if doubt else {}


def stale(fault: StaleVersion) -> ResponseReturnValue:
    """Show what somebody else saved meanwhile, and keep what was entered."""
    form = settings_form()
    form.validate_over(fault.current.settings)
    typed = form.settings or Settings()
    changed = tuple(name for name in fields_that_differ(fault.current.settings, typed) if name in form.own())
    form.version.data = str(fault.current.number)
    rows = differences(fault.current.settings, typed, changed)
    return edit_page(
        form, fault.current, 409, stale=Stale(actor_name(fault.current.saved_by), fault.current.number, rows)
    )


def ask_password(fault: ProofNeeded) -> ResponseReturnValue:
    """Ask for the password above the form, and keep what was entered."""
    return edit_page(sent_form(), services().settings.current(), 422, step_up=fault)
