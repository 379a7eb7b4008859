"""The facts under the verdict, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from panel import clock
from panel.checks.trial.store import Trial
from panel.checks.verdict import Facts, Verdict
from panel.i18n import N_
from panel.outbox.estimate import next_leaves_at
from panel.outbox.pace.pace import Reason
from panel.outbox.state import State
from panel.outbox.statistics import Today
from panel.web.checks.trial_result import words_of_arrival
from panel.web.context import permitted, services
from panel.web.outbox.listing import LOOKS
from panel.web.outbox.tries import end_of
from panel.web.settings.facts import Fact
from panel.web.text import clock_time, coming, gettext, marked, passing, translated

_WAITS: Mapping[Reason, str] = {
    Reason.PACE: N_("by the sending interval"),
    Reason.HOUR: N_("by the hourly limit"),
    Reason.DAY: N_("by the daily limit"),
    Reason.REST: N_("rest after a refusal for the rate"),
    Reason.BUSY: N_("a message is under way"),
    Reason.PAUSED: N_("when it is resumed"),
    Reason.DATABASE: N_("when the database can be written"),
    Reason.HELD: N_("when you save other settings, or a test succeeds"),
}
_PROBED = N_("then the server is tried again")
_SWITCHED = N_("then it leaves by the second server")
_ALIKE = timedelta(seconds=1)  # between two moments that were counted from one clock, one after the other
_SIGNED_IN = N_("when somebody signs in again, or you save other settings")


@dataclass(frozen=True, slots=True)
class Tile:
    """One fact under the verdict; `trial` is the number of the test that it tells of."""

    label: str
    value: str
    note: str = ""
    at: datetime | None = None
    trial: int = 0
    link: str = ""  # what is linked below it, to the messages in one state
    state: str = ""


def tiles(verdict: Verdict, today: Today, now: datetime, *, by_person: bool) -> Iterator[Tile]:
    """Give the last test and send, what waits or is withheld, when the next leaves or since when none does, the day."""
    hold = verdict.facts.pace.hold
    if hold:
        since = clock.moment(hold.at)
        yield Tile(gettext(N_("On hold since")), clock_time(since), marked(N_("%(age)s ago"), age=passing(since, now)))
    yield _last_test(verdict)
    yield _last_send(verdict.facts)
    oldest = verdict.facts.counts.oldest
    note = marked(N_("oldest %(age)s"), age=passing(oldest, now)) if oldest else ""
    yield Tile(gettext(N_("Waiting")), f"{verdict.facts.counts.waiting:,}", note)
    if withheld := verdict.facts.counts.by_state[State.WITHHELD]:
        link = gettext(N_("Withheld messages"))
        yield Tile(gettext(LOOKS[State.WITHHELD].name), f"{withheld:,}", link=link, state=State.WITHHELD)
    yield _next(verdict.facts, now, by_person=by_person)
    yield _of_day(today)


def _of_day(today: Today) -> Tile:
    said = translated(N_("Sent %(sent)s · failed %(failed)s"), sent=f"{today.sent:,}", failed=f"{today.failed:,}")
    seen = services().outbox.unseen_failures(most=1) == 0
    return Tile(gettext(N_("Today")), said, link="" if seen else gettext(N_("Failures not seen")), state=State.FAILED)


def next_send(facts: Facts, now: datetime) -> datetime | None:
    """Give when the next message leaves, where that can be told."""
    if not facts.counts.waiting or facts.silent(now):
        return None
    return next_leaves_at(facts.counts, facts.pace, facts.retries, now)


def _last_test(verdict: Verdict) -> Tile:
    label = gettext(N_("Last test"))
    if verdict.trial is None:
        return Tile(label, gettext(N_("none yet")), gettext(N_("for these settings")))
    report = verdict.trial.report
    note = translated(N_("%(seconds)s s"), seconds=f"{report.ms / 1000:.2f}")
    return Tile(label, _end_of_test(verdict.trial), note, report.started_at, verdict.trial.number)


def _end_of_test(trial: Trial) -> str:
    if trial.arrival:
        return gettext(N_("Arrived") if trial.arrival.arrived else N_("Not arrived"))
    return gettext(N_("Passed") if trial.report.failure is None else N_("Failed"))


def _last_send(facts: Facts) -> Tile:
    label = gettext(N_("Last send"))
    if not facts.traffic.last:
        return Tile(label, gettext(N_("none yet")))
    last = facts.traffic.last[0]
    return Tile(label, end_of(last), (permitted(last).reply or "")[:60], last.at)


def _next(facts: Facts, now: datetime, *, by_person: bool) -> Tile:
    """Say when the next message may leave, and why not yet; `by_person` that a sign-in stands in the way."""
    label, wait = gettext(N_("Next send")), facts.pace.wait
    if not facts.counts.waiting:
        return Tile(label, "–", gettext(N_("nothing waits")))
    if facts.silent(now) and not facts.unwritable:
        return Tile(label, gettext(N_("on hold")), gettext(N_("when a worker runs")))
    if wait is None or wait.reason in (Reason.EMPTY, Reason.BUSY):
        return _next_due(label, facts, now)
    note = _WAITS.get(wait.reason, "")
    if wait.ms is None:
        signed_in = by_person and wait.reason is Reason.HELD
        return Tile(label, gettext(N_("on hold")), gettext(_SIGNED_IN if signed_in else note))
    span = timedelta(milliseconds=wait.ms)
    if wait.reason is Reason.HELD:
        again = facts.pace.again_at
        note = _PROBED if again and now + span >= again - _ALIKE else _SWITCHED
    return _in(label, span, gettext(note), now)


def _next_due(label: str, facts: Facts, now: datetime) -> Tile:
    """The clock is free: what waits goes now, or when its retry is due."""
    if facts.counts.by_state[State.SENDING]:
        return Tile(label, gettext(N_("now")), gettext(N_("a message is under way")))
    if facts.counts.by_state[State.QUEUED] or facts.retry_at is None or facts.retry_at <= now:
        return Tile(label, gettext(N_("now")))
    return _in(label, facts.retry_at - now, gettext(N_("retry planned")), now)


def _in(label: str, span: timedelta, note: str, now: datetime) -> Tile:
    left = marked(N_("in %(time)s"), time=coming(now + span, now))
    return Tile(label, clock_time(now + span), left + " · " + note)


def arrival_fact(arrived: Trial | None) -> list[Fact]:
    """Tell of the last test with these settings that somebody has found in the mailbox, if there is one."""
    if arrived is None or arrived.arrival is None:
        return []
    said, note = words_of_arrival(arrived.arrival), translated(N_("Test %(name)s"), name=arrived.number)
    return [Fact(gettext(N_("Arrival")), said, note, "ok", "ok")]
