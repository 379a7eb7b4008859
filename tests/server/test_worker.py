"""The worker as a process: inside serve, alone, started again, ended with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from panel import clock
from panel import config as configuration
from panel.config import Config
from panel.outbox.delivery.heartbeats import Heartbeat
from panel.server import supervisor
from panel.server.supervisor import Supervisor
from panel.services import Services, open_services
from panel.settings.oauth.answers import TokenAnswer
from panel.settings.oauth.client import Client
from panel.storage.steps import SCHEMA
from tests.conformance.process import free_ports
from tests.support.actors import actor
from tests.support.engines import set_step
from tests.support.mail import mail
from tests.support.places import variables_of
from tests.support.sending import home_leading_to
from tests.support.servers import SmtpServer
from tests.support.token_settings import with_tokens_of
from tests.support.waiting import WITHIN, wait_until


@pytest.fixture
def services(tmp_path: Path, server: SmtpServer) -> Services:
    return home_leading_to(server, tmp_path / "home")


@pytest.fixture
def serve(services: Services, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    yield from running(services, tmp_path, "serve", "--listen", f"127.0.0.1:{free_ports(1)[0]}")


@pytest.fixture
def alone(services: Services, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    yield from running(services, tmp_path, "worker")


def running(services: Services, tmp_path: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of the panel, and end it."""
    environment = {**os.environ, **variables_of(services.config.home)}
    with (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "panel", *words], env=environment, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(WITHIN)


def enqueue(services: Services) -> None:
    services.outbox.enqueue(mail(), by=actor(), now=clock.now())


def grants(services: Services) -> list[tuple[object, ...]]:
    """Give what is kept of each sign-in."""
    rows = services.database.rows("SELECT state, access_token, refresh_token, client FROM grants")
    return [tuple(row) for row in rows]


def living(services: Services, *, other_than: int = 0) -> Heartbeat:
    """Give a worker that lives, as soon as there is one."""
    (worker, *_) = wait_until(lambda: [each for each in services.heartbeats.all() if each.pid != other_than])
    return worker


def test_a_sign_in_that_nobody_saved_is_erased_by_a_worker_of_a_login_by_password(
    services: Services, request: pytest.FixtureRequest
) -> None:
    given = TokenAnswer("at-1", "rt-1")
    client = Client.of(with_tokens_of("https://id.example.org"))
    services.grants.add(client, given, actor("hanako"), clock.later(clock.instant(), -16 * 60_000))

    request.getfixturevalue("alone")

    wait_until(lambda: grants(services) == [("forgotten", None, None, None)])


def test_serve_sends(serve: subprocess.Popen[bytes], services: Services, server: SmtpServer) -> None:
    enqueue(services)

    server.wait_for(1)


def test_sigterm_ends_an_open_session_politely(
    alone: subprocess.Popen[bytes], services: Services, server: SmtpServer
) -> None:
    enqueue(services)
    wait_until(lambda: services.database.row("SELECT 1 FROM pace WHERE open_by IS NOT NULL"))

    alone.terminate()

    assert alone.wait(WITHIN) == 0
    assert server.commands[-1] == "QUIT"


def test_serve_starts_a_worker_again(serve: subprocess.Popen[bytes], services: Services, server: SmtpServer) -> None:
    first = living(services)

    os.kill(first.pid, signal.SIGKILL)
    living(services, other_than=first.pid)

    enqueue(services)
    server.wait_for(1)


def test_a_worker_that_ends_before_it_has_begun_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = tmp_path / "begun"
    monkeypatch.setattr(supervisor, "RESTART_SECONDS", 0.01)
    monkeypatch.setattr(supervisor, "_PROGRAM", f"open({str(begun)!r}, 'a').write('.')")
    kept = Supervisor("worker", "panel.server.worker", Config(home=tmp_path, keys=("more than a pipe holds" * 10_000,)))

    kept.start()
    wait_until(lambda: begun.exists() and begun.stat().st_size >= 3)
    kept.stop()


def test_a_worker_that_cannot_work_says_why_in_a_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    config = configuration.read(variables_of(tmp_path))
    set_step(open_services(config).database, SCHEMA + 1)
    kept = Supervisor("worker", "panel.server.worker", config)

    said = ""

    def has_told() -> bool:
        nonlocal said
        said += capfd.readouterr().err
        return "newer mail-panel" in said

    kept.start()
    wait_until(has_told)
    kept.stop()

    assert "process_failed" in said
    assert "Traceback" not in said


def test_serve_ends_with_its_worker(serve: subprocess.Popen[bytes], services: Services) -> None:
    living(services)

    serve.terminate()

    assert serve.wait(WITHIN) == 0
    assert services.heartbeats.all() == []


def test_a_worker_ends_when_serve_is_killed(serve: subprocess.Popen[bytes], services: Services) -> None:
    living(services)

    serve.kill()

    wait_until(lambda: not services.heartbeats.all())


def test_a_worker_alone_sends_and_stops_when_asked(
    alone: subprocess.Popen[bytes], services: Services, server: SmtpServer
) -> None:
    enqueue(services)
    server.wait_for(1)

    alone.terminate()

    assert alone.wait(WITHIN) == 0
    assert services.heartbeats.all() == []
