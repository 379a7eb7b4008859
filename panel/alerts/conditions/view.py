"""What the conditions look at: each thing is read once, when it is first asked for, and by an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from panel import clock, home
from panel.alerts.thresholds import Thresholds, thresholds_of
from panel.checks.trial.report import Report
from panel.checks.trial.store import TrialStore
from panel.clock import Instant
from panel.outbox.course import Tries, tries_since
from panel.outbox.delivery.heartbeats import DEAD_AFTER, Heartbeat, Heartbeats
from panel.outbox.pace.pace import Reason, Terms
from panel.outbox.pace.patience import certificate_end, name_of
from panel.outbox.pace.route import Which
from panel.outbox.pace.store import PaceState, PaceStore
from panel.outbox.search import Counts, Listing
from panel.outbox.statistics import was_sent_since
from panel.settings.model import Settings
from panel.settings.store import Version
from panel.storage.database import Database

if TYPE_CHECKING:  # few logins are made with a token
    from panel.settings.oauth.grant import Grant

LOOKED_BACK = timedelta(hours=2)
SETTLES = timedelta(minutes=1)  # after a while in which nobody judged, as when the machine slept or was off


@dataclass(frozen=True, slots=True)
class Around:
    """What the data file does not tell: the folder whose disk it fills, and what a key opens."""

    folder: Path
    grant_of: Callable[[Settings], Grant | None] = lambda settings: None
    lost_destinations: Callable[[], Sequence[int]] = tuple  # those whose secrets no key opens


class View:
    """The panel at one moment; `awake_since` says since when it is judged without a break, where that is known."""

    def __init__(
        self, database: Database, version: Version, around: Around, at: Instant, *, awake_since: datetime | None = None
    ) -> None:
        self.database = database
        self.version = version
        self.around = around
        self.at = at
        self.awake_since = awake_since

    @property
    def now(self) -> datetime:
        return self.at.wall

    @property
    def settings(self) -> Settings:
        return self.version.settings

    @property
    def machine(self) -> str:
        """Give the name of the machine that looks."""
        return home.machine_name()

    @cached_property
    def thresholds(self) -> Thresholds:
        return thresholds_of(self.database)

    @cached_property
    def servers(self) -> tuple[Settings, ...]:
        """Give the settings of each server that mail may leave by, the first of them first."""
        return (self.settings, self.settings.by_second) if self.settings.second else (self.settings,)

    @cached_property
    def clock(self) -> PaceState:
        return PaceStore(self.database).state(Terms.of(self.version), self.at)

    @cached_property
    def counts(self) -> Counts:
        return Listing(self.database).counts()

    @property
    def oldest_age(self) -> timedelta:
        """Say how long the oldest message has waited."""
        return max(self.now - self.counts.oldest, timedelta(0)) if self.counts.oldest else timedelta(0)

    @property
    def queue(self) -> dict[str, object]:
        """Give what each incident tells of the queue."""
        return {
            "waiting": self.counts.waiting,
            "oldest_waiting_seconds": int(self.oldest_age.total_seconds()),
            "settings_version": self.version.number,
        }

    @cached_property
    def beats(self) -> Sequence[Heartbeat]:
        """List the last signs of life of the workers, the newest first."""
        return Heartbeats(self.database).all()

    def is_silent(self, beat: Heartbeat, span: timedelta = DEAD_AFTER) -> bool:
        return abs(self.now - beat.beat_at) >= span

    @property
    def settles(self) -> bool:
        """Say whether judging has begun just now: who did not run either may not have come to its first sign."""
        return self.awake_since is not None and self.now - self.awake_since < SETTLES

    @property
    def stands_still(self) -> bool:
        """Say whether nothing leaves for a reason that is told of by itself, or that somebody has set."""
        wait = self.clock.wait
        by_limit = wait is not None and wait.reason in (Reason.PAUSED, Reason.HELD, Reason.HOUR, Reason.DAY)
        return by_limit or self.clock.hold is not None or all(map(self.is_silent, self.beats))

    @cached_property
    def tries(self) -> Sequence[Tries]:
        """List what was tried within the last two hours, by minute."""
        return tries_since(self.database, self.now - LOOKED_BACK)

    def tries_within(self, span: timedelta) -> Iterator[Tries]:
        since = self.now - span
        return (each for each in self.tries if each.start + timedelta(minutes=1) > since)

    def was_taken_since(self, moment: datetime, which: Which) -> bool:
        """Say whether a server has taken a message, or a test email with the settings in force, since a moment."""
        if was_sent_since(self.database, moment, which):
            return True
        version, trials = self.version.of(which), TrialStore(self.database)
        taken = trials.successes_since(moment, version.fingerprint, version.number, self.now, which)
        return any(_is_of(each.report, version.settings) for each in taken)

    def last_certificate(self, which: Which) -> datetime | None:
        """Say until when a server's certificate holds, as mail or the last test with the settings in force has seen it.

        A renewed one holds longer than that before it.
        """
        version = self.version.of(which)
        trial = TrialStore(self.database).latest_of(version.fingerprint, version.number, self.now, which)
        tls = trial.report.tls if trial and _is_of(trial.report, version.settings) else None
        server = name_of(version.settings.smtp_host, version.settings.smtp_port)
        seen = (certificate_end(self.database, server), tls and tls["not_after"])
        return max((clock.moment(each) for each in seen if each), default=None)


def _is_of(report: Report, settings: Settings) -> bool:
    return (report.host, report.port) == (settings.smtp_host, settings.smtp_port)
