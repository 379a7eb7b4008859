"""All that the doctor says: of the machine, the servers, the sender's domain, and who hears of it when mail stops."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from panel import clock, logs
from panel.alerts.destinations import DestinationStore
from panel.alerts.seen.findings import examine_alerts
from panel.checks.doctor.examine import examine
from panel.checks.doctor.finding import Finding, FindingStatus
from panel.checks.examinations.examination import Conditions, Examination, Why
from panel.checks.examinations.store import ExaminationStore
from panel.config import Config
from panel.outbox.pace.patience import name_of, note_certificate_end
from panel.settings.model import Settings
from panel.settings.store import SettingsStore, Version
from panel.storage.actor import Actor
from panel.storage.database import Database
from panel.storage.vault import Vault

if TYPE_CHECKING:  # a login with a password has none
    from panel.settings.oauth.grant import Grant


class OpenedHome(Protocol):
    """What is looked at: an opened home."""

    @property
    def config(self) -> Config: ...
    @property
    def database(self) -> Database: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def settings(self) -> SettingsStore: ...
    @property
    def destinations(self) -> DestinationStore: ...
    @property
    def examinations(self) -> ExaminationStore: ...
    def grant_of(self, settings: Settings) -> Grant | None: ...


def examine_all(
    opened: OpenedHome, *, address: str | None, selectors: Iterable[str], resolver: tuple[str, int] | None
) -> list[Finding]:
    """Examine all that can be examined without a login and without mail; `address` is what receivers will see."""
    conditions = Conditions(address or "", tuple(selectors))
    return _found(opened, opened.settings.current(), conditions, resolver, clock.now())


def examine_asked(opened: OpenedHome, conditions: Conditions, *, by: Actor) -> Examination:
    """Examine for somebody, and keep it with its conditions, which are those of the next one, too.

    Raise `ExaminationRunning` or `TooManyExaminations` where that may not be.
    """
    opened.examinations.begin(by=by, now=clock.now())
    try:
        return _examined(opened, Why.ASKED, conditions, asked_by=by.name)
    except BaseException:
        opened.examinations.give_up()
        raise


def examine_if_due(opened: OpenedHome, now: datetime) -> Examination | None:
    """Examine by itself, under the conditions of the last one, where a day is over or other settings are in force."""
    why = opened.examinations.begin_if_due(opened.settings.current(), now)
    if why is None:
        return None
    last = opened.examinations.latest()
    kept = _examined(opened, why, last.conditions if last else Conditions())
    counts = kept.counts
    problems, warnings = counts[FindingStatus.PROBLEM], counts[FindingStatus.WARNING]
    logs.info("examined", why=why, version=kept.version, problems=problems, warnings=warnings)
    return kept


def _examined(opened: OpenedHome, why: Why, conditions: Conditions, *, asked_by: str = "") -> Examination:
    version, now = opened.settings.current(), clock.now()
    found = _found(opened, version, conditions, opened.config.resolver, now)
    _note_certificates(opened.database, version.settings, found)
    store = opened.examinations
    return store.keep(found, version=version.number, why=why, conditions=conditions, now=now, asked_by=asked_by)


def _found(
    opened: OpenedHome, version: Version, conditions: Conditions, resolver: tuple[str, int] | None, now: datetime
) -> list[Finding]:
    settings = version.settings
    found = examine(
        opened.config,
        opened.database,
        version,
        now,
        address=conditions.address or None,
        selectors=conditions.selectors,
        grant=opened.grant_of(settings),
        second_grant=opened.grant_of(settings.by_second) if settings.second else None,
        resolver=resolver,
        vault=opened.vault,
    )
    return [*found, examine_alerts(opened.destinations.list(), settings, now, on=opened.config.alerts)]


def _note_certificates(database: Database, settings: Settings, found: Iterable[Finding]) -> None:
    """Note until when the servers' certificates hold where mail notes it, so that the alerts need no look of theirs."""
    for each in found:
        if each.name == "certificate" and each.ends:
            server = settings.by_second if each.server == "second" else settings
            note_certificate_end(database, name_of(server.smtp_host, server.smtp_port), each.ends)
