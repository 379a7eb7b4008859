"""Somebody else who writes to a database all the while, and those who wait for that but shortly."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from panel.storage.database import Database
from tests.support.waiting import WITHIN

PATIENCE_MS = 50


class Holder:
    """Another user of a database, who takes the write lock and gives it back when told; any thread may tell."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.held = False

    def hold(self) -> None:
        self._holds, self._ends = threading.Event(), threading.Event()
        self._holding = threading.Thread(target=self._hold, daemon=True)
        self._holding.start()
        assert self._holds.wait(WITHIN)
        self.held = True

    def let_go(self) -> None:
        self.held = False
        self._ends.set()
        self._holding.join(WITHIN)

    def _hold(self) -> None:
        with self._database.writing() as write:
            write.row("SELECT 1")  # only from here on has it the lock at a server
            self._holds.set()
            self._ends.wait(WITHIN)
        self._database.close()


@contextmanager
def holding(database: Database) -> Iterator[None]:
    """Hold the write lock of a database while the context lasts."""
    holder = Holder(database)
    holder.hold()
    try:
        yield
    finally:
        holder.let_go()


def hurry(monkeypatch: pytest.MonkeyPatch, *databases: Database) -> None:
    """Let whoever connects from here on wait shortly for the write lock, and this thread's users of these as well."""
    monkeypatch.setattr("panel.storage.sqlite.database.BUSY_MS", PATIENCE_MS)
    monkeypatch.setattr("panel.storage.postgresql.session.LOCK_MS", PATIENCE_MS)
    for database in databases:
        database.close()
