"""The key is lost: nothing else is, mail waits, and either the key or the password brings all of it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from panel import clock
from panel.config import Config
from panel.mail.net.policy import Policy
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.worker import Worker
from panel.outbox.pace.pace import Reason
from panel.outbox.state import State
from panel.services import Services, open_services
from panel.settings.model import Settings
from panel.settings.sign_in_mark import leave_mark
from panel.web import create_app
from tests.support.actors import actor
from tests.support.credentials import append, lay_down
from tests.support.mail import mail
from tests.support.servers import PASSWORD, Authority, SmtpServer, settings_for
from tests.web.conftest import PASSWORD as OF_HANAKO
from tests.web.conftest import Browser, sign_in, typed

Lose = Callable[[Config], None]


def lose_file(config: Config) -> None:
    """The file is gone; the next start makes another."""
    config.key_path.unlink()


def lose_credential(config: Config) -> None:
    """Another key comes from the system's store, as on a new machine."""
    lay_down(config.key_path.parent)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(home=tmp_path / "home", locale="en")


@pytest.fixture
def settings(submission: SmtpServer, authority: Authority) -> Settings:
    return settings_for(submission, authority)


def set_up(config: Config, settings: Settings) -> int:
    """Leave a panel with an account, a password and a message that waits; give the message's number."""
    services = open_services(config)
    services.accounts.add("hanako", OF_HANAKO, by=actor("hanako"), now=clock.now())
    services.settings.save(settings, base=0, by=actor("hanako"), now=clock.now())
    return services.outbox.enqueue(mail(), by=actor("hanako"), now=clock.now()).number


def worker_of(services: Services) -> Worker:
    claims = Claims(services.database)
    return Worker(services.outbox, claims, services.settings, services.heartbeats, policy=Policy())


def state_of(services: Services, number: int) -> State:
    entry = services.outbox.get(number)
    assert entry
    return entry.state


def at_a_browser(services: Services) -> Browser:
    browser = Browser(create_app(services.config, services).test_client())
    sign_in(browser)
    return browser


@pytest.mark.data_file("a server goes by the lost key until it is given up by word: test_one_key")
@pytest.mark.parametrize("lose", [lose_file, lose_credential])
def test_a_lost_key_costs_the_password_and_nothing_else(
    lose: Lose, config: Config, settings: Settings, submission: SmtpServer, tmp_path: Path, log: Callable[[], list[str]]
) -> None:
    if lose is lose_credential:
        config = replace(config, credential=lay_down(tmp_path / "credentials"))
    number = set_up(config, settings)
    lose(config)

    services = open_services(config)
    worker, browser = worker_of(services), at_a_browser(services)

    assert [line for line in log() if "key_missing" in line] or lose is lose_credential
    assert worker.run_once().reason is Reason.UNSET
    assert "A saved password cannot be read" in browser.get("/settings").text
    assert browser.client.get("/readyz").status_code == 503
    version = services.settings.current()
    assert version.settings == replace(settings, smtp_password="")
    assert (version.number, state_of(services, number)) == (1, State.QUEUED)

    assert browser.post("/settings", typed(settings, smtp_password=PASSWORD)).status_code == 303
    worker.run_once()

    assert state_of(services, number) is State.SENT
    assert "cannot be read" not in browser.get("/settings").text


def test_a_key_that_sealed_nothing_but_sign_ins_is_missed_too(config: Config, log: Callable[[], list[str]]) -> None:
    leave_mark(open_services(config).database)
    lose_file(config)

    open_services(config)

    assert [line for line in log() if "key_missing" in line]


def test_a_key_that_comes_back_brings_the_password_back_without_a_restart(
    config: Config, settings: Settings, submission: SmtpServer
) -> None:
    number = set_up(config, settings)
    copy = config.key_path.read_bytes()
    lose_file(config)
    services = open_services(config)
    worker, browser = worker_of(services), at_a_browser(services)
    assert worker.run_once().reason is Reason.UNSET

    append(config.key_path, copy)
    worker.run_once()

    assert state_of(services, number) is State.SENT
    assert "cannot be read" not in browser.get("/settings").text
    assert not services.settings.unreadable()
