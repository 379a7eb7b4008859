"""A panel that is watched: its data file, with settings and a clock of the test's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from panel import clock, home
from panel.alerts.alert import LEVELS, Alert
from panel.alerts.conditions.sign import Sign
from panel.alerts.conditions.table import CONDITIONS
from panel.alerts.conditions.view import Around, View
from panel.alerts.incident import Incident, IncidentState
from panel.alerts.thresholds import ThresholdStore
from panel.checks.trial.report import Mode, Outcome, Report
from panel.checks.trial.store import TrialStore
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Terms
from panel.settings.model import Settings
from panel.settings.store import Version
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import HOST, NOW, OneByOne, at, broken, mail, taken

MINUTE, HOUR, DAY = 60, 3_600, 86_400  # seconds


class Watched:
    """A panel whose settings are in force; what happens does so many seconds after NOW.

    One that is `attended` has a worker that gives a sign of life whenever it is looked at.
    """

    def __init__(self, database: Database, *, attended: bool = False, **settings: Any) -> None:
        self.database = database
        self._attended = attended
        saved = Settings(from_address="app@example.org", smtp_host=HOST, smtp_auth=False, **settings)
        self.version = Version(1, saved, fingerprint="in force")
        self.around = Around(database.path.parent)
        self._outbox, self._claims, self._sent = Outbox(database), OneByOne(database, chance=lambda: 0.5), 0

    def set(self, **thresholds: int) -> None:
        """Set thresholds by their names, with an underscore for the point."""
        names = {name.replace(".", "_"): name for name in ThresholdStore(self.database).current().by_name()}
        entered = {names[name]: str(value) for name, value in thresholds.items()}
        ThresholdStore(self.database).set(entered, by=actor(), now=NOW)

    def save(self, **settings: Any) -> None:
        """Save other settings."""
        number = self.version.number + 1
        self.version = replace(self.version, number=number, settings=replace(self.version.settings, **settings))

    def enqueue(self, seconds: float = 0, messages: int = 1) -> None:
        submissions = [mail(number=f"{seconds}-{number}") for number in range(messages)]
        self._outbox.enqueue_all(submissions, by=actor(), now=NOW + timedelta(seconds=seconds))

    def send(self, seconds: float, said: str = "", *, stage: Stage = Stage.RCPT, cause: str = "") -> None:
        """Send the next message that waits; the server takes it, or says something else."""
        claim = self._claims.claim("1-w", Terms.of(self.version), at(seconds))
        assert isinstance(claim, Claim), claim
        result = broken(claim, stage, said, cause=cause) if said or cause else taken(claim)
        self._claims.settle(claim, result, at(seconds))

    def beat(self, seconds: float, *, host: str = "", name: str = "1-w") -> None:
        """Note a sign of life of a worker."""
        stamp = clock.stamp(NOW + timedelta(seconds=seconds))
        with self.database.writing() as write:
            write.run(
                "INSERT INTO workers (name, host, pid, started_at, beat_at) VALUES (?, ?, 1, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at",
                (name, host or home.machine_name(), stamp, stamp),
            )

    def test(self, seconds: float, *, outcome: Outcome = Outcome.SUCCESS, **report: Any) -> None:
        """Note a test that was made with the settings in force, or others."""
        fingerprint = report.pop("fingerprint", self.version.fingerprint)
        began = NOW + timedelta(seconds=seconds)
        known: dict[str, Any] = {"mode": Mode.SEND, "host": HOST, "port": 587, **report}
        made = Report(recipient="someone@example.com", started_at=began, outcome=outcome, **known)
        store = TrialStore(self.database)
        number = store.begin(made, by=actor(f"tester {seconds}"), fingerprint=fingerprint, now=began)
        store.finish(number, made, 1)

    def view(self, seconds: float = 0, *, awake_since: float | None = None) -> View:
        if self._attended:
            self.beat(seconds)
        awake = None if awake_since is None else NOW + timedelta(seconds=awake_since)
        return View(self.database, self.version, self.around, at(seconds), awake_since=awake)

    def sign(self, alert: Alert, seconds: float = 0, incident: Incident | None = None, **view: Any) -> Sign | None:
        """Look for the sign of an alert."""
        return CONDITIONS[alert](self.view(seconds, **view), incident)


def open_incident(
    alert: Alert, seconds: float = 0, *, state: IncidentState = IncidentState.FIRING, **given: Any
) -> Incident:
    """Give an incident that began so many seconds after NOW."""
    since = NOW + timedelta(seconds=seconds)
    fired_at = since if state is IncidentState.FIRING else None
    known: dict[str, Any] = {"fired_at": fired_at, "changes": (since,) if fired_at else (), "facts": {}, **given}
    return Incident(91, alert, LEVELS[alert], state, since, **known)
