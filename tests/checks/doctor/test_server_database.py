"""The doctor on a database that several machines use."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from panel import clock
from panel.checks.doctor.examine import examine
from panel.checks.doctor.finding import Finding, FindingStatus
from panel.checks.doctor.server_database import encryption_findings, server_findings
from panel.config import Config
from panel.outbox.delivery.heartbeats import Heartbeat
from panel.services import Services, open_services
from panel.settings.model import Settings
from panel.storage.postgresql.condition import ServerCondition, Standby
from tests.support.actors import actor
from tests.support.postgres import PostgresServer

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
WELL = ServerCondition("15.6", "one", (Standby("one", 0.0),), 10, 97, frozenset({"1-a"}), 0.0)
BEAT = Heartbeat("1-a", "first", 1, NOW, NOW, None)


@pytest.fixture
def services(postgres: PostgresServer, tmp_path: Path) -> Iterator[Services]:
    config = Config(
        home=tmp_path / "home", database_url=postgres.url(f"test_{uuid4().hex[:12]}"), resolver=("127.0.0.1", 1)
    )
    yield open_services(config)
    clock.follow_none()


def examined(services: Services) -> dict[str, Finding]:
    found = examine(
        services.config, services.database, services.settings.current(), clock.now(), seconds=1, vault=services.vault
    )
    return {each.name: each for each in found}


def said(condition: ServerCondition, *beats: Heartbeat) -> dict[str, tuple[str, str]]:
    """Give the status and the sentence of each finding."""
    found = server_findings(condition, beats)
    return {each.name: (str(each.status), each.what.translated(str)) for each in found}


def test_the_server_is_named_in_the_place_of_a_file_and_its_disk(services: Services) -> None:
    found = examined(services)

    assert found["database"].status is FindingStatus.OK
    assert "127.0.0.1" in found["database"].what.translated(str)
    assert found["replication"].status is FindingStatus.WARNING
    assert found["connections"].status is found["clock"].status is found["workers"].status is FindingStatus.OK
    assert not {"file_system", "space"} & {*found}


def test_a_worker_that_is_woken_is_told_from_one_that_looks(services: Services) -> None:
    services.heartbeats.beat("1-a", message=None, now=clock.now())

    assert "not woken" in examined(services)["workers"].what.message
    with services.database.notifier.waiter("1-a") as waiter:
        waiter.wait(0.01)
        assert examined(services)["workers"].status is FindingStatus.OK


def test_another_clock_is_told(services: Services) -> None:
    clock.follow(time.time() * 1000 + 5_000, "pg-another")

    found = examined(services)["clock"]

    assert found.status is FindingStatus.WARNING
    assert "5.0 s behind" in found.what.translated(str)


def test_a_clock_that_went_back_comes_before_one_that_is_apart(services: Services) -> None:
    services.settings.save(Settings(), base=0, by=actor(), now=clock.now())
    clock.follow(time.time() * 1000 - 120_000, "pg-another")

    found = examined(services)["clock"]

    assert found.status is FindingStatus.PROBLEM
    assert "server's clock" in found.what.translated(str)


def test_a_key_that_cannot_be_used_is_told_with_the_reason(services: Services) -> None:
    key, lines = services.config.key_path, services.config.key_path.read_bytes()
    key.unlink()
    started = open_services(services.config)
    key.write_bytes(lines)
    key.chmod(0o644)

    found = examined(started)["key"]

    assert found.status is FindingStatus.PROBLEM
    assert "chmod 600" in found.what.translated(str)


def test_a_newer_key_than_that_of_all_is_told(services: Services) -> None:
    path = services.config.key_path
    path.write_text("A" * 43 + "=\n" + path.read_text())
    services.vault.refresh()

    found = examined(services)["key"]

    assert found.status is FindingStatus.WARNING
    assert found.do
    assert "keys rotate" in found.do.message


def test_a_server_that_cannot_be_asked_is_one_finding(services: Services) -> None:
    with services.database.writing() as write:
        write.run("ALTER TABLE workers RENAME TO gone")

    found = examined(services)

    assert found["database"].status is FindingStatus.PROBLEM
    assert "connections" not in found


def test_what_is_well_is_said() -> None:
    assert {status for status, _ in said(WELL, BEAT).values()} == {"ok"}
    assert "first: 1" in said(WELL, BEAT)["workers"][1]


def test_standbys_are_looked_at() -> None:
    late = WELL._replace(standbys=(Standby("one", 0.0), Standby("two", 61.5)))

    assert said(late)["replication"] == ("warning", "The standby two is 61 seconds behind.")
    assert said(WELL._replace(synchronous_names=""))["replication"][0] == "warning"
    assert said(WELL._replace(standbys=(Standby("one", None),)))["replication"][0] == "ok"


def test_few_connections_left_are_told() -> None:
    assert said(WELL._replace(connections=78))["connections"][0] == "warning"
    assert said(WELL._replace(connections=77))["connections"][0] == "ok"


@pytest.mark.parametrize(("ahead", "word"), [(2.5, "ahead"), (-2.5, "behind")])
def test_a_clock_is_said_to_be_ahead_or_behind(ahead: float, word: str) -> None:
    status, sentence = said(WELL._replace(ahead_seconds=ahead))["clock"]

    assert (status, "2.5 s " + word in sentence) == ("warning", True)


@pytest.mark.parametrize(
    ("mode", "status", "word"),
    [
        ("disable", "warning", "not encrypted"),
        ("require", "warning", "does not prove who it is"),
        ("verify-ca", "warning", "not its name"),
        ("verify-full", "ok", "its name is verified"),
    ],
)
def test_the_way_to_another_machine_is_judged(mode: str, status: str, word: str) -> None:
    [found] = encryption_findings(mode)

    assert (str(found.status), word in found.what.translated(str)) == (status, True)


def test_the_way_to_this_machine_is_not(services: Services) -> None:
    assert "encryption" not in examined(services)
    services.database.encryption = "disable"
    assert examined(services)["encryption"].status is FindingStatus.WARNING
