"""What somebody does with one message, within the transaction of who asks for it; and how the last act is undone.

What a message was before the act stands in its row until it is undone, or done with: the text of a cancelled one is
kept as long.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from panel import clock
from panel.errors import PanelError
from panel.i18n import N_
from panel.outbox import recipients
from panel.outbox.entry import undoable_until
from panel.outbox.pace.row import in_hand
from panel.outbox.state import WAITING, State
from panel.outbox.steering.release import is_released, release
from panel.outbox.tally import Tally
from panel.storage.actor import Actor
from panel.storage.database import Row, Writer
from panel.storage.journal import Action, append

UNDO_MINUTES = 10  # for which an act can be undone


class NotPossible(PanelError):
    """The message is in a state in which that cannot be done with it."""


def retry_message(
    write: Writer,
    number: int,
    *,
    recipient: str | None = None,
    corrected: Mapping[str, str] | None = None,
    by: Actor,
    now: datetime,
) -> None:
    """Put a message back to the end of the queue, its attempts forgiven, with the addresses that were corrected."""
    changed = dict(corrected or {}) if recipient is None else _correct(write, number, recipient)
    _replace(write, number, corrected or {})
    _again(write, number, now, undoable=not changed)
    append(
        write,
        by,
        Action.MESSAGE_RETRIED,
        object=f"message/{number}",
        changed={"recipients": [", ".join(changed), ", ".join(changed.values())]} if changed else {},
        told={"message": number, "recipient": ",".join(changed.values()) or None},
        now=now,
    )


def cancel_message(write: Writer, number: int, *, by: Actor, now: datetime) -> None:
    """Take a waiting message back; its text is kept until that can be undone no more."""
    row = write.row(_STATE, (number,))
    if row is None or row["state"] not in (*WAITING, State.WITHHELD) or number in in_hand(write):
        raise NotPossible(N_("Only a message that waits can be cancelled."))
    stamp, until = clock.stamp(now), _until(now)
    write.run(_CANCEL, (stamp, until, _before(write, number, row, now), number))
    write.run(_CANCEL_RECIPIENTS, (stamp, number))
    _count(write, row["state"], State.CANCELLED)
    what = f"message/{number}"
    append(write, by, Action.MESSAGE_CANCELLED, object=what, told={"message": number}, now=now)


def undo_message(write: Writer, number: int, *, act_at: str = "", by: Actor, now: datetime) -> None:
    """Bring a message back to what it was before it was cancelled, or queued again and not tried since.

    With `act_at`, only where nothing was done with it after the act of that moment.
    """
    row = write.row(_STATE, (number,))
    until = undoable_until(row) if row else None
    if row is None or until is None or until <= clock.stamp(now) or not row["has_body"] or number in in_hand(write):
        raise NotPossible(_TOO_LATE)
    before = json.loads(row["undo"])
    if act_at and before["at"] != act_at:
        raise NotPossible(_TOO_LATE)
    state = State(before["state"])
    write.run(_RESTORE, (*(before[name] for name in _KEPT), number))
    write.run_all(_RESTORE_RECIPIENT, [(*each, number, place) for place, *each in before["recipients"]])
    if state in WAITING:
        write.run(_OLDER, (number, number))
    elif state is not State.WITHHELD:  # who was told apart since waits for a message that does not go
        write.run(_FAIL_RECIPIENTS, (number,))
    _count(write, row["state"], state)
    what, changed = f"message/{number}", {"state": [row["state"], str(state)]}
    append(write, by, Action.ACT_UNDONE, object=what, changed=changed, told={"message": number}, now=now)


def see_message(write: Writer, number: int, *, by: Actor, now: datetime) -> bool:
    """Note that somebody has seen that a message failed; say no where it has not, or was seen before."""
    seen = write.changed(_SEE, (clock.stamp(now), by.name, number)) > 0
    if seen:
        what = f"message/{number}"
        append(write, by, Action.MESSAGE_SEEN, object=what, told={"message": number}, now=now)
    return seen


_TOO_LATE = N_("This cannot be undone any more.")
_HAS_BODY = "content IS NOT NULL OR EXISTS (SELECT 1 FROM bodies WHERE message = number)"
_KEPT = (  # of what a message was, in the order in which it is written back
    *("state", "due_at", "since", "ended_at", "attempts", "cause", "reply"),
    *("bound", "bound_until", "seen_at", "seen_by"),
)
_STATE = f"SELECT {', '.join(_KEPT)}, undo, {_HAS_BODY} AS has_body FROM messages WHERE number = ?"  # noqa: S608 - our own words
_CANCEL = (
    "UPDATE messages SET state = 'cancelled', ended_at = ?, erase_at = ?, undo = ?, holder = NULL WHERE number = ?"
)
_RECIPIENTS = "SELECT place, state, at FROM recipients WHERE message = ? ORDER BY place"
_CANCEL_RECIPIENTS = "UPDATE recipients SET state = 'cancelled', at = ? WHERE message = ? AND state = 'waiting'"
_AGAIN = (
    "UPDATE messages SET state = 'queued', due_at = ?, since = ?, ended_at = NULL, holder = NULL, attempts = 0, "
    "bound = NULL, bound_until = NULL, seen_at = NULL, seen_by = NULL, undo = ? WHERE number = ?"
)
_OPEN_AGAIN = "UPDATE recipients SET state = 'waiting' WHERE message = ? AND state IN ('waiting', 'failed')"
_OLDER = "UPDATE totals SET number = ? WHERE what = 'number' AND name = 'oldest' AND number > ?"
_RESTORE = (
    f"UPDATE messages SET {', '.join(f'{name} = ?' for name in _KEPT)}, "  # noqa: S608 - our own words
    "holder = NULL, erase_at = NULL, undo = NULL WHERE number = ?"
)
_RESTORE_RECIPIENT = "UPDATE recipients SET state = ?, at = ? WHERE message = ? AND place = ?"
_FAIL_RECIPIENTS = "UPDATE recipients SET state = 'failed' WHERE message = ? AND state = 'waiting'"
_SEE = "UPDATE messages SET seen_at = ?, seen_by = ? WHERE number = ? AND state = 'failed' AND seen_at IS NULL"


def _until(now: datetime) -> str:
    return clock.stamp(now + timedelta(minutes=UNDO_MINUTES))


def _before(write: Writer, number: int, row: Row, now: datetime) -> str:
    """Write what a message is now, for who undoes what is about to be done with it."""
    kept = {name: row[name] for name in _KEPT}
    apart = [[each["place"], each["state"], each["at"]] for each in write.rows(_RECIPIENTS, (number,))]
    at = {"at": clock.stamp(now), "until": _until(now)}
    return json.dumps({**kept, "recipients": apart, **at}, ensure_ascii=False, separators=(",", ":"))


def _again(write: Writer, number: int, now: datetime, *, undoable: bool) -> None:
    row, stamp = write.row(_STATE, (number,)), clock.stamp(now)
    before = _before(write, number, row, now) if row is not None and undoable else None
    if row is None or not _may_go_again(write, number, row):
        raise NotPossible(N_("This message cannot be sent again: it is under way, or nothing of it is left to send."))
    if undoable and (row["state"] == State.WITHHELD or is_released(write, number, row["since"])):
        release(write, number, stamp)
    write.run(_AGAIN, (stamp, stamp, before, number))
    write.run(_OLDER, (number, number))
    _count(write, row["state"], State.QUEUED)


def _may_go_again(write: Writer, number: int, row: Row) -> bool:
    """Open a message again for those who have not got it, or say no where it is under way or nobody is left."""
    if row["state"] not in (*WAITING, State.FAILED, State.WITHHELD) or not row["has_body"] or number in in_hand(write):
        return False
    return not recipients.are_told_apart(write, number) or write.changed(_OPEN_AGAIN, (number,)) > 0


def _count(write: Writer, before: str, after: str) -> None:
    tally = Tally()
    tally.move(before, after)
    tally.write(write)


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
