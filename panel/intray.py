"""Where mail goes into the outbox. It imports little: the `sendmail` command is a process that lives for this alone."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from panel import clock
from panel.database import Database, Value, Writer
from panel.errors import OutboxFull
from panel.language import N_
from panel.submission import Priority, Submission
from panel.wake import Bell

MOST = 1_000_000  # messages that wait at once
_Origin = tuple[str, str, str | None]  # door, account and idempotency key
URGENCY = (Priority.HIGH, Priority.NORMAL)  # as it is stored: the place in this row


class State(StrEnum):
    """`queued` → `sending` → `sent`, `deferred` (and back) or `failed`; `cancelled` by hand."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the outbox answers: the number under which it keeps a message; `repeated` when the key was known."""

    number: int
    state: State
    message_id: str
    repeated: bool = False


class InTray:
    """Takes messages; when `enqueue` returns, the message is on disk."""

    def __init__(self, database: Database, *, most: int = MOST) -> None:
        self._database = database
        self._most = most
        self._bell = Bell(database.path)

    def enqueue(
        self, submission: Submission, *, door: str, account: str = "", key: str | None = None, now: datetime
    ) -> Ticket:
        """Keep a message until it is sent; a known key of the account gives the first message's ticket again."""
        with self._database.writing() as write:
            ticket = _known(write, account, key)
            if ticket is None:
                [ticket] = self._keep(write, [submission], (door, account, key), now)
        if not ticket.repeated:
            self._bell.ring()
        return ticket

    def enqueue_all(
        self, submissions: Sequence[Submission], *, door: str, account: str = "", now: datetime
    ) -> list[Ticket]:
        """Keep many messages in one transaction: all of them, or none."""
        with self._database.writing() as write:
            tickets = self._keep(write, submissions, (door, account, None), now)
        self._bell.ring()
        return tickets

    def _keep(self, write: Writer, submissions: Sequence[Submission], origin: _Origin, now: datetime) -> list[Ticket]:
        """Insert messages under the next numbers, unless so many wait already that there is no room for them."""
        numbered = [*enumerate(submissions, _next_number(write, len(submissions), self._most))]
        stamp = clock.stamp(now)
        write.run_all(_INSERT, [(number, *_columns(each), stamp, stamp, stamp, *origin) for number, each in numbered])
        write.run_all(_INSERT_BODY, [(number, each.message) for number, each in numbered])
        write.run_all(
            _INSERT_RECIPIENT,
            [
                (number, place, address)
                for number, each in numbered
                for place, address in enumerate(dict.fromkeys(each.rcpt_to))
            ],
        )
        return [Ticket(number, State.QUEUED, each.message_id) for number, each in numbered]


def message_host(database: Database) -> str:
    """Give the right side of a Message-ID: the sender's domain; before there is one, this machine's name."""
    row = database.row("SELECT document FROM settings ORDER BY version DESC LIMIT 1")
    address: str = json.loads(row["document"])["from_address"] if row else ""
    return address.rpartition("@")[2] or os.uname().nodename


_INSERT = (
    "INSERT INTO messages (number, state, urgency, subject, message_id, reply_to, size, due_at, queued_at, since, "
    "door, account, idempotency_key) VALUES (?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_NUMBERS = (
    "UPDATE totals SET number = number + ? WHERE what = 'number' RETURNING number, "
    "(SELECT sum(number) FROM totals WHERE what = 'messages' AND name IN ('queued', 'deferred', 'sending')) AS waiting"
)
_INSERT_BODY = "INSERT INTO bodies (message, content) VALUES (?, ?)"
_INSERT_RECIPIENT = "INSERT INTO recipients (message, place, address) VALUES (?, ?, ?)"


def _known(write: Writer, account: str, key: str | None) -> Ticket | None:
    if key is None:
        return None
    row = write.row(
        "SELECT number, state, message_id FROM messages WHERE account = ? AND idempotency_key = ?", (account, key)
    )
    return Ticket(row["number"], State(row["state"]), row["message_id"], repeated=True) if row else None


def _next_number(write: Writer, more: int, most: int) -> int:
    """Take so many numbers, and give the first; a number is never given twice, whatever is removed."""
    row = write.row(_NUMBERS, (more,))
    assert row
    if row["waiting"] + more > most:
        raise OutboxFull(N_("The outbox is full. Look why mail is not leaving, then try again."))
    last: int = row["number"]
    return last - more + 1


def _columns(submission: Submission) -> tuple[Value, ...]:
    assert submission.rcpt_to
    return (
        URGENCY.index(submission.priority),
        submission.subject,
        submission.message_id,
        submission.reply_to,
        len(submission.message),
    )
