"""Several machines on one server have one key: who lacks it says so and sends nothing, and it changes without a gap."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from uuid import uuid4

import pytest

from panel import clock
from panel.checks.trial.order import Order
from panel.config import Config
from panel.errors import VaultError
from panel.home import machine_name
from panel.outbox.delivery import worker
from panel.outbox.pace.pace import Reason
from panel.outbox.state import State
from panel.server.alert_watch import AlertWatch
from panel.server.worker import make_worker
from panel.services import Services, open_services
from panel.settings.model import Settings
from panel.web import create_app
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.paths import ROOT
from tests.support.postgres import PostgresServer
from tests.support.receiver import receiving
from tests.support.servers import Authority, SmtpServer, settings_for
from tests.web.conftest import PASSWORD as OF_HANAKO
from tests.web.conftest import Browser, sign_in


class Machine:
    """A home folder of its own, and the database of all."""

    def __init__(self, home: Path, url: str) -> None:
        metrics = (ip_network("127.0.0.1/32"),)
        self.config = Config(home=home, database_url=url, locale="en", metrics=metrics)
        self.services: Services = open_services(self.config)

    @property
    def key(self) -> Path:
        return self.config.key_path

    def start_again(self) -> None:
        self.services = open_services(self.config)

    def sends(self) -> bool:
        """Hand in a message, let a worker send what it may, and say whether it has left."""
        number = self.services.outbox.enqueue(mail(number=uuid4().hex), by=actor(), now=clock.now()).number
        self.services.vault.look()  # as the worker's heart does every 20 s
        make_worker(self.services).run_once()
        entry = self.services.outbox.get(number)
        assert entry
        return entry.state is State.SENT

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        told = {"MAIL_PANEL_HOME": str(self.config.home), "MAIL_PANEL_DATABASE": self.config.database_url}
        environment = {**os.environ, **told, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
        command = [sys.executable, "-m", "panel", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


Make = Callable[..., Machine]


@pytest.fixture
def make(postgres: PostgresServer, tmp_path: Path) -> Iterator[Make]:
    """Start a machine; `like` another, it begins with a copy of the key of that."""
    url = postgres.url(f"test_{uuid4().hex[:12]}")

    def make(name: str, *, like: Machine | None = None) -> Machine:
        home = tmp_path / name
        if like:
            home.mkdir(mode=0o700)
            shutil.copy(like.key, home / "key")
        return Machine(home, url)

    yield make
    clock.follow_none()


@pytest.fixture
def settings(submission: SmtpServer, authority: Authority) -> Settings:
    return replace(settings_for(submission, authority), send_interval_ms=0)


@pytest.fixture
def first(make: Make, settings: Settings) -> Machine:
    machine = make("first")
    machine.services.settings.save(settings, base=0, by=actor(), now=clock.now())
    return machine


def test_machines_with_one_key_send_both(first: Machine, make: Make) -> None:
    second = make("second", like=first)

    assert first.sends()
    assert second.sends()


def test_a_fresh_home_makes_no_key_and_says_which_file_to_copy(
    first: Machine, make: Make, log: Callable[[], list[str]]
) -> None:
    second = make("second")

    said = {word: line for line in log() for word in ("key_missing", "key_differs") if word in line}
    assert str(second.key) in said["key_missing"]
    assert "key_differs" in said
    assert not second.key.exists()
    assert not second.sends()
    assert first.sends(), "it takes the other's mail, too"


def test_a_key_that_is_copied_later_is_found_by_what_runs(first: Machine, make: Make) -> None:
    second = make("second")
    assert not second.sends()

    shutil.copy(first.key, second.key)

    assert second.sends()


def test_a_copy_that_cannot_be_used_is_told_of_with_the_reason(first: Machine, make: Make) -> None:
    second = make("second")
    second.services.accounts.add("hanako", OF_HANAKO, by=actor("hanako"), now=clock.now())
    browser = Browser(create_app(second.config, second.services).test_client())
    sign_in(browser)

    shutil.copy(first.key, second.key)
    second.key.chmod(0o644)

    assert f"Run: chmod 600 {second.key}" in browser.get("/settings").text
    assert not second.sends()
    second.key.chmod(0o600)
    assert second.sends()


def test_and_told_of_though_somebody_has_needed_it_before(
    first: Machine, make: Make, log: Callable[[], list[str]]
) -> None:
    second = make("second")
    shutil.copy(first.key, second.key)
    assert not second.services.settings.current().unreadable

    second.services.vault.look()

    assert any("key_found" in line for line in log())


def test_and_sends_soon_after_it_was_looked_for(
    first: Machine, make: Make, submission: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "BEAT_SECONDS", 1.0)
    second = make("second")
    sender = make_worker(second.services)
    running = threading.Thread(target=sender.run, args=(second.services.database.notifier,))
    running.start()
    try:
        first.services.outbox.enqueue(mail(), by=actor(), now=clock.now())
        with pytest.raises(AssertionError):
            submission.wait_for(1, 1)

        shutil.copy(first.key, second.key)

        submission.wait_for(1, 10)
    finally:
        sender.stop()
        running.join()


@pytest.mark.parametrize("came", ["late", "by rotation"])
def test_who_is_signed_in_is_so_at_a_machine_that_found_the_key_after_its_start(
    first: Machine, make: Make, came: str
) -> None:
    second = make("second") if came == "late" else make("second", like=first)
    here, there = (Browser(create_app(each.config, each.services).test_client()) for each in (first, second))
    first.services.accounts.add("hanako", OF_HANAKO, by=actor("hanako"), now=clock.now())
    if came == "by rotation":
        assert first.run("keys", "add").returncode == 0
        shutil.copy(first.key, second.key)
        assert first.run("keys", "rotate").returncode == 0
        first.start_again()
        here = Browser(create_app(first.config, first.services).test_client())
    else:
        shutil.copy(first.key, second.key)
    sign_in(here)
    cookie = here.client.get_cookie("mail-panel")
    assert cookie

    there.client.set_cookie("mail-panel", cookie.value)

    assert there.get("/settings").status_code == 200
    assert there.post("/logout", {"csrf_token": here.token}).status_code == 303, "a form of the one serves, too"
    assert there.get("/settings").status_code == 302


def test_a_machine_with_another_key_says_so_everywhere(first: Machine, make: Make, settings: Settings) -> None:
    other = make("other")
    shutil.copy(first.key, other.key)
    other.key.write_text("A" * 43 + "=\n")
    other.start_again()
    other.services.accounts.add("hanako", OF_HANAKO, by=actor("hanako"), now=clock.now())
    browser = Browser(create_app(other.config, other.services).test_client())
    sign_in(browser)

    ready = browser.client.get("/readyz")
    assert (ready.status_code, ready.get_json()["key"], ready.get_json()["engine"]) == (503, "failed", "postgresql")
    page = browser.get("/settings").text
    assert "This machine lacks the key of the others" in page
    assert "A saved password cannot be read" not in page
    assert "mail_panel_key_differs 1.0" in browser.get("/metrics").text
    assert make_worker(other.services).run_once().reason is Reason.UNSET
    with pytest.raises(VaultError, match="does not have the key"):
        other.services.begin_trial(Order(replace(settings, smtp_password="typed"), "hanako@example.org", by=actor()))
    with pytest.raises(VaultError, match="does not have the key"):
        other.services.settings.save(
            replace(settings, smtp_password="typed"), base=1, by=actor("hanako"), now=clock.now()
        )
    checked = other.run("keys", "check")
    assert checked.returncode == os.EX_CONFIG
    assert "does not have the key" in checked.stdout
    assert other.run("keys", "rotate").returncode == os.EX_CONFIG


def test_alerts_are_left_to_who_has_the_key(first: Machine, make: Make) -> None:
    with receiving() as receiver:
        first.services.destinations.add("webhook", {"url": receiver.url}, actor(), clock.now())
        other = make("other")
        watch = AlertWatch(other.services)

        watch.look(clock.instant())

        assert other.services.database.row("SELECT 1 FROM alerts WHERE holder IS NOT NULL") is None
        AlertWatch(first.services).look(clock.instant())
        assert other.services.database.row("SELECT 1 FROM alerts WHERE holder IS NOT NULL") is not None


def test_the_key_changes_over_all_machines_while_each_goes_on_sending(first: Machine, make: Make) -> None:
    second = make("second", like=first)

    added = first.run("keys", "add")
    assert added.returncode == 0, added.stderr
    assert first.run("keys", "add").stdout == added.stdout
    assert len(first.key.read_text().split()) == 2
    assert first.sends()
    assert second.sends()
    first.services.settings.save(
        replace(first.services.settings.current().settings, from_name="sealed while both are there"),
        base=1,
        by=actor(),
        now=clock.now(),
    )
    assert not second.services.settings.current().unreadable
    shutil.copy(first.key, second.key)
    assert second.sends()

    rotated = second.run("keys", "rotate", "--forget-old")
    assert rotated.returncode == 0, rotated.stderr
    assert len(second.key.read_text().split()) == 1
    assert len(first.key.read_text().split()) == 2
    for each in (first, second):
        each.start_again()
        assert each.sends()
        assert not each.services.settings.current().unreadable


def test_a_rotation_that_would_shut_others_out_is_refused(first: Machine, make: Make) -> None:
    write = "INSERT INTO workers (name, host, pid, started_at, beat_at) VALUES ('w', 'elsewhere', 1, ?, ?)"
    with first.services.database.writing() as writer:
        writer.run(write, (clock.stamp(clock.now()),) * 2)

    done = first.run("keys", "rotate")

    assert done.returncode == os.EX_CONFIG
    assert "elsewhere" in done.stderr
    assert "keys add" in done.stderr
    assert len(first.key.read_text().split()) == 1


def test_a_key_that_all_have_lost_is_given_up_by_word_alone(first: Machine, make: Make, settings: Settings) -> None:
    first.key.unlink()
    assert first.run("keys", "rotate").returncode == os.EX_CONFIG

    done = first.run("keys", "rotate", "--lost")

    assert done.returncode == 0, done.stderr
    first.start_again()
    assert first.services.vault.agrees
    assert first.services.settings.current().unreadable
    first.services.settings.save(settings, base=1, by=actor(), now=clock.now())
    assert first.sends()


def test_the_pages_name_the_machines_whose_workers_run(first: Machine, make: Make) -> None:
    first.services.accounts.add("hanako", OF_HANAKO, by=actor("hanako"), now=clock.now())
    first.services.heartbeats.beat("w", message=None, now=clock.now())
    browser = Browser(create_app(first.config, first.services).test_client())
    sign_in(browser)

    assert f"Worker: running on {machine_name()} ({os.getpid()})" in browser.get("/settings").text
    assert f'mail_panel_machine_workers{{machine="{machine_name()}"}} 1.0' in browser.get("/metrics").text
