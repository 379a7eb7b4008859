"""The clock's row and its rolling windows in the data file, asked and changed inside the sender's transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from operator import attrgetter
from typing import NamedTuple

from panel.clock import Instant
from panel.outbox.pace import patience
from panel.outbox.pace.healing import Again
from panel.outbox.pace.hold import Hold
from panel.outbox.pace.pace import Pace, Reason, Terms, Wait
from panel.outbox.pace.rate import DAY_MS, HOUR_MS
from panel.outbox.pace.route import Choice, Which
from panel.outbox.pace.server_state import ServerState
from panel.storage.database import Database, Reader, Row, Writer
from panel.storage.wakeup import Notifier

SWEEP = 64  # messages between two looks for what is older than the windows


class Tick(NamedTuple):
    """A transaction with the clock in hand: its row, its time in ms, and the moment at which it is looked at."""

    write: Writer
    pace: Pace
    now: int
    at: Instant


@contextmanager
def ticking(where: Reader, at: Instant) -> Iterator[Tick]:
    """Begin a transaction with the clock in hand, or go on in one, and keep the clock as it is left."""
    with where.writing() as write:
        pace = read_pace(write)
        at = write.moment(at)
        yield Tick(write, pace, come_to(write, pace, at), at)
        keep_pace(write, pace)


def remember_alone(database: Database, server: str, at: Instant) -> None:
    """Note that a server has refused a session, of a test or a worker, because there was another one."""
    with ticking(database, at) as tick:
        patience.learn_alone(tick.write, server, now=tick.now)


def pace_of_row(row: Row | None) -> Pace:
    assert row
    told = dict(zip(row.keys(), row, strict=True))  # a row looks through its columns for each name
    held = Hold(**{name: told[column] for name, column in _OF_HOLD.items()}) if told["held_cause"] is not None else None
    if held:
        held.again = Again(held.again)
    pace = Pace(**{name: told[name] for name in _NAMES})
    pace.choice, pace.hand_server = _CHOICES[pace.choice], _WHICH[pace.hand_server]
    pace.first = ServerState(**{name: told[name] for name in _OF_FIRST}, held=held)
    pace.second = ServerState.of_json(told["second_state"]) if told["second_state"] is not None else None
    return pace


def in_hand(read: Reader) -> frozenset[int]:
    """Give the numbers of the messages that somebody is sending, or left behind when it died."""
    return frozenset(number for row in read.rows(_HANDS) for number in json.loads(row["hand"]))


def read_pace(write: Writer) -> Pace:
    return pace_of_row(write.row(SELECT))


def keep_pace(write: Writer, pace: Pace) -> None:
    held = [getattr(pace.held, name) for name in _OF_HOLD] if pace.held else _UNHELD
    second = pace.second.as_json if pace.second else None
    write.run(_UPDATE, (*_VALUES(pace), *_FIRST_VALUES(pace.first), *held, second, pace.account))


def come_to(write: Writer, pace: Pace, at: Instant) -> int:
    """Give the clock's time; where it was set anew, no start lies in the future of its windows."""
    anchor = pace.anchor_ms
    now = pace.time(at)
    if pace.anchor_ms != anchor:
        write.run("UPDATE sendings SET at_ms = ? WHERE at_ms > ?", (now, now))
        write.run("UPDATE ends SET ended_ms = ?", (now,))
    return now


def switch_to(read: Reader, pace: Pace, server: str) -> None:
    """Have the clock tell the last end at this server; one that has told of none yet tells of this one."""
    if not server or server == pace.server:
        return
    ended = end_at(read, pace, server)
    pace.ended_ms = max(ended, pace.ended_ms) if not pace.server else ended
    pace.server = server


def move_to(write: Writer, pace: Pace, server: str) -> None:
    """Have the clock tell the last end at this server, and keep that of the one before."""
    if server and pace.server and server != pace.server:
        note_end(write, pace.server, pace.ended_ms)
    switch_to(write, pace, server)


def note_end(write: Writer, server: str, ended_ms: int) -> None:
    """Note the end of the last message at a server that the clock does not tell of."""
    write.run(_NOTE_END, (server, ended_ms))


def end_at(read: Reader, pace: Pace, server: str) -> int:
    """Give the end of the last message at a server, 0 where there was none of late."""
    row = read.row("SELECT ended_ms FROM ends WHERE server = ?", (server,))
    return max(row["ended_ms"] if row else 0, pace.ended_ms if server == pace.server else 0)


def is_held(pace: Pace, now: int, notifier: Notifier) -> bool:
    """Say whether somebody has the clock whose lease stands, and who is not certainly dead."""
    return pace.holder is not None and pace.lease_ms > now and not notifier.has_died(worker_of(pace.holder))


def holder_at(read: Reader, at: Instant) -> str | None:
    """Give who has the clock, as far as its lease says; None where nobody has."""
    row = read.row(
        "SELECT holder FROM pace WHERE boot = ? AND lease_ms > ? AND holder NOTNULL", (at.boot, at.steady_ms)
    )
    return row["holder"] if row else None


def worker_of(holder: str) -> str:
    return holder.partition("/")[0]


def note_starts(write: Writer, now: int, server: str, messages: int = 1, *, last: Sequence[Row] | None = None) -> int:
    """Count messages in a server's rolling windows, now and then forget what is older than they are.

    Give which of its messages the first of them is: `nth`, by which the n-th newest is found without counting.
    `last` is what `LAST_START` gives, where that is known.
    """
    found = write.rows(LAST_START, (server,)) if last is None else last
    nth: int = found[0]["last"] + 1 if found else 1
    write.run("INSERT INTO sendings (server, nth, at_ms, many) VALUES (?, ?, ?, ?)", (server, nth, now, messages))
    if nth // SWEEP != (nth + messages) // SWEEP:
        write.run(_SWEEP, (server, server, now - DAY_MS))
        for side in ("<", ">"):
            write.run(_SWEEP_OTHERS.format(side), (server, now - DAY_MS))
    return nth


def note_ends(write: Writer, now: int, server: str, nth: int, *, seen: int) -> None:
    """Count messages from their end on: so late the server may have seen them, and so many it has."""
    if seen:
        write.run("UPDATE sendings SET at_ms = ?, many = ? WHERE server = ? AND nth = ?", (now + 1, seen, server, nth))
    else:
        forget_starts(write, server, nth)


def forget_starts(write: Writer, server: str, nth: int) -> None:
    """Take messages out of the windows again: they did not come as far as the server's limits."""
    write.run("DELETE FROM sendings WHERE server = ? AND nth = ?", (server, nth))


def count_tries(write: Writer, pace: Pace, tries: Mapping[tuple[str, str, str], int]) -> None:
    """Count tries by minute, outcome and cause: those of the newest minute with the clock, the others in their rows."""
    if not tries:
        return
    counted = Counter({(pace.minute or "", *of): number for *of, number in json.loads(pace.minute_tries or "[]")})
    counted.update(tries)
    newest = max(minute for minute, *_ in counted)
    write.run_all(_ADD_TRIES, [(*key, number) for key, number in counted.items() if key[0] != newest])
    pace.minute = newest
    pace.minute_tries = json.dumps([[*of, number] for (minute, *of), number in counted.items() if minute == newest])


def capped(read: Reader, now: int, terms: Terms, *, room: int = 1) -> Wait | None:
    """Say for how long a rolling window at the server is full, or has no room for so many messages."""
    for reason, cap, window in (
        (Reason.DAY, terms.max_per_day, DAY_MS),
        (Reason.HOUR, terms.max_per_hour, HOUR_MS),
    ):
        if cap and cap < room:
            return Wait(reason)
        row = read.row(NTH_NEWEST, (terms.server, terms.server, cap - room)) if cap else None
        if row and row["at_ms"] + window > now:
            return Wait(reason, row["at_ms"] + window - now)
    return None


def room_ms(read: Reader, now: int, terms: Terms, ahead: int) -> int:
    """Give in how many ms a server's rolling windows have room for a message that so many leave before."""
    found = [0]
    for cap, window in ((terms.max_per_day, DAY_MS), (terms.max_per_hour, HOUR_MS)):
        if not cap:
            continue
        windows, place = divmod(ahead, cap)
        row = read.row(NTH_NEWEST, (terms.server, terms.server, cap - 1 - place))
        found.append(windows * window + (max(0, row["at_ms"] + window - now) if row else 0))
    return max(found)


def within(read: Reader, since: int, server: str) -> int:
    """Count the messages at a server that began after a moment."""
    row = read.row("SELECT sum(many) AS many FROM sendings WHERE server = ? AND at_ms > ?", (server, since))
    return int(row["many"] or 0) if row else 0


SELECT = "SELECT * FROM pace WHERE account = 'first'"
_HANDS = "SELECT hand FROM pace WHERE hand IS NOT NULL"
_NOTE_END = (
    "INSERT INTO ends (server, ended_ms) VALUES (?, ?) "
    "ON CONFLICT (server) DO UPDATE SET ended_ms = excluded.ended_ms WHERE excluded.ended_ms > ends.ended_ms"
)
_CHOICES, _WHICH = {str(each): each for each in Choice}, {str(each): each for each in Which}  # quicker than a call
_NAMES = tuple(each.name for each in fields(Pace) if each.name not in ("first", "second"))
_OF_FIRST = tuple(each.name for each in fields(ServerState) if each.name != "held")
_VALUES, _FIRST_VALUES = attrgetter(*_NAMES[1:]), attrgetter(*_OF_FIRST)
_OF_HOLD = {each.name: f"held_{each.name}" for each in fields(Hold)} | {"probe_ms": "probe_ms", "probes": "probes"}
_UNHELD = [{"probes": 0, "logins": 0, "since_ms": 0, "again": Again.NEVER}.get(name) for name in _OF_HOLD]
_KEPT = (*_NAMES[1:], *_OF_FIRST, *_OF_HOLD.values(), "second_state")
_SET = ", ".join(f'"{name}" = ?' for name in _KEPT)  # "window" is a word of SQL
_UPDATE = f"UPDATE pace SET {_SET} WHERE account = ?"  # noqa: S608 - our columns
_ADD_TRIES = (
    "INSERT INTO minutes (minute, outcome, cause, number) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (minute, outcome, cause) DO UPDATE SET number = minutes.number + excluded.number"
)
# The oldest come first: few are looked at that stay.
_SWEEP = (
    "DELETE FROM sendings WHERE server = ? AND nth < "
    "(SELECT nth FROM sendings WHERE server = ? AND at_ms > ? ORDER BY nth LIMIT 1)"
)
_SWEEP_OTHERS = "DELETE FROM sendings WHERE server {} ? AND at_ms <= ?"
LAST_START = "SELECT nth + many - 1 AS last FROM sendings WHERE server = ? ORDER BY nth DESC LIMIT 1"
# A gap in the numbers of a server makes the cap stricter, never looser.
NTH_NEWEST = f"SELECT nth, at_ms FROM sendings WHERE server = ? AND nth <= ({LAST_START}) - ? ORDER BY nth DESC LIMIT 1"  # noqa: S608 - our own words
