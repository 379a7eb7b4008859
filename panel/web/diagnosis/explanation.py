"""What a pasted text complains about, as a page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from panel.diagnosis.explain import explain
from panel.diagnosis.explain.explain import Complaint
from panel.diagnosis.explain.secrets.masking import without_secrets
from panel.diagnosis.reference import WHOSE
from panel.i18n import N_, Text
from panel.mail.smtp.protocol import shortened
from panel.web.diagnosis.reported import ReportedMessage
from panel.web.text import gettext, label

MOST_CHARACTERS = 20_000  # Japanese takes nine bytes a character on the way: within what a form may send


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One thing to do, and the field of the form to do it in where the step itself names that."""

    text: str
    field: str


@dataclass(frozen=True, slots=True)
class ExplainedRefusal:
    """One refusal in words, with the field to change."""

    cause: str
    what: str
    know: str
    steps: tuple[ExplainedStep, ...]
    whose: str
    field: str
    field_label: str
    reply: str


@dataclass(frozen=True, slots=True)
class Explained:
    """What was asked and what is known about it; `error` where there was nothing to read."""

    text: str = ""
    host: str = ""
    error: str = ""
    nothing: str = ""
    refusals: tuple[ExplainedRefusal, ...] = ()
    reports: tuple[ReportedMessage, ...] = ()
    most: int = MOST_CHARACTERS

    @property
    def said(self) -> str:
        """What is announced."""
        first = self.refusals[0].what if self.refusals else ""
        return self.error or self.nothing or first


def explained(text: str, host: str) -> Explained:
    """Explain what was typed, and show it again without its secrets; nothing of it is kept."""
    host = without_secrets(host.strip())[: explain.MAX_HOST_NAME]
    if not text.strip():
        return Explained(
            text, host, error=gettext(N_("Paste the reply, the error message, the log or the bounce message."))
        )
    if len(text) > MOST_CHARACTERS:
        message = Text(N_("Paste at most %(most)d characters."), {"most": MOST_CHARACTERS})
        return Explained(without_secrets(text[:MOST_CHARACTERS]), host, error=message.translated(gettext))
    found, missing = explain.explain(text, host=host)
    shown = without_secrets(text)
    return Explained(shown, host, nothing=missing and gettext(missing), refusals=tuple(map(_refusal, found)))


def _refusal(complaint: Complaint) -> ExplainedRefusal:
    diagnosis = complaint.diagnosis
    field = diagnosis.field or ""
    return ExplainedRefusal(
        cause=diagnosis.cause.name,
        what=diagnosis.what.translated(gettext),
        know=gettext(diagnosis.cause.know),
        steps=tuple(ExplainedStep(step.translated(gettext), field_named_by(step)) for step in diagnosis.do),
        whose=gettext(WHOSE[diagnosis.cause.whose]),
        field=field,
        field_label=label(field) if field else "",
        reply=shortened(complaint.failure.reply) or "",
    )


def field_named_by(step: Text) -> str:
    """Name the field that a step says to choose in: a login by OAuth2 is set up in the form."""
    return "smtp_login" if "OAuth2 as login method" in step.message else ""
