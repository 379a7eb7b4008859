"""The outbox as the doors see it: mail goes in, and what became of it can be seen, retried and cancelled.

Every change is one transaction that checks how many rows it touched. What the workers do with it is in `delivery`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from panel import clock
from panel.errors import PanelError
from panel.i18n import N_
from panel.outbox.enqueue import MOST_WAITING, Enqueuer
from panel.outbox.entry import Entry
from panel.outbox.search import Listing
from panel.storage.database import Database, Writer


class NotPossible(PanelError):
    """The message is in a state in which that cannot be done with it."""


class Outbox(Listing):
    """The durable queue and its log; when `enqueue` returns, the message is on disk."""

    def __init__(self, database: Database, *, most: int = MOST_WAITING) -> None:
        super().__init__(database)
        self._enqueuer = enqueuer = Enqueuer(database, most=most)
        self.enqueue, self.enqueue_all = enqueuer.enqueue, enqueuer.enqueue_all
        self._notifier = database.notifier

    def retry(
        self,
        number: int,
        *,
        now: datetime,
        recipient: str | None = None,
        corrected: Mapping[str, str] | None = None,
    ) -> Entry:
        """Queue a failed or deferred message again for those who have not got it; correct its one, or each.

        Raise `NotPossible` where the message is under way, gone or accepted by all.
        """
        with self._database.writing() as write:
            if recipient is not None:
                _correct(write, number, recipient)
            _replace(write, number, corrected or {})
            _again(write, number, clock.stamp(now))
        self._notifier.notify()
        return self._the(number)

    def retry_failed(self, *, now: datetime, most: int = 1_000) -> int:
        """Queue the failed messages again, the oldest first; give the number of them."""
        stamp = clock.stamp(now)
        with self._database.writing() as write:
            rows = write.rows(_FAILED, (most,))
            for row in rows:
                _again(write, row["number"], stamp)
        self._notifier.notify()
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
_FORGET_BODIES = f"UPDATE messages SET kept = 0 WHERE number IN ({_KEPT})"  # noqa: S608 - our own words
_PURGE_ROWS = (
    "DELETE FROM messages WHERE number IN (SELECT number FROM messages WHERE ended_at < ? ORDER BY ended_at LIMIT ?)"
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


def _replace(write: Writer, number: int, corrected: Mapping[str, str]) -> None:
    """Give others in the place of addresses that have not got the message; two may change places."""
    rows = write.rows(
        "SELECT place, address FROM recipients WHERE message = ? AND state IN ('waiting', 'failed')", (number,)
    )
    if not corrected.keys() <= {row["address"] for row in rows}:
        raise NotPossible(N_("The recipients are others by now. Look at the message again, and correct them there."))
    for row in rows:
        if row["address"] in corrected:
            write.run(
                "UPDATE recipients SET address = ?, cause = NULL, reply = NULL, at = NULL "
                "WHERE message = ? AND place = ?",
                (corrected[row["address"]], number, row["place"]),
            )
