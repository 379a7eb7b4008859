"""Keeps the test sends, so that any process can tell how one goes, and whether settings were ever proven."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from panel import clock
from panel.checks.trial.arrival import Arrival, refuse_other, refuse_unsent, word_of
from panel.checks.trial.report import Mode, Outcome, Report, from_document, to_document
from panel.errors import PanelError
from panel.i18n import N_
from panel.outbox.pace.route import Which
from panel.settings.store import Version
from panel.storage.actor import Actor
from panel.storage.database import Database, Row, Value, Writer
from panel.storage.journal import Action, append

PER_MINUTE = 10  # tests of one account
KEPT = 500  # tests, the newest
KEPT_ARRIVED = 100  # older ones: of so many settings the last test that arrived
TRIAL_SILENCE = timedelta(seconds=5)  # a running test says so four times a second; its process is gone when it does not


class TooManyTrials(PanelError):
    """The account has used up its tests of this minute."""


class TrialRunning(PanelError):
    """The account's last test has not ended; `number` is that test."""

    def __init__(self, number: int) -> None:
        super().__init__(N_("A test is already running. Wait for it, or stop it."))
        self.number = number


class Trial(NamedTuple):
    """One test send: who asked for it, how often its report has changed (`seen`), and the report."""

    number: int
    account: str
    seen: int
    fingerprint: str
    report: Report
    arrival: Arrival | None = None

    @property
    def running(self) -> bool:
        return self.report.outcome is Outcome.RUNNING

    def is_of(self, version: Version) -> bool:
        """Say whether the settings that were tested are those of a version."""
        saved = version.number > 0 and self.report.version == version.number
        return saved or self.fingerprint == version.of(self.report.server).fingerprint

    @property
    def passed(self) -> bool:
        """Say whether the server took the message, by its reply or because somebody has found it in the mailbox."""
        arrived = self.arrival is not None and self.arrival.arrived
        return self.report.outcome is Outcome.SUCCESS or (self.report.outcome is Outcome.UNKNOWN and arrived)


class TrialStore:
    """The test sends, the newest of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        report: Report,
        *,
        by: Actor,
        fingerprint: str,
        now: datetime,
        beside: Callable[[int, Writer], None] = lambda number, write: None,
    ) -> int:
        """Note that a test begins, and write what goes `beside` it; one at a time and ten a minute for an account.

        One that waits for its slot gives way to a newer one.
        """
        with self._database.writing() as write:
            _refuse_too_many(write, by.name, now)
            row = write.row(_INSERT, (*_row(report, now), by.name, by.address, fingerprint))
            assert row
            number: int = row["id"]
            write.run(_TRIM, (number - KEPT, KEPT_ARRIVED))
            beside(number, write)
            _note_test(write, number, report, by, now)
        return number

    def beat(self, number: int, report: Report, seen: int, now: datetime) -> bool:
        """Note that the test is alive and how far it is; say whether somebody asked it to stop."""
        with self._database.writing() as write:
            row = write.row(
                "UPDATE trials SET beat_at = ?, seen = ?, report = ? WHERE id = ? RETURNING stop",
                (clock.stamp(now), seen, _json(report), number),
            )
        return row is None or bool(row["stop"])

    def finish(
        self, number: int, report: Report, seen: int, *, beside: Callable[[Writer], None] = lambda write: None
    ) -> None:
        """Keep what a test has found, and what is to be written `beside` it: all of it, or nothing."""
        with self._database.writing() as write:
            beside(write)
            write.run(
                "UPDATE trials SET outcome = ?, seen = ?, report = ? WHERE id = ?",
                (report.outcome, seen, _json(report), number),
            )

    def ask_to_stop(self, number: int) -> None:
        with self._database.writing() as write:
            write.run("UPDATE trials SET stop = 1 WHERE id = ? AND outcome = ?", (number, Outcome.RUNNING))

    def tell_arrival(
        self, number: int, *, arrived: bool, by: Actor, now: datetime, said: str | None = None
    ) -> Trial | None:
        """Note that somebody has looked whether a test's message is there; None where no such test is kept.

        The same said again stays as it was said first. `said` is the answer that the page showed, where there is one.
        Raise `NothingSent` where no message is under way, `SaidOtherwise` where another answer came meanwhile.
        """
        with self._database.writing() as write:
            row = write.row("SELECT * FROM trials WHERE id = ?", (number,))
            if row is None:
                return None
            trial = _trial(row, now)
            refuse_unsent(trial.report)
            if trial.arrival is None or trial.arrival.arrived != arrived:
                refuse_other(trial.arrival, said)
                trial = trial._replace(arrival=_said(arrived, now, by.name, trial.report))
                write.run(_TELL, (word_of(trial.arrival), clock.stamp(now), by.name, number))
                _note_arrival(write, trial, row["arrived"], by, now)
        return trial

    def get(self, number: int, now: datetime) -> Trial | None:
        return self._one("id = ?", (number,), now)

    def latest(self, now: datetime, *, account: str) -> Trial | None:
        return self._one("account = ?", (account,), now)

    def latest_of(
        self, fingerprint: str, version: int | None, now: datetime, server: Which = Which.FIRST
    ) -> Trial | None:
        """Give the last ended test of these very settings of a server, whether saved or not yet."""
        ended = f"{_OF_THESE} AND outcome NOT IN (?, ?)"
        return self._one(ended, (fingerprint, version, server, Outcome.RUNNING, Outcome.STOPPED), now)

    def latest_success(
        self, fingerprint: str, version: int | None, now: datetime, server: Which = Which.FIRST
    ) -> Trial | None:
        """Give the last test email with these very settings that the server took; a check sends none."""
        taken = f"{_OF_THESE} AND mode = ? AND (outcome = ? OR outcome = ? AND arrived = 'yes')"
        return self._one(taken, (fingerprint, version, server, Mode.SEND, Outcome.SUCCESS, Outcome.UNKNOWN), now)

    def latest_arrival(
        self, fingerprint: str, version: int | None, now: datetime, server: Which = Which.FIRST
    ) -> Trial | None:
        """Give the last test email with these very settings that somebody has found in the mailbox."""
        return self._one(f"{_OF_THESE} AND arrived = 'yes'", (fingerprint, version, server), now)

    def successes_since(
        self, moment: datetime, fingerprint: str, version: int | None, now: datetime, server: Which = Which.FIRST
    ) -> list[Trial]:
        """List the test emails with these very settings that the server took and that began after a moment."""
        parameters = (clock.stamp(moment), fingerprint, version, server, Outcome.SUCCESS, Mode.SEND)
        return [_trial(row, now) for row in self._database.rows(_SUCCESSES, parameters)]

    def _one(self, condition: str, parameters: Sequence[Value], now: datetime) -> Trial | None:
        one = f"SELECT * FROM trials WHERE {condition} ORDER BY id DESC LIMIT 1"  # noqa: S608 - conditions of ours
        row = self._database.row(one, parameters)
        return _trial(row, now) if row else None


_INSERT = (
    "INSERT INTO trials "
    "(started_at, beat_at, outcome, mode, recipient, version, report, server, account, address, fingerprint) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"
)
_OF_THESE = "(fingerprint = ? OR (version = ? AND server = ?))"
_SUCCESSES = f"SELECT * FROM trials WHERE started_at > ? AND {_OF_THESE} AND outcome = ? AND mode = ? ORDER BY id"  # noqa: S608 - our own words
_TRIM = (
    "DELETE FROM trials WHERE id <= ? AND id NOT IN "
    "(SELECT max(id) FROM trials WHERE arrived = 'yes' GROUP BY fingerprint ORDER BY max(id) DESC LIMIT ?)"
)
_TELL = "UPDATE trials SET arrived = ?, arrived_at = ?, arrived_by = ? WHERE id = ?"
_RUNNING = "SELECT id, report FROM trials WHERE account = ? AND outcome = ? AND beat_at >= ?"


def _row(report: Report, now: datetime) -> tuple[Value, ...]:
    began = clock.stamp(now)
    return (began, began, report.outcome, report.mode, report.recipient, report.version, _json(report), report.server)


def _refuse_too_many(write: Writer, account: str, now: datetime) -> None:
    alive = clock.stamp(now - TRIAL_SILENCE)
    for row in write.rows(_RUNNING, (account, Outcome.RUNNING, alive)):
        if from_document(json.loads(row["report"])).waiting is None:
            raise TrialRunning(row["id"])
        write.run("UPDATE trials SET stop = 1 WHERE id = ?", (row["id"],))  # the newer one takes its place
    since = clock.stamp(now - timedelta(minutes=1))
    recent = write.row("SELECT count(*) FROM trials WHERE account = ? AND started_at > ?", (account, since))
    if recent and recent[0] >= PER_MINUTE:
        raise TooManyTrials(N_("That was the tenth test in a minute. Wait a minute, then try again."))


def _note_test(write: Writer, number: int, report: Report, by: Actor, now: datetime) -> None:
    """Note where a test goes: who asks for many may be looking for what answers."""
    server, recipient = f"{report.host}:{report.port}", report.recipient
    append(
        write,
        by,
        Action.TEST_BEGAN,
        object=f"test/{number}",
        changed={"server": server, "recipient": recipient, "mode": str(report.mode)},
        told={"test": number, "server": server, "recipient": recipient},
        now=now,
    )


def _note_arrival(write: Writer, trial: Trial, before: str | None, by: Actor, now: datetime) -> None:
    """Note what was said of a test, and what before."""
    known, number = trial.arrival, trial.number
    assert known
    about, after = f"test/{number}", round(known.after.total_seconds())
    said = {"recipient": trial.report.recipient, "arrived": [before, word_of(known)]}
    if known.arrived:
        append(
            write, by, Action.TEST_ARRIVED, object=about, changed=said, told={"test": number, "seconds": after}, now=now
        )
    else:
        append(
            write,
            by,
            Action.TEST_NOT_ARRIVED,
            object=about,
            changed=said,
            told={"test": number, "seconds": after},
            now=now,
        )


def _trial(row: Row, now: datetime) -> Trial:
    """Read a test; one whose process fell silent was stopped, whatever its row says."""
    report = from_document(json.loads(row["report"]))
    silent = now - clock.moment(row["beat_at"]) > TRIAL_SILENCE
    if report.outcome is Outcome.RUNNING and silent:
        report = report.stopped()
    return Trial(row["id"], row["account"], row["seen"], row["fingerprint"], report, _arrival(row, report))


def _arrival(row: Row, report: Report) -> Arrival | None:
    if row["arrived"] is None:
        return None
    return _said(row["arrived"] == "yes", clock.moment(row["arrived_at"]), row["arrived_by"], report)


def _said(arrived: bool, at: datetime, by: str, report: Report) -> Arrival:
    return Arrival(arrived, at, by, max(at - report.sent_at, timedelta(0)))


def _json(report: Report) -> str:
    return json.dumps(to_document(report), ensure_ascii=False, separators=(",", ":"))
