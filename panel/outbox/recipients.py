"""The recipients of a message: told by its own row as long as the same became of all, else each by a row of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from panel import clock
from panel.outbox.enqueue import INSERT_TERM, addresses_in, encode
from panel.outbox.entry import Recipient
from panel.outbox.state import WAITING, State
from panel.storage.database import Reader, Row, Writer, marks


def rcpt_to_of(row: Row) -> tuple[str, ...]:
    """Give the addresses of a message's envelope; none where the row is damaged."""
    return addresses_in(row["rcpt_to"])


def of(read: Reader, rows: Sequence[Row]) -> dict[int, tuple[Recipient, ...]]:
    """Give the recipients of messages by their numbers."""
    found = told_apart(read, [row["number"] for row in rows])
    return {
        row["number"]: tuple(map(_recipient, found[row["number"]])) if row["number"] in found else _alike(row)
        for row in rows
    }


def told_apart(read: Reader, numbers: Sequence[int]) -> dict[int, list[Row]]:
    """Give the rows of recipients by message, of those messages that have any."""
    found: dict[int, list[Row]] = {}
    if numbers:
        for row in read.rows(_ROWS.format(marks(numbers)), numbers):
            found.setdefault(row["message"], []).append(row)
    return found


def tell_apart(write: Writer, number: int, *, waiting: bool = False) -> None:
    """Give each recipient of a message a row of its own, if there is none yet, as if all waited if so said."""
    row = write.row(_MESSAGE, (number,))
    if row is None or are_told_apart(write, number):
        return
    write.run_all(
        _INSERT,
        [
            (number, place, each.address, each.state, each.cause, each.reply, clock.stamp_or_none(each.at))
            for place, each in enumerate(_waiting(row) if waiting else _alike(row))
        ],
    )


def tell_apart_before(write: Writer, number: int) -> None:
    """Give each recipient a row where the message tells of their refusal: it is going to tell of something else."""
    if write.row("SELECT 1 FROM messages WHERE number = ? AND tried_at IS NOT NULL", (number,)):
        tell_apart(write, number)


def are_told_apart(read: Reader, number: int) -> bool:
    """Say whether recipients of a message have rows."""
    return read.row("SELECT 1 FROM recipients WHERE message = ?", (number,)) is not None


def readdress(write: Writer, number: int, changed: Mapping[int, str]) -> None:
    """Give other addresses to recipients that have rows, by their places; the search finds the new ones."""
    row = write.row(_MESSAGE, (number,))
    if row is None or not changed:
        return
    before = rcpt_to_of(row)
    after = [changed.get(place, address) for place, address in enumerate(before)]
    write.run_all(_READDRESS, [(address, number, place) for place, address in changed.items()])
    write.run("UPDATE messages SET rcpt_to = ? WHERE number = ?", (encode(after), number))
    write.run_all("DELETE FROM terms WHERE term = ? AND message = ?", [(each.lower(), number) for each in before])
    write.run_all(INSERT_TERM, [(each.lower(), number) for each in after])


def _recipient(row: Row) -> Recipient:
    at, bounced_at = clock.moment_or_none(row["at"]), clock.moment_or_none(row["bounced_at"])
    return Recipient(row["address"], row["state"], row["cause"], row["reply"], at, bounced_at)


def _alike(row: Row) -> tuple[Recipient, ...]:
    """Give recipients who have no rows: what became of the message became of each."""
    state, told = row["state"], (row["cause"], row["reply"])
    waits = state in (*WAITING, State.WITHHELD)
    if row["tried_at"] is None and (waits or state == State.CANCELLED):
        told = None, None  # what is said of the message was nothing that its recipients had heard
    state = "waiting" if waits else state
    at = clock.moment_or_none(row["tried_at" if waits else "ended_at"])
    return tuple(Recipient(each, state, *told, at) for each in rcpt_to_of(row))


def _waiting(row: Row) -> tuple[Recipient, ...]:
    return tuple(Recipient(each, "waiting") for each in rcpt_to_of(row))


_ROWS = "SELECT * FROM recipients WHERE message IN ({}) ORDER BY message, place"
_MESSAGE = "SELECT state, cause, reply, ended_at, tried_at, rcpt_to FROM messages WHERE number = ?"
_INSERT = "INSERT INTO recipients (message, place, address, state, cause, reply, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
_READDRESS = (
    "UPDATE recipients SET address = ?, cause = NULL, reply = NULL, at = NULL, bounced_at = NULL "
    "WHERE message = ? AND place = ?"
)
