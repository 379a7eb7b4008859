"""One examination by the doctor: when, of which settings, under which conditions, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from panel.checks.doctor.finding import Finding, FindingStatus

EVERY = timedelta(days=1)
MOST_SELECTORS = 10  # of one examination


class Why(StrEnum):
    """What an examination was made for."""

    DAILY = "daily"
    SAVED = "saved"  # other settings came into force
    ASKED = "asked"  # by somebody


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the doctor cannot know by itself: the address that receivers see, and the names of the DKIM keys."""

    address: str = ""
    selectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found of one version of the settings; `asked_by` is blank where the panel did it by itself."""

    number: int
    at: datetime
    version: int
    why: Why
    asked_by: str
    conditions: Conditions
    findings: tuple[Finding, ...]

    def having(self, status: FindingStatus) -> tuple[Finding, ...]:
        """Give the findings that stand in one way."""
        return tuple(each for each in self.findings if each.status is status)

    @property
    def counts(self) -> Mapping[FindingStatus, int]:
        return {status: len(self.having(status)) for status in FindingStatus}

    @property
    def next_at(self) -> datetime:
        """Say when the panel examines again by itself, where it does and nobody saves or asks before."""
        return self.at + EVERY
