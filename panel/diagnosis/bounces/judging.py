"""What a report says of one recipient, as a failure is told: the cause, and the reply without its secrets."""

from __future__ import annotations

from typing import NamedTuple

from panel.diagnosis.bounces.report import Fate, Reported
from panel.diagnosis.causes import unclear
from panel.diagnosis.explain.bounce import as_logged
from panel.diagnosis.explain.explain import complaints
from panel.diagnosis.explain.secrets.masking import without_secrets
from panel.mail.smtp.protocol import SHOWN_REPLY, shortened
from panel.mail.text import harmless


class Judged(NamedTuple):
    """The cause, where it is one of mail that does not arrive; where in the session; and what was said, cut."""

    cause: str | None
    stage: str | None
    reply: str | None


def judge_reported(reported: Reported) -> Judged:
    """Find why mail came back or is late; of mail that arrived there is only what was said."""
    if reported.fate not in (Fate.BOUNCED, Fate.DELAYED):
        return Judged(None, None, _said(reported))
    by_fields = reported.status or reported.server
    text = as_logged(reported.said, reported.server, reported.status) if by_fields else reported.said
    found = next(iter(complaints(text, host=reported.server)), None)
    if found is None:
        late = reported.fate is Fate.DELAYED or reported.status.startswith("4")
        return Judged((unclear.SERVER_TEMPORARY if late else unclear.SERVER_PERMANENT).name, None, _said(reported))
    stage = str(found.stage) if found.stage else None
    return Judged(found.failure.cause, stage, _shown(shortened(found.failure.reply) or "") or _said(reported))


def _said(reported: Reported) -> str | None:
    return _shown(without_secrets(reported.said)) or reported.status or None


def _shown(text: str) -> str:
    """Write it on one line, without what could steer whatever shows it."""
    return harmless(" ".join(text.split()))[:SHOWN_REPLY]
