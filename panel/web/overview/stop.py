"""Why nothing leaves, as the verdict tells it: what works still, who changed what before, and how it came about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from panel import clock
from panel.checks.verdict import Verdict
from panel.i18n import N_
from panel.mail.smtp.protocol import Stage
from panel.outbox.pace.hold import Hold
from panel.settings.model import OF_SERVER, SECOND, Settings
from panel.settings.store import Version
from panel.web.checks.failure import FailureWords, Step, works_before
from panel.web.checks.stages import stage_label
from panel.web.overview.told import told_of_hold
from panel.web.text import about, actor_name, clock_time, gettext, label, listed, translated

_BEFORE = timedelta(hours=6)  # in which a change may be to blame


@dataclass(frozen=True, slots=True)
class StopMoment:
    """One moment of the course."""

    tone: str
    time: str
    text: str


@dataclass(frozen=True, slots=True)
class Stop:
    """What is known of a stop besides its cause; `back` is the version before a change that may be to blame."""

    works: str
    change: str
    stage: str
    course: tuple[StopMoment, ...]
    back: int = 0


def stop(verdict: Verdict, version: Version, settings: Settings, now: datetime) -> Stop | None:
    """Tell of a hold; of other failures there is no more to tell than their words."""
    hold = verdict.facts.pace.hold or verdict.facts.pace.former_hold
    if hold is None:
        return None
    stage = Stage(hold.stage)
    blamed = _blamed(hold, version)
    return Stop(
        works=works_before(stage, encrypted=settings.tls),
        change=_change(version) if blamed else "",
        stage=stage_label(stage),
        course=tuple(_course(verdict, hold, version, now)),
        back=version.number - 1 if blamed else 0,
    )


def _blamed(hold: Hold, version: Version) -> bool:
    """Say whether the settings were changed shortly before the hold began."""
    if version.saved_at is None or version.number < 2 or hold.version != version.number:
        return False
    return timedelta(0) <= clock.moment(hold.at) - version.saved_at < _BEFORE


def _change(version: Version) -> str:
    assert version.saved_at
    values = {
        "who": actor_name(version.saved_by),
        "fields": listed(label(name) for name in version.changed[:3]),
        "time": clock_time(version.saved_at),
    }
    return translated(N_("This began after %(who)s had changed %(fields)s at %(time)s."), **values)


def _course(verdict: Verdict, hold: Hold, version: Version, now: datetime) -> Iterator[StopMoment]:
    """Tell what was, in its order, and what comes next by itself."""
    refused = translated(N_("Refused at: %(stage)s"), stage=stage_label(Stage(hold.stage)))
    changed = [(version.saved_at, "idle", _who_changed(version))] if version.saved_at else []
    moments = [*changed, (clock.moment(hold.at), "bad", refused), *told_of_hold()]
    for at, tone, text in sorted(moments, key=lambda each: each[0]):
        yield StopMoment(tone, clock_time(at), text)
    again = verdict.facts.pace.again_at
    if again and verdict.facts.pace.hold:
        yield StopMoment("info", about(max(again, now)), gettext(N_("Tried again by itself")))


def _who_changed(version: Version) -> str:
    return translated(N_("Settings changed (%(who)s)"), who=actor_name(version.saved_by))


def place_to_mend(failure: FailureWords, *, of_second: bool) -> str:
    """Give the end of a link to the field of the form that a failure is about; empty where it is about none."""
    field = next((each.field for each in failure.steps if each.field not in ("", "grant")), "")
    return f"#{_of(field, of_second)}" if field else ""


def led_to_fields(failure: FailureWords, *, of_second: bool) -> FailureWords:
    """Have each thing to do lead to the field that it names, else to that of the failure."""
    return replace(failure, steps=tuple(_placed(each, of_second) for each in failure.steps))


def _of(field: str, of_second: bool) -> str:
    """Name the second server's own field where it has one."""
    return f"{SECOND}{field}" if of_second and field in OF_SERVER else field


def _placed(step: Step, of_second: bool) -> Step:
    if not step.field_label or step.field == "grant" or step.field_label in step.text:
        return replace(step, field=_of(step.field, of_second) if step.field != "grant" else "grant")
    named = next((name for name in _NAMED if label(name) in step.text), "")
    return Step(step.text, _of(named or step.field, of_second), label(named) if named else step.field_label)


_NAMED = ("from_address", "smtp_host", "smtp_port", "smtp_auth", "smtp_user", "smtp_password", "tls", "local_hostname")
