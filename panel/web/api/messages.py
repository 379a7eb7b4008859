"""Messages: hand one over, see what became of it, send it again, take it back."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, structs
from werkzeug.exceptions import NotFound

from panel import clock
from panel.access.rights import Right
from panel.mail.reading.names import disposition
from panel.outbox.content.held import held_message, held_to_json
from panel.outbox.content.reading_noted import note_reading
from panel.outbox.content.resend import resend
from panel.outbox.entry import Entry, entry_to_json, whole_to_json
from panel.outbox.estimate import leaves_at
from panel.outbox.shared_commit import Group
from panel.settings.model import Settings
from panel.settings.sender import door_terms
from panel.web.api.documents.messages import Accepted, Again, Asked, NewMessage, Page, Resend, WholeMessage
from panel.web.api.drafts import (
    DRAFT_BYTES,
    IDEMPOTENCY_KEY,
    as_accepted,
    draft_bytes,
    entry_of,
    kept_or_limited,
    key_of_request,
    limits_noted,
    sender,
    submission_of,
)
from panel.web.api.gate import api_actor, token
from panel.web.api.operation import JsonAnswer, OctetsAnswer, operation
from panel.web.api.problems import NOT_POSSIBLE, OF_SUBMISSION, TEXT_GONE, ApiProblem
from panel.web.api.reading import header, recipient_in
from panel.web.context import may, permitted, services
from panel.web.render import link


@operation(
    Accepted,
    takes=NewMessage,
    most=DRAFT_BYTES,
    larger=draft_bytes,
    status=202,
    heeds=(IDEMPOTENCY_KEY,),
    refuses=OF_SUBMISSION,
)
def submit(body: NewMessage) -> JsonAnswer:
    """Hand over a message; when this is answered it is on disk."""
    version = services().settings.current()
    submission, key = submission_of(body, version), key_of_request()
    [kept] = kept_or_limited([Group([submission], sender(), [key])])
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
    """Queue a failed, deferred or withheld message again, for those who have not got it."""
    entry = _found(number, Right.RUN)
    recipient = recipient_in(body.recipient) if body.recipient is not None else None
    queued = services().outbox.retry(entry.number, by=api_actor(), now=clock.now(), recipient=recipient)
    return _whole(queued)


@operation(WholeMessage, refuses=(NOT_POSSIBLE,))
def cancel(number: int) -> JsonAnswer:
    """Take a waiting message back."""
    found = _found(number, Right.RUN)
    return _whole(services().outbox.cancel(found.number, by=api_actor(), now=clock.now()))


@operation(None, gives_as="message/rfc822", refuses=(TEXT_GONE,))
def content(number: int) -> OctetsAnswer:
    """Give the whole message as it leaves, while it is there; it is noted who reads it."""
    opened = services()
    found = held_message(opened.database, _found(number, Right.READ_MESSAGES).number)
    whole = found.as_it_leaves(found.sender(opened.settings)) if found else None
    if whole is None:
        raise ApiProblem(TEXT_GONE, "The text of this message is not there any more.")
    note_reading(opened.database, number, "raw", by=api_actor(), now=clock.now())
    return OctetsAnswer(whole, {"Content-Disposition": disposition(f"message-{number}.eml")})


@operation(
    Accepted,
    takes=Resend,
    needs_body=False,
    status=202,
    heeds=(IDEMPOTENCY_KEY,),
    refuses=(NOT_POSSIBLE, TEXT_GONE, *OF_SUBMISSION),
)
def send_as_new(number: int, body: Resend) -> JsonAnswer:
    """Queue a message once more as a new one, with a Message-ID and a date of its own."""
    opened, version, now = services(), services().settings.current(), clock.now()
    _found(number, Right.READ_MESSAGES)
    (host, limits), key = door_terms(opened.database), header(IDEMPOTENCY_KEY)
    to, by = body.to or None, api_actor()
    with limits_noted():
        ticket = resend(opened.database, number, to=to, host=host, by=by, key=key, now=now, limits=limits)
    entry = opened.outbox.get(ticket.number)
    assert entry
    [told] = as_accepted([entry], version)
    headers = {"Location": f"{link('api.messages_submit')}/{ticket.number}"}
    if ticket.repeated:
        headers["Idempotency-Replayed"] = "true"
    return JsonAnswer(told, headers)


def _content_of(entry: Entry) -> dict[str, Any]:
    """Give the header and the files to a token that may read messages."""
    opened = services()
    found = held_message(opened.database, entry.number) if may(Right.READ_MESSAGES) else None
    return held_to_json(found, found.sender(opened.settings) if found else Settings())


@operation(WholeMessage, refuses=(NOT_POSSIBLE,))
def undo(number: int) -> JsonAnswer:
    """Bring a message back that was cancelled, or queued again and not tried since, within 10 minutes."""
    found = _found(number, Right.RUN)
    return _whole(services().outbox.undo(found.number, by=api_actor(), now=clock.now()))


@operation(WholeMessage, refuses=(NOT_POSSIBLE,))
def seen(number: int) -> JsonAnswer:
    """Mark the failure of a message as seen."""
    found = _found(number, Right.RUN)
    return _whole(services().outbox.see(found.number, by=api_actor(), now=clock.now()))


def _found(number: int, right: Right) -> Entry:
    """Give a message to a token with this right, or to the application whose message it is."""
    entry = services().outbox.get(number)
    if entry is None or not (token().may(right) or entry.account == token().account):
        raise NotFound
    return entry


def _whole(entry: Entry) -> JsonAnswer:
    told = whole_to_json(permitted(entry))
    return JsonAnswer({**told, "estimated_at": _estimated(entry), **_content_of(entry)})


def _estimated(entry: Entry) -> str | None:
    opened = services()
    leaves = leaves_at(opened.database, opened.settings.current(), entry, clock.instant())
    return clock.stamp_or_none(leaves)
