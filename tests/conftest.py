"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from panel.database import Database
from tests.servers import Authority, Loop, SmtpServer


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A data file with its tables."""
    database = Database(tmp_path / "panel.db")
    database.prepare()
    return database


@pytest.fixture(scope="session")
def authority() -> Authority:
    """A certificate for localhost, and the authority that made it."""
    return Authority.make()


@pytest.fixture
def loop() -> Iterator[Loop]:
    """Where the servers of a test run."""
    with Loop() as running:
        yield running


@pytest.fixture
def server(loop: Loop) -> SmtpServer:
    """An SMTP server without TLS and without a login."""
    return SmtpServer().start(loop)


@pytest.fixture
def submission(loop: Loop, authority: Authority) -> SmtpServer:
    """An SMTP server that wants STARTTLS and knows `servers.USER`."""
    return SmtpServer().start(loop, authority=authority)
