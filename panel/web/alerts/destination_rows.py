"""The destinations as the page lists them: by which way, how the last notice went, and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from panel.alerts.delivery.answered import Answered
from panel.alerts.destination import Destination, DestinationKind
from panel.alerts.kinds.chat_forms import CHAT_FORMS
from panel.alerts.kinds.mail_server import SECOND_MISSING, lacks_second, stops_with
from panel.diagnosis.causes.table import CAUSES
from panel.i18n import N_
from panel.settings.model import Settings
from panel.web.alerts.words import KIND_LABELS
from panel.web.text import gettext


@dataclass(frozen=True, slots=True)
class DestinationRow:
    """One destination: `status` is a status line of HTTP, or what the cause means."""

    destination: Destination
    kind: str
    tone: str
    icon: str
    state: str
    at: datetime | None
    status: str
    warning: str


@dataclass(frozen=True, slots=True)
class Tested:
    """How a test went that was just made."""

    number: int
    outcome: str
    tone: str
    icon: str
    text: str
    status: str
    ms: int


def destination_row(destination: Destination, main: Settings) -> DestinationRow:
    """Show one of them; `main` are the settings in force."""
    tone, icon, state, at = _state(destination)
    return DestinationRow(
        destination=destination,
        kind=_kind(destination),
        tone=tone,
        icon=icon,
        state=gettext(state),
        at=at,
        status=status_words(destination.status) if at else "",
        warning=_warning(destination, main),
    )


def tested_row(number: int, answered: Answered) -> Tested:
    """Show the answer to a test."""
    tone, icon, text = ("ok", "ok", N_("Arrived")) if answered.told else ("bad", "bad", N_("Not taken"))
    outcome = "told" if answered.told else "failed"
    return Tested(number, outcome, tone, icon, gettext(text), status_words(answered.status), answered.ms)


def status_words(status: str) -> str:
    """Say what a status means: that of HTTP stands as it is, a cause and a fault of ours have words of their own."""
    known = CAUSES.get(status)
    if known or status in _OWN_FAULTS:
        return gettext(known.what if known else _OWN_FAULTS[status])
    return Markup('<span lang="en" translate="no">{}</span>').format(status) if status else ""


_OWN_FAULTS = {
    "panel_fault": N_("Something went wrong here. The log of the panel says what."),
    "no_second_server": N_("There is no second server. Set one up first."),
    "secret_unreadable": N_("What is saved of this destination cannot be read"),
}


def _warning(destination: Destination, main: Settings) -> str:
    if lacks_second(destination, main):
        return gettext(SECOND_MISSING)
    return gettext(_SAME) if stops_with(destination, main) else ""


def _kind(destination: Destination) -> str:
    form = CHAT_FORMS.get(destination.values.get("form", ""))
    return form.label if form else gettext(KIND_LABELS[destination.kind])


def _state(destination: Destination) -> tuple[str, str, str, datetime | None]:
    """Give tone, icon, words and moment of how it stands."""
    if not destination.readable:
        return "bad", "warn", N_("Cannot be read"), None
    if destination.disabled_at:
        return "bad", "skip", N_("Switched off: it wants no more"), destination.disabled_at
    if destination.failing_since:
        return "bad", "bad", N_("Failing"), destination.failed_at
    if destination.delivered_at:
        told = N_("Answers") if destination.kind is DestinationKind.PING else N_("Delivered")
        return "ok", "ok", told, destination.delivered_at
    return "idle", "wait", N_("None yet"), None


_SAME = N_("It leaves by the server whose mail may stop: it will be silent when it matters most.")
