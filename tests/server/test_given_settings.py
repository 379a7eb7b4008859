"""The settings of a file are taken into use like any save: one version, one row of the audit, no secret of others."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from panel import clock
from panel.config import Config
from panel.errors import ConfigError, VaultError
from panel.home import machine_name
from panel.server import given_settings, worker
from panel.server.given_settings import FileWatch, follow_file, take_settings
from panel.services import Services, open_services
from panel.settings.files.settings_file import WrongSettingsFile
from panel.settings.store import SettingsFromFile
from panel.storage.actor import CONFIGURATION, Actor
from tests.support.actors import actor
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until
from tests.web.conftest import SETTINGS

LINES = ["from_address=report@example.org", "smtp_host=smtp.example.org", "smtp_user=report", "smtp_password=a-secret"]


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), "utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "mail.conf", *LINES)


@pytest.fixture
def services(tmp_path: Path, file: Path) -> Services:
    return open_services(Config(home=tmp_path / "home", settings_file=file))


@contextmanager
def hangups_as_before() -> Iterator[None]:
    before = signal.getsignal(signal.SIGHUP)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.both_doors
def test_the_file_is_in_force_by_configuration_and_on_record(services: Services, file: Path) -> None:
    take_settings(services)

    version = services.settings.current()
    assert (version.number, version.saved_by, version.saved_from) == (1, CONFIGURATION, f"{machine_name()}:{file}")
    assert (version.settings.smtp_host, version.settings.smtp_password) == ("smtp.example.org", "a-secret")
    row = services.database.row("SELECT * FROM audit WHERE action = 'settings_saved'")
    assert row
    assert (row["account"], row["via"], row["object"]) == (CONFIGURATION, "file", "settings/1")
    assert "a-secret" not in row["changed"]


@pytest.mark.both_doors
def test_equal_values_make_no_version_and_another_order_of_lines_is_equal(services: Services, file: Path) -> None:
    take_settings(services)
    written(file, "# the same", *reversed(LINES), "smtp_port=587")

    assert take_settings(services).number == 1
    written(file, *LINES, "smtp_port=465")
    assert take_settings(services).number == 2


def test_a_stored_secret_is_used_for_no_host_of_the_file(tmp_path: Path, file: Path) -> None:
    """Not even for the host it was stored for: what the file does not give is blank, and missing where it is needed."""
    by_hand = open_services(Config(home=tmp_path / "home"))
    by_hand.settings.save(SETTINGS, base=0, by=actor("ken"), now=clock.now())
    services = open_services(Config(home=tmp_path / "home", settings_file=file))

    written(file, *LINES[:3])
    with pytest.raises(WrongSettingsFile, match="smtp_password"):
        take_settings(services)
    written(file, "from_address=report@example.org", "smtp_host=elsewhere.example.net", "smtp_auth=no")
    version = take_settings(services)

    assert (version.number, version.settings.smtp_password, version.secrets_set) == (2, "", frozenset())


def test_nothing_else_saves_settings_that_come_from_a_file(services: Services) -> None:
    base = take_settings(services)

    with pytest.raises(SettingsFromFile, match=r"mail\.conf"):
        services.settings.save(SETTINGS, base=base.number, by=actor("ken"), now=clock.now())

    assert services.settings.newest() == 1


def test_a_wrong_file_is_refused_and_the_former_settings_stay(
    services: Services, file: Path, log: Callable[[], list[str]]
) -> None:
    """Stop the start; asked for by SIGHUP, say so in the log and go on."""
    with hangups_as_before():
        look = follow_file(services)
        written(file, *LINES, "smtp_port=0")
        look()
        assert not any("settings_file_refused" in line for line in log())  # nobody has asked

        os.kill(os.getpid(), signal.SIGHUP)
        look()

        said = next(line for line in log() if "settings_file_refused" in line)
        assert f"{file}, line 5: smtp_port: " in said
        assert "a-secret" not in said
        assert services.settings.newest() == 1
        with pytest.raises(WrongSettingsFile, match="line 5"):
            take_settings(services)

        written(file, *LINES, "smtp_port=465")
        os.kill(os.getpid(), signal.SIGHUP)
        look()
        look()

    assert services.settings.current().settings.smtp_port == 465
    assert services.settings.newest() == 2


def test_a_worker_alone_reads_the_file_at_its_start_and_at_sighup(
    services: Services, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(given_settings, "_LOOK_EVERY", 0.02)
    with hangups_as_before():
        watch = FileWatch(services)
        assert services.settings.newest() == 1
        watch.start()
        written(file, *LINES, "smtp_port=465")
        os.kill(os.getpid(), signal.SIGHUP)
        wait_until(lambda: services.settings.newest() == 2)
        watch.stop()


def test_a_worker_alone_does_not_start_with_a_wrong_file(services: Services, file: Path) -> None:
    written(file, *LINES, "smtp_port=0")

    with hangups_as_before(), pytest.raises(WrongSettingsFile, match="line 5"):
        worker.run(services.config, alone=True)

    assert services.settings.newest() == 0


@pytest.mark.data_file("on a server it is the key of all machines, and missed here")
def test_a_lost_key_is_no_matter_where_the_file_gives_every_secret(tmp_path: Path, services: Services) -> None:
    take_settings(services)
    services.config.key_path.unlink()

    again = open_services(services.config)

    assert take_settings(again).settings.smtp_password == "a-secret"
    assert not again.settings.current().unreadable


class Machine:
    """A home and a file of its own, and the database of all; it goes by the name that its kernel gives."""

    def __init__(self, home: Path, url: str, *lines: str) -> None:
        home.mkdir()
        self.file = written(home / "mail.conf", *lines)
        self.services = open_services(Config(home=home / "home", database_url=url, settings_file=self.file))


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.url(f"test_{uuid4().hex[:12]}")


def bring_into_force(machine: Machine, name: str) -> None:
    """Save what its file gives as a machine of another name would."""
    settings = replace(SETTINGS, smtp_password="a-secret", send_interval_ms=0)
    by = Actor(CONFIGURATION, "file", f"{name}:/etc/mail.conf")
    machine.services.settings.save_given(lambda _before: settings, by=by, now=clock.now())


def has_worker(machine: Machine, name: str) -> None:
    """Have a worker of another machine be at work."""
    machine.services.heartbeats.beat("its-worker", message=None, now=clock.now())
    with machine.services.database.writing() as write:
        write.run("UPDATE workers SET host = ? WHERE name = 'its-worker'", (name,))


def test_a_machine_whose_file_says_otherwise_does_not_start_beside_another(tmp_path: Path, url: str) -> None:
    machine = Machine(tmp_path / "web2", url, *LINES, "max_per_hour=10")
    bring_into_force(machine, "web1")
    has_worker(machine, "web1")

    with hangups_as_before(), pytest.raises(ConfigError) as refused:
        follow_file(machine.services)

    said = str(refused.value)
    assert f"{machine.file} on {machine_name()} differs from version 1" in said
    assert "web1:/etc/mail.conf, in max_per_hour" in said
    assert machine.services.settings.newest() == 1


def test_equal_files_start_beside_each_other(tmp_path: Path, url: str) -> None:
    machine = Machine(tmp_path / "web2", url, *LINES)
    bring_into_force(machine, "web1")
    has_worker(machine, "web1")

    with hangups_as_before():
        follow_file(machine.services)

    assert machine.services.settings.newest() == 1


def test_the_last_machine_and_the_one_whose_file_is_in_force_start_with_another(tmp_path: Path, url: str) -> None:
    machine = Machine(tmp_path / "web2", url, *LINES, "max_per_hour=10")
    bring_into_force(machine, "web1")

    with hangups_as_before():
        follow_file(machine.services)  # nobody else is at work
        has_worker(machine, "web1")
        written(machine.file, *LINES, "max_per_hour=20")
        follow_file(machine.services)

    assert machine.services.settings.current().settings.max_per_hour == 20


def test_a_machine_without_the_key_of_the_others_says_that_and_saves_nothing(tmp_path: Path, url: str) -> None:
    take_settings(Machine(tmp_path / "web1", url, *LINES).services)
    other = Machine(tmp_path / "web2", url, *LINES)

    with pytest.raises(VaultError, match="does not have the key"):
        take_settings(other.services)

    assert other.services.settings.newest() == 1
