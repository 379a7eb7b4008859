"""What of the alerts and of the doctor the doors work with: each part is loaded when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from panel import clock
from panel.config import Config
from panel.storage.database import Database
from panel.storage.vault import Vault

if TYPE_CHECKING:  # who has no alerts loads none of them
    from panel.alerts.conditions.view import View
    from panel.alerts.destinations import DestinationStore
    from panel.alerts.incident import Incident
    from panel.alerts.incidents import IncidentStore
    from panel.alerts.judging.judge import Judge
    from panel.alerts.thresholds import ThresholdStore
    from panel.checks.examinations.store import ExaminationStore
    from panel.clock import Instant
    from panel.settings.model import Settings
    from panel.settings.oauth.grant import Grant
    from panel.settings.store import SettingsStore


@dataclass(frozen=True)
class AlertParts:
    """The parts of the services that have to do with alerts; the others are theirs."""

    config: Config
    database: Database
    vault: Vault

    @property
    def settings(self) -> SettingsStore:
        raise NotImplementedError

    @property
    def destinations(self) -> DestinationStore:
        raise NotImplementedError

    def grant_of(self, settings: Settings) -> Grant | None:
        raise NotImplementedError

    @cached_property
    def incidents(self) -> IncidentStore:
        """What is wrong and was, as it is kept."""
        from panel.alerts.incidents import IncidentStore

        return IncidentStore(self.database)

    @cached_property
    def thresholds(self) -> ThresholdStore:
        """From when on an alert is raised."""
        from panel.alerts.thresholds import ThresholdStore

        return ThresholdStore(self.database)

    @cached_property
    def examinations(self) -> ExaminationStore:
        """What the doctor has found."""
        from panel.checks.examinations.store import ExaminationStore

        return ExaminationStore(self.database)

    @property
    def has_destinations(self) -> bool:
        """Say whether anybody is told, by a look at no table."""
        from panel.alerts.destination import DESTINATIONS

        return self.database.is_marked(DESTINATIONS)

    @property
    def has_alerts(self) -> bool:
        """Say whether there is anything to judge in the background: somebody to tell, or an incident to end."""
        return self.database.row(_ANYTHING) is not None

    def alerts_now(self, at: Instant | None = None) -> list[Incident]:
        """Say what fires at this moment, whether somebody is told of it or not; what is not kept has the number 0."""
        from panel.alerts.judging.judge import incidents_now

        return incidents_now(self.alert_view(at or clock.instant()))

    def alerts_seen(self, at: Instant | None = None) -> list[Incident]:
        """Say the same with what is told of only if it lasts."""
        from panel.alerts.incident import IncidentState
        from panel.alerts.judging.judge import incidents_now

        return incidents_now(self.alert_view(at or clock.instant()), IncidentState.PENDING)

    def alert_view(self, at: Instant, awake_since: datetime | None = None) -> View:
        """Give the panel at this moment as the conditions of alerts look at it."""
        from panel.alerts.conditions.view import Around, View

        around = Around(self.database.path.parent, self.grant_of, self.destinations.unreadable)
        return View(self.database, self.settings.current(), around, at, awake_since=awake_since)

    def new_judge(self) -> Judge:
        """Make a judge, whose lease is its own."""
        from panel.alerts.delivery.queue import add_notices
        from panel.alerts.judging.judge import Judge

        url, name = self.config.public_url or None, self.config.panel_name
        return Judge(self.database, self.alert_view, partial(add_notices, url=url, panel=name))


_ANYTHING = (
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM destinations) "
    "OR EXISTS (SELECT 1 FROM incidents WHERE state IN ('pending', 'firing'))"
)
