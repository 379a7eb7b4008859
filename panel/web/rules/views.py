"""The rules for every message, on a page of their own: they are about no server, so no test proves them."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.i18n import N_
from panel.mail.limits import LEAST_BYTES, MIB, file_bytes, size_text
from panel.settings.fields.secret import SECRETS
from panel.settings.model import OF_RULES, Settings, fields_that_differ
from panel.settings.store import StaleVersion, Version
from panel.web.access.step_up import ProofNeeded, prove
from panel.web.context import account, actor, services
from panel.web.render import confirm, render, tell, whole_page
from panel.web.rules.form import RulesForm, typed_text
from panel.web.settings.edit import asked_version
from panel.web.settings.facts import FROM_NAME_RULES, differences
from panel.web.settings.saving import Stale, with_staging
from panel.web.text import actor_name, gettext, translated

bp = Blueprint("rules", __name__)


@bp.get("/settings/rules")
def edit() -> ResponseReturnValue:
    """Show the rules in force, or those of an old version."""
    stored = services().settings.current()
    if not stored.number:
        return redirect(url_for("settings.edit"), 303)  # there is nothing that they could rule
    loaded, source = asked_version(stored)
    texts = {name: typed_text(name, getattr(source.settings, name)) for name in OF_RULES}
    form = RulesForm(formdata=None, data={**texts, "version": str(stored.number)})
    return _page(form, stored, loaded=loaded)


@bp.post("/settings/rules")
def save() -> ResponseReturnValue:
    """Store the rules as they were entered, or show the form again with what is wrong."""
    store, form = services().settings, RulesForm()
    store.require_own()
    stored = store.current()
    if not stored.number:
        return redirect(url_for("settings.edit"), 303)
    if not form.validate_over(stored.settings):
        return _page(form, stored, 422)
    assert form.settings
    if form.opened_on() != stored.number:
        raise StaleVersion(stored)
    prove(*form.risks(stored.settings), form="settings-form")
    version = store.save(form.settings, base=stored.number, by=actor(), now=clock.now(), untouched=frozenset(SECRETS))
    if version.number == stored.number:
        tell(gettext(N_("No change: these settings are in force already.")))
    else:
        confirm(with_staging(gettext(N_("Rules saved. The next message follows them.")), version.settings))
    there = url_for("overview.detail")
    return whole_page(there) if form.changes_staging(stored.settings) else redirect(there, 303)


def _page(form: RulesForm, stored: Version, status: int = 200, **more: object) -> ResponseReturnValue:
    who = account()
    context: dict[str, object] = {
        "form": form,
        "problems": form.problems(),
        "stored": stored,
        "stale": None,
        "loaded": None,
        "step_up": None,
        "from_name_rules": [(rule, gettext(text)) for rule, text in FROM_NAME_RULES.items()],
        "size_hint": _size_hint(stored.settings),
        "draft_key": f"{who.name if who else ''}/rules",
        "draft_fields": " ".join(OF_RULES),
        "retype": (),
    }
    return render("rules/edit", status, **{**context, **more})


def _size_hint(settings: Settings) -> str:
    """Say what the size in force is as a file."""
    most, file = settings.max_message_bytes, file_bytes(settings.max_message_bytes)
    of_file = size_text(file // MIB * MIB if file >= MIB else file // 1024 * 1024)
    return translated(_AS_A_FILE, size=size_text(most), file=of_file, least=size_text(LEAST_BYTES))


_AS_A_FILE = N_(
    "As the message leaves, where files are a third and more larger than on disk: %(size)s holds files of about "
    "%(file)s in all. From %(least)s to 100 MiB; the mail server may take less, which a test email shows."
)


@bp.errorhandler(ProofNeeded)
def ask_password(fault: ProofNeeded) -> ResponseReturnValue:
    """Ask for the password above the form, and keep what was entered."""
    return _page(RulesForm(), services().settings.current(), 422, step_up=fault)


@bp.errorhandler(StaleVersion)
def stale(fault: StaleVersion) -> ResponseReturnValue:
    """Show what somebody else saved meanwhile, and keep what was entered."""
    form, current = RulesForm(), fault.current
    form.validate_over(current.settings)
    typed = form.settings or current.settings
    changed = tuple(name for name in fields_that_differ(current.settings, typed) if name in OF_RULES)
    form.version.data = str(current.number)
    rows = differences(current.settings, typed, changed)
    return _page(form, current, 409, stale=Stale(actor_name(current.saved_by), current.number, rows))
