"""A schema of the tests' server for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from panel.storage.database import Database
from panel.storage.postgresql.database import PostgresDatabase
from panel.storage.postgresql.reaching.address import ServerAddress
from tests.support import doors
from tests.support.doors import Schemas


@pytest.fixture(autouse=True)
def door(schemas: Schemas, tmp_path: Path) -> Iterator[str]:
    """All of this room stands at the server's door, whatever the run is at."""
    with doors.diverted(schemas):
        yield doors.POSTGRESQL
    schemas.take_back(tmp_path)


@pytest.fixture
def address(database: Database) -> ServerAddress:
    """Where the tables of the test are."""
    assert isinstance(database, PostgresDatabase)
    return database.address
