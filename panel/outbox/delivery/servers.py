"""The two servers of a version of the settings, as a worker sends by them."""

from __future__ import annotations

from dataclasses import dataclass

from panel.outbox.pace.pace import Terms
from panel.outbox.pace.route import Which
from panel.settings.model import Settings
from panel.settings.store import Version


@dataclass(frozen=True, slots=True)
class Servers:
    """What the servers of a version ask of the clock, and the settings with which a session gets there."""

    terms: Terms
    first: Settings
    second: Settings | None

    @classmethod
    def of(cls, version: Version) -> Servers:
        terms = Terms.of(version)
        return cls(terms, version.settings, version.settings.by_second if terms.second else None)

    def settings_of(self, which: Which) -> Settings:
        """Give what a session with this server is opened with; the first's where there is no other any more."""
        return self.second if which is Which.SECOND and self.second else self.first

    def which_of(self, settings: Settings) -> Which:
        """Say which of them a session was opened with."""
        return Which.SECOND if settings is self.second else Which.FIRST
