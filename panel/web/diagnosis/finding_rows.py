"""Findings in the reader's words: how each stands, where it belongs, what to do and where, and how long that has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from panel import clock
from panel.access.rights import Right
from panel.checks.doctor.finding import Finding, FindingStatus
from panel.checks.doctor.places import Place, field_to_change, place_of
from panel.i18n import N_
from panel.settings.fields.labels import has_label
from panel.web.context import may
from panel.web.rules.field_links import edit_link
from panel.web.text import gettext, label, ngettext, translated

PLACE_LABELS: Mapping[Place, str] = {
    Place.MACHINE: N_("This machine"),
    Place.SETTINGS: N_("Mail settings"),
    Place.SERVER: N_("Mail server"),
    Place.CERTIFICATE: N_("Certificate"),
    Place.SIGN_IN: N_("OAuth2 sign-in"),
    Place.DNS: N_("DNS"),
    Place.ALERTS: N_("Alerts"),
}
TONE_OF: Mapping[FindingStatus, str] = {
    FindingStatus.OK: "ok",
    FindingStatus.WARNING: "warn",
    FindingStatus.PROBLEM: "bad",
    FindingStatus.UNKNOWN: "idle",
}
_ICONS = {"idle": "info"}


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding; `link` is where to change what it asks for, with the words `link_text`, for who may."""

    name: str
    status: str
    tone: str
    icon: str
    server: str
    what: str
    do: str
    record: str
    place: str
    ends: str
    left: str
    link: str
    link_text: str


def finding_rows(found: Iterable[Finding], now: datetime | None = None) -> list[FindingRow]:
    """Tell findings, those that end with the days that are left now."""
    at = now or clock.now()
    return [_row(each.counted(at), at) for each in found]


def _row(finding: Finding, now: datetime) -> FindingRow:
    tone, (link, link_text) = TONE_OF[finding.status], _link(finding)
    days = finding.days_left(now)
    return FindingRow(
        name=finding.name,
        status=str(finding.status),
        tone=tone,
        icon=_ICONS.get(tone, tone),
        server=finding.server,
        what=finding.what.translated(gettext),
        do=finding.do.translated(gettext) if finding.do else "",
        record=finding.record,
        place=gettext(PLACE_LABELS[place_of(finding).place]),
        ends=finding.ends[:10],
        left="" if days is None else ngettext("%(num)d day left", "%(num)d days left", days) % {"num": days},
        link=link,
        link_text=link_text,
    )


def _link(finding: Finding) -> tuple[str, str]:
    """Give the address where to do what a finding asks for, and its words; blank for who may not, or where none is."""
    if finding.do is None and not finding.field:
        return "", ""
    if place_of(finding).place is Place.ALERTS:
        return url_for("alerts.index"), gettext(N_("Alerts"))
    if finding.name == "dkim" and may(Right.TEST):
        return f"{url_for('diagnosis.index')}#selectors", gettext(N_("DKIM selectors"))
    name = field_to_change(finding)
    return (edit_link(name), _words(name)) if name and may(Right.SET) else ("", "")


def _words(name: str) -> str:
    if not has_label(name):
        return gettext(N_("State of the sign-in"))
    return translated(N_("Change: %(field)s"), field=label(name))
