"""Why nothing at all leaves, or less than it should, in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from panel import clock
from panel.language import N_
from panel.pace import Pace, Reason
from panel.pace_clock import PaceState
from panel.smtp import Failure, Reply, Stage
from panel.web.times_shown import clock_time, minute, told
from panel.web.trial_shown import FailureView, failure_of, stage_label


@dataclass(frozen=True, slots=True)
class Halt:
    """Why nothing at all leaves: somebody's pause, or settings that do not work; `slowed` is what the server asks."""

    paused: str
    held: str
    slowed: str
    failure: FailureView | None


def halt(state: PaceState, now: datetime) -> Halt:
    """Say who paused all mail, why it is held, or that the server takes less."""
    return Halt(paused(state.pace), held(state.pace), slowed(state, now), held_failure(state.pace))


def paused(pace: Pace) -> str:
    """Say who paused all mail; nothing where nobody did."""
    if not pace.paused_at:
        return ""
    since = clock_time(clock.moment(pace.paused_at))
    return told(N_("%(who)s paused it at %(time)s."), who=pace.paused_by or "", time=since)


def held(pace: Pace) -> str:
    """Say since when and at which step all mail is held; nothing where it is not."""
    if not pace.held_at or not pace.held_stage:
        return ""
    text = N_("All mail has been held since %(time)s, at the step “%(stage)s”.")
    return told(text, time=clock_time(clock.moment(pace.held_at)), stage=stage_label(Stage(pace.held_stage)))


def slowed(state: PaceState, now: datetime) -> str:
    """Tell of a rest after a refusal for the rate, and of the longer interval that follows it."""
    if state.wait and state.wait.reason is Reason.REST:
        at = minute(now + timedelta(milliseconds=state.wait.ms or 0))
        return told(N_("The server takes no more for now. Sending goes on at about %(time)s."), time=at)
    if state.suggested_ms and state.interval_ms == state.suggested_ms:
        text = N_("The server has refused mail for its rate, so one message leaves every %(seconds)s s for now.")
        return told(text, seconds=f"{state.interval_ms / 1000:g}")
    return ""


def held_failure(pace: Pace) -> FailureView | None:
    """Tell why all mail is held."""
    if not pace.held_cause or not pace.held_stage:
        return None
    return told_failure(pace.held_stage, pace.held_cause, pace.held_reply, pace.held_detail)


def told_failure(stage: str, cause: str, said: str | None, detail: str | None) -> FailureView:
    """Tell a failure that was kept: its stage, its cause and the server's words."""
    reply = Reply(int(said[:3]), (said[4:],)) if said and said[:3].isdecimal() else None
    return failure_of(Failure(Stage(stage), cause, reply, detail or ""))
