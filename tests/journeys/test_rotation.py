"""Keys change while the panel runs, several times at once, and under kill -9: every password stays readable."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from panel import clock
from panel.checks.trial.report import Mode, Outcome, Report
from panel.config import Config
from panel.errors import VaultError
from panel.services import Services, open_services
from panel.settings.model import Settings
from panel.settings.store import SettingsStore
from panel.storage import vault
from panel.storage.vault import Vault
from tests.support.actors import actor
from tests.support.credentials import append
from tests.support.killing import program
from tests.support.limits import NOBODY
from tests.support.nth_call import run_injected
from tests.support.paths import ROOT
from tests.support.places import variables_of
from tests.support.sending import home_leading_to
from tests.support.servers import SmtpServer

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
SETTINGS = Settings(
    from_address="report@example.org", smtp_host="smtp.example.org", smtp_user="report", smtp_password="a password"
)
ROTATE = ("-m", "panel", "keys", "rotate")
SAVE = """
import sys
from dataclasses import replace
from panel import clock, config
from panel.services import open_services
from panel.settings.store import StaleVersion
from panel.storage.actor import Actor
services = open_services(config.read())
print("open", flush=True)
for number in range(int(sys.argv[1])):
    version = services.settings.current()
    assert not version.unreadable
    try:
        services.settings.save(
            replace(version.settings, from_name=f"{sys.argv[2]} {number}", smtp_password=f"{sys.argv[2]}-{number}"),
            base=version.number, by=Actor("test", "test"), now=clock.now(),
        )
    except StaleVersion:
        pass
"""
READ = """
from panel import config
from panel.services import open_services
from panel.settings.store import SettingsStore
services = open_services(config.read())
print("open", flush=True)
for _ in range(300):
    assert SettingsStore(services.database, services.vault).current().settings.smtp_password
    assert not services.settings.unreadable()
"""


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """A home with a password in it, opened as a panel that goes on running."""
    services = open_services(Config(home=tmp_path))
    services.settings.save(SETTINGS, base=0, by=actor("hanako"), now=NOW)
    return services


def rotate(home: Path, *words: str) -> None:
    run = subprocess.run([sys.executable, *ROTATE, *words], env=environment(home), capture_output=True, check=False)
    assert run.returncode == 0, run.stderr


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, **variables_of(home), "PYTHONPATH": str(ROOT)}


def unreadable_by_the_file(home: Path) -> list[tuple[int, str]]:
    """List what a panel that starts now could not read."""
    services = open_services(Config(home=home))
    return SettingsStore(services.database, Vault(vault.load_keys(home / "key"))).unreadable()


@pytest.mark.parametrize(
    "words", [pytest.param((), marks=pytest.mark.long, id="keep"), pytest.param(("--forget-old",), id="forget")]
)
def test_several_rotations_at_once_beside_saves_and_a_worker(
    services: Services, tmp_path: Path, words: tuple[str, ...], is_long: bool
) -> None:
    times = 10 if is_long else 1
    with ExitStack() as running:
        others = [
            running.enter_context(program("-c", script, str(30 * times), name, home=tmp_path))
            for script, name in ((SAVE, "first"), (SAVE, "second"), (READ, "worker"))
        ]
        for each in others:
            assert each.stdout
            assert each.stdout.readline() == "open\n"
        for _ in range(times):
            rotations = [running.enter_context(program(*ROTATE, *words, home=tmp_path)) for _ in range(3)]
            assert [each.wait(60) for each in rotations] == [0, 0, 0]
        assert [each.wait(60) for each in others] == [0, 0, 0]

    assert unreadable_by_the_file(tmp_path) == []
    assert len(services.settings.history(limit=1000)) > 30
    assert not services.settings.unreadable()


CALLS = [
    *(("fsync", 4), ("rename", 2)),
    *(pytest.param(*each, marks=pytest.mark.long) for each in (("flock", 1), ("unlink", 2))),
    pytest.param("fdatasync", 1, marks=pytest.mark.data_file("SQLite's own call")),
    pytest.param("pwrite64", 2, marks=[pytest.mark.long, pytest.mark.data_file("SQLite's own call")]),
]


@pytest.mark.parametrize(("call", "times"), CALLS)
def test_a_rotation_that_is_killed_leaves_every_password_readable(
    services: Services, tmp_path: Path, call: str, times: int, is_long: bool
) -> None:
    for when in range(1, times + 1) if is_long else (times,):
        injection, command = f"{call}:signal=SIGKILL:when={when}", (*ROTATE, "--forget-old")
        killed = run_injected(injection, *command, environment=environment(tmp_path))

        assert killed.returncode or when > 1, (call, when)
        assert unreadable_by_the_file(tmp_path) == [], (call, when)
        assert services.settings.current().settings.smtp_password == "a password"

    rotate(tmp_path, "--forget-old")
    assert len((tmp_path / "key").read_text().split()) == 1
    assert unreadable_by_the_file(tmp_path) == []


def test_a_running_panel_seals_with_the_key_that_is_in_the_file_now(services: Services, tmp_path: Path) -> None:
    rotate(tmp_path, "--forget-old")

    services.settings.save(replace(SETTINGS, smtp_password="another"), base=1, by=actor("hanako"), now=NOW)

    assert unreadable_by_the_file(tmp_path) == []
    assert len((tmp_path / "key").read_text().split()) == 1


def test_a_running_panel_opens_what_was_sealed_with_a_newer_key(services: Services, tmp_path: Path) -> None:
    rotate(tmp_path)
    other = open_services(Config(home=tmp_path))
    other.settings.save(replace(SETTINGS, smtp_password="another"), base=1, by=actor("ken"), now=NOW)

    assert services.settings.current().settings.smtp_password == "another"


def test_a_panel_whose_key_file_is_gone_seals_nothing(services: Services, tmp_path: Path) -> None:
    (tmp_path / "key").unlink()

    with pytest.raises(VaultError, match="no key at"):
        services.settings.save(replace(SETTINGS, smtp_password="another"), base=1, by=actor("hanako"), now=NOW)

    assert services.settings.newest() == 1


def test_a_key_that_comes_back_is_seen_without_a_restart(services: Services, tmp_path: Path) -> None:
    kept = (tmp_path / "key").read_bytes()
    (tmp_path / "key").unlink()
    running = open_services(Config(home=tmp_path))
    assert running.settings.current().unreadable

    append(tmp_path / "key", kept)

    assert running.settings.current().settings.smtp_password == "a password"


def test_what_a_test_has_proven_stays_proven(server: SmtpServer, tmp_path: Path) -> None:
    services = home_leading_to(server, tmp_path)
    settings = services.settings.current().settings
    stamp = services.settings.fingerprint(settings)
    report = Report(Mode.SEND, "someone@example.com", "smtp.example.org", 587, clock.now(), outcome=Outcome.SUCCESS)
    services.trials.begin(report, by=actor("test"), fingerprint=stamp, now=clock.now())

    rotate(tmp_path, "--forget-old")

    for panel in (services, open_services(Config(home=tmp_path))):
        version = panel.settings.current()
        assert version.fingerprint == panel.settings.fingerprint(version.settings)
        assert panel.trials.latest_success(version.fingerprint, None, clock.now())


def test_the_key_file_stays_its_owners(services: Services, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(tmp_path / "key", NOBODY, NOBODY)
    owner = (tmp_path / "key").stat().st_uid

    rotate(tmp_path)

    assert (tmp_path / "key").stat().st_uid == owner
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_key_file_behind_a_link_is_changed_where_it_is(services: Services, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (tmp_path / "key").rename(elsewhere / "key")
    (tmp_path / "key").symlink_to(elsewhere / "key")

    rotate(tmp_path)

    assert (tmp_path / "key").is_symlink()
    assert len((elsewhere / "key").read_text().split()) == 2
    assert unreadable_by_the_file(tmp_path) == []
