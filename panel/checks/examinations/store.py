"""Keeps the last examinations, whether the panel makes them by itself, and which one is under way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from panel import clock
from panel.checks.doctor.finding import Finding
from panel.checks.examinations.document import findings_from_json, findings_to_json
from panel.checks.examinations.examination import EVERY, Conditions, Examination, Why
from panel.errors import PanelError
from panel.i18n import N_
from panel.settings.store import Version
from panel.storage.actor import Actor
from panel.storage.database import Database, Reader, Row, Writer
from panel.storage.journal import Action, append

DIAGNOSIS = "diagnosis"  # of its row of the table `routines`
EXAMINATIONS_KEPT = 20
ASKED_A_MINUTE = 5  # examinations by one account
UNDER_WAY = timedelta(minutes=2)  # longer than one takes; a process that died in it blocks no other for longer
SAVES_SETTLE = timedelta(seconds=5)  # after a save, for another one may follow at once
CLOCK_MOVES = timedelta(minutes=1)


class ExaminationRunning(PanelError):
    """Another examination has not ended."""


class TooManyExaminations(PanelError):
    """The account has used up its examinations of this minute."""


class ExaminationStore:
    """The last examinations, the newest of which counts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._latest: Examination | None = None

    def latest(self) -> Examination | None:
        """Give the newest examination; its findings are read once."""
        row = self._database.row("SELECT max(number) AS number FROM diagnoses")
        number = row["number"] if row else None
        known = self._latest
        if known is None or known.number != number:
            known = self._latest = _latest(self._database)
        return known

    def by_itself(self) -> bool:
        """Say whether the panel examines by itself; it does where nobody has switched that off."""
        return not _is_off(self._database)

    def switch(self, *, on: bool, by: Actor, now: datetime) -> bool:
        """Have the panel examine by itself, or no more; say whether that is a change."""
        with self._database.writing() as write:
            was_on = not _is_off(write)
            if was_on != on:
                write.run(_SWITCH, (DIAGNOSIS, int(not on)))
                changed = {"by_itself": [was_on, on]}
                append(write, by, Action.DIAGNOSIS_SWITCHED, object=DIAGNOSIS, changed=changed, now=now)
        return was_on != on

    def begin(self, *, by: Actor, now: datetime) -> None:
        """Begin one that somebody asks for; raise `ExaminationRunning` or `TooManyExaminations` where it may not."""
        with self._database.writing() as write:
            if _is_under_way(write, now):
                raise ExaminationRunning(N_("A diagnosis is already running. Look again in a few seconds."))
            since = clock.stamp(now - timedelta(minutes=1))
            recent = write.row(_ASKED, (Action.DIAGNOSED, by.name, since))
            if recent and recent["times"] >= ASKED_A_MINUTE:
                raise TooManyExaminations(
                    N_("That was the fifth diagnosis in a minute. Wait a minute, then try again.")
                )
            write.run(_BEGIN, (DIAGNOSIS, clock.stamp(now)))
            append(write, by, Action.DIAGNOSED, object=DIAGNOSIS, now=now)

    def begin_if_due(self, version: Version, now: datetime) -> Why | None:
        """Begin one by itself where it is due, and say why; None where it is not, is off, or another has begun it."""
        if self._why(self._database, version, now) is None:
            return None
        with self._database.writing() as write:
            why = self._why(write, version, now)
            if why:
                write.run(_BEGIN, (DIAGNOSIS, clock.stamp(now)))
        return why

    def _why(self, read: Reader, version: Version, now: datetime) -> Why | None:
        if not version.number or _is_off(read) or _is_under_way(read, now):
            return None
        last = read.row("SELECT at, version FROM diagnoses ORDER BY number DESC LIMIT 1")
        examined_at = clock.moment(last["at"]) if last else None
        if version.saved_at and (examined_at is None or (last and last["version"] != version.number)):
            settled = now - version.saved_at >= SAVES_SETTLE or now < version.saved_at - CLOCK_MOVES
            return Why.SAVED if settled else None
        fresh = examined_at is not None and examined_at - CLOCK_MOVES <= now < examined_at + EVERY
        return None if fresh else Why.DAILY

    def keep(
        self,
        findings: Iterable[Finding],
        *,
        version: int,
        why: Why,
        conditions: Conditions,
        now: datetime,
        asked_by: str = "",
    ) -> Examination:
        """Keep what was found, and forget the oldest; the next one may begin."""
        found = findings_to_json(findings)
        row = (clock.stamp(now), version, why, asked_by, conditions.address, " ".join(conditions.selectors), found)
        with self._database.writing() as write:
            inserted = write.row(_INSERT, row)
            assert inserted
            write.run("DELETE FROM diagnoses WHERE number <= ?", (inserted["number"] - EXAMINATIONS_KEPT,))
            _end(write)
        kept = self.latest()
        assert kept
        return kept

    def give_up(self) -> None:
        """End one that somebody asked for and that has found nothing: they may ask again at once."""
        with self._database.writing() as write:
            _end(write)


def _latest(read: Reader) -> Examination | None:
    row = read.row("SELECT * FROM diagnoses ORDER BY number DESC LIMIT 1")
    return _examination(row) if row else None


def _examination(row: Row) -> Examination:
    return Examination(
        number=row["number"],
        at=clock.moment(row["at"]),
        version=row["version"],
        why=Why(row["why"]),
        asked_by=row["asked_by"],
        conditions=Conditions(row["address"], tuple(row["selectors"].split())),
        findings=findings_from_json(row["findings"]),
    )


def _is_off(read: Reader) -> bool:
    row = read.row("SELECT off FROM routines WHERE name = ?", (DIAGNOSIS,))
    return row is not None and bool(row["off"])


def _is_under_way(read: Reader, now: datetime) -> bool:
    row = read.row("SELECT began_at FROM routines WHERE name = ?", (DIAGNOSIS,))
    began_at = clock.moment_or_none(row["began_at"]) if row else None
    return began_at is not None and began_at - CLOCK_MOVES <= now < began_at + UNDER_WAY


def _end(write: Writer) -> None:
    write.run("UPDATE routines SET began_at = NULL WHERE name = ?", (DIAGNOSIS,))


_INSERT = (
    "INSERT INTO diagnoses (at, version, why, asked_by, address, selectors, findings) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "RETURNING number"
)
_ASKED = "SELECT count(*) AS times FROM audit WHERE action = ? AND account = ? AND at > ?"
_BEGIN = (
    "INSERT INTO routines (name, began_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET began_at = excluded.began_at"
)
_SWITCH = "INSERT INTO routines (name, off) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET off = excluded.off"
