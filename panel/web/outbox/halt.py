"""Why nothing at all leaves, or less than it should, in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from panel import clock
from panel.diagnosis.diagnose import kept
from panel.i18n import N_, joined
from panel.mail.smtp.protocol import Stage
from panel.outbox.pace.healing import SELDOM_MS, Again
from panel.outbox.pace.hold import Hold
from panel.outbox.pace.pace import Pace, Reason
from panel.outbox.pace.server_state import ServerState
from panel.outbox.pace.store import PaceState
from panel.settings.model import Settings
from panel.web.checks.failure import FailureWords, words_of
from panel.web.checks.stages import stage_label
from panel.web.text import about, actor_name, clock_time, gettext, minute, translated

TRIES = len(SELDOM_MS)  # of a login that was refused


@dataclass(frozen=True, slots=True)
class Halt:
    """Why nothing at all leaves: somebody's pause, or settings that do not work; `slowed` is what the server asks."""

    paused: str
    held: str
    slowed: str
    failure: FailureWords | None
    of_second: bool = False


def halt(state: PaceState, settings: Settings, now: datetime) -> Halt:
    """Say who paused all mail, why it is held, or that the server takes less; `settings` are those it leaves by."""
    failure = words_of_hold(state.server, settings)
    return Halt(paused(state.pace), held(state, now), slowed(state, now), failure, state.route.by_second)


def paused(pace: Pace) -> str:
    """Say who paused all mail; nothing where nobody did."""
    if not pace.paused_at:
        return ""
    since = clock_time(clock.moment(pace.paused_at))
    return translated(N_("%(who)s paused it at %(time)s."), who=actor_name(pace.paused_by or ""), time=since)


def held(state: PaceState, now: datetime) -> str:
    """Say since when and at which step all mail is held, and when it is tried again; nothing where it is not."""
    hold = state.hold
    if not hold:
        return ""
    text = N_("All mail has been held since %(time)s, at the step “%(stage)s”.")
    since = translated(text, time=clock_time(clock.moment(hold.at)), stage=stage_label(Stage(hold.stage)))
    return joined((since, tried_again(hold, state.again_at, now)))


def tried_again(hold: Hold, at: datetime | None, now: datetime) -> str:
    """Say when held mail is tried again by itself, or that it is not, and why."""
    if at is None:
        return _tried_no_more(hold)
    if at <= now:
        return gettext(N_("It is tried again with the next message."))
    if hold.again is not Again.SELDOM:
        return translated(N_("It is tried again by itself at about %(time)s."), time=about(at))
    text = N_("It is tried again by itself at about %(time)s, try %(number)d of %(count)d.")
    return translated(text, time=about(at), number=hold.logins, count=TRIES)


def _tried_no_more(hold: Hold) -> str:
    if hold.again is Again.SELDOM:
        text = N_("It was tried again %(count)d times and now no more: try it again by hand, or change the settings.")
        return translated(text, count=TRIES)
    if Stage(hold.stage) is Stage.TOKEN:
        return gettext(N_("It is not tried again by itself: somebody has to put this right first."))
    return gettext(N_("It is not tried again by itself, for no sign-in has worked since these settings were saved."))


def slowed(state: PaceState, now: datetime) -> str:
    """Tell of a rest after a refusal for the rate, and of the longer interval that follows it."""
    if state.wait and state.wait.reason is Reason.REST:
        at = minute(now + timedelta(milliseconds=state.wait.ms or 0))
        return translated(N_("The server takes no more for now. Sending goes on at about %(time)s."), time=at)
    if state.suggested_ms and state.interval_ms == state.suggested_ms:
        text = N_("The server has refused mail for its rate, so one message leaves every %(seconds)s s for now.")
        return translated(text, seconds=f"{state.interval_ms / 1000:g}")
    return ""


def words_of_hold(server: ServerState, settings: Settings) -> FailureWords | None:
    """Tell why a server is held, whose settings these are; another version than that in force holds none."""
    hold = server.held
    if not hold:
        return None
    failure = kept(hold.stage, hold.cause, hold.reply, hold.detail)
    return words_of(failure, settings, has_worked=server.has_worked, by_itself=True)
