"""Does outgoing mail work? The first sentence of the detail page, from what is known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from panel.checks.trial.failure import diagnosed
from panel.checks.trial.store import Trial, TrialStore
from panel.clock import Instant
from panel.diagnosis.causes.cause import Whose
from panel.diagnosis.causes.table import CAUSES
from panel.outbox.course import Course, Span, course_began, tries_since
from panel.outbox.delivery.heartbeats import DEAD_AFTER, Heartbeat, Heartbeats
from panel.outbox.pace.pace import Reason, Terms
from panel.outbox.pace.route import Which
from panel.outbox.pace.store import PaceState, PaceStore
from panel.outbox.search import Counts, Listing
from panel.outbox.statistics import LAST, Today, Traffic, today, traffic
from panel.settings.store import Version
from panel.storage.database import Database

LATE = timedelta(minutes=10)
LATE_SHARE = 5  # one try in so many was put off


class Kind(StrEnum):
    """The verdicts, the first that fits."""

    NONE = "none"
    PAUSED = "paused"
    STOPPED = "stopped"
    BAD = "bad"
    UNTESTED = "untested"
    SECOND = "second"
    MISSING = "missing"
    SLOW = "slow"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the outbox knows: what waits, the clock, what left lately, and when a worker was last heard of."""

    counts: Counts
    pace: PaceState
    traffic: Traffic
    beat_at: datetime | None
    retries: tuple[datetime, datetime] | None = None  # when the first and the last that is put off are due
    due_since: datetime | None = None  # when the first that is queued could have left
    today: Today = field(default_factory=Today)
    on_server: bool = False  # the database, so that several machines may have workers
    workers: tuple[Heartbeat, ...] = ()  # that live, where there may be several machines

    @property
    def failing(self) -> bool:
        """Say whether the last tries by the server in use failed for a reason that is not one message's own."""
        last, by = self.traffic.last, self.pace.route.which
        return len(last) == LAST and all(_blames_way(each.cause) and each.server == by for each in last)

    @property
    def unwritable(self) -> bool:
        """Say whether the database cannot be written, so that nothing is taken and nothing leaves."""
        return self.pace.wait is not None and self.pace.wait.reason is Reason.DATABASE

    @property
    def retry_at(self) -> datetime | None:
        return self.retries[0] if self.retries else None

    def silent(self, now: datetime) -> bool:
        return self.beat_at is None or abs(now - self.beat_at) > DEAD_AFTER

    def oldest_waits(self, now: datetime) -> timedelta:
        return now - self.counts.oldest if self.counts.oldest else timedelta(0)

    def overdue(self, now: datetime) -> timedelta:
        """Say for how long a message could have left: one that was put off may not before its time."""
        return max((now - due for due in (self.due_since, self.retry_at) if due), default=timedelta(0))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict, the test it rests on or else the last one, the last that arrived, and the facts."""

    kind: Kind
    facts: Facts
    trial: Trial | None = None
    arrived: Trial | None = None


def gather(database: Database, version: Version, at: Instant, day: datetime | None = None) -> Facts:
    """Ask the outbox, the clock and the workers; of today only where it is said when the `day` began."""
    outbox, since, beats = Listing(database), course_began(Span.HOUR, at.wall), Heartbeats(database).all()
    tries = tries_since(database, since)
    return Facts(
        counts=outbox.counts(),
        pace=PaceStore(database).state(Terms.of(version), at),
        traffic=traffic(database, at.wall, tries),
        beat_at=beats[0].beat_at if beats else None,
        on_server=database.is_server,
        workers=tuple(each for each in beats if database.is_server and each.lives(at.wall)),
        retries=outbox.retries(),
        due_since=outbox.due_since(),
        today=today(database, day, tries, since) if day else Today(),
    )


def glance(database: Database, version: Version, pace: PaceState, at: Instant) -> Kind:
    """Judge by the clock and the workers alone, as every page can afford: `OK` says that nothing has stopped."""
    facts = Facts(Counts({}, None), pace, Traffic(Course(Span.HOUR, ())), _last_beat(database))
    if facts.silent(at.wall):
        facts = replace(facts, counts=Counts({}, Listing(database).oldest()))
    return _stands(version, facts, at.wall) or (Kind.SECOND if pace.route.by_second else Kind.OK)


def _last_beat(database: Database) -> datetime | None:
    beats = Heartbeats(database).all()
    return beats[0].beat_at if beats else None


def judge(version: Version, trials: TrialStore, facts: Facts, now: datetime) -> Verdict:
    """Judge by the queue first, then by the last test of these settings."""
    last = trials.latest_of(version.fingerprint, version.number, now)
    success = trials.latest_success(version.fingerprint, version.number, now)
    kind = _kind(version, facts, last, success, now)
    trial = success if kind in (Kind.OK, Kind.MISSING) and success else last
    return Verdict(kind, facts, trial, trials.latest_arrival(version.fingerprint, version.number, now))


def _kind(version: Version, facts: Facts, last: Trial | None, success: Trial | None, now: datetime) -> Kind:
    if stands := _stands(version, facts, now):
        return stands
    if facts.pace.route.which is Which.SECOND:
        return Kind.SECOND
    if last and not last.passed and not _blames_message(last):
        return Kind.BAD
    if not success and facts.traffic.proven_version != version.number:
        return Kind.UNTESTED
    if success and success.arrival and not success.arrival.arrived:
        return Kind.MISSING
    return Kind.SLOW if _is_late(facts, now) else Kind.OK


def _stands(version: Version, facts: Facts, now: datetime) -> Kind | None:
    """Say why nothing leaves at all, or comes through; None where mail is let go."""
    if facts.unwritable:
        return Kind.STOPPED
    if not version.settings.complete:
        return Kind.NONE
    if facts.pace.pace.paused_at is not None:
        return Kind.PAUSED
    if _has_stopped(facts, now):
        return Kind.STOPPED
    return Kind.BAD if _fails(facts) else None


def _has_stopped(facts: Facts, now: datetime) -> bool:
    """Say whether mail waits and no worker is there to send it."""
    return facts.silent(now) and facts.oldest_waits(now) > DEAD_AFTER


def _fails(facts: Facts) -> bool:
    return facts.pace.hold is not None or facts.pace.former_hold is not None or facts.failing


def _blames_way(cause: str | None) -> bool:
    found = CAUSES.get(cause or "")
    return found is not None and found.whose in (Whose.SETTINGS, Whose.SERVER)


def _is_late(facts: Facts, now: datetime) -> bool:
    """Say whether mail could have left long ago, is often put off, or waits while the server takes no more."""
    rests = facts.pace.wait is not None and facts.pace.wait.reason is Reason.REST
    often = facts.traffic.lost * LATE_SHARE > facts.traffic.sent + facts.traffic.lost
    return facts.overdue(now) > LATE or often or (rests and facts.counts.waiting > 0)


def _blames_message(trial: Trial) -> bool:
    if trial.report.failure is None:
        return False
    return diagnosed(trial.report).cause.whose is Whose.MESSAGE
