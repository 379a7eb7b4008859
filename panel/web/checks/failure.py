"""A failure in the reader's words, of a test or of mail: what happened, what works already, what to do."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import timedelta

from panel import clock
from panel.checks.trial.failure import diagnosed
from panel.checks.trial.report import Report
from panel.diagnosis.causes.oauth import OAUTH_SIGNIN_REQUIRED
from panel.diagnosis.causes.table import SAID_OF_TOKEN
from panel.diagnosis.diagnose import Diagnosis, diagnose
from panel.i18n import N_, Text
from panel.mail.smtp.protocol import Failure, Stage, shortened
from panel.settings.fields.labels import has_label
from panel.settings.model import Settings
from panel.web.checks.stages import stage_label
from panel.web.context import permitted
from panel.web.settings.facts import MODES
from panel.web.text import clock_time, gettext, label, listed


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, and the field to do it in."""

    text: str
    field: str
    field_label: str


@dataclass(frozen=True, slots=True)
class FailureWords:
    """A failure in words: what happened, what was said, what works already, what to do, and the server's reply."""

    cause: str
    what: str
    said: str  # of a token
    works: str
    stage_label: str
    steps: tuple[Step, ...]
    reply: str
    checked: str
    suggestion: Mapping[str, object]
    suggestion_text: str
    open_transcript: bool
    left_out: str = ""  # who sees what the server said, where the reader does not
    late_minutes: int = 0
    late_at: str = ""


def words_of_test(report: Report) -> FailureWords:
    """Put the failure of a test into the reader's words, and say what the stages before it have proven."""
    return _in_words(diagnosed(report), _works(report))


def words_of(
    failure: Failure, settings: Settings, *, has_worked: bool | None = None, by_itself: bool = False
) -> FailureWords:
    """Put a failure of mail into the reader's words; `settings` are those that it was sent with."""
    known = diagnose(
        failure,
        host=settings.smtp_host,
        port=settings.smtp_port,
        has_worked=has_worked,
        by_itself=by_itself,
        bounce_address=settings.bounce_address,
    )
    return _in_words(known, "")


def _in_words(known: Diagnosis, works: str) -> FailureWords:
    found = permitted(known)
    field, field_label = _place(found)
    return FailureWords(
        cause=found.cause.name,
        what=found.what.translated(gettext),
        said="".join(text.translated(gettext) for text in found.do if _is_said(text)),
        works=works,
        stage_label=stage_label(found.failure.stage),
        steps=tuple(Step(text.translated(gettext), field, field_label) for text in found.do if not _is_said(text)),
        reply=shortened(found.failure.reply) or "",
        checked=found.cause.checked or "",
        suggestion=found.suggestion or {},
        suggestion_text=_suggestion_text(found),
        open_transcript=found.open_transcript,
        left_out="" if found is known else _left_out(known),
        late_minutes=found.cause.late_minutes,
        late_at=clock_time(clock.now() + timedelta(minutes=found.cause.late_minutes)),
    )


def _is_said(step: Text) -> bool:
    return step.message == SAID_OF_TOKEN


def _left_out(known: Diagnosis) -> str:
    """Say that there are words of the server, and who sees them."""
    return gettext(_NOT_SHOWN) if known.failure.reply or any(map(_is_said, known.do)) else ""


_NOT_SHOWN = N_("What the server said is shown to operators and administrators.")


def _place(found: Diagnosis) -> tuple[str, str]:
    """Give where to mend it: a field and its label, or the sign-in where a new one is all it takes."""
    if found.cause is OAUTH_SIGNIN_REQUIRED and found.failure.stage is Stage.TOKEN:
        return "grant", gettext(N_("State of the sign-in"))
    field = found.field or ""
    return field, label(field) if has_label(field) else ""


def works_before(failed: Stage, *, encrypted: bool) -> str:
    """Say what mail that failed at a stage has proven by coming so far."""
    order = (Stage.CONNECT, Stage.STARTTLS, Stage.AUTH)
    reached = {Stage.AUTH: 2, Stage.MAIL: 3, Stage.RCPT: 3, Stage.DATA: 3}.get(failed, 1 if failed in _TALKING else 0)
    return _proven({*order[:reached]} - (set() if encrypted else {Stage.STARTTLS}), failed)


_TALKING = (Stage.TLS, Stage.GREETING, Stage.EHLO, Stage.STARTTLS)


def _works(report: Report) -> str:
    """Say what the stages before the failure have proven."""
    assert report.failure
    return _proven({each.stage for each in report.stages if each.status == "ok"}, report.failure.stage)


def _proven(done: Set[Stage], failed: Stage) -> str:
    if Stage.AUTH in done and failed is not Stage.AUTH:
        return gettext(N_("Reaching the server and signing in both work."))
    if done & {Stage.TLS, Stage.STARTTLS} and failed not in (Stage.TLS, Stage.STARTTLS):
        return gettext(N_("Reaching the server and encryption both work."))
    if Stage.CONNECT in done:
        return gettext(N_("The server can be reached."))
    return ""


def _suggestion_text(found: Diagnosis) -> str:
    """Say a setting that works instead, such as `SMTP port 465`."""
    pairs = (found.suggestion or {}).items()
    return listed(f"{label(name)} {_value(name, value)}" for name, value in pairs)


def _value(name: str, value: object) -> str:
    if isinstance(value, bool):
        return gettext(N_("On")) if value else gettext(N_("Off"))
    return gettext(MODES[name][str(value)]) if name in MODES else str(value)
