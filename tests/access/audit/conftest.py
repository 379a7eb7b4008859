from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from panel.access.audit.reading import Audit
from panel.storage.actor import Actor
from panel.storage.database import Database
from panel.storage.journal import Action, append

NOW = datetime(2026, 11, 25, 9, 0, 0, 120_000, UTC)
SATO = Actor("sato", "session", "192.0.2.7", role="administrator", request="9f2c")
Done = Callable[..., None]


@pytest.fixture
def audit(database: Database) -> Audit:
    return Audit(database)


@pytest.fixture
def done(database: Database) -> Done:
    """Note that somebody did something."""

    def note(action: Action = Action.SENDING_PAUSED, by: Actor = SATO, now: datetime = NOW, **given: object) -> None:
        with database.writing() as write:
            append(write, by, action, now=now, **given)

    return note
