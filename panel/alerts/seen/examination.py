"""All that the doctor says: of the machine, the servers, the sender's domain, and who hears of it when mail stops."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from panel import clock
from panel.alerts.destinations import DestinationStore
from panel.alerts.seen.findings import examine_alerts
from panel.checks.doctor.examine import examine
from panel.checks.doctor.finding import Finding
from panel.config import Config
from panel.settings.model import Settings
from panel.settings.store import SettingsStore
from panel.storage.database import Database

if TYPE_CHECKING:  # a login with a password has none
    from panel.settings.oauth.grant import Grant

MOST_SELECTORS = 10  # that are looked for where somebody asks from elsewhere


class OpenedHome(Protocol):
    """What is looked at: an opened home."""

    @property
    def config(self) -> Config: ...
    @property
    def database(self) -> Database: ...
    @property
    def settings(self) -> SettingsStore: ...
    @property
    def destinations(self) -> DestinationStore: ...
    def grant_of(self, settings: Settings) -> Grant | None: ...


def examine_all(
    opened: OpenedHome, *, address: str | None, selectors: Iterable[str], resolver: tuple[str, int] | None
) -> list[Finding]:
    """Examine all that can be examined without a login and without mail; `address` is what receivers will see."""
    version, now = opened.settings.current(), clock.now()
    settings = version.settings
    found = examine(
        opened.config,
        opened.database,
        version,
        now,
        address=address,
        selectors=selectors,
        grant=opened.grant_of(settings),
        second_grant=opened.grant_of(settings.by_second) if settings.second else None,
        resolver=resolver,
    )
    return [*found, examine_alerts(opened.destinations.list(), settings, now, on=opened.config.alerts)]
