"""What a program hands over, made ready for the outbox, and what it is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any

from flask import request

from panel import clock
from panel.errors import TokenLimited
from panel.mail.dsn.notify import notified
from panel.mail.limits import MAX_BYTES
from panel.mail.message import compose
from panel.mail.message.compose import Draft
from panel.mail.message.normalize import TooLarge, Unacceptable, normalize
from panel.mail.message.submission import Submission
from panel.outbox.enqueue import Key, Ticket
from panel.outbox.entry import Entry
from panel.outbox.estimate import forecast
from panel.outbox.shared_commit import CommittedOrFault, Group
from panel.settings.sender import DoorTerms, host_of
from panel.settings.store import Version
from panel.storage.actor import Actor
from panel.web.api.documents.messages import NewMessage
from panel.web.api.gate import api_actor, token
from panel.web.api.problems import INVALID, TOO_LARGE
from panel.web.api.reading import header, wrong
from panel.web.context import services

IDEMPOTENCY_KEY = "Idempotency-Key"
DRAFT_BYTES = MAX_BYTES * 7 // 5  # a body with the largest message that is taken by default, its files in base64


def draft_bytes() -> int:
    """Give the same by the settings, never less than by default: a batch holds several messages."""
    return max(DRAFT_BYTES, services().settings.current().settings.max_message_bytes * 7 // 5)


def sender() -> Actor:
    """Give the application as the outbox knows it, whatever address it has: what it sends shares a commit."""
    return Actor(token().account, "api", limited=token().limited)


def key_of_request() -> Key | None:
    """Give what makes the request known again: the same key with the same bytes."""
    text = header(IDEMPOTENCY_KEY)
    return Key(text, sha256(request.get_data()).digest()) if text is not None else None


def submission_of(body: NewMessage, version: Version) -> Submission:
    """Make a message for the outbox, or raise an `ApiProblem` that names what is wrong."""
    terms = DoorTerms(host_of(version.settings.from_address), version.settings.limits)
    try:
        return notified(_normalized(body, terms) if body.raw is not None else _composed(body, terms), body.notify)
    except Unacceptable as fault:
        names = {"message": "raw" if body.raw is not None else ""}
        if body.raw is not None and not body.to:
            names["to"] = "raw"
        name = names.get(fault.field, fault.field)
        kind = TOO_LARGE if isinstance(fault, TooLarge) else INVALID
        raise wrong(f"/{name}" if name else "", str(fault), kind) from None


def kept_or_limited(groups: Sequence[Group]) -> Sequence[CommittedOrFault]:
    """Put messages of the application into the outbox; what its token may not hand in is noted."""
    kept = services().shared_commit.keep(groups)
    if fault := next((each for each in kept if isinstance(each, TokenLimited)), None):
        _note_limit(fault)
    return kept


@contextmanager
def limits_noted() -> Iterator[None]:
    """Note it where what is done within is more than the token may hand in."""
    try:
        yield
    except TokenLimited as fault:
        _note_limit(fault)
        raise


def _note_limit(fault: TokenLimited) -> None:
    from panel.access.submission.token_use import note_limit  # few tokens have limits

    note_limit(services().refusals, fault, api_actor(), clock.now())


def entry_of(ticket: Ticket, submission: Submission, at: datetime) -> Entry:
    """Give a message as it stands in the outbox: as it was queued just now, or as it is where its key was known."""
    if ticket.repeated and (found := services().outbox.get(ticket.number)):
        return found
    return Entry(
        number=ticket.number,
        state=ticket.state,
        priority=submission.priority,
        queued_at=at,
        due_at=at,
        ended_at=None,
        subject=submission.subject,
        message_id=ticket.message_id,
        size=len(submission.message),
        door=sender().via,
        account=sender().name,
        attempts=0,
        uncertain=False,
        cause=None,
        reply=None,
        notify=submission.notify,
    )


def as_accepted(entries: Iterable[Entry], version: Version) -> list[dict[str, Any]]:
    """Say what was taken, and when each may leave."""
    told = [*entries]
    leaves = forecast(services().database, version, told, clock.instant()).leaves
    return [
        {
            "id": each.number,
            "state": each.state,
            "message_id": each.message_id,
            "estimated_at": clock.stamp_or_none(leaves.get(each.number)),
        }
        for each in told
    ]


def _normalized(body: NewMessage, terms: DoorTerms) -> Submission:
    for name in ("cc", "bcc", "subject", "text", "html", "reply_to", "headers", "attachments"):
        if getattr(body, name):
            raise Unacceptable(name, f"{name} cannot stand beside raw: it is in the raw message already.")
    assert body.raw is not None
    rcpt_to, (host, limits) = _many(body.to), terms
    return normalize(
        body.raw.encode(), rcpt_to=rcpt_to, now=clock.now(), host=host, priority=body.priority, limits=limits
    )


def _composed(body: NewMessage, terms: DoorTerms) -> Submission:
    files = (compose.Attachment(each.name, each.content, each.content_type) for each in body.attachments)
    written = Draft(
        to=_many(body.to),
        cc=_many(body.cc),
        bcc=_many(body.bcc),
        subject=body.subject,
        text=body.text,
        html=body.html,
        reply_to=_many(body.reply_to),
        headers=tuple(body.headers.items()),
        attachments=tuple(files),
        priority=body.priority,
    )
    return compose.compose(written, now=clock.now(), host=terms.host, limits=terms.limits)


def _many(addresses: str | list[str]) -> tuple[str, ...]:
    return (addresses,) if isinstance(addresses, str) else tuple(addresses)
