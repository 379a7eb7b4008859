"""A message in the outbox as people and programs see it: its state, its recipients, and what was tried."""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from panel import clock
from panel.mail.dsn.notify import DEFAULT
from panel.mail.message.submission import Priority
from panel.outbox.state import URGENCY, WAITING, State
from panel.storage.database import Row

RECIPIENT_STATES = ("waiting", "sent", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient: `state` is one of `RECIPIENT_STATES`, `reply` the last word of the server.

    What was sent to one and came back has a `bounced_at`, and the cause and the reply are those of the report.
    """

    address: str
    state: str
    cause: str | None = None
    reply: str | None = None
    at: datetime | None = None
    bounced_at: datetime | None = None

    def without_reply(self) -> Recipient:
        return replace(self, reply=None if self.bounced_at else _ours(self.reply, self.cause))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: `outcome` is what became of the message, `held` or `returned` when it was not at fault.

    What a report says of one `recipient` afterwards stands among the tries: its `outcome` is then none of a try.
    """

    at: datetime
    ms: int
    outcome: str
    version: int | None
    stage: str | None
    cause: str | None
    reply: str | None
    detail: str | None
    uncertain: bool
    server: str = "first"  # that it was made by
    recipient: str | None = None

    def without_replies(self) -> Attempt:
        """Leave out the server's own words; how it ended, and why, stays."""
        return replace(self, reply=None if self.recipient else _ours(self.reply, self.cause), detail=None)


@dataclass(frozen=True, slots=True)
class Entry:
    """One message; `due_at` is when it may be sent, `ended_at` when it was sent, failed or cancelled.

    `uncertain` says that it may have been sent twice: a worker or a connection died between the final dot and its
    reply. `server` tells by which it left or was last tried, `first` or `second`; nothing was tried without one.
    """

    number: int
    state: State
    priority: Priority
    queued_at: datetime
    due_at: datetime
    ended_at: datetime | None
    subject: str
    message_id: str
    size: int
    door: str
    account: str
    attempts: int
    uncertain: bool
    cause: str | None
    reply: str | None
    server: str | None = None
    notify: str | None = None  # when reports are asked for, as whoever submitted it said
    recipients: tuple[Recipient, ...] = ()
    tried: tuple[Attempt, ...] = field(default=(), repr=False)
    bounced_at: datetime | None = None
    seen_at: datetime | None = None  # when somebody saw that it failed
    seen_by: str | None = None
    undo_until: datetime | None = None  # by when what was last done with it by hand can be undone
    has_attachments: bool = False

    def without_replies(self) -> Entry:
        """Leave out the servers' own words; what became of it, and why, stays."""
        return replace(
            self,
            reply=_ours(self.reply, self.cause),
            recipients=tuple(each.without_reply() for each in self.recipients),
            tried=tuple(each.without_replies() for each in self.tried),
        )


def _ours(reply: str | None, cause: str | None) -> str | None:
    """Keep what the panel says of a message by itself, in parentheses; what a server says begins with its code."""
    return reply if reply and cause == "message_malformed" and reply.startswith("(") else None


# A message's row as it is read here: all but its content, and first what an entry holds, in its order.
COLUMNS = (
    "number, state, urgency, queued_at, due_at, ended_at, subject, message_id, size, door, account, attempts, "
    "uncertain, cause, reply, server, notify, ms, version, tried_at, bounced_at, rcpt_to, since, seen_at, seen_by, "
    "undo, attachments"
)
_AS_BESIDE = COLUMNS.split(", ").index("bounced_at")
_AS_ENTRY = COLUMNS.split(", ").index("notify") + 1


def entry(
    row: Row, recipients: tuple[Recipient, ...], tried: tuple[Attempt, ...] = (), *, hand: Container[int] = ()
) -> Entry:
    """Give a message of its row; a waiting one that is in hand is being sent."""
    number, name, urgency, queued_at, due_at, ended_at, *told = row[:_AS_ENTRY]
    subject, message_id, size, door, account, attempts, uncertain, cause, reply, server, notify = told
    state = State(name)
    return Entry(
        number=number,
        state=State.SENDING if state in WAITING and number in hand else state,
        priority=URGENCY[urgency],
        queued_at=clock.moment(queued_at),
        due_at=clock.moment(due_at),
        ended_at=clock.moment_or_none(ended_at),
        subject=subject,
        message_id=message_id,
        size=size,
        door=door,
        account=account,
        attempts=attempts,
        uncertain=bool(uncertain),
        cause=cause,
        reply=reply,
        server=server if attempts else None,
        notify=notify,
        recipients=recipients,
        tried=tried,
        **_beside(row),
    )


def _beside(row: Row) -> dict[str, Any]:
    """Give what is known of few messages: that they came back or hold files, and what was done with them by hand."""
    bounced_at, _, _, seen_at, seen_by, undo, attachments = row[_AS_BESIDE:]
    found: dict[str, Any] = {}
    if bounced_at is not None:
        found["bounced_at"] = clock.moment(bounced_at)
    if seen_at is not None:
        found |= {"seen_at": clock.moment(seen_at), "seen_by": seen_by}
    if undo is not None:
        found["undo_until"] = clock.moment_or_none(undoable_until(row))
    if attachments is not None:
        found["has_attachments"] = attachments != "[]"
    return found


def undoable_until(row: Row) -> str | None:
    """Say by when what was last done with a message by hand can be undone; None where it was, or was tried since."""
    if row["undo"] is None:
        return None
    before = json.loads(row["undo"])
    fresh = row["state"] == State.QUEUED and row["since"] == before["at"] and row["attempts"] == 0
    return str(before["until"]) if fresh or row["state"] == State.CANCELLED else None


def success(row: Row) -> Attempt | None:
    """Give the try that a message was sent with, as its own row tells it; older ones have a row of their own."""
    if row["state"] != State.SENT or row["ms"] is None:
        return None
    began = clock.moment(row["ended_at"]) - timedelta(milliseconds=row["ms"])
    version, reply, server = row["version"], row["reply"], row["server"]
    return Attempt(began, row["ms"], str(State.SENT), version, None, None, reply, None, False, server)


def attempt(row: Row) -> Attempt:
    return Attempt(
        at=clock.moment(row["at"]),
        ms=row["ms"],
        outcome=row["outcome"],
        version=row["version"],
        stage=row["stage"],
        cause=row["cause"],
        reply=row["reply"],
        detail=row["detail"],
        uncertain=bool(row["uncertain"]),
        server=row["server"],
        recipient=row["recipient"],
    )


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """Give a message as JSON values with the public keys, without what was tried."""
    return {
        "id": entry.number,
        "state": str(entry.state),
        "priority": str(entry.priority),
        "queued_at": clock.stamp(entry.queued_at),
        "due_at": clock.stamp(entry.due_at),
        "ended_at": clock.stamp_or_none(entry.ended_at),
        "subject": entry.subject,
        "message_id": entry.message_id,
        "size": entry.size,
        "door": entry.door,
        "account": entry.account,
        "attempts": entry.attempts,
        "uncertain": entry.uncertain,
        "cause": entry.cause,
        "reply": entry.reply,
        "server": entry.server,
        "notify": (entry.notify or DEFAULT).split(","),
        "bounced_at": clock.stamp_or_none(entry.bounced_at),
        "seen_at": clock.stamp_or_none(entry.seen_at),
        "seen_by": entry.seen_by,
        "undo_until": clock.stamp_or_none(entry.undo_until),
        "recipients": [_recipient_to_json(each) for each in entry.recipients],
    }


def _recipient_to_json(each: Recipient) -> dict[str, Any]:
    at, bounced_at = clock.stamp_or_none(each.at), clock.stamp_or_none(each.bounced_at)
    return {**asdict(each), "at": at, "bounced_at": bounced_at}


def whole_to_json(entry: Entry) -> dict[str, Any]:
    """Give a message as JSON values, with what was tried."""
    tried = [{**asdict(each), "at": clock.stamp(each.at)} for each in entry.tried]
    return {**entry_to_json(entry), "tried": tried}
