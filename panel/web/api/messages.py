"""Messages: hand one over, see what became of it, send it again, take it back."""

from __future__ import annotations

from msgspec import UNSET, structs
from werkzeug.exceptions import NotFound

from panel import clock
from panel.access.rights import Right
from panel.outbox.entry import Entry, entry_to_json, whole_to_json
from panel.outbox.estimate import leaves_at
from panel.outbox.shared_commit import Group
from panel.web.api.documents.messages import Accepted, Again, Asked, NewMessage, Page, WholeMessage
from panel.web.api.drafts import (
    DRAFT_BYTES,
    IDEMPOTENCY_KEY,
    as_accepted,
    entry_of,
    key_of_request,
    sender,
    submission_of,
)
from panel.web.api.gate import api_actor, token
from panel.web.api.operation import JsonAnswer, operation
from panel.web.api.problems import KEY_REUSED, NOT_POSSIBLE, OUTBOX_FULL
from panel.web.api.reading import recipient_in
from panel.web.context import permitted, services
from panel.web.render import link


@operation(
    Accepted,
    takes=NewMessage,
    most=DRAFT_BYTES,
    status=202,
    heeds=(IDEMPOTENCY_KEY,),
    refuses=(KEY_REUSED, OUTBOX_FULL),
)
def submit(body: NewMessage) -> JsonAnswer:
    """Hand over a message; when this is answered it is on disk."""
    version = services().settings.current()
    submission, key = submission_of(body, version), key_of_request()
    [kept] = services().shared_commit.keep([Group([submission], sender(), [key])])
    if isinstance(kept, Exception):
        raise kept
    [ticket] = kept.tickets
    [told] = as_accepted([entry_of(ticket, submission, kept.at)], version)
    headers = {"Location": f"{link('api.messages_submit')}/{ticket.number}"}
    if ticket.repeated:
        headers["Idempotency-Replayed"] = "true"
    return JsonAnswer(told, headers)


@operation(Page, asks=Asked)
def index(asked: Asked) -> JsonAnswer:
    """List messages, the newest first."""
    filters = {name: value for name, value in structs.asdict(asked).items() if value is not UNSET}
    page = services().outbox.list(**filters)
    return JsonAnswer({"messages": [entry_to_json(permitted(each)) for each in page.entries], "older": page.older})


@operation(WholeMessage)
def show(number: int) -> JsonAnswer:
    """Show one message; with the scope send alone, one of the same application."""
    return _whole(_found(number, Right.SEE))


@operation(WholeMessage, takes=Again, needs_body=False, refuses=(NOT_POSSIBLE,))
def retry(number: int, body: Again) -> JsonAnswer:
    """Queue a failed or deferred message again, for those who have not got it."""
    entry = _found(number, Right.RUN)
    recipient = recipient_in(body.recipient) if body.recipient is not None else None
    queued = services().outbox.retry(entry.number, by=api_actor(), now=clock.now(), recipient=recipient)
    return _whole(queued)


@operation(WholeMessage, refuses=(NOT_POSSIBLE,))
def cancel(number: int) -> JsonAnswer:
    """Take a waiting message back."""
    found = _found(number, Right.RUN)
    return _whole(services().outbox.cancel(found.number, by=api_actor(), now=clock.now()))


def _found(number: int, right: Right) -> Entry:
    """Give a message to a token with this right, or to the application whose message it is."""
    entry = services().outbox.get(number)
    if entry is None or not (token().may(right) or entry.account == token().account):
        raise NotFound
    return entry


def _whole(entry: Entry) -> JsonAnswer:
    return JsonAnswer({**whole_to_json(permitted(entry)), "estimated_at": _estimated(entry)})


def _estimated(entry: Entry) -> str | None:
    opened = services()
    leaves = leaves_at(opened.database, opened.settings.current(), entry, clock.instant())
    return clock.stamp_or_none(leaves)
