"""What every test may ask for."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import settings

from panel import logs
from panel.storage.database import Database
from panel.storage.opening import open_database
from tests.support import doors
from tests.support.doors import Schemas
from tests.support.oidc import OidcProvider
from tests.support.postgres import PostgresServer
from tests.support.sending import Office
from tests.support.servers import Authority, Loop, SmtpServer

_seconds: Counter[str] = Counter()  # that the tests of each folder took


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run what takes minutes, too, and the rest in its long form")
    parser.addoption("--database", choices=doors.DOORS, default=doors.SQLITE, help="what keeps the data of the tests")
    parser.addoption("--write-trees", action="store_true", help="write tests/browser/trees anew, to be read")


def pytest_configure(config: pytest.Config) -> None:
    # On a busy machine an example takes as long as it takes; the common run takes the same examples each time.
    settings.register_profile("panel", deadline=None, derandomize=not config.getoption("--long"))
    settings.load_profile("panel")
    config.addinivalue_line("markers", "long: takes minutes, has a short form beside it, and runs with --long only")
    config.addinivalue_line(
        "markers", "data_file(reason): is about the data file, and nothing for --database=postgresql"
    )
    config.addinivalue_line("markers", "both_doors: runs with a data file and on a server each time")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run at both doors what is to stand there in every run."""
    marked = metafunc.definition.get_closest_marker
    if marked("both_doors") and not marked("data_file") and _run_at(metafunc.config) == doors.SQLITE:
        metafunc.parametrize("door", doors.DOORS, indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out of the common run, and what is of the data file alone out of that on a server."""
    left = [item for item in items if not _runs(item, config)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


def _runs(item: pytest.Item, config: pytest.Config) -> bool:
    if item.get_closest_marker("long") and not config.getoption("--long"):
        return False
    return _run_at(config) == doors.SQLITE or doors.touches_data(item)


def _run_at(config: pytest.Config) -> str:
    return str(config.getoption("--database"))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _seconds[str(Path(report.nodeid.partition("::")[0]).parent)] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the minutes by folder, all processes together: the common run has a budget."""
    terminalreporter.section("minutes by folder")
    for folder, seconds in _seconds.most_common():
        terminalreporter.write_line(f"{seconds / 60:6.1f}  {folder}")


@pytest.fixture(scope="session")
def is_long(pytestconfig: pytest.Config) -> bool:
    """Say whether a test that has both a short and a long form runs in its long one."""
    return bool(pytestconfig.getoption("--long"))


@pytest.fixture
def fuzz_seconds(is_long: bool) -> float:
    """Say for how long chance goes on; FUZZ_SECONDS says otherwise for the long form."""
    return float(os.environ.get("FUZZ_SECONDS", 120)) if is_long else 0.0


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for all tests of this process, each of which has a schema of its own there."""
    with PostgresServer() as running:
        yield running


@pytest.fixture(scope="session")
def schemas(postgres: PostgresServer) -> Iterator[Schemas]:
    """The schemas of that server."""
    schemas = Schemas(postgres)
    yield schemas
    schemas.close()


@pytest.fixture(scope="session", autouse=True)
def _door_of_run(request: pytest.FixtureRequest) -> Iterator[None]:
    """Divert all of the run to a server, if it is to be there: also what is opened once for many tests."""
    if _run_at(request.config) == doors.SQLITE:
        yield
        return
    with doors.diverted(request.getfixturevalue("schemas")):
        yield


@pytest.fixture(autouse=True)
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The door that the test stands at."""
    door = getattr(request, "param", _run_at(request.config))
    if door == doors.SQLITE:
        yield door
        return
    schemas: Schemas = request.getfixturevalue("schemas")
    with doors.diverted(schemas):
        yield door
    schemas.take_back(tmp_path)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A database with its tables."""
    database = open_database(tmp_path / "panel.db")
    database.prepare()
    return database


@pytest.fixture(scope="session")
def oidc() -> Iterator[OidcProvider]:
    """An authorization server at which every account signs in."""
    with OidcProvider() as provider:
        yield provider


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
def office(database: Database, server: SmtpServer) -> Office:
    """A home whose settings lead to the server."""
    office = Office.open(database)
    office.use(server)
    return office


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
