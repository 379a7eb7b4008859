"""Who was told that mail is held, as the course of the hold tells it; nothing is read where nobody is to be told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from panel.i18n import N_
from panel.web.context import services
from panel.web.text import gettext, listed, ngettext, translated

if TYPE_CHECKING:
    from panel.alerts.seen.told import Told

_NAMED = 2  # destinations that are named; the others are counted


def told_of_hold() -> Iterator[tuple[datetime, str, str]]:
    """Give a moment, its tone and its text for those who were told first, and for those who could not be."""
    opened = services()
    if not opened.has_destinations:
        return
    from panel.alerts.alert import Alert  # with the first destination
    from panel.alerts.seen.told import NoticeOutcome, told_of

    held = (Alert.HELD, Alert.SIGN_IN_REQUIRED)
    numbers = [each.number for each in opened.incidents.open() if each.alert in held]
    told = told_of(opened.database, numbers)
    heard = _first(each for each in told if each.outcome is NoticeOutcome.DELIVERED)
    failed = _first(each for each in told if each.outcome is NoticeOutcome.FAILED and each.destination not in heard)
    for found, tone, said in ((heard, "ok", N_("%(name)s told")), (failed, "bad", N_("%(name)s could not be told"))):
        if found:
            last = max(each.ended_at or each.made_at for each in found.values())
            yield last, tone, translated(said, name=_names([*found.values()]))


def _first(told: Iterator[Told]) -> dict[int, Told]:
    """Keep the first notice to each destination: those after it are reminders."""
    found: dict[int, Told] = {}
    for each in told:
        found.setdefault(each.destination, each)
    return found


def _names(told: list[Told]) -> str:
    names = [each.name or gettext(N_("a destination that is gone")) for each in told]
    more = len(names) - _NAMED
    if more <= 0:
        return listed(names)
    rest = ngettext("%(num)d more", "%(num)d more", more) % {"num": more}
    return listed([*names[:_NAMED], rest])
