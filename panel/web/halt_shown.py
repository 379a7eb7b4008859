"""Why nothing at all leaves, in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass

from panel import clock
from panel.language import N_
from panel.pace import Pace
from panel.smtp import Failure, Reply, Stage
from panel.web.times_shown import clock_time, told
from panel.web.trial_shown import FailureView, failure_of, stage_label


@dataclass(frozen=True, slots=True)
class Halt:
    """Why nothing at all leaves: somebody's pause, or settings that do not work."""

    paused: str
    held: str
    failure: FailureView | None


def halt(pace: Pace) -> Halt:
    """Say who paused all mail, or why it is held."""
    paused = held = ""
    if pace.paused_at:
        since = clock_time(clock.moment(pace.paused_at))
        paused = told(N_("%(who)s paused it at %(time)s."), who=pace.paused_by or "", time=since)
    if pace.held_at and pace.held_stage:
        text = N_("All mail has been held since %(time)s, at the step “%(stage)s”.")
        held = told(text, time=clock_time(clock.moment(pace.held_at)), stage=stage_label(Stage(pace.held_stage)))
    return Halt(paused, held, held_failure(pace))


def held_failure(pace: Pace) -> FailureView | None:
    """Tell why all mail is held."""
    if not pace.held_cause or not pace.held_stage:
        return None
    return told_failure(pace.held_stage, pace.held_cause, pace.held_reply, pace.held_detail)


def told_failure(stage: str, cause: str, said: str | None, detail: str | None) -> FailureView:
    """Tell a failure that was kept: its stage, its cause and the server's words."""
    reply = Reply(int(said[:3]), (said[4:],)) if said and said[:3].isdecimal() else None
    return failure_of(Failure(Stage(stage), cause, reply, detail or ""))
