"""The form of the settings: open it, and save it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.checks.trial.failure import diagnosed
from panel.checks.trial.report import Outcome
from panel.i18n import N_, joined
from panel.settings.model import FIELDS, PACE, Settings, fields_that_differ
from panel.settings.store import StaleVersion
from panel.web.context import account, client_address, note, services
from panel.web.received import number_in_query
from panel.web.render import confirm, tell
from panel.web.settings.edit import edit_page
from panel.web.settings.facts import Row, differences
from panel.web.settings.forms import SettingsForm, filled
from panel.web.settings.interval import Known, known_interval
from panel.web.settings.presets import fill_in, preset_note, preset_texts
from panel.web.text import gettext

bp = Blueprint("settings", __name__)


@dataclass(frozen=True, slots=True)
class Stale:
    """Who saved another version while this form was open, and what is different."""

    who: str
    number: int
    differences: list[Row]


@dataclass(frozen=True, slots=True)
class Untested:
    """What to say of values that no test email has proven: a title, and how that is known."""

    title: str
    text: str


UNTRIED = Untested(N_("These values have not been tested"), N_("No test email has been sent with them."))
DIFFERENT = Untested(UNTRIED.title, N_("They differ from those of your last test email."))
FAILED = Untested(N_("These values do not work as far as is known"), N_("The last test email with them failed."))
# What decides whether a server lets mail in: the display name and the pace do not.
PROVEN = frozenset(FIELDS) - PACE - {"from_name"}


@bp.get("/settings/edit")
def edit() -> ResponseReturnValue:
    """Show the form with the values in force, of an old version, of a mail service, or that a test found to work."""
    store = services().settings
    stored = store.current()
    loaded = number_in_query("version")
    source = store.version(loaded) if loaded else stored
    if source is None:
        abort(404)
    form = filled(source.settings, version=stored.number)
    preset = request.args.get("preset", "")
    told = fill_in(form, preset, preset_texts(preset))
    for name, text in _way_out(number_in_query("trial")).items():
        form[name].data = text
    said = joined((told, preset_note(preset)))
    return edit_page(form, stored, loaded=loaded, preset=preset, service_note=said)


@bp.post("/settings")
def save() -> ResponseReturnValue:
    """Store what was entered, or show the form again with what is wrong."""
    store = services().settings
    stored = store.current()
    form = SettingsForm()
    if request.form.get("paced"):
        form.send_interval_ms.data = request.form["paced"]
    if not form.validate_over(stored.settings):
        return edit_page(form, stored, 422)
    assert form.settings
    if unpaced := _unpaced(form.settings, stored.settings):
        return edit_page(form, stored, 422, ask_unpaced=unpaced)
    if untested := _untested(form.settings, stored.settings):
        return edit_page(form, stored, 422, ask_untested=untested)
    who = account()
    assert who
    opened_on, address = form.opened_on(), client_address()
    version = store.save(form.settings, base=opened_on, by=who.name, address=address, now=clock.now())
    if version.number == opened_on:
        tell(gettext(N_("No change: these settings are in force already.")))
    else:
        note("settings_saved", version=version.number, changed=",".join(version.changed))
        confirm(gettext(N_("Settings saved. The next message uses them.")))
    return redirect(url_for("overview.detail"), 303)


@bp.errorhandler(StaleVersion)
def stale(fault: StaleVersion) -> ResponseReturnValue:
    """Show what somebody else saved meanwhile, and keep what was entered."""
    form = SettingsForm()
    form.validate_over(fault.current.settings)
    typed = form.settings or Settings()
    changed = fields_that_differ(fault.current.settings, typed)
    form.version.data = str(fault.current.number)
    rows = differences(fault.current.settings, typed, changed)
    return edit_page(form, fault.current, 409, stale=Stale(fault.current.saved_by, fault.current.number, rows))


def _way_out(number: int | None) -> dict[str, str | bool]:
    """Give what a failed test found to work instead, as it would be typed."""
    trial = services().trials.get(number, clock.now()) if number else None
    if trial is None or trial.report.failure is None:
        return {}
    found = diagnosed(trial.report).suggestion or {}
    return {name: value if isinstance(value, bool) else str(value) for name, value in found.items()}


def _unpaced(settings: Settings, before: Settings) -> Known | None:
    """Give the interval to offer where mail would leave without one at a service with a limit, and nobody said so yet.

    Who has saved that once is not asked again: it is in force.
    """
    if settings.send_interval_ms or request.form.get("unpaced") == "yes":
        return None
    if before.complete and not before.send_interval_ms and before.smtp_host == settings.smtp_host:
        return None
    return known_interval(settings.smtp_host)


def _untested(settings: Settings, before: Settings) -> Untested | None:
    """Say what is known of values of the login that no test email has proven, where nobody has said to save them."""
    if request.form.get("untested") == "yes" or not PROVEN.intersection(fields_that_differ(before, settings)):
        return None
    opened, now, who = services(), clock.now(), account()
    assert who
    fingerprint = opened.settings.fingerprint(settings)
    if opened.trials.latest_success(fingerprint, None, now):
        return None
    last = opened.trials.latest_of(fingerprint, None, now)
    if last and last.report.outcome is not Outcome.SUCCESS:
        return FAILED
    saved_at, other = opened.settings.current().saved_at, opened.trials.latest(now, account=who.name)
    return DIFFERENT if other and not last and not (saved_at and other.report.started_at < saved_at) else UNTRIED
