"""A test send as a page shows it: stages in rows on one time scale, and a failure in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from panel import clock
from panel.checks.trial.failure import NOTICES, diagnosed
from panel.checks.trial.report import Mode, Outcome, Report, StageReport
from panel.checks.trial.store import Trial
from panel.diagnosis.diagnose import Diagnosis, diagnose
from panel.i18n import N_, Text
from panel.mail.smtp.protocol import Failure, Stage, shortened
from panel.outbox.pace.pace import Wait
from panel.settings.model import LABELS, Settings
from panel.web.settings.facts import MODES
from panel.web.text import clock_time, gettext, translated

# The rows of a page, the stages in each, and its protocol word.
_ROWS: tuple[tuple[str, str, tuple[Stage, ...], str], ...] = (
    ("pop", N_("POP sign-in"), (Stage.POP,), "POP3"),
    ("resolve", N_("Find the server"), (Stage.RESOLVE,), "DNS"),
    ("connect", N_("Connect"), (Stage.CONNECT,), "TCP"),
    ("greeting", N_("Greeting"), (Stage.GREETING, Stage.EHLO), "EHLO"),
    ("tls", N_("Encrypt"), (Stage.TLS, Stage.STARTTLS), "TLS"),
    ("auth", N_("Sign-in"), (Stage.AUTH,), "AUTH"),
    ("envelope", N_("Sender and recipient"), (Stage.MAIL, Stage.RCPT), "MAIL FROM · RCPT TO"),
    ("data", N_("Hand over the message"), (Stage.DATA, Stage.QUIT), "DATA"),
)
_STATES = {
    "ok": N_("done"),
    "failed": N_("failed here"),
    "running": N_("in progress"),
    "waiting": N_("not started"),
    "skipped": N_("not needed"),
    "unreached": N_("not reached"),
}


@dataclass(frozen=True, slots=True)
class StageRow:
    """One row: when it began and how long it took, in ms on the scale of all."""

    name: str
    label: str
    word: str
    status: str
    state: str
    ms: float | None
    offset: float
    width: float


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, and the field to do it in."""

    text: str
    field: str
    field_label: str


@dataclass(frozen=True, slots=True)
class FailureView:
    """A failure in words: what happened, what works already, what to do, and the server's reply."""

    cause: str
    what: str
    works: str
    stage_label: str
    steps: tuple[Step, ...]
    reply: str
    checked: str
    suggestion: Mapping[str, object]
    suggestion_text: str
    open_transcript: bool
    late_minutes: int = 0
    late_at: str = ""


@dataclass(frozen=True, slots=True)
class TrialView:
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
    failure: FailureView | None
    accepted_reply: str
    queue_id: str
    tls: Mapping[str, str] | None
    auth: str
    address: str
    notices: tuple[str, ...]
    transcript: tuple[tuple[str, str], ...]
    announcement: str
    waiting: WaitingView | None = None


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A test that is to begin later: why, when as a clock shows it, and in how many seconds."""

    why: str
    at: str
    seconds: int | None


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


def trial_view(trial: Trial) -> TrialView:
    """Put a test into the reader's words."""
    report = trial.report
    rows = tuple(_rows(report))
    position = _position(rows)
    uncertain = report.outcome is Outcome.UNKNOWN
    return TrialView(
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
        failure=failure_view(report) if report.failure else None,
        accepted_reply=_accepted_reply(report),
        queue_id=report.queue_id or "",
        tls=report.tls,
        auth=report.auth or "",
        address=report.address or "",
        notices=tuple(gettext(NOTICES[each]) for each in report.notices if each in NOTICES),
        transcript=tuple(_transcript(report)),
        announcement=_announcement(report, rows, position),
        waiting=_waiting(report),
    )


def _waiting(report: Report) -> WaitingView | None:
    waiting = report.waiting
    if waiting is None or report.outcome is not Outcome.RUNNING:
        return None
    left = None if waiting.until is None else max(0, ceil((waiting.until - clock.now()).total_seconds()))
    at = clock_time(waiting.until) if waiting.until else ""
    return WaitingView(gettext(_WAITS.get(waiting.reason, "")), at, left)


def failure_view(report: Report) -> FailureView:
    """Put the failure of a test into the reader's words, and say what the stages before it have proven."""
    return _view(diagnosed(report), _works(report))


def failure_of(
    failure: Failure, settings: Settings, *, has_worked: bool | None = None, by_itself: bool = False
) -> FailureView:
    """Put a failure of mail into the reader's words; `settings` are those that it was sent with."""
    host, port = settings.smtp_host, settings.smtp_port
    return _view(diagnose(failure, host=host, port=port, has_worked=has_worked, by_itself=by_itself), "")


def _view(translated: Diagnosis, works: str) -> FailureView:
    field = translated.field or ""
    label = gettext(LABELS[field]) if field in LABELS else ""
    steps = tuple(Step(text.translated(gettext), field, label) for text in translated.do)
    return FailureView(
        cause=translated.cause.name,
        what=translated.what.translated(gettext),
        works=works,
        stage_label=stage_label(translated.failure.stage),
        steps=steps,
        reply=shortened(translated.failure.reply) or "",
        checked=translated.cause.checked or "",
        suggestion=translated.suggestion or {},
        suggestion_text=_suggestion_text(translated),
        open_transcript=translated.open_transcript,
        late_minutes=translated.cause.late_minutes,
        late_at=clock_time(clock.now() + timedelta(minutes=translated.cause.late_minutes)),
    )


def _rows(report: Report) -> Iterator[StageRow]:
    """Lay the stages out in rows; a row that does not apply is left out unless every page shows it."""
    by_stage = {each.stage: each for each in report.stages}
    ended = report.outcome is not Outcome.RUNNING
    offsets = _offsets(report.stages)
    for name, label, stages, word in _ordered(report):
        found = [by_stage[stage] for stage in stages if stage in by_stage]
        status = _status(found, ended)
        if name == "pop" and status in ("skipped", "waiting", "unreached"):
            continue
        if name == "data" and report.mode is Mode.CHECK:
            continue
        translated = [each for each in found if each.status != "skipped" and each.ms is not None]
        ms = sum(each.ms or 0 for each in translated) if translated else None
        hook = "waiting" if status == "unreached" else status
        offset = min((offsets[each.stage] for each in translated), default=0.0)
        yield StageRow(name, gettext(label), word, hook, gettext(_STATES[status]), ms, offset, ms or 0.0)


def _ordered(report: Report) -> list[tuple[str, str, tuple[Stage, ...], str]]:
    """With implicit TLS, encryption comes before the greeting."""
    rows = list(_ROWS)
    implicit = any(each.stage is Stage.TLS and each.status != "skipped" for each in report.stages)
    if implicit:
        greeting = next(row for row in rows if row[0] == "greeting")
        rows.remove(greeting)
        rows.insert(4, greeting)
    return rows


def _offsets(stages: tuple[StageReport, ...]) -> dict[Stage, float]:
    """Say when each stage began, one after the other."""
    offsets: dict[Stage, float] = {}
    at = 0.0
    for each in stages:
        offsets[each.stage] = at
        at += each.ms or 0
    return offsets


def _status(found: list[StageReport], ended: bool) -> str:
    """Give one status for the stages of a row."""
    statuses = [each.status for each in found]
    for decisive in ("failed", "running", "ok"):
        if decisive in statuses:
            return decisive
    if statuses:
        return "skipped"
    return "unreached" if ended else "waiting"


def _position(rows: tuple[StageRow, ...]) -> int:
    """Count to the row that is at work or failed, or to the last."""
    for number, row in enumerate(rows, 1):
        if row.status in ("running", "failed"):
            return number
    done = [number for number, row in enumerate(rows, 1) if row.status in ("ok", "skipped")]
    return max(done, default=1)


def stage_label(stage: Stage) -> str:
    """Name a stage as the rows do."""
    return next(gettext(label) for _, label, stages, _ in _ROWS if stage in stages)


def _works(report: Report) -> str:
    """Say what the stages before the failure have proven."""
    done = {each.stage for each in report.stages if each.status == "ok"}
    assert report.failure
    failed = report.failure.stage
    if Stage.AUTH in done and failed is not Stage.AUTH:
        return gettext(N_("Reaching the server and signing in both work."))
    if done & {Stage.TLS, Stage.STARTTLS} and failed not in (Stage.TLS, Stage.STARTTLS):
        return gettext(N_("Reaching the server and encryption both work."))
    if Stage.CONNECT in done:
        return gettext(N_("The server can be reached."))
    return ""


def _suggestion_text(translated: Diagnosis) -> str:
    """Say a setting that works instead, such as `SMTP port 465`."""
    pairs = (translated.suggestion or {}).items()
    return gettext(N_(", ")).join(f"{gettext(LABELS[name])} {_told(name, value)}" for name, value in pairs)


def _told(name: str, value: object) -> str:
    if isinstance(value, bool):
        return gettext(N_("On")) if value else gettext(N_("Off"))
    return gettext(MODES[name][str(value)]) if name in MODES else str(value)


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
    return Text(message, {"position": position, "total": len(rows), "label": label}).translated(gettext)
