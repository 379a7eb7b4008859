"""Who asks, for tests that write without a door; and a data file that cannot take who did what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from panel.storage.actor import Actor
from panel.storage.database import Database


def actor(name: str = "", via: str = "test", address: str = "") -> Actor:
    return Actor(name, via, address)


@contextmanager
def without_journal(database: Database) -> Iterator[None]:
    """Have no row of the journal taken meanwhile."""
    with database.writing() as write:
        write.run("ALTER TABLE audit RENAME TO audit_away")
    try:
        yield
    finally:
        with database.writing() as write:
            write.run("ALTER TABLE audit_away RENAME TO audit")
