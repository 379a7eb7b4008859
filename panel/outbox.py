"""The outbox as the doors see it: mail goes in, and what became of it can be seen, retried and cancelled.

Every change is one transaction that checks how many rows it touched. What the workers do with it is in `dispatch`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from panel import clock
from panel.database import Database, Value, Writer
from panel.entry import ENDED, URGENCY, WAITING, Entry, State, Ticket
from panel.errors import OutboxFull, PanelError
from panel.language import N_
from panel.outbox_search import Listing
from panel.submission import Submission
from panel.wake import Bell

MOST = 1_000_000  # messages that wait at once


_Origin = tuple[str, str, str | None, bytes | None]  # door, account, idempotency key, digest of the request


class NotPossible(PanelError):
    """The message is in a state in which that cannot be done with it."""


class KeyReused(PanelError):
    """The idempotency key belongs to another request."""


class Outbox(Listing):
    """The durable queue and its log; when `enqueue` returns, the message is on disk."""

    def __init__(self, database: Database, *, most: int = MOST) -> None:
        super().__init__(database)
        self._most = most
        self._bell = Bell(database.path)

    def enqueue(
        self,
        submission: Submission,
        *,
        door: str,
        account: str = "",
        key: str | None = None,
        digest: bytes | None = None,
        now: datetime,
    ) -> Ticket:
        """Keep a message until it is sent; a known key of the account gives the first message's ticket again.

        `digest` is that of the request: raise `KeyReused` where the key came with another one.
        """
        with self._database.writing() as write:
            ticket = _known(write, account, key, digest)
            if ticket is None:
                [ticket] = self._keep(write, [submission], (door, account, key, digest), now)
        if not ticket.repeated:
            self._bell.ring()
        return ticket

    def enqueue_all(
        self, submissions: Sequence[Submission], *, door: str, account: str = "", now: datetime
    ) -> list[Ticket]:
        """Keep many messages in one transaction: all of them, or none."""
        with self._database.writing() as write:
            tickets = self._keep(write, submissions, (door, account, None, None), now)
        self._bell.ring()
        return tickets

    def retry(self, number: int, *, now: datetime, recipient: str | None = None) -> Entry:
        """Queue a failed or deferred message again for those who have not got it; correct its one such recipient.

        Raise `NotPossible` where the message is under way, gone or accepted by all.
        """
        with self._database.writing() as write:
            if recipient is not None:
                _correct(write, number, recipient)
            _again(write, number, clock.stamp(now))
        self._bell.ring()
        return self._the(number)

    def retry_failed(self, *, now: datetime, most: int = 1_000) -> int:
        """Queue the failed messages again, the oldest first; give the number of them."""
        stamp = clock.stamp(now)
        with self._database.writing() as write:
            rows = write.rows(_FAILED, (most,))
            for row in rows:
                _again(write, row["number"], stamp)
        self._bell.ring()
        return len(rows)

    def cancel(self, number: int, *, now: datetime) -> Entry:
        """Take a waiting message back, or raise `NotPossible`; its body is removed."""
        stamp = clock.stamp(now)
        with self._database.writing() as write:
            if write.run(_CANCEL, (stamp, number)) != 1:
                raise NotPossible(N_("Only a message that waits can be cancelled."))
            write.run(
                "UPDATE recipients SET state = 'cancelled', at = ? WHERE message = ? AND state = 'waiting'",
                (stamp, number),
            )
            write.run("DELETE FROM bodies WHERE message = ?", (number,))
        return self._the(number)

    def purge(self, *, bodies_before: datetime, log_before: datetime, most: int = 1_000) -> tuple[int, int]:
        """Remove some bodies of what was sent, and some rows of what ended, before these moments; count both."""
        with self._database.writing() as write:
            write.run(_PURGE_BODIES, (clock.stamp(bodies_before), most))
            bodies = write.run(_FORGET_BODIES, (clock.stamp(bodies_before), most))
            write.run("DELETE FROM minutes WHERE minute < ?", (clock.stamp(log_before)[:16],))
            return bodies, write.run(_PURGE_ROWS, (clock.stamp(log_before), most))

    def copy_to(self, path: Path) -> None:
        """Write a whole copy to a new file, for a restore: what waits in it may have left by then, and is marked so."""
        self._database.copy_to(path)
        copy = Database(path)
        with copy.writing() as write:
            for statement in _FOR_A_RESTORE:
                write.run(statement)
        copy.close()

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

    def _the(self, number: int) -> Entry:
        found = self.get(number)
        assert found
        return found


_FOR_A_RESTORE = (
    "UPDATE messages SET uncertain = 1 WHERE state IN ('queued', 'deferred', 'sending')",
    "UPDATE pace SET boot = ''",  # the clock begins with a whole interval, as after a restart of the machine
)
_FAILED = (
    "SELECT number FROM messages WHERE state = 'failed' "
    "AND EXISTS (SELECT 1 FROM bodies WHERE message = number) ORDER BY number LIMIT ?"
)
_CANCEL = (
    "UPDATE messages SET state = 'cancelled', ended_at = ?, holder = NULL "
    "WHERE number = ? AND state IN ('queued', 'deferred')"
)
_KEPT = "SELECT number FROM messages WHERE kept = 1 AND ended_at < ? ORDER BY ended_at, number LIMIT ?"
_PURGE_BODIES = f"DELETE FROM bodies WHERE message IN ({_KEPT})"  # noqa: S608 - our own words
_FORGET_BODIES = f"UPDATE messages SET kept = 0 WHERE number IN ({_KEPT})"  # noqa: S608
_PURGE_ROWS = (
    "DELETE FROM messages WHERE number IN (SELECT number FROM messages WHERE ended_at < ? ORDER BY ended_at LIMIT ?)"
)
_SAME_KEY = (
    "SELECT number, state, message_id, idempotency_digest FROM messages WHERE account = ? AND idempotency_key = ?"
)
_INSERT = (
    "INSERT INTO messages (number, state, urgency, subject, message_id, reply_to, size, due_at, queued_at, since, "
    "door, account, idempotency_key, idempotency_digest) VALUES (?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_NUMBERS = (
    "UPDATE totals SET number = number + ? WHERE what = 'number' RETURNING number, "
    "(SELECT sum(number) FROM totals WHERE what = 'messages' AND name IN ('queued', 'deferred', 'sending')) AS waiting"
)
_INSERT_BODY = "INSERT INTO bodies (message, content) VALUES (?, ?)"
_INSERT_RECIPIENT = "INSERT INTO recipients (message, place, address) VALUES (?, ?, ?)"


def _known(write: Writer, account: str, key: str | None, digest: bytes | None) -> Ticket | None:
    row = write.row(_SAME_KEY, (account, key)) if key is not None else None
    if row is None:
        return None
    if row["idempotency_digest"] != digest:
        raise KeyReused("This idempotency key was used for another message. Use a new one for each message.")
    return Ticket(row["number"], State(row["state"]), row["message_id"], repeated=True)


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


def _again(write: Writer, number: int, stamp: str) -> None:
    """Put a message back to the end of the queue, its attempts forgiven."""
    open_again = write.run(
        "UPDATE recipients SET state = 'waiting' WHERE message = ? AND state IN ('waiting', 'failed') "
        "AND EXISTS (SELECT 1 FROM bodies WHERE message = ?)",
        (number, number),
    )
    moved = write.run(
        "UPDATE messages SET state = 'queued', due_at = ?, since = ?, ended_at = NULL, holder = NULL, attempts = 0 "
        "WHERE number = ? AND state IN ('queued', 'deferred', 'failed')",
        (stamp, stamp, number),
    )
    if not open_again or moved != 1:
        raise NotPossible(N_("This message cannot be sent again: it is under way, or nothing of it is left to send."))


def _correct(write: Writer, number: int, address: str) -> None:
    """Give another address to the one recipient that has not got the message."""
    rows = write.rows(
        "SELECT place FROM recipients WHERE message = ? AND state IN ('waiting', 'failed') ORDER BY place", (number,)
    )
    if len(rows) != 1:
        raise NotPossible(N_("The recipient can be corrected where exactly one has not got the message."))
    write.run(
        "UPDATE recipients SET address = ?, cause = NULL, reply = NULL, at = NULL WHERE message = ? AND place = ?",
        (address, number, rows[0]["place"]),
    )


__all__ = ["ENDED", "WAITING", "Entry", "NotPossible", "Outbox", "State", "Ticket"]
