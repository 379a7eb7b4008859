"""Where mail goes into the outbox. It imports little: the `sendmail` command is a process that lives for this alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from panel import clock
from panel.errors import OutboxFull, PanelError
from panel.i18n import N_
from panel.mail.message.submission import Submission
from panel.outbox.state import URGENCY, State
from panel.storage.actor import Actor
from panel.storage.database import Database, Value, Writer

MOST_WAITING = 1_000_000  # messages that wait at once
IN_ROW = 16 * 1024  # octets of a body that stands in its message's row: a larger one would be written with each change


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the outbox answers: the number under which it keeps a message; `repeated` when the key was known."""

    number: int
    state: State
    message_id: str
    repeated: bool = False


class KeyReused(PanelError):
    """The idempotency key belongs to another request."""

    def __init__(self, key: str) -> None:
        super().__init__("This idempotency key was used for another message. Use a new one for each message.")
        self.key = key


@dataclass(frozen=True, slots=True)
class Key:
    """What makes a submission known again: the idempotency key of an account, and the digest of what came with it."""

    text: str
    digest: bytes | None = None

    def of_place(self, index: int) -> Key:
        """Give the key of one message of a batch that came under this key: no program can write it."""
        return Key(f"{self.text}\x1f{index}", self.digest)


class Enqueuer:
    """Takes messages; when `enqueue` returns, the message is on disk."""

    def __init__(self, database: Database, *, most: int = MOST_WAITING) -> None:
        self._database = database
        self._most = most
        self._notifier = database.notifier

    def enqueue(
        self,
        submission: Submission,
        *,
        by: Actor,
        key: str | None = None,
        digest: bytes | None = None,
        now: datetime,
    ) -> Ticket:
        """Keep a message until it is sent; a known key of the account gives the first message's ticket again.

        `digest` is that of the request: raise `KeyReused` where the key came with another one.
        """
        keys = [Key(key, digest) if key is not None else None]
        [ticket] = self.enqueue_all([submission], by=by, keys=keys, now=now)
        return ticket

    def enqueue_all(
        self,
        submissions: Sequence[Submission],
        *,
        by: Actor,
        keys: Sequence[Key | None] = (),
        now: datetime,
    ) -> list[Ticket]:
        """Keep many messages in one transaction: all of them, or none; one whose key is known is there already."""
        given = [*zip(submissions, keys or [None] * len(submissions), strict=True)]
        with self._database.writing() as write:
            known = [_known(write, by.name, key) for _, key in given]
            fresh = [each for each, ticket in zip(given, known, strict=True) if ticket is None]
            kept = iter(self._keep(write, fresh, by, now) if fresh else ())
        if fresh:
            self._notifier.notify()
        return [ticket or next(kept) for ticket in known]

    def refuse_reused(self, account: str, key: Key) -> None:
        """Raise `KeyReused` where a request came under the key of a batch with another digest, or a message alone."""
        if self._database.row(_OF_BATCH, (account, key.text, f"{key.text} ", key.digest)):
            raise KeyReused(key.text)

    def _keep(
        self, write: Writer, given: Sequence[tuple[Submission, Key | None]], by: Actor, now: datetime
    ) -> list[Ticket]:
        """Insert messages under the next numbers, unless so many wait already that there is no room for them."""
        first, stamp = _next_number(write, len(given), self._most, by.via), clock.stamp(now)
        numbered = [(number, each) for number, (each, _) in enumerate(given, first)]
        rows = zip(numbered, (key for _, key in given), strict=True)
        write.run_all(
            _INSERT,
            [
                (number, *_columns(each), stamp, stamp, stamp, by.via, by.name, *_columns_of_key(key), *_contents(each))
                for (number, each), key in rows
            ],
        )
        if large := [(number, each.message) for number, each in numbered if len(each.message) > IN_ROW]:
            write.run_all(_INSERT_BODY, large)
        terms = ((term, number) for number, each in numbered for term in terms_of(each.message_id, _rcpt_to(each)))
        write.run_all(INSERT_TERM, terms)
        return [Ticket(number, State.QUEUED, each.message_id) for number, each in numbered]


_SAME_KEY = (
    "SELECT number, state, message_id, idempotency_digest FROM messages WHERE account = ? AND idempotency_key = ?"
)
_OF_BATCH = (  # what lies between is the key itself, and those of its places
    "SELECT 1 FROM messages WHERE account = ? AND idempotency_key >= ? AND idempotency_key < ? "
    "AND (idempotency_digest IS NULL OR idempotency_digest <> ?) LIMIT 1"
)
_INSERT = (
    "INSERT INTO messages (number, state, urgency, subject, message_id, reply_to, size, due_at, queued_at, since, "
    "door, account, idempotency_key, idempotency_digest, rcpt_to, content) "
    "VALUES (?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_WAITING = (
    "SELECT sum(number) AS waiting FROM totals WHERE what = 'messages' AND name IN ('queued', 'deferred', 'sending')"
)
_COUNT = (
    "UPDATE totals SET number = number + ? WHERE (what = 'number' AND name = 'last') "
    "OR (what = 'messages' AND name = 'queued') OR (what = 'queued' AND name = ?) RETURNING what, number"
)
_COUNT_DOOR = "INSERT INTO totals (what, name, number) VALUES ('queued', ?, ?)"
_INSERT_BODY = "INSERT INTO bodies (message, content) VALUES (?, ?)"
INSERT_TERM = "INSERT INTO terms (term, message) VALUES (?, ?) ON CONFLICT DO NOTHING"


def _known(write: Writer, account: str, key: Key | None) -> Ticket | None:
    row = write.row(_SAME_KEY, (account, key.text)) if key else None
    if key is None or row is None:
        return None
    if row["idempotency_digest"] != key.digest:
        raise KeyReused(key.text)
    return Ticket(row["number"], State(row["state"]), row["message_id"], repeated=True)


def _next_number(write: Writer, more: int, most: int, door: str) -> int:
    """Take so many numbers and count them, and give the first; none is given twice, whatever is removed."""
    row = write.row(_WAITING)
    assert row
    if row["waiting"] + more > most:
        raise OutboxFull(N_("The outbox is full. Look why mail is not leaving, then try again."))
    counted = {each["what"]: each["number"] for each in write.rows(_COUNT, (more, door))}
    if "queued" not in counted:
        write.run(_COUNT_DOOR, (door, more))
    last: int = counted["number"]
    return last - more + 1


def _columns_of_key(key: Key | None) -> tuple[Value, Value]:
    return (key.text, key.digest) if key else (None, None)


def _columns(submission: Submission) -> tuple[Value, ...]:
    assert submission.rcpt_to
    return (
        URGENCY.index(submission.priority),
        submission.subject,
        submission.message_id,
        submission.reply_to,
        len(submission.message),
    )


def _contents(submission: Submission) -> tuple[Value, Value]:
    """Give the addresses and the body, if it is short enough to stand beside them."""
    message = submission.message
    return encode(_rcpt_to(submission)), message if len(message) <= IN_ROW else None


def terms_of(message_id: str, rcpt_to: Iterable[str]) -> set[str]:
    """Give what the search finds a message by as a whole word."""
    return {message_id, *(each.lower() for each in rcpt_to)} - {""}


def _rcpt_to(submission: Submission) -> Sequence[str]:
    return [*dict.fromkeys(submission.rcpt_to)]


def encode(rcpt_to: Sequence[str]) -> str:
    """Write addresses as they stand in a message's row."""
    return json.dumps(rcpt_to, ensure_ascii=False)
