"""What an examination comes to, in one line and in one sentence of what it means for mail."""

from __future__ import annotations

from collections.abc import Mapping

from panel.checks.doctor.finding import FindingStatus
from panel.checks.doctor.places import Place, place_of
from panel.checks.examinations.examination import Examination
from panel.i18n import N_
from panel.settings.store import Version
from panel.web.context import services
from panel.web.text import gettext, ngettext

_MEANING: Mapping[Place, str] = {  # of a problem, the gravest first
    Place.CERTIFICATE: N_("The mail server does not answer as it should: mail may be held."),
    Place.SIGN_IN: N_("The sign-in at the mail service does not stand: mail may be held."),
    Place.MACHINE: N_("Mail that waits and saved passwords are at risk on this machine."),
    Place.SETTINGS: N_("The mail service may refuse mail with these settings."),
    Place.SERVER: N_("The mail service may refuse mail with these settings."),
    Place.DNS: N_("Receivers may refuse the mail, or take it for spam."),
    Place.ALERTS: N_("Nobody may hear of it when mail stops."),
}
_ONLY_HINTS = N_("Nothing stops the mail. Look at the warnings when there is time.")
_ALL_FINE = N_("There is nothing to do.")


def problems_line(version: Version) -> str:
    """Say how many problems the settings in force have by the last examination; blank where there are none."""
    found = services().examinations.latest()
    if found is None or found.version != version.number or not found.having(FindingStatus.PROBLEM):
        return ""
    return counted(found)


def counted(found: Examination) -> str:
    """Say how many findings stand in which way."""
    counts = found.counts
    told = [
        ngettext("%(num)d problem", "%(num)d problems", counts[FindingStatus.PROBLEM]),
        ngettext("%(num)d warning", "%(num)d warnings", counts[FindingStatus.WARNING]),
        ngettext("%(num)d fine", "%(num)d fine", counts[FindingStatus.OK]),
        ngettext("%(num)d not known", "%(num)d not known", counts[FindingStatus.UNKNOWN]),
    ]
    numbers = [counts[each] for each in _ORDER]
    shown = told if numbers[-1] else told[:-1]
    return _BETWEEN.join(text % {"num": number} for text, number in zip(shown, numbers, strict=False))


_BETWEEN = "\u00a0· "  # a line may end behind the dot, and begins with none
_ORDER = (FindingStatus.PROBLEM, FindingStatus.WARNING, FindingStatus.OK, FindingStatus.UNKNOWN)


def worst(found: Examination) -> FindingStatus:
    """Say how the worst of what is known stands."""
    return next((each for each in _ORDER[:2] if found.having(each)), FindingStatus.OK)


def meaning(found: Examination) -> str:
    """Say what it means for mail, by the gravest problem."""
    places = {place_of(each).place for each in found.having(FindingStatus.PROBLEM)}
    gravest = next((text for place, text in _MEANING.items() if place in places), None)
    if gravest:
        return gettext(gravest)
    return gettext(_ONLY_HINTS if found.having(FindingStatus.WARNING) else _ALL_FINE)
