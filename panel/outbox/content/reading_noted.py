"""Notes that somebody reads what a message holds: once for a visit, whatever is asked for again within it."""

from __future__ import annotations

from datetime import datetime, timedelta

from panel.storage.actor import Actor
from panel.storage.database import Database
from panel.storage.journal import Action, append, was_noted_since

A_VISIT = timedelta(minutes=10)
_READ = Action.MESSAGE_READ


def note_reading(database: Database, number: int, part: str, *, by: Actor, now: datetime) -> None:
    """Note who reads which part of a message, before it is given: `text`, `html`, `source`, `raw`, or a file's name."""
    what, read = f"message/{number}", {"part": part}
    if was_noted_since(database, by, _READ, object=what, changed=read, since=now - A_VISIT):
        return
    with database.writing() as write:
        append(
            write,
            by,
            Action.MESSAGE_READ,
            object=what,
            changed=read,
            told={"message": number, "part": part},
            now=now,
        )
