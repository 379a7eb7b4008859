"""From when on an alert is raised: what an administrator may change of it, by the names of forms and commands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from panel.access.field_refused import FieldRefused
from panel.i18n import N_, Text
from panel.settings.parsing import whole_number
from panel.storage.actor import Actor
from panel.storage.database import Database, Reader
from panel.storage.journal import Action, append, difference

ALERTS = "alerts"  # of the one row of the table `alerts`


class ThresholdRefused(FieldRefused):
    """A threshold that there is not, or a value that it cannot have; `field` is its name."""


class Threshold(NamedTuple):
    """One of them: its label, what it is where nobody has changed it, and the least and the most it may be.

    One whose least is 0 is off with that, unless its label says otherwise.
    """

    label: str
    default: int
    least: int
    most: int


THRESHOLDS: Mapping[str, Threshold] = {
    "held.minutes": Threshold(N_("Minutes until mail that is held by a fault that may pass is told of"), 10, 0, 1_440),
    "no_worker.minutes": Threshold(N_("Minutes without a sign of a worker, while mail waits"), 2, 1, 1_440),
    "waiting.minutes": Threshold(
        N_("Minutes that the oldest message waits, beside the sending interval"), 60, 0, 10_080
    ),
    "failing.messages": Threshold(N_("Messages that fail within an hour"), 5, 0, 100_000),
    "failing.percent": Threshold(N_("Percent that fail of the last 50 messages"), 20, 0, 100),
    "bounced.count": Threshold(N_("Messages that come back within a day"), 5, 0, 100_000),
    "quota.percent": Threshold(N_("Percent of the daily limit that are used up"), 90, 0, 100),
    "disk.megabytes": Threshold(N_("Megabytes that are free on the disk"), 50, 0, 1_000_000),
    "certificate.days": Threshold(N_("Days until a certificate ends"), 14, 0, 365),
    "paused.hours": Threshold(N_("Hours that sending is paused"), 24, 0, 720),
    "silent.hours": Threshold(N_("Hours without a new message, where there always was one"), 0, 0, 720),
    "repeat_hours": Threshold(N_("Hours between reminders"), 24, 0, 720),
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The thresholds in force, by the names of `THRESHOLDS` with an underscore for the point; 0 is off, or at once."""

    held_minutes: int = THRESHOLDS["held.minutes"].default
    no_worker_minutes: int = THRESHOLDS["no_worker.minutes"].default
    waiting_minutes: int = THRESHOLDS["waiting.minutes"].default
    failing_messages: int = THRESHOLDS["failing.messages"].default
    failing_percent: int = THRESHOLDS["failing.percent"].default
    bounced_count: int = THRESHOLDS["bounced.count"].default
    quota_percent: int = THRESHOLDS["quota.percent"].default
    disk_megabytes: int = THRESHOLDS["disk.megabytes"].default
    certificate_days: int = THRESHOLDS["certificate.days"].default
    paused_hours: int = THRESHOLDS["paused.hours"].default
    silent_hours: int = THRESHOLDS["silent.hours"].default
    repeat_hours: int = THRESHOLDS["repeat_hours"].default

    @property
    def held(self) -> timedelta:
        return timedelta(minutes=self.held_minutes)

    @property
    def no_worker(self) -> timedelta:
        return timedelta(minutes=self.no_worker_minutes)

    @property
    def waiting(self) -> timedelta:
        return timedelta(minutes=self.waiting_minutes)

    @property
    def paused(self) -> timedelta:
        return timedelta(hours=self.paused_hours)

    @property
    def silent(self) -> timedelta:
        return timedelta(hours=self.silent_hours)

    @property
    def repeat(self) -> timedelta:
        return timedelta(hours=self.repeat_hours)

    def by_name(self) -> dict[str, int]:
        """Give them by their public names, in the order of the form."""
        values = asdict(self)
        return {name: values[_attribute(name)] for name in THRESHOLDS}


def parse_thresholds(entered: Mapping[str, str]) -> dict[str, int]:
    """Read thresholds as somebody typed them, or raise `ThresholdRefused`."""
    return {name: _parse(name, text) for name, text in entered.items()}


def _parse(name: str, text: str) -> int:
    known = THRESHOLDS.get(name)
    if known is None:
        raise ThresholdRefused(name, Text(_UNKNOWN, {"name": name[:100]}))
    value = whole_number(text)
    if value is None or not known.least <= value <= known.most:
        values = {"label": Text(known.label), "least": known.least, "most": known.most}
        raise ThresholdRefused(name, Text(_NO_NUMBER, values))
    return value


_UNKNOWN = N_("There is no threshold %(name)s.")
_NO_NUMBER = N_("%(label)s: enter a whole number from %(least)d to %(most)d.")


class ThresholdStore:
    """The thresholds as they are kept: what nobody has changed is what this program says."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self) -> Thresholds:
        """Give the thresholds in force."""
        return thresholds_of(self._database)

    def set(self, entered: Mapping[str, str], *, by: Actor, now: datetime) -> Thresholds:
        """Change those that are named, or raise `ThresholdRefused` and change none."""
        parsed = parse_thresholds(entered)
        with self._database.writing() as write:
            before = thresholds_of(write).by_name()
            after = before | parsed
            if changed := difference(before, after):
                kept = {name: value for name, value in after.items() if value != THRESHOLDS[name].default}
                write.run(_SET, (ALERTS, json.dumps(kept)))
                append(write, by, Action.ALERT_THRESHOLDS_SET, object=ALERTS, changed=changed, now=now)
        return _thresholds(after)


def thresholds_of(read: Reader) -> Thresholds:
    """Give the thresholds in force, also within a transaction."""
    row = read.row("SELECT thresholds FROM alerts WHERE name = ?", (ALERTS,))
    return _thresholds(json.loads(row["thresholds"]) if row else {})


def _thresholds(kept: Mapping[str, int]) -> Thresholds:
    return Thresholds(**{_attribute(name): value for name, value in kept.items() if name in THRESHOLDS})


def _attribute(name: str) -> str:
    return name.replace(".", "_")


_SET = (
    "INSERT INTO alerts (name, thresholds) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET thresholds = excluded.thresholds"
)
