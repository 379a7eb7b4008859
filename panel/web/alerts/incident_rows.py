"""The incidents in the reader's words: what is wrong, what to do, and who was told when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from panel.alerts.incident import Incident, IncidentState
from panel.alerts.judging.course import GONE, over_at
from panel.alerts.notice import NoticeType
from panel.alerts.seen.told import NoticeOutcome, Told
from panel.alerts.wording import what_is_wrong, what_to_do
from panel.i18n import N_
from panel.web.alerts.words import ALERT_LABELS, LEVEL_LABELS, TONES, isolated
from panel.web.text import about, actor_name, clock_time, gettext, ngettext, translated

MOST_MOMENTS = 8  # of a course that are shown: the first ones, and the last


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of a course: what happened, or will."""

    at: datetime
    text: Markup
    tone: str


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident as the page shows it."""

    number: int  # 0 where nobody keeps it, because nobody is told
    id: str
    alert: str
    label: str
    level: str
    tone: str
    icon: str
    what: str
    steps: tuple[str, ...]
    quiet: str  # where it is gone, and not over yet
    since: datetime
    resolved_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    course: tuple[Moment, ...] = ()
    told: str = ""


def firing_rows(incidents: Iterable[Incident], told: Iterable[Told], repeat: timedelta) -> list[IncidentRow]:
    """Show what fires, the worst first, each with its course and what comes next."""
    by_incident = _by_incident(told)
    worst_first = sorted(incidents, key=lambda each: ([*TONES].index(each.level), each.number))
    return [_row(each, course=_course(each, by_incident[each.number], repeat)) for each in worst_first]


def past_rows(incidents: Iterable[Incident], told: Iterable[Told]) -> list[IncidentRow]:
    """Show what fired within the time that is kept, in one line each."""
    by_incident = _by_incident(told)
    return [_row(each, told=_told_in_short(by_incident[each.number])) for each in incidents]


def _row(incident: Incident, course: tuple[Moment, ...] = (), told: str = "") -> IncidentRow:
    over, quiet = incident.state is IncidentState.RESOLVED, _quiet(incident)
    label = gettext(ALERT_LABELS[incident.alert])
    return IncidentRow(
        number=incident.number,
        id=incident.name if incident.number else f"now-{incident.alert}",
        alert=str(incident.alert),
        label=label,
        level=gettext(LEVEL_LABELS[incident.level]),
        tone="ok" if over else TONES[incident.level],
        icon="ok" if over else "bell",
        what=label if quiet else what_is_wrong(incident, gettext, type=NoticeType.UPDATED),  # as without a reminder
        steps=() if quiet else what_to_do(incident, gettext),
        quiet=quiet,
        since=incident.since,
        resolved_at=incident.resolved_at,
        acknowledged_at=incident.acknowledged_at,
        acknowledged_by=actor_name(incident.acknowledged_by),
        course=course,
        told=told,
    )


def _quiet(incident: Incident) -> str:
    """Say that it is gone, and until when it is waited whether it comes back."""
    ends = over_at(incident)
    if ends is None:
        return ""
    return translated(GONE, since=clock_time(incident.changes[-1]), ends=about(ends))


def _by_incident(told: Iterable[Told]) -> Mapping[int, list[Told]]:
    found = defaultdict[int, list[Told]](list)
    for each in told:
        found[each.incident].append(each)
    return found


# The course


def _course(incident: Incident, told: Sequence[Told], repeat: timedelta) -> tuple[Moment, ...]:
    begin = Moment(incident.since, _said(N_("noticed")), TONES[incident.level])
    moments = [begin, *_tries(told), *_next(incident, repeat)]
    return tuple(moments[:3] + moments[-(MOST_MOMENTS - 3) :] if len(moments) > MOST_MOMENTS else moments)


def _tries(told: Iterable[Told]) -> Iterator[Moment]:
    for each in told:
        tone, text = _OUTCOMES[each.outcome]
        if each.outcome is NoticeOutcome.DELIVERED and each.tries > 1:
            tone, text = "warn", N_("%(name)s told after %(count)d tries")
        name = isolated(each.name) if each.name else gettext(N_("a destination that is gone"))
        yield Moment(each.ended_at or each.due_at or each.made_at, _said(text, name=name, count=each.tries), tone)


_OUTCOMES: Mapping[NoticeOutcome, tuple[str, str]] = {
    NoticeOutcome.DELIVERED: ("ok", N_("%(name)s told")),
    NoticeOutcome.WAITING: ("warn", N_("%(name)s is to be told, tries so far: %(count)d")),
    NoticeOutcome.FAILED: ("bad", N_("%(name)s could not be told")),
    NoticeOutcome.SUMMED: ("idle", N_("%(name)s is told of it with others")),
}


def _next(incident: Incident, repeat: timedelta) -> Iterator[Moment]:
    """Say when it is told of again, where somebody is told and nobody has acknowledged it."""
    last = incident.reminded_at or incident.fired_at
    if incident.number and last and repeat and not incident.acknowledged_at:
        yield Moment(last + repeat, _said(N_("reminder, if it goes on")), "idle")


def _said(message: str, **values: object) -> Markup:
    """Give a sentence of ours; the values in it are escaped."""
    return Markup(gettext(message)) % values  # noqa: S704 - our own sentence; Markup escapes the values


def _told_in_short(told: Sequence[Told]) -> str:
    delivered = sum(each.outcome is NoticeOutcome.DELIVERED for each in told)
    failed = sum(each.outcome is NoticeOutcome.FAILED for each in told)
    if failed:
        return ngettext("%(num)d notice failed", "%(num)d notices failed", failed) % {"num": failed}
    return ngettext("%(num)d notice", "%(num)d notices", delivered) % {"num": delivered} if delivered else ""
