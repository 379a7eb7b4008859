"""What stands in the outbox's tables, and messages put into a state without the worker that would do it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from panel.outbox import recipients
from panel.outbox.enqueue import enter_new
from panel.outbox.outbox import Outbox
from panel.outbox.state import WAITING, State
from panel.outbox.tally import Tally
from panel.storage.database import Reader, Value, Writer


def bodies(database: Reader) -> dict[int, bytes]:
    """Give the bodies that are kept, by the messages' numbers, wherever they stand."""
    return {
        row["number"]: row["content"]
        for row in database.rows(
            "SELECT number, coalesce(messages.content, bodies.content) AS content FROM messages "
            "LEFT JOIN bodies ON message = number WHERE coalesce(messages.content, bodies.content) IS NOT NULL "
            "ORDER BY number"
        )
    }


def move(
    write: Writer, number: int, state: State | str, *, recipients_are: str | None = None, **columns: Value
) -> None:
    """Leave a message in a state as what brings it there would: counted, and each recipient told if so said."""
    row = write.row("SELECT state FROM messages WHERE number = ?", (number,))
    assert row
    if recipients_are is not None:
        recipients.tell_apart(write, number)
        write.run("UPDATE recipients SET state = ? WHERE message = ?", (recipients_are, number))
    ended = "NULL" if state in ("queued", "deferred") else "queued_at"
    write.run(f"UPDATE messages SET state = ?, ended_at = {ended} WHERE number = ?", (str(state), number))
    for name, value in columns.items():
        write.run(f"UPDATE messages SET {name} = ? WHERE number = ?", (value, number))
    tally = Tally()
    tally.move(row["state"], str(state))
    tally.write(write)


def remove(write: Writer, state: State | None = None) -> None:
    """Remove the messages of a state, or all, and count them out."""
    enter_new(write)
    tally = Tally()
    for row in write.rows("SELECT number, state FROM messages"):
        if state in (None, row["state"]):
            write.run("DELETE FROM messages WHERE number = ?", (row["number"],))
            tally.move(row["state"], None)
    tally.write(write)


def check_counts(outbox: Outbox, numbers: Iterable[int]) -> None:
    """Make sure that what is counted as it changes is what there is."""
    entries = [each for number in numbers if (each := outbox.get(number))]
    counts = outbox.counts()
    assert Counter({state: number for state, number in counts.by_state.items() if number}) == Counter(
        each.state for each in entries
    )
    waiting = [each.queued_at for each in entries if each.state in (*WAITING, State.SENDING)]
    assert counts.oldest == min(waiting, default=None)
    read = outbox._database
    tried = Counter(each.outcome for entry in entries for each in entry.tried)
    assert tried == Counter(
        {row["name"]: row["number"] for row in read.rows("SELECT name, number FROM totals WHERE what = 'attempts'")}
    )
    in_minutes = Counter[str]()
    for row in read.rows("SELECT outcome, number FROM minutes"):
        in_minutes[row["outcome"]] += row["number"]
    for outcome, _, number in json.loads(read.rows("SELECT minute_tries FROM pace")[0][0] or "[]"):
        in_minutes[outcome] += number
    assert tried == in_minutes
    causes = Counter(each.cause for entry in entries for each in entry.tried if each.outcome != "sent" and each.cause)
    assert causes == Counter(
        {row["name"]: row["number"] for row in read.rows("SELECT name, number FROM totals WHERE what = 'refusals'")}
    )
