"""What a load balancer hears: little, and the truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from panel import clock
from panel.config import Config
from panel.services import Services
from panel.settings.model import Settings
from panel.storage import vault
from panel.storage.opening import open_database
from panel.storage.vault import Vault
from panel.web import create_app
from tests.support.actors import actor
from tests.support.holding import holding, hurry
from tests.support.limits import files_up_to
from tests.web.conftest import Browser


@pytest.fixture
def working(services: Services) -> None:
    """A worker that lives."""
    services.heartbeats.beat("1-a", message=None, now=clock.now())


@pytest.mark.usefixtures("working", "saved")
def test_a_panel_that_can_work_is_ready(stranger: Browser) -> None:
    ready = stranger.client.get("/readyz")

    told = {name: ready.json[name] for name in ("status", "database", "key", "worker")}
    assert (ready.status_code, {*told.values()}) == (200, {"ok"})


def test_a_panel_whose_worker_fell_silent_is_not(stranger: Browser, services: Services) -> None:
    services.heartbeats.beat("1-a", message=None, now=clock.now() - timedelta(minutes=2))

    ready = stranger.client.get("/readyz")

    assert (ready.status_code, ready.json["worker"]) == (503, "missing")


@pytest.mark.usefixtures("working")
def test_one_whose_key_opens_nothing_is_not(config: Config, services: Services, saved: Settings) -> None:
    other = replace(services, vault=Vault([vault.new_key()]))

    ready = create_app(config, other).test_client().get("/readyz")

    assert (ready.status_code, ready.json["key"]) == (503, "failed")
    assert saved.smtp_host not in ready.text


@pytest.mark.usefixtures("working")
def test_one_whose_database_cannot_be_written_lives_and_is_not_ready(
    config: Config, services: Services, stranger: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, services.database)
    with holding(services.database):
        alive, ready = stranger.client.get("/healthz"), stranger.client.get("/readyz")

    assert (alive.status_code, alive.json) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json["database"]) == (503, "failed")
    assert str(config.home) not in ready.text


@pytest.mark.data_file("its disk is this machine's")
@pytest.mark.usefixtures("working", "saved")
def test_one_whose_disk_is_full_is_not_until_there_is_room(stranger: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panel.storage.database.PROBE_SECONDS", 0)
    with files_up_to(0):
        ready = stranger.client.get("/readyz")

    assert (ready.status_code, ready.json["database"]) == (503, "failed")
    assert stranger.client.get("/readyz").status_code == 200


@pytest.mark.data_file("what stands in a file may be anything")
def test_one_whose_database_is_damaged_lives_and_is_not_ready(config: Config, services: Services) -> None:
    damaged = config.home / "damaged.db"
    damaged.write_bytes(b"no database at all" * 100)
    client = create_app(config, replace(services, database=open_database(damaged))).test_client()

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


@pytest.mark.usefixtures("working")
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_head_request_is_enough(stranger: Browser, path: str) -> None:
    answered = stranger.client.head(path)

    assert (answered.status_code, answered.data) == (200, b"")


def destination(services: Services) -> int:
    values = {"url": "http://127.0.0.1:9/hook", "locale": "en"}
    return services.destinations.add("webhook", values, actor(), clock.now()).destination.number


@pytest.mark.usefixtures("working")
def test_one_whose_key_opens_no_destination_is_not(config: Config, services: Services) -> None:
    destination(services)
    other = replace(services, vault=Vault([vault.new_key()]))

    ready = create_app(config, other).test_client().get("/readyz")

    assert (ready.status_code, ready.json["key"]) == (503, "failed")


@pytest.mark.usefixtures("working", "saved")
def test_one_that_can_tell_nobody_is_ready_all_the_same(stranger: Browser, services: Services) -> None:
    services.deliverer.test(destination(services), actor(), clock.now())
    assert services.destinations.list()[0].failed_at is not None

    assert stranger.client.get("/readyz").status_code == 200
