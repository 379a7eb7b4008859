"""The way of the mail as a picture: application, outbox, mail server and recipients, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from panel.checks.verdict import Facts, Kind, Verdict
from panel.i18n import N_
from panel.mail.smtp.protocol import Stage
from panel.outbox.statistics import Today
from panel.settings.model import Settings
from panel.web.checks.stages import stage_label
from panel.web.overview.tiles import next_send
from panel.web.text import clock_time, gettext, marked, ngettext, passing, translated

_SIGNS = {"ok": "ok", "warn": "warn", "bad": "bad", "idle": "wait"}  # besides the line: never by colour alone


@dataclass(frozen=True, slots=True)
class Station:
    """One place on the way; `tone` and `words` tell of the link that leads to it, `here` that it stops there."""

    icon: str
    name: str
    figure: str
    note: str = ""
    tone: str = ""
    words: str = ""
    here: bool = False

    @property
    def sign(self) -> str:
        return _SIGNS.get(self.tone, "")


def way(verdict: Verdict, settings: Settings, today: Today, now: datetime) -> Iterator[Station]:
    """Give the four places; `settings` are those that mail leaves by."""
    yield Station("app", gettext(N_("Application")), _taken(today), _last_taken(verdict.facts, today))
    yield _outbox(verdict, now)
    server = _server(verdict, settings)
    yield server
    yield _recipients(verdict, server, today)


def _taken(today: Today) -> str:
    return ngettext("%(num)s taken today", "%(num)s taken today", today.taken) % {"num": f"{today.taken:,}"}


def _last_taken(facts: Facts, today: Today) -> str:
    if facts.pace.hold and not facts.unwritable:
        return gettext(N_("more can be handed in"))
    return translated(N_("last %(time)s"), time=clock_time(today.taken_at)) if today.taken_at else ""


def _outbox(verdict: Verdict, now: datetime) -> Station:
    facts, kind = verdict.facts, verdict.kind
    waiting = facts.counts.waiting
    held = facts.pace.hold is not None or kind in (Kind.PAUSED, Kind.STOPPED)
    if held:
        figure = ngettext("%(num)s on hold", "%(num)s on hold", waiting)
    else:
        figure = ngettext("%(num)s waits", "%(num)s wait", waiting)
    station = Station("tray", gettext(N_("Outbox")), figure % {"num": f"{waiting:,}"}, _of_queue(facts, now, held=held))
    if facts.unwritable:
        return replace(station, tone="bad", words=gettext(N_("nothing can be taken")), here=True)
    return replace(station, tone="ok", words=gettext(N_("mail is taken")), here=kind in (Kind.PAUSED, Kind.STOPPED))


def _of_queue(facts: Facts, now: datetime, *, held: bool) -> str:
    if held and facts.counts.oldest:
        return marked(N_("oldest %(age)s"), age=passing(facts.counts.oldest, now))
    due = next_send(facts, now)
    return translated(N_("next %(time)s"), time=clock_time(due)) if due else ""


def _server(verdict: Verdict, settings: Settings) -> Station:
    facts = verdict.facts
    station = Station("srv", gettext(N_("Mail server")), settings.smtp_host or gettext(N_("(not set)")))
    tone, words, note = _link(verdict, settings)
    stopped = tone == "bad" and verdict.kind is Kind.BAD
    if facts.pace.route.by_second and tone == "ok":
        tone, words = "warn", gettext(N_("by the second server"))
    return replace(station, tone=tone, words=words, note=note, here=stopped)


def _link(verdict: Verdict, settings: Settings) -> tuple[str, str, str]:
    """Give the tone of the link to the server, what it says to who does not see it, and a line below the server."""
    facts, kind = verdict.facts, verdict.kind
    hold = facts.pace.hold or facts.pace.former_hold
    if kind is Kind.PAUSED:
        return "warn", gettext(N_("paused")), ""
    if kind is Kind.STOPPED:
        return "bad", gettext(N_("no mail is sent")), ""
    if hold and kind is Kind.BAD:
        stage = stage_label(Stage(hold.stage))
        return "bad", translated(N_("stopped at: %(stage)s"), stage=stage), stage
    if kind is Kind.BAD:
        return "bad", gettext(N_("mail does not come through")), ""
    if kind in (Kind.NONE, Kind.UNTESTED):
        return "idle", gettext(N_("not tried yet")), _transport(verdict, settings)
    tone = "warn" if kind is Kind.SLOW else "ok"
    rate = translated(N_("one message every %(seconds)s s"), seconds=f"{facts.pace.interval_ms / 1000:g}")
    return tone, rate if facts.pace.interval_ms else gettext(N_("mail is sent")), _transport(verdict, settings)


def _transport(verdict: Verdict, settings: Settings) -> str:
    """Say how the connection is protected, by the last test where there was one, and how long the last send took."""
    tls = verdict.trial.report.tls if verdict.trial else None
    protected = (tls or {}).get("version", "").replace("TLSv", "TLS ") or ("TLS" if settings.tls else "")
    last = next((each for each in verdict.facts.traffic.last if each.outcome == "sent"), None)
    took = translated(N_("%(seconds)s s"), seconds=f"{last.ms / 1000:.2f}") if last else ""
    return " · ".join(filter(None, (protected or gettext(N_("not encrypted")), took)))


def _recipients(verdict: Verdict, server: Station, today: Today) -> Station:
    figure = ngettext("%(num)s sent today", "%(num)s sent today", today.sent) % {"num": f"{today.sent:,}"}
    bounces = ngettext("%(num)s bounce", "%(num)s bounces", today.bounced) % {"num": f"{today.bounced:,}"}
    station = Station("mail", gettext(N_("Recipients")), figure, bounces)
    if verdict.kind is Kind.MISSING:
        return replace(station, tone="warn", words=gettext(N_("a test has not arrived")))
    last = next((each for each in verdict.facts.traffic.last if each.outcome == "sent"), None)
    if server.tone in ("bad", "idle") or verdict.kind is Kind.PAUSED:
        note = translated(N_("last %(time)s"), time=clock_time(last.at)) if last else ""
        return replace(station, note=note, tone="idle", words=gettext(N_("nothing is on its way")))
    proven = last is not None or (verdict.trial is not None and verdict.trial.passed)
    if not proven:
        return replace(station, tone="idle", words=gettext(N_("nothing is on its way")))
    return replace(station, tone="ok", words=gettext(N_("the mail server accepts it")))
