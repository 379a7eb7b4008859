"""What the door to the data does itself, whichever engine is behind it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from panel.errors import DatabaseError
from panel.storage import database as door
from panel.storage.sqlite.database import SqliteDatabase


class Slow(SqliteDatabase):
    """A database that says only when it is let go whether it can be written, as a server does that hangs."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.probed, self.asked, self.let_go = 0, threading.Event(), threading.Event()

    def _probe(self) -> DatabaseError | None:
        self.probed += 1
        self.asked.set()
        self.let_go.wait(10)
        return DatabaseError("It hangs.")


def test_who_has_waited_for_a_slow_answer_has_it_and_asks_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "PROBE_SECONDS", 0.2)
    database, told = Slow(tmp_path / "panel.db"), list[object]()
    asking = [threading.Thread(target=lambda: told.append(str(database.fault()))) for _ in range(5)]
    for each in asking:
        each.start()
    assert database.asked.wait(10)
    threading.Event().wait(0.3)  # longer than what was found holds

    database.let_go.set()
    for each in asking:
        each.join()

    assert told == ["It hangs."] * 5
    assert database.probed == 1
