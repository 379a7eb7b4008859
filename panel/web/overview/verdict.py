"""The verdict in the reader's words: one sentence, four facts, and the last hour as a chart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from markupsafe import Markup, escape

from panel.access.rights import Right
from panel.checks.verdict import Facts, Kind, Verdict
from panel.diagnosis.diagnose import kept
from panel.i18n import N_, joined
from panel.outbox.entry import Attempt
from panel.outbox.estimate import all_left_at
from panel.outbox.pace.route import Which
from panel.outbox.state import State
from panel.settings.model import Settings
from panel.settings.store import Version
from panel.web.checks.failure import FailureWords, words_of, words_of_test
from panel.web.checks.trial_result import words_of_arrival
from panel.web.context import may, services
from panel.web.diagnosis.headline import problems_line
from panel.web.outbox.chart import Chart, chart
from panel.web.outbox.halt import held, paused, slowed, words_of_hold
from panel.web.outbox.leaving import Leaving, leaving, settings_in_use
from panel.web.outbox.pulse import tried_between
from panel.web.overview.stop import Stop, led_to_fields, place_to_mend, stop
from panel.web.overview.tiles import Tile, tiles
from panel.web.overview.way import Station, way
from panel.web.text import actor_name, clock_time, gettext, marked, minute, ngettext, passing, translated

_KINDS: Mapping[Kind, tuple[str, str]] = {
    Kind.NONE: ("idle", N_("Not set up yet")),
    Kind.PAUSED: ("warn", N_("Sending is paused")),
    Kind.STOPPED: ("bad", N_("Sending has stopped")),
    Kind.BAD: ("bad", N_("Mail is not going out")),
    Kind.UNTESTED: ("warn", N_("Not checked yet")),
    Kind.SECOND: ("warn", N_("Mail is going out by the second server")),
    Kind.MISSING: ("warn", N_("Mail is going out, but a test has not arrived")),
    Kind.SLOW: ("warn", N_("Mail is going out, but late")),
    Kind.OK: ("ok", N_("Mail is going out")),
}


@dataclass(frozen=True, slots=True)
class Banner:
    """The first sentence of the detail page, and what it rests on."""

    kind: str
    tone: str
    title: str
    reason: str
    tiles: tuple[Tile, ...]
    way: tuple[Station, ...]
    failure: FailureWords | None
    stop: Stop | None
    chart: Chart | None
    worker: str
    held: bool
    signed_in: str = ""
    sign_in_again: bool = False
    leaving: Leaving | None = None
    mend: str = ""  # where in the form, as the end of a link
    of_second: bool = False  # what went wrong, for mail leaves by that
    trial: int = 0  # the number of the test that it rests on
    diagnosed: str = ""  # what the doctor has found, where that is a problem

    @property
    def icon(self) -> str:
        """Name the sign in the head: each tone has a shape of its own, and so has a hold."""
        return "hold" if self.held else {"idle": "info"}.get(self.tone, self.tone)

    @property
    def seen(self) -> str:
        """Give a mark that changes when the banner reads otherwise; a countdown alone is no change."""
        steady = replace(
            self,
            tiles=tuple(replace(each, note=each.note if each.at else "") for each in self.tiles),
            way=tuple(replace(each, note="") for each in self.way),
        )
        return f"{self.kind}-{hashlib.sha256(repr(steady).encode()).hexdigest()[:16]}"


def banner(verdict: Verdict, version: Version, now: datetime) -> Banner:
    """Put the verdict into the reader's words."""
    tone, title = _KINDS[verdict.kind]
    facts, failure = verdict.facts, _failure(verdict, version)
    held, day = facts.pace.hold is not None, facts.today
    settings = settings_in_use(facts.pace.route, version.settings)
    by_token = settings.by_token and failure is not None and failure.cause.startswith("oauth_")
    by_person = by_token and settings.oauth_flow.by_person
    return Banner(
        kind=str(verdict.kind),
        tone=tone,
        title=gettext(N_("Mail is on hold") if held and verdict.kind is Kind.BAD else title),
        reason=Markup(joined(map(escape, _reason(verdict, version, now)))),  # noqa: S704 - each is escaped
        tiles=tuple(tiles(verdict, day, now, by_person=by_person)) if verdict.kind is not Kind.NONE else (),
        way=tuple(way(verdict, settings, day, now)),
        failure=led_to_fields(failure, of_second=facts.pace.route.by_second) if failure else None,
        stop=stop(verdict, version, settings, now) if failure else None,
        mend=place_to_mend(failure, of_second=facts.pace.route.by_second) if failure else "",
        held=held,
        of_second=facts.pace.route.by_second,
        leaving=_leaving(facts, version, now),
        signed_in=_signed_in(settings) if by_token else "",
        sign_in_again=by_person,
        trial=verdict.trial.number if verdict.trial else 0,
        chart=chart(facts.traffic.hour, facts.pace, tried_between),
        worker=_worker(facts, now),
        diagnosed=problems_line(version),
    )


def _leaving(facts: Facts, version: Version, now: datetime) -> Leaving | None:
    """Say by which of two servers mail leaves, where that is not as usual."""
    found = leaving(facts.pace, version.settings, now)
    return None if found is None or found.is_at_rest else found


# The second line of the banner


def _reason(verdict: Verdict, version: Version, now: datetime) -> Iterator[str]:
    """Say why, in one or two sentences."""
    facts = verdict.facts
    match verdict.kind:
        case Kind.NONE:
            yield gettext(_NOTHING_YET if may(Right.SET) else _NOTHING_YET_BY_OTHERS)
            yield from _waiting(facts)
        case Kind.PAUSED:
            yield paused(facts.pace.pace)
            yield from _waiting(facts)
        case Kind.STOPPED:
            yield _stopped(facts)
            yield from _waiting(facts)
        case Kind.BAD:
            yield from _bad(verdict, version, now)
        case Kind.UNTESTED:
            yield from _unproven(verdict, version, now)
        case Kind.SECOND:
            yield from _by_second(facts, now)
        case Kind.MISSING:
            yield from _missing(verdict, version, now)
        case Kind.SLOW:
            yield from _late(facts, now)
        case Kind.OK:
            yield from _works(verdict, version, now)
    yield from _withheld(facts)


_NOTHING_YET = N_("Mail cannot be sent yet. Enter the settings and send a test email.")
_NOTHING_YET_BY_OTHERS = N_("Mail cannot be sent yet: an administrator has to enter the settings.")


def _unproven(verdict: Verdict, version: Version, now: datetime) -> Iterator[str]:
    saved_at = clock_time(version.saved_at or now)
    yield translated(N_("Nothing has been sent since the settings changed at %(time)s."), time=saved_at)
    if verdict.trial:
        yield gettext(N_("A check without sending passed."))


def _stopped(facts: Facts) -> str:
    if facts.unwritable and facts.on_server:
        text = N_("The database server takes no changes, so no mail is taken or sent. Look at it: %(database)s")
        return translated(text, database=services().database.name)
    if facts.unwritable:
        return gettext(
            N_("The data file cannot be written, so no mail is taken or sent. Check the disk and its rights.")
        )
    if not services().vault.agrees:
        return gettext(N_("This machine lacks the key of the others, and no worker of another machine sends."))
    if facts.beat_at is None:
        return gettext(N_("No worker has run yet. Start mail-panel serve or mail-panel worker."))
    text = N_("The worker has not run since %(time)s. Start mail-panel serve or mail-panel worker.")
    return translated(text, time=clock_time(facts.beat_at))


def _waiting(facts: Facts) -> Iterator[str]:
    count = facts.counts.waiting
    if count:
        said = ngettext("%(num)s message waits; none is lost.", "%(num)s messages wait; none is lost.", count)
        yield said % {"num": f"{count:,}"}


def _withheld(facts: Facts) -> Iterator[str]:
    """Say that there is mail which does not wait, and leaves only once somebody says so."""
    if count := facts.counts.by_state[State.WITHHELD]:
        yield ngettext("%(num)d message is withheld.", "%(num)d messages are withheld.", count) % {"num": count}


def _bad(verdict: Verdict, version: Version, now: datetime) -> Iterator[str]:
    facts = verdict.facts
    if since_when := held(facts.pace, now):
        yield since_when
        yield from _waiting(facts)
        return
    if facts.pace.former_hold:
        yield gettext(N_("Nothing has been accepted since the settings were changed."))
        yield from _waiting(facts)
    elif facts.failing:
        since = clock_time(facts.traffic.last[-1].at)
        text = N_("The last %(count)d tries have failed, since %(time)s.")
        yield translated(text, count=len(facts.traffic.last), time=since)
    else:
        yield gettext(N_("The last test email with these settings was not accepted."))
    if version.saved_at:
        yield translated(N_("The settings changed at %(time)s."), time=clock_time(version.saved_at))


def _late(facts: Facts, now: datetime) -> Iterator[str]:
    if less := slowed(facts.pace, now):
        yield less
        yield _out_by(facts, now)
    if facts.counts.oldest:
        yield marked(N_("The oldest message has waited %(age)s."), age=passing(facts.counts.oldest, now))
    if facts.traffic.lost:
        yield gettext(N_("The server keeps putting mail off; it is sent again by itself."))


def _works(verdict: Verdict, version: Version, now: datetime) -> Iterator[str]:
    last = next((each for each in verdict.facts.traffic.last if each.outcome == "sent"), None)
    if last:
        yield marked(N_("The last message was accepted %(ago)s ago."), ago=passing(last.at, now))
    elif verdict.trial and verdict.trial.arrival:
        yield gettext(N_("A test email with these settings has arrived."))
    else:
        yield gettext(N_("The server accepted a test email with these settings."))
    if less := slowed(verdict.facts.pace, now):
        yield less
    yield _out_by(verdict.facts, now)


def _by_second(facts: Facts, now: datetime) -> Iterator[str]:
    """Say what leaves; since when and why by the second stands in a note of its own."""
    last = next((each for each in facts.traffic.last if each.outcome == "sent"), None)
    if last:
        yield marked(N_("The last message was accepted %(ago)s ago."), ago=passing(last.at, now))
    if less := slowed(facts.pace, now):
        yield less
    yield _out_by(facts, now)


def _missing(verdict: Verdict, version: Version, now: datetime) -> Iterator[str]:
    """Say of which test somebody has looked for the message in vain."""
    if verdict.trial and verdict.trial.arrival:
        yield gettext(N_("The server accepted the last test email with these settings."))
        yield words_of_arrival(verdict.trial.arrival)
    yield _out_by(verdict.facts, now)


def _out_by(facts: Facts, now: datetime) -> str:
    """Say how many wait, and when they will be out at this pace."""
    count = facts.counts.waiting
    if not count:
        return gettext(N_("Nothing is waiting."))
    end = all_left_at(services().database, facts.counts, facts.pace, facts.retries, now)
    values = {"num": f"{count:,}", "time": minute(end) if end - now < timedelta(hours=12) else clock_time(end)}
    said = ngettext(
        "%(num)s is waiting and will be out by about %(time)s.",
        "%(num)s are waiting and will be out by about %(time)s.",
        count,
    )
    return said % values


# The worker


def _worker(facts: Facts, now: datetime) -> str:
    """Say whether a worker lives; its sign of life comes every 20 seconds."""
    if facts.beat_at is None:
        return gettext(N_("Worker: never seen"))
    if facts.silent(now):
        return translated(N_("Worker: silent since %(time)s"), time=clock_time(facts.beat_at))
    if facts.on_server:
        running = ", ".join(f"{each.host} ({each.pid})" for each in sorted(facts.workers, key=lambda each: each.host))
        return translated(N_("Worker: running on %(machines)s"), machines=running)
    return gettext(N_("Worker: running"))


# Why mail does not go out


def _failure(verdict: Verdict, version: Version) -> FailureWords | None:
    """Tell why the queue is held, why the last tries failed, or why the last test did."""
    trial = verdict.trial
    if verdict.kind is not Kind.BAD:
        return None
    state = verdict.facts.pace
    if state.hold:
        return words_of_hold(state.server, settings_in_use(state.route, version.settings))
    if former := state.former_hold:
        return words_of(kept(former.stage, former.cause, former.reply, former.detail), version.settings)
    if verdict.facts.failing:
        return _tried(verdict.facts.traffic.last[0], version)
    return words_of_test(trial.report) if trial and trial.report.failure else None


def _signed_in(settings: Settings) -> str:
    """Say who signed in at the service, and when."""
    grant = services().grants.get(settings.grant) if settings.grant else None
    if grant is None:
        return gettext(N_("Not signed in yet."))
    text = N_("%(who)s signed in as %(account)s at %(time)s.")
    account = grant.account or settings.smtp_user
    return translated(text, who=actor_name(grant.signed_in_by), account=account, time=clock_time(grant.signed_in_at))


def _tried(last: Attempt, version: Version) -> FailureWords | None:
    """Tell of a try by the settings in force, unless it was made with others."""
    if not last.stage or not last.cause:
        return None
    settings = version.settings if last.version == version.number else Settings()
    settings = settings.by_second if last.server == Which.SECOND else settings
    return words_of(kept(last.stage, last.cause, last.reply, last.detail), settings, by_itself=True)
