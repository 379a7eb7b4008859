"""The verdict in the reader's words: one sentence, four facts, and the last hour as a chart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from panel.language import N_, Text
from panel.pace import Reason
from panel.pacing import MINUTE_MS, per_minute
from panel.smtp import Failure, Reply, Stage
from panel.traffic import MINUTES, Minute
from panel.verdict import Facts, Kind, Verdict
from panel.web.context import gettext, ngettext
from panel.web.outbox_shown import end_of
from panel.web.trial_shown import FailureView, failure_of, failure_view

HEIGHT = 120  # of the chart, in its own units
STEP = 10  # from one minute to the next

_KINDS: Mapping[Kind, tuple[str, str]] = {
    Kind.NONE: ("idle", N_("Not set up yet")),
    Kind.PAUSED: ("warn", N_("Sending is paused")),
    Kind.STOPPED: ("bad", N_("Sending has stopped")),
    Kind.BAD: ("bad", N_("Mail is not going out")),
    Kind.UNTESTED: ("warn", N_("Not checked yet")),
    Kind.SLOW: ("warn", N_("Mail is going out, but late")),
    Kind.OK: ("ok", N_("Mail is going out")),
}
_REASONS: Mapping[Kind, str] = {
    Kind.NONE: N_("Mail cannot be sent yet. Enter the settings and send a test email."),
    Kind.PAUSED: N_("Somebody has paused it. What waits goes out when it is resumed."),
    Kind.STOPPED: N_("The worker is not running. Start mail-panel serve or mail-panel worker."),
    Kind.BAD: N_("The last test email with these settings was not accepted."),
    Kind.UNTESTED: N_("Nothing has been sent since these settings were saved."),
    Kind.SLOW: N_("The oldest message has waited for long, or the server keeps saying: later."),
    Kind.OK: N_("The server accepted a test email with these settings."),
}
_WAITS: Mapping[Reason, str] = {
    Reason.PACE: N_("by the sending interval"),
    Reason.HOUR: N_("by the hourly cap"),
    Reason.DAY: N_("by the daily cap"),
    Reason.REST: N_("rest after a refusal for the rate"),
    Reason.BUSY: N_("a message is under way"),
    Reason.PAUSED: N_("when it is resumed"),
    Reason.HELD: N_("when the settings work"),
}


@dataclass(frozen=True, slots=True)
class Tile:
    """One fact under the verdict."""

    label: str
    value: str
    note: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart, in its own units."""

    x: float
    y: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The last hour, minute by minute, against the limit; `said` is the same as a sentence."""

    bars: tuple[Bar, ...]
    limit: int | None
    limit_y: float
    said: str
    began: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class VerdictView:
    """The first sentence of the detail page, and what it rests on."""

    kind: str
    tone: str
    title: str
    reason: str
    tiles: tuple[Tile, ...]
    failure: FailureView | None
    chart: Chart | None


def verdict_view(verdict: Verdict, now: datetime) -> VerdictView:
    """Put the verdict into the reader's words."""
    tone, title = _KINDS[verdict.kind]
    return VerdictView(
        kind=str(verdict.kind),
        tone=tone,
        title=gettext(title),
        reason=_reason(verdict, now),
        tiles=tuple(_tiles(verdict, now)) if verdict.kind is not Kind.NONE else (),
        failure=_failure(verdict),
        chart=_chart(verdict.facts, now),
    )


def _reason(verdict: Verdict, now: datetime) -> str:
    last = next((each for each in verdict.facts.traffic.last if each.outcome == "sent"), None)
    if verdict.kind is Kind.OK and last:
        return _told(N_("The last message was accepted %(ago)s ago."), ago=_duration(now - last.at))
    if verdict.kind is Kind.BAD and verdict.facts.pace.pace.held_cause:
        return gettext(N_("The queue is held, so that no message is lost: the settings do not work."))
    return gettext(_REASONS[verdict.kind])


def _tiles(verdict: Verdict, now: datetime) -> Iterator[Tile]:
    if verdict.trial:
        report = verdict.trial.report
        value = gettext(N_("Passed")) if report.failure is None else gettext(N_("Failed"))
        seconds = _told(N_("%(seconds)s s"), seconds=f"{report.ms / 1000:.2f}")
        yield Tile(gettext(N_("Last test")), value, seconds, report.started_at)
    if verdict.facts.traffic.last:
        last = verdict.facts.traffic.last[0]
        yield Tile(gettext(N_("Last send")), end_of(last), (last.reply or "")[:60], last.at)
    counts = verdict.facts.counts
    if counts.waiting or verdict.facts.traffic.last:
        oldest = (
            Text(N_("oldest %(age)s"), {"age": _duration(now - counts.oldest)}).told(gettext) if counts.oldest else ""
        )
        yield Tile(gettext(N_("Waiting")), f"{counts.waiting:,}", oldest)
    if counts.waiting:
        yield _next(verdict.facts, now)


def _next(facts: Facts, now: datetime) -> Tile:
    """Say when the next message may leave, and why not yet."""
    label, wait = gettext(N_("Next send")), facts.pace.wait
    if wait is None or wait.reason is Reason.EMPTY:
        return Tile(label, gettext(N_("now")))
    note = gettext(_WAITS.get(wait.reason, ""))
    if wait.ms is None:
        return Tile(label, gettext(N_("on hold")), note)
    return Tile(
        label, Text(N_("in %(time)s"), {"time": _duration(timedelta(milliseconds=wait.ms))}).told(gettext), note
    )


def _failure(verdict: Verdict) -> FailureView | None:
    """Tell why the queue is held, or why the last test failed."""
    pace = verdict.facts.pace.pace
    if verdict.kind is not Kind.BAD:
        return None
    if pace.held_cause and pace.held_stage:
        said = pace.held_reply or ""
        reply = Reply(int(said[:3]), (said[4:],)) if said[:3].isdecimal() else None
        return failure_of(Failure(Stage(pace.held_stage), pace.held_cause, reply, pace.held_detail or ""))
    trial = verdict.trial
    return failure_view(trial.report) if trial and trial.report.failure else None


def _chart(facts: Facts, now: datetime) -> Chart | None:
    """Draw the last hour, if anything happened in it."""
    minutes = facts.traffic.minutes
    if not facts.traffic.sent + facts.traffic.lost:
        return None
    interval = facts.pace.interval_ms
    limit = per_minute(interval) if 0 < interval <= MINUTE_MS else None
    most = max(limit or 0, *(each.sent + each.lost for each in minutes)) * 1.2
    return Chart(
        bars=tuple(_bars(minutes, HEIGHT / most)),
        limit=limit,
        limit_y=HEIGHT - (limit or 0) * HEIGHT / most,
        said=_said(facts, limit),
        began=now - timedelta(minutes=MINUTES),
        ended=now,
    )


def _bars(minutes: tuple[Minute, ...], unit: float) -> Iterator[Bar]:
    for place, each in enumerate(minutes):
        below = 0.0
        for kind, count in (("sent", each.sent), ("lost", each.lost)):
            if count:
                below += count * unit
                yield Bar(place * STEP + 1.5, round(HEIGHT - below, 1), round(count * unit, 1), kind)


def _said(facts: Facts, limit: int | None) -> str:
    message = N_("%(sent)d sent and %(lost)d not accepted in the last 60 minutes.")
    told = _told(message, sent=facts.traffic.sent, lost=facts.traffic.lost)
    if limit is None:
        return told
    return " ".join([told, _told(N_("The limit is %(limit)d per minute."), limit=limit)])


def _told(message: str, **values: object) -> str:
    return Text(message, values).told(gettext)


def _duration(span: timedelta) -> str:
    """Say a span in its largest unit."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return ngettext("%(num)d second", "%(num)d seconds", seconds) % {"num": seconds}
    if seconds < 3600:
        return ngettext("%(num)d minute", "%(num)d minutes", seconds // 60) % {"num": seconds // 60}
    if seconds < 86_400:
        return ngettext("%(num)d hour", "%(num)d hours", seconds // 3600) % {"num": seconds // 3600}
    return ngettext("%(num)d day", "%(num)d days", seconds // 86_400) % {"num": seconds // 86_400}
