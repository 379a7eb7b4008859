"""The outbox as the doors see it: mail goes in, and what became of it can be seen, retried and cancelled.

Every change is one transaction that checks how many rows it touched. What the workers do with it is in `delivery`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from panel import clock
from panel.errors import PanelError
from panel.i18n import N_
from panel.outbox import recipients
from panel.outbox.enqueue import MOST_WAITING, Enqueuer, enter_new, terms_of_row
from panel.outbox.entry import Entry
from panel.outbox.pace.row import in_hand
from panel.outbox.search import Listing
from panel.outbox.state import WAITING, State
from panel.outbox.tally import Tally
from panel.storage.actor import Actor
from panel.storage.database import Database, Row, Writer
from panel.storage.journal import Action, append

PURGED = 25  # rows that are removed in one transaction: others wait for its end
RETURNED = 100  # pages that are given back in one transaction
PASSED_BY = 1_000  # messages that have ended, between the oldest that waits and what is noted of it


class NotPossible(PanelError):
    """The message is in a state in which that cannot be done with it."""


class Outbox(Listing):
    """The durable queue and its log; when `enqueue` returns, the message is on disk."""

    def __init__(self, database: Database, *, most: int = MOST_WAITING) -> None:
        super().__init__(database)
        self._enqueuer = enqueuer = Enqueuer(database, most=most)
        self.enqueue, self.enqueue_all = enqueuer.enqueue, enqueuer.enqueue_all
        self.refuse_reused = enqueuer.refuse_reused
        self._notifier = database.notifier

    def retry(
        self,
        number: int,
        *,
        by: Actor,
        now: datetime,
        recipient: str | None = None,
        corrected: Mapping[str, str] | None = None,
    ) -> Entry:
        """Queue a failed or deferred message again for those who have not got it; correct its one, or each.

        Raise `NotPossible` where the message is under way, gone or accepted by all.
        """
        with self._database.writing() as write:
            changed = dict(corrected or {}) if recipient is None else _correct(write, number, recipient)
            _replace(write, number, corrected or {})
            _again(write, number, clock.stamp(now))
            _note_retry(write, number, changed, by, now)
        self._notifier.notify()
        return self._the(number)

    def retry_failed(self, *, by: Actor, now: datetime, most: int = 1_000) -> int:
        """Queue the failed messages again, the oldest first; give the number of them."""
        stamp = clock.stamp(now)
        with self._database.writing() as write:
            rows = write.rows(_FAILED, (most,))
            count = len(rows)
            append(write, by, Action.FAILED_RETRIED, changed={"messages": count}, told={"messages": count}, now=now)
            for row in rows:
                _again(write, row["number"], stamp)
                _note_retry(write, row["number"], {}, by, now)
        self._notifier.notify()
        return len(rows)

    def cancel(self, number: int, *, by: Actor, now: datetime) -> Entry:
        """Take a waiting message back, or raise `NotPossible`; its body is removed."""
        stamp = clock.stamp(now)
        with self._database.writing() as write:
            row = write.row(_STATE, (number,))
            if row is None or row["state"] not in WAITING or number in in_hand(write):
                raise NotPossible(N_("Only a message that waits can be cancelled."))
            write.run(_CANCEL, (stamp, number))
            write.run(_CANCEL_RECIPIENTS, (stamp, number))
            write.run("DELETE FROM bodies WHERE message = ?", (number,))
            _count(write, row["state"], State.CANCELLED)
            what = f"message/{number}"
            append(write, by, Action.MESSAGE_CANCELLED, object=what, told={"message": number}, now=now)
        return self._the(number)

    def purge(
        self, *, bodies_before: datetime, log_before: datetime, most: int = PURGED, by: Actor | None = None
    ) -> tuple[int, int]:
        """Remove some bodies of what was sent, and some rows of what ended, before these moments; count both.

        The worker's cleaning is nobody's; somebody who begins one by hand is noted.
        """
        with self._database.writing() as write:
            if by:
                before = {"ended_before": clock.stamp(log_before), "bodies_before": clock.stamp(bodies_before)}
                append(write, by, Action.OUTBOX_PURGED, changed=before, now=clock.now())
            write.run(_PURGE_BODIES, (clock.stamp(bodies_before), most))
            bodies = write.run(_FORGET_BODIES, (clock.stamp(bodies_before), most))
            for forget in _FORGET_MINUTES:
                write.run(forget, (clock.stamp(log_before)[:16],))
            rows = write.rows(_ENDED, (clock.stamp(log_before), most))
            _remove(write, rows)
            return bodies, len(rows)

    def look_for_oldest(self) -> None:
        """Note the oldest message that waits, so that looking for it passes by few that have ended."""
        found = self._database.row(_OLDEST)
        if found and found["number"] - found["noted"] >= PASSED_BY:
            with self._database.writing() as write:  # unless an older one was queued again meanwhile
                write.run(_NOTE_OLDEST, (found["number"], found["noted"]))

    def shrink(self) -> bool:
        """Give some of the space back that removed messages have left; say whether there may be more."""
        return self._database.shrink(RETURNED)

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
    "UPDATE messages SET uncertain = 1 WHERE state IN ('queued', 'deferred')",
    "UPDATE pace SET boot = ''",  # the clock begins with a whole interval, as after a restart of the machine
)
_FAILED = (
    "SELECT number FROM messages WHERE state = 'failed' AND ended_at IS NOT NULL "
    "AND (content IS NOT NULL OR EXISTS (SELECT 1 FROM bodies WHERE message = number)) ORDER BY number LIMIT ?"
)
_STATE = (
    "SELECT state, content IS NOT NULL OR EXISTS (SELECT 1 FROM bodies WHERE message = number) AS has_body "
    "FROM messages WHERE number = ?"
)
_CANCEL = "UPDATE messages SET state = 'cancelled', ended_at = ?, holder = NULL, content = NULL WHERE number = ?"
_CANCEL_RECIPIENTS = "UPDATE recipients SET state = 'cancelled', at = ? WHERE message = ? AND state = 'waiting'"
_KEPT = "SELECT number FROM messages WHERE kept = 1 AND ended_at < ? ORDER BY ended_at, number LIMIT ?"
_PURGE_BODIES = f"DELETE FROM bodies WHERE message IN ({_KEPT})"  # noqa: S608 - our own words
_FORGET_BODIES = f"UPDATE messages SET kept = 0, content = NULL WHERE number IN ({_KEPT})"  # noqa: S608 - our own words
_FORGET_MINUTES = (
    "DELETE FROM minutes WHERE minute < ?",
    "UPDATE pace SET minute = NULL, minute_tries = NULL WHERE minute < ?",
)
_ENDED = "SELECT number, state, message_id, rcpt_to FROM messages WHERE ended_at < ? ORDER BY ended_at LIMIT ?"
_AGAIN = (
    "UPDATE messages SET state = 'queued', due_at = ?, since = ?, ended_at = NULL, holder = NULL, attempts = 0, "
    "bound = NULL, bound_until = NULL WHERE number = ?"
)
_OPEN_AGAIN = "UPDATE recipients SET state = 'waiting' WHERE message = ? AND state IN ('waiting', 'failed')"
_OLDER = "UPDATE totals SET number = ? WHERE what = 'number' AND name = 'oldest' AND number > ?"
_NOTED = "SELECT number FROM totals WHERE what = 'number' AND name = 'oldest'"
_OLDEST = (
    f"SELECT coalesce((SELECT number FROM messages WHERE number >= ({_NOTED}) AND ended_at IS NULL "  # noqa: S608 - our own words
    "ORDER BY number LIMIT 1), (SELECT number + 1 FROM totals WHERE what = 'number' AND name = 'last')) AS number, "
    f"({_NOTED}) AS noted"
)
_NOTE_OLDEST = "UPDATE totals SET number = ? WHERE what = 'number' AND name = 'oldest' AND number = ?"


def _count(write: Writer, before: str, after: str | None) -> None:
    tally = Tally()
    tally.move(before, after)
    tally.write(write)


def _remove(write: Writer, rows: Sequence[Row]) -> None:
    """Remove messages, and what the search knows of them."""
    if not rows:
        return
    enter_new(write)  # the greatest number among them is that of the newest message
    tally = Tally()
    for row in rows:
        tally.move(row["state"], None)
    terms = [(term, row["number"]) for row in rows for term in terms_of_row(row)]
    write.run_all("DELETE FROM terms WHERE term = ? AND message = ?", terms)
    write.run_all("DELETE FROM messages WHERE number = ?", [(row["number"],) for row in rows])
    tally.write(write)


def _again(write: Writer, number: int, stamp: str) -> None:
    """Put a message back to the end of the queue, its attempts forgiven."""
    row = write.row(_STATE, (number,))
    if row is None or not _may_go_again(write, number, row):
        raise NotPossible(N_("This message cannot be sent again: it is under way, or nothing of it is left to send."))
    write.run(_AGAIN, (stamp, stamp, number))
    write.run(_OLDER, (number, number))
    _count(write, row["state"], State.QUEUED)


def _may_go_again(write: Writer, number: int, row: Row) -> bool:
    """Open a message again for those who have not got it, or say no where it is under way or nobody is left."""
    if row["state"] not in (*WAITING, State.FAILED) or not row["has_body"] or number in in_hand(write):
        return False
    return not recipients.are_told_apart(write, number) or write.run(_OPEN_AGAIN, (number,)) > 0


def _note_retry(write: Writer, number: int, corrected: Mapping[str, str], by: Actor, now: datetime) -> None:
    """Note that a message goes again, and which addresses were given in the place of others."""
    changed = {"recipients": [", ".join(corrected), ", ".join(corrected.values())]} if corrected else {}
    append(
        write,
        by,
        Action.MESSAGE_RETRIED,
        object=f"message/{number}",
        changed=changed,
        told={"message": number, "recipient": ",".join(corrected.values()) or None},
        now=now,
    )


def _correct(write: Writer, number: int, address: str) -> dict[str, str]:
    """Give another address to the one recipient that has not got the message; say in the place of which."""
    rows = _without_it(write, number)
    if len(rows) != 1:
        raise NotPossible(N_("The recipient can be corrected where exactly one has not got the message."))
    recipients.readdress(write, number, {rows[0]["place"]: address})
    return {rows[0]["address"]: address}


def _replace(write: Writer, number: int, corrected: Mapping[str, str]) -> None:
    """Give others in the place of addresses that have not got the message; two may change places."""
    if not corrected:
        return
    rows = _without_it(write, number)
    if not corrected.keys() <= {row["address"] for row in rows}:
        raise NotPossible(N_("The recipients are others by now. Look at the message again, and correct them there."))
    changed = {row["place"]: corrected[row["address"]] for row in rows if row["address"] in corrected}
    recipients.readdress(write, number, changed)


def _without_it(write: Writer, number: int) -> list[Row]:
    """Give the rows of the recipients that have not got a message."""
    recipients.tell_apart(write, number)
    return write.rows(_WITHOUT_IT, (number,))


_WITHOUT_IT = (
    "SELECT place, address FROM recipients WHERE message = ? AND state IN ('waiting', 'failed') ORDER BY place"
)
