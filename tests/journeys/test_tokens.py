"""Mail by a login with tokens, from the test to the outbox: renewed while it runs, held when nobody may renew it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from panel import clock
from panel.checks.trial.order import Order
from panel.checks.trial.report import Outcome, Report
from panel.config import Config
from panel.mail.net.deadline import Deadline
from panel.mail.smtp.protocol import Stage
from panel.outbox.pace.hold import Hold
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.pace.route import Which
from panel.outbox.state import State
from panel.server.worker import make_worker
from panel.services import Services, open_services
from panel.settings.login import Flow
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.paths import ROOT
from tests.support.places import variables_of
from tests.support.token_mailbox import Mailbox
from tests.support.token_server import Answer, TokenServer, error
from tests.support.token_settings import signed_in, with_tokens_of

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")  # over loopback, and no password


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return open_services(Config(home=tmp_path / "home"))


def settings_for(token_server: TokenServer, port: int, **more: Any) -> Settings:
    return with_tokens_of(token_server.url, smtp_host="127.0.0.1", smtp_port=port, tls=False, **more)


def saved(services: Services, settings: Settings) -> None:
    services.settings.save(settings, base=services.settings.newest(), by=actor("hanako"), now=clock.now())


def tried(services: Services, settings: Settings) -> Report:
    return services.begin_trial(Order(settings, "hanako@example.net", by=actor("hanako"))).run()


def enqueued(services: Services, count: int = 1) -> list[int]:
    return [services.outbox.enqueue(mail("b@example.net"), by=actor(), now=clock.now()).number for _ in range(count)]


def states(services: Services, numbers: list[int]) -> set[State]:
    return {entry.state for number in numbers if (entry := services.outbox.get(number))}


def held(services: Services) -> Hold | None:
    terms = Terms.of(services.settings.current())
    return services.pace.state(terms, clock.instant()).pace.held


def sent(services: Services) -> Wait:
    return make_worker(services).run_once()


def test_what_a_test_proved_leaves_by_the_same_sign_in(
    services: Services, token_server: TokenServer, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    settings = signed_in(services, settings_for(token_server, port), token_server)

    report = tried(services, settings)
    assert (report.outcome, report.auth, report.stages[0].stage) == (Outcome.SUCCESS, "XOAUTH2", Stage.TOKEN)
    saved(services, settings)
    numbers = enqueued(services, 3)
    sent(services)

    assert states(services, numbers) == {State.SENT}
    assert len(box.taken) == 4
    assert token_server.requests == []  # the token was good for all of it
    shown = json.dumps([*report.transcript, str(report)])
    assert not [token for token in (*token_server.given, *token_server.living) if token in shown]


def test_a_token_that_ends_before_its_time_costs_no_message(
    services: Services, token_server: TokenServer, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    settings = signed_in(services, settings_for(token_server, port), token_server)
    saved(services, settings)
    token_server.given.clear()  # as after a change of keys at the service

    numbers = enqueued(services, 2)
    sent(services)

    assert states(services, numbers) == {State.SENT}
    assert len(token_server.requests) == 1
    assert len(box.logins) == 2  # the old token, then the new one
    entry = services.outbox.get(numbers[0])
    assert entry
    assert entry.attempts <= 1


def test_a_refusal_that_comes_without_mail_is_told_at_once(
    services: Services, token_server: TokenServer, mailbox: tuple[Mailbox, int]
) -> None:
    settings = signed_in(services, settings_for(token_server, mailbox[1]), token_server)
    saved(services, settings)
    with services.database.writing() as write:
        write.run("UPDATE grants SET refreshed_at = ?", ("2026-01-01T00:00:00.000Z",))
    token_server.scripted.append(error("invalid_grant", "the password was changed"))

    services.renew_unused()

    hold = held(services)
    assert hold
    assert (hold.cause, hold.probe_ms) == ("oauth_signin_required", None)


def test_the_sign_in_of_the_second_server_is_used_before_it_is_forgotten_and_holds_that_alone(
    services: Services, token_server: TokenServer
) -> None:
    first = Settings(from_address="report@example.org", smtp_host="a.example.org", smtp_auth=False)
    second = signed_in(services, with_tokens_of(token_server.url), token_server)
    saved(services, replace(first.with_second(second), second=True))
    with services.database.writing() as write:
        write.run("UPDATE grants SET refreshed_at = ?", ("2026-01-01T00:00:00.000Z",))
    token_server.scripted.append(error("invalid_grant", "the password was changed"))

    services.renew_unused()

    state = services.pace.state(Terms.of(services.settings.current()), clock.instant()).pace
    hold = state.of(Which.SECOND).held
    assert hold
    assert (hold.cause, hold.probe_ms, state.held) == ("oauth_signin_required", None, None)


def test_a_sign_in_that_is_refused_holds_the_mail_until_somebody_signs_in(
    services: Services, token_server: TokenServer, mailbox: tuple[Mailbox, int]
) -> None:
    _, port = mailbox
    settings = signed_in(services, settings_for(token_server, port), token_server)
    saved(services, settings)
    token_server.given.clear()
    token_server.scripted.append(error("invalid_grant", "the password was changed"))
    numbers = enqueued(services, 2)

    wait = sent(services)

    assert wait.reason is Reason.HELD
    hold = held(services)
    assert hold
    assert (hold.cause, hold.probe_ms) == ("oauth_signin_required", None)
    assert states(services, numbers) == {State.QUEUED}
    assert len(token_server.requests) == 1

    again = signed_in(services, settings, token_server)
    saved(services, again)
    sent(services)

    assert states(services, numbers) == {State.SENT}


@pytest.mark.parametrize(("answer", "seconds"), [((503, {}, b""), 60), ((429, {"Retry-After": "7200"}, b""), 7200)])
def test_a_token_server_that_is_away_holds_the_mail_and_is_looked_at_again(
    services: Services, token_server: TokenServer, mailbox: tuple[Mailbox, int], answer: Answer, seconds: int
) -> None:
    _, port = mailbox
    settings = signed_in(services, settings_for(token_server, port), token_server)
    saved(services, settings)
    token_server.given.clear()
    token_server.scripted.append(answer)
    numbers = enqueued(services)

    wait = sent(services)

    hold = held(services)
    assert hold
    assert (wait.reason, hold.cause) == (Reason.HELD, "oauth_server_unreachable")
    assert 0 <= seconds * 1000 - (wait.ms or 0) < 30_000
    assert states(services, numbers) == {State.QUEUED}

    assert services.try_now(actor())  # by somebody, who does not wait
    sent(services)
    assert states(services, numbers) == {State.SENT}


def test_an_application_sends_without_anybody(
    services: Services, token_server: TokenServer, mailbox: tuple[Mailbox, int]
) -> None:
    _, port = mailbox
    settings = settings_for(token_server, port, oauth_flow=Flow.CLIENT, oauth_client_secret="a secret")
    saved(services, settings)
    numbers = enqueued(services, 3)

    sent(services)

    assert states(services, numbers) == {State.SENT}
    assert len(token_server.requests) == 1


def test_one_who_forgets_a_sign_in_stops_the_mail(
    services: Services, token_server: TokenServer, mailbox: tuple[Mailbox, int]
) -> None:
    _, port = mailbox
    settings = signed_in(services, settings_for(token_server, port), token_server)
    saved(services, settings)

    services.forget_grant(services.settings.current().settings, actor("hanako"))
    numbers = enqueued(services)
    wait = sent(services)

    hold = held(services)
    assert hold
    assert (wait.reason, hold.cause) == (Reason.HELD, "oauth_signin_required")
    assert states(services, numbers) == {State.QUEUED}
    with pytest.raises(Exception, match="oauth_signin_required"):
        services.access_tokens(settings).token(Deadline(5))


ASK = """
from panel import config
from panel.mail.net.deadline import Deadline
from panel.services import open_services
services = open_services(config.read())
print(services.access_tokens(services.settings.current().settings).token(Deadline(20)))
"""


@pytest.fixture
def in_use(services: Services, token_server: TokenServer) -> Settings:
    """A sign-in whose access token has ended, as after another start of the machine."""
    settings = signed_in(services, settings_for(token_server, 25), token_server)
    saved(services, settings)
    end_token(services)
    return services.settings.current().settings


def end_token(services: Services) -> None:
    with services.database.writing() as write:
        write.run("UPDATE grants SET boot = 'another'")


def asking(services: Services) -> subprocess.Popen[str]:
    """Ask for a token in a process of its own."""
    environment = {**os.environ, **variables_of(services.config.home)}
    return subprocess.Popen(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.usefixtures("in_use")
def test_eight_processes_make_one_request_and_have_one_token(services: Services, token_server: TokenServer) -> None:
    token_server.delay = 1.0
    processes = [asking(services) for _ in range(8)]
    said = [process.communicate(timeout=60) for process in processes]

    assert [process.returncode for process in processes] == [0] * 8, said
    assert len({out for out, _ in said}) == 1
    assert said[0][0].strip() in token_server.given
    assert len(token_server.requests) == 1
    assert len(token_server.living) == 1


@pytest.mark.parametrize("rotated", [False, True], ids=["before it was rotated", "after it was rotated"])
def test_a_refresher_that_is_killed_loses_only_what_was_rotated(
    services: Services,
    token_server: TokenServer,
    in_use: Settings,
    rotated: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked = threading.Event()

    def die(form: dict[str, str]) -> Answer:
        if rotated:
            token_server.refreshed(form["refresh_token"])
        asked.set()
        killed.kill()
        killed.wait()
        return error("server_error", status=503)  # which nobody hears

    token_server.scripted.append(die)
    killed = asking(services)
    assert asked.wait(30)
    killed.communicate()
    tokens = services.access_tokens(in_use)
    with services.database.writing() as write:
        assert write.changed("UPDATE grants SET lease_ms = 1 WHERE lease NOTNULL") == 1  # half a minute later

    if rotated:  # the answer with the new token never came: the service ends what is used twice, and that is said
        with pytest.raises(Exception, match="oauth_signin_required"):
            tokens.token(Deadline(20))
    else:
        assert tokens.token(Deadline(20)) in token_server.given
    assert "oauth_refresh_lost" in caplog.text


def test_a_refresher_that_is_killed_before_it_has_asked_loses_nothing(
    services: Services, token_server: TokenServer, in_use: Settings
) -> None:
    """It is stopped by a data file that somebody holds, with its lease taken or not yet."""
    kept = services.grants.kept(in_use.grant)
    assert kept
    services.grants.take_lease(kept.number, kept.generation, "who was killed", clock.instant)
    with services.database.writing() as write:
        write.run("UPDATE grants SET lease_ms = 1")

    assert services.access_tokens(in_use).token(Deadline(20)) in token_server.given
    assert len(token_server.requests) == 1
