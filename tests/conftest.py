"""What every test may ask for."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import settings

from panel import logs
from panel.database import Database
from tests.servers import Authority, Loop, SmtpServer

settings.register_profile("panel", deadline=None)  # on a busy machine an example takes as long as it takes
settings.load_profile("panel")


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


@pytest.fixture
def own_log() -> Iterator[None]:
    """Let a test configure the log, and give the test runner its own back."""
    level, hooks = logging.root.level, (sys.excepthook, threading.excepthook)
    yield
    logging.root.handlers = [each for each in logging.root.handlers if type(each.formatter).__module__ != logs.__name__]
    logging.root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks


@pytest.fixture
def log(own_log: None) -> Callable[[], list[str]]:
    """Give the lines that were logged since it was asked last."""
    written = StringIO()
    logs.configure("text", written)

    def since() -> list[str]:
        lines = written.getvalue().splitlines()
        written.truncate(written.seek(0))
        return lines

    return since
