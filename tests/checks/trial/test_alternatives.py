"""The neighbours: tried where a port does not answer, without a login and without mail."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

from panel.checks.trial.alternatives import Neighbour, working
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.smtp.protocol import Failure, Stage
from panel.settings.model import Settings, TlsMode
from tests.support.servers import PASSWORD, USER, Authority, Loop, SmtpServer

SETTINGS = Settings(
    from_address="report@example.org", smtp_host="localhost", smtp_port=9, smtp_user=USER, smtp_password=PASSWORD
)
REFUSED = Failure(Stage.CONNECT, "connection_refused")


@pytest.fixture
def settings(authority: Authority) -> Settings:
    return replace(SETTINGS, ca_certificate=authority.pem)


def found(
    settings: Settings, usual: list[Neighbour], failure: Failure = REFUSED, policy: Policy | None = None
) -> object:
    return working(settings, failure, policy=policy or Policy(), deadline=Deadline(10), usual=usual)


def test_a_neighbour_that_answers_is_suggested(settings: Settings, submission: SmtpServer) -> None:
    usual = [Neighbour(1, TlsMode.IMPLICIT), Neighbour(submission.port, TlsMode.STARTTLS)]

    assert found(settings, usual) == {"smtp_port": submission.port, "tls_mode": "starttls"}


def test_the_preferred_of_two_is_suggested(
    settings: Settings, submission: SmtpServer, loop: Loop, authority: Authority
) -> None:
    implicit = SmtpServer().start(loop, authority=authority, implicit=True)
    usual = [Neighbour(implicit.port, TlsMode.IMPLICIT), Neighbour(submission.port, TlsMode.STARTTLS)]

    assert found(settings, usual) == {"smtp_port": implicit.port, "tls_mode": "implicit"}


def test_the_other_mode_on_the_same_port_is_tried(settings: Settings, loop: Loop, authority: Authority) -> None:
    implicit = SmtpServer().start(loop, authority=authority, implicit=True)
    wrong = replace(settings, smtp_port=implicit.port)

    assert found(wrong, [], Failure(Stage.GREETING, "greeting_timeout")) == {"tls_mode": "implicit"}


def test_nobody_logs_in_and_nothing_is_sent(settings: Settings, submission: SmtpServer) -> None:
    found(settings, [Neighbour(submission.port, TlsMode.STARTTLS)])

    assert {command.split()[0] for command in submission.commands} == {"EHLO", "STARTTLS", "QUIT"}


def test_a_server_without_encryption_is_not_suggested(settings: Settings, server: SmtpServer) -> None:
    assert found(settings, [Neighbour(server.port, TlsMode.STARTTLS)]) is None


def test_no_connection_is_made_to_a_denied_address(settings: Settings, submission: SmtpServer) -> None:
    denied = Policy((ip_network("127.0.0.0/8"), ip_network("::1/128")))

    assert found(settings, [Neighbour(submission.port, TlsMode.STARTTLS)], policy=denied) is None
    assert submission.commands == []


@pytest.mark.parametrize(("stage", "cause"), [(Stage.AUTH, "login_refused"), (Stage.RCPT, "connection_lost")])
def test_other_failures_have_no_neighbours(
    settings: Settings, submission: SmtpServer, stage: Stage, cause: str
) -> None:
    assert found(settings, [Neighbour(submission.port, TlsMode.STARTTLS)], Failure(stage, cause)) is None
    assert submission.commands == []
