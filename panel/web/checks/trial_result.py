"""A test send as a page shows it: how it stands, its stages, and its failure in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from panel import clock
from panel.checks.trial.arrival import Arrival, word_of
from panel.checks.trial.failure import told_notices
from panel.checks.trial.message import mark_of_test
from panel.checks.trial.report import Mode, Outcome, Report
from panel.checks.trial.store import Trial
from panel.i18n import N_
from panel.mail.smtp.protocol import Stage
from panel.outbox.pace.pace import Wait
from panel.web.checks.failure import FailureWords, words_of_test
from panel.web.checks.stages import StageRow, position_of, rows_of
from panel.web.context import permitted
from panel.web.text import actor_name, clock_time, duration, gettext, translated


@dataclass(frozen=True, slots=True)
class TrialResult:
    """Everything a page says about one test."""

    number: int
    saved: bool
    outcome: str
    uncertain: bool
    mode: str
    seen: int
    recipient: str
    ms: float
    scale: float
    position: int
    total: int
    rows: tuple[StageRow, ...]
    failure: FailureWords | None
    accepted_reply: str
    queue_id: str
    tls: Mapping[str, str] | None
    auth: str
    address: str
    notices: tuple[str, ...]
    transcript: tuple[tuple[str, str], ...]
    announcement: str
    waiting: Postponed | None = None
    server: str = "first"
    inbox: Inbox | None = None

    @property
    def certificate_end(self) -> str:
        """Say on which day the certificate ends, and how many are left."""
        if not self.tls or not self.tls["not_after"]:
            return ""
        end = datetime.fromisoformat(self.tls["not_after"])
        return translated(N_("until %(date)s (%(days)d days left)"), date=end.date(), days=(end - clock.now()).days)


@dataclass(frozen=True, slots=True)
class Postponed:
    """A test that is to begin later: why, when as a clock shows it, and in how many seconds."""

    why: str
    at: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Inbox:
    """A message that was handed over: what its subject begins with, and whether it arrived."""

    mark: str
    said: str  # yes, no, or blank where nobody has said so
    sentence: str  # who said so, and when


CHECK_INSTEAD = N_("A check without sending needs no slot.")
_WAITS = {
    "asked": N_("The test was put off, so that the change can take effect."),
    "pace": N_("A test counts as a message, and the sending interval is not over."),
    "max_per_hour": N_("A test counts as a message, and the hourly limit is used up."),
    "max_per_day": N_("A test counts as a message, and the daily limit is used up."),
    "busy": N_("Another message is under way. The test goes when that has ended."),
}


def when_free(wait: Wait) -> str:
    """Say when a test can be sent, if that is known."""
    if wait.ms is None:
        return ""
    until = clock.now() + timedelta(milliseconds=wait.ms)
    return translated(N_("There is room again at %(time)s."), time=clock_time(until))


def trial_result(trial: Trial) -> TrialResult:
    """Put a test into the reader's words."""
    report, shown, uncertain = trial.report, permitted(trial.report), trial.report.outcome is Outcome.UNKNOWN
    position = position_of(rows := tuple(rows_of(report)))
    return TrialResult(
        number=trial.number,
        saved=report.version is not None,
        outcome="failure" if uncertain else str(report.outcome),
        uncertain=uncertain,
        mode=str(report.mode),
        seen=trial.seen,
        recipient=report.recipient,
        ms=report.ms,
        scale=max([1.0, *(row.offset + row.width for row in rows)]),
        position=position,
        total=len(rows),
        rows=rows,
        failure=words_of_test(report) if report.failure else None,
        accepted_reply=_accepted_reply(shown),
        queue_id=shown.queue_id or "",
        tls=report.tls,
        auth=report.auth or "",
        address=report.address or "",
        notices=told_notices(report, gettext),
        transcript=tuple(_transcript(shown)),
        announcement=_of_arrival(trial) or _announcement(report, rows, position),
        waiting=_waiting(report),
        server=str(report.server),
        inbox=_inbox(trial) if report.handed_over else None,
    )


def _inbox(trial: Trial) -> Inbox:
    known = trial.arrival
    return Inbox(mark_of_test(trial.number), word_of(known), words_of_arrival(known) if known else "")


def words_of_arrival(known: Arrival) -> str:
    """Say in one sentence who has said what of a message, and when."""
    text = _ARRIVED if known.arrived else _NOT_ARRIVED
    return translated(text, who=actor_name(known.by), time=clock_time(known.at), after=duration(known.after))


_ARRIVED = N_("%(who)s saw it in the mailbox at %(time)s, %(after)s after it was sent.")
_NOT_ARRIVED = N_("%(who)s did not find it in the mailbox at %(time)s, %(after)s after it was sent.")


def _of_arrival(trial: Trial) -> str:
    """Say in short whether the message arrived, where somebody has said so."""
    if trial.arrival is None:
        return ""
    arrived = trial.arrival.arrived
    return gettext(N_("The test email arrived.") if arrived else N_("The test email was sent and has not arrived."))


def _waiting(report: Report) -> Postponed | None:
    waiting = report.waiting
    if waiting is None or report.outcome is not Outcome.RUNNING:
        return None
    left = None if waiting.until is None else max(0, ceil((waiting.until - clock.now()).total_seconds()))
    at = clock_time(waiting.until) if waiting.until else ""
    return Postponed(gettext(_WAITS.get(waiting.reason, "")), at, left)


def _accepted_reply(report: Report) -> str:
    if report.outcome is not Outcome.SUCCESS:
        return ""
    last = Stage.DATA if report.mode is Mode.SEND else Stage.RCPT
    return next((each.reply or "" for each in report.stages if each.stage is last), "")


def _transcript(report: Report) -> Iterator[tuple[str, str]]:
    """Mark each line of the dialogue: who said it, and whether it is the refusal."""
    failing = set(report.failure.reply.lines) if report.failure and report.failure.reply else set()
    for line in report.transcript:
        kind = {"C:": "client", "S:": "server"}.get(line[:2], "note")
        if kind == "server" and any(text and line.endswith(text) for text in failing):
            kind = "failed"
        yield kind, line


def _announcement(report: Report, rows: tuple[StageRow, ...], position: int) -> str:
    """Say in one sentence how the test stands, for who cannot see the rows."""
    label = rows[position - 1].label if rows else ""
    match report.outcome:
        case Outcome.RUNNING if report.waiting:
            message = N_("The test waits for its slot, and then goes by itself.")
        case Outcome.RUNNING:
            message = N_("Sending a test email. Step %(position)d of %(total)d, %(label)s.")
        case Outcome.SUCCESS if report.mode is Mode.CHECK:
            message = N_("The check passed. Nothing was sent.")
        case Outcome.SUCCESS:
            message = N_("Test email sent.")
        case Outcome.STOPPED:
            message = N_("The test was stopped.")
        case Outcome.UNKNOWN:
            message = N_("It is not known whether the test email was accepted.")
        case _:
            message = N_("The test email was not sent. It stopped at: %(label)s.")
    return translated(message, position=position, total=len(rows), label=label)
