"""The stages of a test in rows, on one time scale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from panel.checks.trial.report import Mode, Outcome, Report, StageReport
from panel.i18n import N_
from panel.mail.smtp.protocol import Stage
from panel.web.text import gettext

# The rows of a page, the stages in each, and its protocol word.
_ROWS: tuple[tuple[str, str, tuple[Stage, ...], str], ...] = (
    ("token", N_("Access token"), (Stage.TOKEN,), "OAuth2"),
    ("pop", N_("POP sign-in"), (Stage.POP,), "POP3"),
    ("resolve", N_("Find the server"), (Stage.RESOLVE,), "DNS"),
    ("connect", N_("Connect"), (Stage.CONNECT,), "TCP"),
    ("greeting", N_("Greeting"), (Stage.GREETING, Stage.EHLO), "EHLO"),
    ("tls", N_("Encrypt"), (Stage.TLS, Stage.STARTTLS), "TLS"),
    ("auth", N_("Sign-in"), (Stage.AUTH,), "AUTH"),
    ("envelope", N_("Sender and recipient"), (Stage.MAIL, Stage.RCPT), "MAIL, RCPT"),
    ("data", N_("Hand over the message"), (Stage.DATA, Stage.QUIT), "DATA"),
)
_STATES = {
    "ok": N_("done"),
    "failed": N_("failed here"),
    "stopped": N_("stopped here"),
    "running": N_("in progress"),
    "waiting": N_("not started"),
    "skipped": N_("not needed"),
    "unreached": N_("not reached"),
    "refreshed": N_("refreshed"),
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


def rows_of(report: Report) -> Iterator[StageRow]:
    """Lay the stages out in rows; a row that does not apply is left out unless every page shows it."""
    by_stage = {each.stage: each for each in report.stages}
    ended = report.outcome is not Outcome.RUNNING
    offsets = _offsets(report.stages)
    for name, label, stages, word in _ordered(report):
        found = [by_stage[stage] for stage in stages if stage in by_stage]
        status = _status(found, ended)
        if name in ("token", "pop") and status in ("skipped", "waiting", "unreached"):
            continue
        if name == "data" and report.mode is Mode.CHECK:
            continue
        timed = [each for each in found if each.status != "skipped" and each.ms is not None]
        ms = sum(each.ms or 0 for each in timed) if timed else None
        hook = "waiting" if status == "unreached" else status
        state = _state(report, status, found)
        offset = min((offsets[each.stage] for each in timed), default=0.0)
        yield StageRow(name, gettext(label), word, hook, gettext(_STATES[state]), ms, offset, ms or 0.0)


def _state(report: Report, status: str, found: list[StageReport]) -> str:
    """Say how a row stands: a test that somebody stopped did not fail where it was."""
    if status == "failed" and report.outcome is Outcome.STOPPED:
        return "stopped"
    return "refreshed" if status == "ok" and found[0].reply == "refreshed" else status


def position_of(rows: tuple[StageRow, ...]) -> int:
    """Count to the row that is at work or failed, or to the last."""
    for number, row in enumerate(rows, 1):
        if row.status in ("running", "failed"):
            return number
    done = [number for number, row in enumerate(rows, 1) if row.status in ("ok", "skipped")]
    return max(done, default=1)


def stage_label(stage: Stage) -> str:
    """Name a stage as the rows do."""
    return next(gettext(label) for _, label, stages, _ in _ROWS if stage in stages)


def stages_told(times: Iterable[tuple[Stage, int]]) -> Iterator[tuple[str, int]]:
    """Name the stages of a try as the rows do, each with all its ms; the goodbye is none."""
    told: dict[str, int] = {}
    for stage, ms in times:
        if stage is not Stage.QUIT:
            told[stage_label(stage)] = told.get(stage_label(stage), 0) + ms
    yield from told.items()


def _ordered(report: Report) -> list[tuple[str, str, tuple[Stage, ...], str]]:
    """With implicit TLS, encryption comes before the greeting."""
    rows = list(_ROWS)
    implicit = any(each.stage is Stage.TLS and each.status != "skipped" for each in report.stages)
    if implicit:
        greeting, tls = (next(row for row in rows if row[0] == name) for name in ("greeting", "tls"))
        rows.remove(greeting)
        rows.insert(rows.index(tls) + 1, greeting)
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
