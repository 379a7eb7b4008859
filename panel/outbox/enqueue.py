"""Where mail goes into the outbox. It imports little: the `sendmail` command is a process that lives for this alone.

A message is on disk with its row. What is told of it in other places, the search's terms and the totals, is entered for
many messages at once, and worked out of their rows until then: each of those places is a page of the file to write.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from json.encoder import encode_basestring
from typing import NamedTuple, Self

from panel import clock
from panel.errors import OutboxFull, PanelError
from panel.i18n import N_
from panel.mail.message.submission import Submission
from panel.mail.reading.outline import files_as_json
from panel.outbox.state import URGENCY, State
from panel.storage.actor import Actor
from panel.storage.database import Database, Row, Value, Writer

MOST_WAITING = 1_000_000  # messages that wait at once
MOST_NEW = 64  # messages after which the new ones are entered
IN_ROW = 16 * 1024  # octets of a body that stands in its message's row: a larger one would be written with each change


class Ticket(NamedTuple):
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


class Key(NamedTuple):
    """What makes a submission known again: the idempotency key of an account, and the digest of what came with it."""

    text: str
    digest: bytes | None = None

    def of_place(self, index: int) -> Self:
        """Give the key of one message of a batch that came under this key: no program can write it."""
        return self._replace(text=f"{self.text}\x1f{index}")


class Enqueuer:
    """Takes messages; when `enqueue` returns, the message is on disk."""

    def __init__(self, database: Database, *, most: int = MOST_WAITING) -> None:
        self._database = database
        self._most = most

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
            tickets = self.enqueue_within(write, given, by=by, now=now)
            if not all(ticket.repeated for ticket in tickets):
                write.notify()
        return tickets

    def enqueue_within(
        self, write: Writer, given: Sequence[tuple[Submission, Key | None]], *, by: Actor, now: datetime
    ) -> list[Ticket]:
        """Keep messages in the transaction of somebody who notifies the workers after it.

        Raise `TokenLimited` where the token they came with may not hand in so much.
        """
        known = [_known(write, by.name, key) for _, key in given]
        fresh = [each for each, ticket in zip(given, known, strict=True) if ticket is None]
        if by.limited and fresh:
            from panel.access.submission.token_use import count  # few programs come with a token that has limits

            count(write, by.limited, [len({*each.rcpt_to}) for each, _ in fresh], now)
        kept = iter(self._keep(write, fresh, by, now) if fresh else ())
        return [ticket or next(kept) for ticket in known]

    def refuse_reused(self, account: str, key: Key) -> None:
        """Raise `KeyReused` where a request came under the key of a batch with another digest, or a message alone."""
        if self._database.row(_OF_BATCH, (account, key.text, f"{key.text} ", key.digest)):
            raise KeyReused(key.text)

    def _keep(
        self, write: Writer, given: Sequence[tuple[Submission, Key | None]], by: Actor, now: datetime
    ) -> list[Ticket]:
        """Insert messages under the next numbers, unless so many wait already that there is no room for them."""
        stamp, (first, new) = clock.stamp(now), _next_number(write, len(given), self._most)
        rows = [_row(number, each, key, by, stamp) for number, (each, key) in enumerate(given, first)]
        write.run_all(_INSERT, rows)
        if large := [(row[0], each.message) for row, (each, _) in zip(rows, given, strict=True) if row[-1] is None]:
            write.run_all(_INSERT_BODY, large)
        if new >= MOST_NEW:
            enter_new(write)
        return [Ticket(number, State.QUEUED, each.message_id) for number, (each, _) in enumerate(given, first)]


def is_kept(write: Writer, account: str, key: str) -> bool:
    """Say whether a message of an account came under a key."""
    return write.row(_SAME_KEY, (account, key)) is not None


def enter_new(write: Writer) -> None:
    """Enter the new messages into what the search finds by, and count them."""
    from panel.outbox.tally import Tally  # few need it, and each module is a part of a cold start

    rows = write.rows(NEW)
    write.run_all(INSERT_TERM, sorted((term, row["number"]) for row in rows for term in terms_of_row(row)))
    tally = Tally()
    tally.note_queued(row["door"] for row in rows)
    tally.write(write)


_SAME_KEY = (
    "SELECT number, state, message_id, idempotency_digest FROM messages WHERE account = ? AND idempotency_key = ?"
)
_OF_BATCH = (  # what lies between is the key itself, and those of its places
    "SELECT 1 FROM messages WHERE account = ? AND idempotency_key >= ? AND idempotency_key < ? "
    "AND (idempotency_digest IS NULL OR idempotency_digest <> ?) LIMIT 1"
)
_INSERT = (
    "INSERT INTO messages (number, state, urgency, subject, message_id, reply_to, size, due_at, queued_at, since, "
    "door, account, idempotency_key, idempotency_digest, notify, rcpt_to, attachments, content) "
    "VALUES (?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
ENTERED = "(SELECT number FROM totals WHERE what = 'number' AND name = 'last')"  # the newest message that is
_STAND = (
    "SELECT (SELECT sum(number) FROM totals WHERE what = 'messages' AND name IN ('queued', 'deferred', 'sending')) "  # noqa: S608 - our own words
    f"AS counted, {ENTERED} AS entered, (SELECT max(number) FROM messages) AS newest"
)
NEW = f"SELECT number, message_id, rcpt_to, door FROM messages WHERE number > {ENTERED}"  # noqa: S608 - our own words
_INSERT_BODY = "INSERT INTO bodies (message, content) VALUES (?, ?)"
INSERT_TERM = "INSERT INTO terms (term, message) VALUES (?, ?) ON CONFLICT DO NOTHING"


def _known(write: Writer, account: str, key: Key | None) -> Ticket | None:
    row = write.row(_SAME_KEY, (account, key.text)) if key else None
    if key is None or row is None:
        return None
    if row["idempotency_digest"] != key.digest:
        raise KeyReused(key.text)
    return Ticket(row["number"], State(row["state"]), row["message_id"], repeated=True)


def _next_number(write: Writer, more: int, most: int) -> tuple[int, int]:
    """Give the first of so many numbers, and how many messages are new with them; none is given twice."""
    row = write.row(_STAND)
    assert row
    last = max(row["newest"] or 0, row["entered"])
    new = last - row["entered"] + more
    if row["counted"] + new > most:
        raise OutboxFull(N_("The outbox is full. Look why mail is not leaving, then try again."))
    return last + 1, new


def _row(number: int, submission: Submission, key: Key | None, by: Actor, stamp: str) -> tuple[Value, ...]:
    """Give the columns of a message; its body stands among them if it is short enough."""
    assert submission.rcpt_to
    message = submission.message
    return (
        number,
        URGENCY.index(submission.priority),
        submission.subject,
        submission.message_id,
        submission.reply_to,
        len(message),
        stamp,
        stamp,
        stamp,
        by.via,
        by.name,
        key.text if key else None,
        key.digest if key else None,
        submission.notify,
        encode(dict.fromkeys(submission.rcpt_to)),
        files_as_json(message, message[: message.find(b"\r\n\r\n") + 2]),
        message if len(message) <= IN_ROW else None,
    )


def terms_of(message_id: str, rcpt_to: Iterable[str]) -> set[str]:
    """Give what the search finds a message by as a whole word."""
    return {message_id, *(each.lower() for each in rcpt_to)} - {""}


def terms_of_row(row: Row) -> set[str]:
    """Give the same for a message that is kept."""
    return terms_of(row["message_id"], addresses_in(row["rcpt_to"]))


def encode(rcpt_to: Iterable[str]) -> str:
    """Write addresses as they stand in a message's row."""
    return f"[{', '.join(map(encode_basestring, rcpt_to))}]"


def addresses_in(rcpt_to: str) -> tuple[str, ...]:
    """Read the addresses of a message's row; none where it is damaged."""
    try:
        found, end = _DECODE(rcpt_to)
        return tuple(map(str, found)) if end == len(rcpt_to) else ()
    except (ValueError, TypeError):
        return ()


_DECODE = json.JSONDecoder().raw_decode
