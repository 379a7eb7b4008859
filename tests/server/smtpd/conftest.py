"""A listener, and clients that speak to it line by line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from panel.storage.database import Database
from tests.support.handing_in import Client, Door, open_door
from tests.support.servers import Loop


@pytest.fixture
def door(database: Database, loop: Loop) -> Iterator[Door]:
    with open_door(database, loop) as door:
        yield door


@pytest.fixture
def client(door: Door) -> Iterator[Client]:
    with door.client() as client:
        yield client


@pytest.fixture
def guarded(database: Database, loop: Loop) -> Iterator[Door]:
    """A listener that wants a token."""
    with open_door(database, loop, must_log_in=True) as door:
        yield door
