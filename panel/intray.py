"""Where mail goes into the outbox. It imports little: the `sendmail` command is a process that lives for this alone."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from panel import clock
from panel.database import Database, Writer
from panel.errors import OutboxFull
from panel.language import N_
from panel.submission import Priority, Submission
from panel.wake import Bell

MOST = 1_000_000  # messages that wait at once
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
                _refuse_when_full(write, self._most, 1)
                ticket = _insert(write, submission, (door, account, key), clock.stamp(now))
        if not ticket.repeated:
            self._bell.ring()
        return ticket

    def enqueue_all(
        self, submissions: Sequence[Submission], *, door: str, account: str = "", now: datetime
    ) -> list[Ticket]:
        """Keep many messages in one transaction: all of them, or none."""
        with self._database.writing() as write:
            _refuse_when_full(write, self._most, len(submissions))
            stamp = clock.stamp(now)
            tickets = [_insert(write, each, (door, account, None), stamp) for each in submissions]
        self._bell.ring()
        return tickets


def message_host(database: Database) -> str:
    """Give the right side of a Message-ID: the sender's domain; before there is one, this machine's name."""
    row = database.row("SELECT document FROM settings ORDER BY version DESC LIMIT 1")
    address: str = json.loads(row["document"])["from_address"] if row else ""
    return address.rpartition("@")[2] or os.uname().nodename


_INSERT = (
    "INSERT INTO messages (state, urgency, due_at, queued_at, since, subject, message_id, reply_to, size, door, "
    "account, idempotency_key) VALUES ('queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number"
)


def _known(write: Writer, account: str, key: str | None) -> Ticket | None:
    if key is None:
        return None
    row = write.row(
        "SELECT number, state, message_id FROM messages WHERE account = ? AND idempotency_key = ?", (account, key)
    )
    return Ticket(row["number"], State(row["state"]), row["message_id"], repeated=True) if row else None


def _refuse_when_full(write: Writer, most: int, more: int) -> None:
    row = write.row("SELECT sum(messages) FROM message_counts WHERE state IN ('queued', 'deferred', 'sending')")
    assert row
    if row[0] + more > most:
        raise OutboxFull(N_("The outbox is full. Look why mail is not leaving, then try again."))


def _insert(write: Writer, submission: Submission, origin: tuple[str, str, str | None], stamp: str) -> Ticket:
    assert submission.rcpt_to
    row = write.row(
        _INSERT,
        (
            URGENCY.index(submission.priority),
            *(stamp, stamp, stamp),
            submission.subject,
            submission.message_id,
            submission.reply_to,
            len(submission.message),
            *origin,
        ),
    )
    assert row
    number: int = row["number"]
    write.run("INSERT INTO bodies (message, content) VALUES (?, ?)", (number, submission.message))
    for place, address in enumerate(dict.fromkeys(submission.rcpt_to)):
        write.run("INSERT INTO recipients (message, place, address) VALUES (?, ?, ?)", (number, place, address))
    return Ticket(number, State.QUEUED, submission.message_id)
