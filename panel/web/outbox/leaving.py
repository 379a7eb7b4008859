"""Which of two servers mail leaves by, in the reader's words: since when, why, and what becomes of the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from panel import clock
from panel.i18n import N_, joined
from panel.outbox.delivery.binding import Binding
from panel.outbox.pace.route import Choice, SenderRoute, Way, Which
from panel.outbox.pace.store import PaceState
from panel.settings.model import Settings
from panel.web.checks.failure import FailureWords
from panel.web.outbox.halt import tried_again, words_of_hold
from panel.web.text import about, clock_time, gettext, ngettext, translated


@dataclass(frozen=True, slots=True)
class ChoiceOffer:
    """One thing that may be chosen: its word and what its button says."""

    choice: Choice
    label: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """By which of two servers mail leaves; `fault` is what is wrong with the first, as long as it is."""

    state: str
    by_second: bool
    title: str
    text: str
    fault: FailureWords | None
    again: str  # when the first is looked at again
    offers: tuple[ChoiceOffer, ...]
    soon: bool = False  # the first takes none, and the second is about to take over

    @property
    def is_at_rest(self) -> bool:
        """Say whether nothing is out of the ordinary: the first takes mail, and the second stands by."""
        return self.state == "first" and not self.soon

    @property
    def tone(self) -> str:
        """Give amber while mail leaves by the second, or may not although the first takes none."""
        return "warn" if self.by_second or (self.fault and self.state == "first_by_hand") else "info"


_OFFERS: Mapping[Choice, str] = {
    Choice.SECOND: N_("Use the second server now"),
    Choice.FIRST: N_("Use the first server only"),
    Choice.AUTO: N_("Choose automatically"),
}


def leaving(state: PaceState, settings: Settings, now: datetime) -> Leaving | None:
    """Say by which server mail leaves; None where there is one only. `settings` are those in force."""
    if not settings.second:
        return None
    route, hold = state.route, state.pace.held
    by_second = route.which is Which.SECOND
    own_hand = route.choice is Choice.FIRST
    told = _of_second(route, settings) if by_second else _of_first(state, settings, now)
    return Leaving(
        state="first_by_hand" if own_hand else str(route.way),
        by_second=by_second,
        title=gettext(_title(route)),
        text=joined(told),
        fault=words_of_hold(state.pace.first, settings) if by_second or own_hand else None,
        again=_looked_at(state, now) if hold and by_second else "",
        offers=tuple(_offers(route)),
        soon=hold is not None and str(route.way) == "first" and not own_hand,
    )


def _offers(route: SenderRoute) -> Iterator[ChoiceOffer]:
    """Offer what is not chosen already."""
    for choice, said in _OFFERS.items():
        if choice is not route.choice:
            stays = choice is Choice.SECOND and route.which is Which.SECOND
            yield ChoiceOffer(choice, gettext(N_("Stay with the second server") if stays else said))


def settings_in_use(route: SenderRoute, settings: Settings) -> Settings:
    """Give the settings of the server that mail leaves by."""
    return settings.by_second if route.which is Which.SECOND else settings


def _title(route: SenderRoute) -> str:
    if route.which is Which.SECOND:
        return N_("Mail leaves by the second server")
    return (
        N_("Mail leaves by the first server only") if route.choice is Choice.FIRST else N_("A second server is ready")
    )


def _of_second(route: SenderRoute, settings: Settings) -> Iterator[str]:
    """Say since when mail leaves by the second, by whose choice, and that it is the same sender."""
    values = {"host": settings.second_smtp_host, "time": clock_time(clock.moment(route.since)) if route.since else ""}
    if route.way is Way.SECOND_BY_HAND:
        text = N_(
            "Since %(time)s all mail leaves by %(host)s, because somebody has chosen it. That stays until changed."
        )
    else:
        text = N_("Since %(time)s all mail leaves by %(host)s, because the first server takes none.")
    yield translated(text, **values)
    yield translated(N_("It comes from the same address: %(address)s."), address=settings.from_address)


def _of_first(state: PaceState, settings: Settings, now: datetime) -> Iterator[str]:
    """Say what happens, or does not, when the first takes no mail."""
    if state.route.choice is Choice.FIRST:
        yield gettext(N_("Somebody has chosen it: the second is not used even while the first takes no mail."))
        return
    hold, host = state.pace.held, settings.second_smtp_host
    if hold is None:
        yield _ready(settings)
        return
    at = max(clock.moment(hold.at) + timedelta(minutes=settings.second_after_minutes), now)
    yield translated(N_("If this goes on, mail leaves by %(host)s from about %(time)s."), host=host, time=about(at))


def _ready(settings: Settings) -> str:
    """Say by which server mail leaves, and after how long without it by the second."""
    minutes, hosts = settings.second_after_minutes, (settings.smtp_host, settings.second_smtp_host)
    if not minutes:
        text = gettext(N_("Mail leaves by %(first)s. As soon as that takes none, it leaves by %(second)s."))
    else:
        text = ngettext(
            "Mail leaves by %(first)s. After a minute in which that takes none, it leaves by %(second)s.",
            "Mail leaves by %(first)s. After %(num)d minutes in which that takes none, it leaves by %(second)s.",
            minutes,
        )
    return text % {"first": hosts[0], "second": hosts[1], "num": minutes}


def _looked_at(state: PaceState, now: datetime) -> str:
    """Say when the first is looked at again, and how mail comes back to it."""
    hold = state.pace.held
    assert hold
    if state.route.choice is Choice.SECOND:
        return gettext(N_("The first server is left alone as long as the second is chosen."))
    back = gettext(N_("One message that it accepts brings all mail back to it."))
    return joined((tried_again(hold, state.first_again_at, now), back))


def waits_for(binding: Binding) -> str:
    """Say which server a message waits for that may have it already, and until when; nothing of another message."""
    if binding.server is None:
        return ""
    if binding.until is None:
        return gettext(_STAYS[binding.server])
    return translated(_WAITS_FOR[binding.server], time=about(clock.moment(binding.until)))


_WAITS_FOR = {
    Which.FIRST: N_(
        "The first server may have this message already, so it waits for that server until about %(time)s, and may "
        "leave by the second after that."
    ),
    Which.SECOND: N_(
        "The second server may have this message already, so it waits for that server until about %(time)s, and may "
        "leave by the first after that."
    ),
}
_STAYS = {
    Which.FIRST: N_("It has changed its server once, to the first, and stays with that."),
    Which.SECOND: N_("It has changed its server once, to the second, and stays with that."),
}
