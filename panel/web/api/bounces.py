"""Reports on mail that came to the bounce address: handed in, and noted with the message they are about."""

from __future__ import annotations

from werkzeug.exceptions import RequestEntityTooLarge

from panel import clock
from panel.access.rights import Right
from panel.diagnosis.bounces.report import MOST_REPORT_BYTES
from panel.outbox.bounces.store import NotedReport
from panel.web.api.documents.bounces import NewReport, TakenReport
from panel.web.api.gate import api_actor, token
from panel.web.api.operation import JsonAnswer, operation
from panel.web.context import may, services

MOST_REPORT_BODY = 2 * MOST_REPORT_BYTES  # as JSON, with what its text must have escaped


@operation(TakenReport, takes=NewReport, also_as="message/rfc822", most=MOST_REPORT_BODY)
def take(body: NewReport | bytes) -> JsonAnswer:
    """Hand in what came to the bounce address; with the scope send alone, a report on the same application's mail."""
    data = body if isinstance(body, bytes) else body.raw.encode()
    if len(data) > MOST_REPORT_BYTES:
        raise RequestEntityTooLarge
    account = None if token().may(Right.RUN) else token().account
    taken = services().bounces.take(data, by=api_actor(), now=clock.now(), account=account)
    return JsonAnswer(
        {"outcome": taken.outcome, "reason": taken.reason, "noted": [_noted_to_json(each) for each in taken.noted]}
    )


def _noted_to_json(noted: NotedReport) -> dict[str, object]:
    return {
        "id": noted.message,
        "recipient": noted.recipient,
        "report": noted.fate,
        "cause": noted.cause,
        "reply": noted.reply if may(Right.READ_REPLIES) else None,
    }
