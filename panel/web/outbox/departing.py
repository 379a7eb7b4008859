"""Whether mail is being sent, in one line of the outbox's head: at which pace, when the next leaves, and the last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from panel.i18n import N_
from panel.outbox.estimate import Departure, Standstill
from panel.outbox.pace.pace import Reason
from panel.outbox.pace.rate import DAY_MS, HOUR_MS, MINUTE_MS
from panel.web.text import about, clock_time, gettext, ngettext, translated


@dataclass(frozen=True, slots=True)
class DepartureLine:
    """A badge with its tone and icon, blank where there is nothing to say, and what stands beside it."""

    tone: str
    icon: str
    badge: str
    text: str


def departure_line(found: Departure, interval_ms: int, now: datetime) -> DepartureLine:
    """Say of all that waits when it leaves, or why it does not, or that nothing waits."""
    waiting = ngettext("%(num)s waits", "%(num)s wait", found.waiting) % {"num": f"{found.waiting:,}"}
    text = waiting if found.waiting else gettext(N_("Nothing is waiting."))
    if found.standstill in _BY_ITSELF or (found.standstill and found.waiting):
        tone, icon, badge = _STANDSTILLS[found.standstill]
        return DepartureLine(tone, icon, gettext(badge), text)
    if not found.waiting or found.next_at is None:
        return DepartureLine("", "", "", text)
    text = " · ".join(_moments(found, found.next_at, now))
    if found.rests:
        return DepartureLine("warn", "clock", gettext(_SLOWED[found.reason]), text)
    if found.put_off:
        return DepartureLine("warn", "again", gettext(N_("Will retry")), text)
    return DepartureLine("ok", "ok", _pace(interval_ms), text)


def _moments(found: Departure, next_at: datetime, now: datetime) -> Iterator[str]:
    soon = next_at - now <= _AT_ONCE
    yield gettext(N_("next at any moment")) if soon else translated(N_("next at %(time)s"), time=clock_time(next_at))
    if found.waiting > 1 and found.out_at:
        yield translated(N_("all sent by about %(time)s"), time=about(found.out_at))


def _pace(interval_ms: int) -> str:
    """Say how many leave in the shortest span in which one does."""
    if not interval_ms:
        return gettext(N_("Sending"))
    span, text = next((each for each in _PACES if interval_ms <= each[0]), _PACES[-1])
    return translated(text, number=f"{span / interval_ms:.1f}".removesuffix(".0"))


_AT_ONCE = timedelta(seconds=2)
_BY_ITSELF = (Standstill.PAUSED, Standstill.HELD, Standstill.DATABASE)  # told of although nothing waits
_STANDSTILLS: Mapping[Standstill, tuple[str, str, str]] = {
    Standstill.UNSET: ("idle", "info", N_("Not set up yet")),
    Standstill.UNATTENDED: ("bad", "bad", N_("No worker is running")),
    Standstill.DATABASE: ("bad", "bad", N_("The database cannot be written")),
    Standstill.PAUSED: ("warn", "hold", N_("Sending is paused")),
    Standstill.HELD: ("bad", "hold", N_("Mail is on hold")),
}
_SLOWED: Mapping[Reason | None, str] = {
    Reason.HOUR: N_("Limit of an hour reached"),
    Reason.DAY: N_("Limit of a day reached"),
    Reason.REST: N_("Resting at the server's request"),
}
_PACES = (
    (MINUTE_MS, N_("Sending %(number)s a minute")),
    (HOUR_MS, N_("Sending %(number)s an hour")),
    (DAY_MS, N_("Sending %(number)s a day")),
)
