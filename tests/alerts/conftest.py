"""What the tests of the alerts may ask for."""

from __future__ import annotations

import pytest

from panel.storage.database import Database
from tests.support.watched import Watched


@pytest.fixture
def panel(database: Database) -> Watched:
    """A panel that is watched, with a worker that gave a sign of life at NOW."""
    panel = Watched(database)
    panel.beat(0)
    return panel
