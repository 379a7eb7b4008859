"""The outbox as the doors see it: mail goes in, and what became of it can be seen, retried and cancelled.

Every change is one transaction that checks how many rows it touched. What the workers do with it is in `delivery`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from panel import clock
from panel.i18n import N_
from panel.outbox.content.remains import remove_bodies
from panel.outbox.enqueue import MOST_WAITING, Enqueuer, enter_new, terms_of_row
from panel.outbox.entry import Entry
from panel.outbox.search import Listing
from panel.outbox.steering import acts
from panel.outbox.steering.acts import NotPossible
from panel.outbox.steering.release import is_released
from panel.outbox.steering.retry_plan import MOST_OF_AN_ACT, failed_to_retry
from panel.outbox.tally import Tally
from panel.storage.actor import Actor
from panel.storage.database import Database, Row, Writer
from panel.storage.journal import Action, append

PURGED = 25  # rows that are removed in one transaction: others wait for its end
SEEN_AT_ONCE = 1_000  # failures that are marked as seen in one transaction
RETURNED = 100  # pages that are given back in one transaction
PASSED_BY = 1_000  # messages that have ended, between the oldest that waits and what is noted of it


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
        """Queue a failed, deferred or withheld message again for those without it; correct its one, or each.

        Raise `NotPossible` where the message is under way, gone or accepted by all.
        """
        with self._database.writing() as write:
            acts.retry_message(write, number, recipient=recipient, corrected=corrected, by=by, now=now)
        self._notifier.notify()
        return self._the(number)

    def cancel(self, number: int, *, by: Actor, now: datetime) -> Entry:
        """Take a waiting message back, or raise `NotPossible`; its text is kept until that can be undone no more."""
        with self._database.writing() as write:
            acts.cancel_message(write, number, by=by, now=now)
        return self._the(number)

    def undo(self, number: int, *, by: Actor, now: datetime) -> Entry:
        """Bring a message back that was cancelled, or queued again and not tried since, or raise `NotPossible`."""
        with self._database.writing() as write:
            acts.undo_message(write, number, by=by, now=now)
        self._notifier.notify()
        return self._the(number)

    def see(self, number: int, *, by: Actor, now: datetime) -> Entry:
        """Note that somebody has seen that a message failed; raise `NotPossible` where it has not."""
        with self._database.writing() as write:
            if not acts.see_message(write, number, by=by, now=now) and not _was_seen(write, number):
                raise NotPossible(N_("Only a message that failed can be marked as seen."))
        return self._the(number)

    def is_released(self, number: int, *, since: datetime) -> bool:
        """Say whether somebody has let a message go since a moment, though the settings withhold it."""
        return is_released(self._database, number, clock.stamp(since))

    def retry_failed(self, *, by: Actor, now: datetime, most: int = MOST_OF_AN_ACT, refused: bool = False) -> int:
        """Queue the failed messages again, the oldest first, if so said those that were `refused` for good as well."""
        with self._database.writing() as write:
            numbers = failed_to_retry(write, most, refused=refused)
            count = len(numbers)
            if not count:
                return 0
            append(write, by, Action.FAILED_RETRIED, changed={"messages": count}, told={"messages": count}, now=now)
            for number in numbers:
                acts.retry_message(write, number, by=by, now=now)
        self._notifier.notify()
        return len(numbers)

    def retry_many(self, numbers: Iterable[int], *, by: Actor, now: datetime) -> list[int]:
        """Queue messages again in one transaction; give the numbers of those that went."""
        done = self._each(acts.retry_message, numbers, by, now)
        self._notifier.notify()
        return done

    def cancel_many(self, numbers: Iterable[int], *, by: Actor, now: datetime) -> list[int]:
        """Take waiting messages back in one transaction; give the numbers of those that still waited."""
        return self._each(acts.cancel_message, numbers, by, now)

    def undo_many(self, numbers: Iterable[int], *, by: Actor, now: datetime) -> list[int]:
        """Undo what was last done with messages, in one transaction; give the numbers of those that allowed it."""
        return self._undo_each(dict.fromkeys(numbers, ""), by, now)

    def undo_request(self, request: str, *, by: Actor, now: datetime) -> list[int]:
        """Undo all that one request has done with messages; give the numbers of those that allowed it."""
        since = clock.stamp(now - timedelta(minutes=acts.UNDO_MINUTES))
        rows = self._database.rows(_OF_REQUEST, (since, request))
        acts_at = {int(row["object"].removeprefix("message/")): row["at"] for row in rows}
        return self._undo_each(acts_at, by, now)

    def see_many(self, numbers: Iterable[int], *, by: Actor, now: datetime) -> list[int]:
        """Mark failures as seen in one transaction; give the numbers of those that were not yet."""
        with self._database.writing() as write:
            return [number for number in numbers if acts.see_message(write, number, by=by, now=now)]

    def see_all(self, *, by: Actor, now: datetime) -> int:
        """Mark all failures as seen, some at a time; give the number of them."""
        count, stamp = 0, clock.stamp(now)
        while True:
            with self._database.writing() as write:
                seen = write.changed(_SEE_SOME, (stamp, by.name, SEEN_AT_ONCE))
                if seen:
                    append(
                        write, by, Action.FAILURES_SEEN, changed={"messages": seen}, told={"messages": seen}, now=now
                    )
            count += seen
            if seen < SEEN_AT_ONCE:
                return count

    def _undo_each(self, acts_at: Mapping[int, str], by: Actor, now: datetime) -> list[int]:
        done = []
        with self._database.writing() as write:
            for number, at in acts_at.items():
                with suppress(NotPossible):
                    acts.undo_message(write, number, act_at=at, by=by, now=now)
                    done.append(number)
        self._notifier.notify()
        return done

    def _each(self, act: Callable[..., None], numbers: Iterable[int], by: Actor, now: datetime) -> list[int]:
        """Do something with each message that allows it, all in one transaction."""
        done = []
        with self._database.writing() as write:
            for number in numbers:
                with suppress(NotPossible):
                    act(write, number, by=by, now=now)
                    done.append(number)
        return done

    def erase_cancelled(self, *, now: datetime) -> int:
        """Erase the texts of cancelled messages that can be brought back no more; count them."""
        count, some = 0, (clock.stamp(now), PURGED)
        while self._database.row(_TO_ERASE, some):
            with self._database.writing() as write:
                remove_bodies(write, [row["number"] for row in write.rows(_TO_ERASE, some)])
                count += write.changed(_ERASE, some)
        return count

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
            kept = write.rows(_KEPT, (clock.stamp(bodies_before), most))
            bodies = remove_bodies(write, [row["number"] for row in kept])
            for forget in _FORGET_MINUTES:
                write.run(forget, (clock.stamp(log_before)[:16],))
            rows = write.rows(_ENDED, (clock.stamp(log_before), clock.stamp(log_before), most))
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
        copy = self._database.copy_to(path)
        with copy.writing() as write:
            _mark_for_a_restore(write)
        copy.close()

    def note_restored(self, file: str, *, by: Actor, now: datetime) -> None:
        """Note which file is about to be restored, and mark what waits in it, for it may have left since."""
        with self._database.writing() as write:
            _mark_for_a_restore(write)
            append(write, by, Action.RESTORED, changed={"file": file}, now=now)

    def note_moved(self, server: str, *, by: Actor, now: datetime) -> None:
        """Note which server all of this is about to leave for, and mark what waits as a restore does."""
        with self._database.writing() as write:
            _mark_for_a_restore(write)
            append(write, by, Action.MOVED, changed={"server": server}, now=now)

    def _the(self, number: int) -> Entry:
        found = self.get(number)
        assert found
        return found


def _mark_for_a_restore(write: Writer) -> None:
    remove_bodies(write, [row["number"] for row in write.rows(_CANCELLED_LATELY)])
    for statement in _FOR_A_RESTORE:
        write.run(statement)


_FOR_A_RESTORE = (
    "UPDATE messages SET uncertain = 1, undo = NULL WHERE state IN ('queued', 'deferred')",
    "UPDATE messages SET erase_at = NULL, undo = NULL WHERE erase_at NOTNULL",
    "UPDATE pace SET boot = ''",  # the clock begins with a whole interval, as after a restart of the machine
)
_KEPT = "SELECT number FROM messages WHERE kept = 1 AND ended_at < ? ORDER BY ended_at, number LIMIT ?"
_FORGET_MINUTES = (
    "DELETE FROM minutes WHERE minute < ?",
    "UPDATE pace SET minute = NULL, minute_tries = NULL WHERE minute < ?",
)
_ENDED = (  # a cancelled one only when it cannot be brought back any more
    "SELECT number, state, message_id, rcpt_to FROM messages WHERE ended_at < ? AND (erase_at IS NULL OR erase_at < ?) "
    "ORDER BY ended_at LIMIT ?"
)
_SEE_SOME = (
    "UPDATE messages SET seen_at = ?, seen_by = ? WHERE number IN (SELECT number FROM messages "
    "WHERE state = 'failed' AND seen_at IS NULL ORDER BY number LIMIT ?)"
)
_WAS_SEEN = "SELECT 1 FROM messages WHERE number = ? AND state = 'failed' AND seen_at NOTNULL"
_OF_REQUEST = (
    "SELECT object, at FROM audit WHERE at > ? AND request = ? AND object LIKE 'message/%' "
    "AND action IN ('message_cancelled', 'message_retried') ORDER BY number"
)
_CANCELLED_LATELY = "SELECT number FROM messages WHERE erase_at NOTNULL"
_TO_ERASE = "SELECT number FROM messages WHERE erase_at <= ? ORDER BY erase_at, number LIMIT ?"
_ERASE = f"UPDATE messages SET erase_at = NULL, undo = NULL WHERE number IN ({_TO_ERASE})"  # noqa: S608 - our own words
_NOTED = "SELECT number FROM totals WHERE what = 'number' AND name = 'oldest'"
_OLDEST = (
    f"SELECT coalesce((SELECT number FROM messages WHERE number >= ({_NOTED}) AND ended_at IS NULL "  # noqa: S608 - our own words
    "ORDER BY number LIMIT 1), (SELECT number + 1 FROM totals WHERE what = 'number' AND name = 'last')) AS number, "
    f"({_NOTED}) AS noted"
)
_NOTE_OLDEST = "UPDATE totals SET number = ? WHERE what = 'number' AND name = 'oldest' AND number = ?"


def _was_seen(write: Writer, number: int) -> bool:
    return write.row(_WAS_SEEN, (number,)) is not None


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
