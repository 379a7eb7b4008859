"""A panel that is process 1, as in a container: signals, orphans, and what is left when it is killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from panel import clock
from panel.services import Services
from tests.conformance.process import free_ports
from tests.support.actors import actor
from tests.support.container import Container, children
from tests.support.mail import mail
from tests.support.sending import home_leading_to
from tests.support.servers import SmtpServer
from tests.support.waiting import WITHIN, wait_until


@pytest.fixture
def services(tmp_path: Path, server: SmtpServer) -> Services:
    return home_leading_to(server, tmp_path / "home")


def serving(services: Services) -> Container:
    return Container(services.config.home, "serve", "--listen", f"127.0.0.1:{free_ports(1)[0]}")


def enqueue(services: Services) -> None:
    services.outbox.enqueue(mail(), by=actor(), now=clock.now())


def states(services: Services) -> list[str]:
    return [row["state"] for row in services.database.rows("SELECT state FROM messages")]


def test_the_message_in_hand_is_finished_at_sigterm(services: Services, server: SmtpServer) -> None:
    server.may_answer.clear()
    with serving(services) as container:
        enqueue(services)
        assert server.dot_came.wait(WITHIN)

        os.kill(container.first, signal.SIGTERM)
        server.may_answer.set()

        assert container.wait() == 0
    assert (len(server.messages), states(services)) == (1, ["sent"])


def test_orphans_are_reaped(services: Services) -> None:
    with serving(services) as container:
        wait_until(services.heartbeats.all)
        container.run("for each in 1 2 3; do sleep 0.05 & done; exit 0")
        wait_until(lambda: len(children(container.first)) == 1)

        os.kill(container.first, signal.SIGINT)
        assert container.wait() == 0


def test_one_that_is_killed_ends_the_container_and_its_worker_finishes(services: Services, server: SmtpServer) -> None:
    server.may_answer.clear()
    with serving(services) as container:
        enqueue(services)
        assert server.dot_came.wait(WITHIN)

        os.kill(children(container.first)[0], signal.SIGKILL)
        server.may_answer.set()

        assert container.wait() == 128 + signal.SIGKILL
    assert (len(server.messages), states(services)) == (1, ["sent"])


@pytest.mark.long
def test_a_container_that_is_killed_whole_loses_nothing(services: Services, server: SmtpServer) -> None:
    with serving(services) as container:
        wait_until(services.heartbeats.all)
        os.kill(container.first, signal.SIGKILL)
        container.wait()
        enqueue(services)

    with serving(services):
        server.wait_for(1)


def test_a_signal_before_all_is_loaded_ends_it(tmp_path: Path) -> None:
    with Container(tmp_path / "home", "worker") as container:
        wait_until(lambda: children(container.first))
        os.kill(container.first, signal.SIGTERM)

        assert container.wait() in (0, 128 + signal.SIGTERM)
