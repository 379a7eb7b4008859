"""The words for mail that did not go: those for the server and the step where it was refused, wherever told."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.ctx import RequestContext

from panel import clock
from panel.access.accounts import Account
from panel.access.rights import Role
from panel.mail.smtp.protocol import Failure, Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.pace.pace import Terms
from panel.services import Services
from panel.web.checks.failure import words_of
from panel.web.context import VISIT, Visit
from tests.support.actors import actor
from tests.support.mail import OneByOne, broken, mail
from tests.web.conftest import SETTINGS, Browser

PULSE = re.compile(r'<section id="pulse".*?</section>', re.DOTALL)  # it counts causes, over all servers
NO_LOGIN = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."


def refuse(services: Services, host: str, stage: Stage, said: str = "", cause: str = "server_permanent") -> None:
    """Let settings with this host be saved next, and a server there refuse a message."""
    base = services.settings.current()
    settings = replace(SETTINGS, smtp_host=host)
    version = services.settings.save(settings, base=base.number, by=actor("ken"), now=clock.now())
    services.heartbeats.beat("1-a", message=None, now=clock.now())
    services.outbox.enqueue(mail(), by=actor(via="api"), now=clock.now())
    claims = OneByOne(services.database)
    got = claims.claim("1-a", Terms(version=version.number), clock.instant())
    assert isinstance(got, Claim)
    claims.settle(got, broken(got, stage, said, cause=cause, host=host), clock.instant())


def asked_by(app: Flask, role: Role) -> RequestContext:
    return app.test_request_context(environ_overrides={VISIT: Visit(Account("rei", role, via="mounted"), "")})


@pytest.mark.parametrize("address", ["/outbox/1", "/settings/status"])
def test_mail_that_finds_no_server_offers_the_host_that_was_meant(
    browser: Browser, services: Services, address: str
) -> None:
    refuse(services, "smtp.gmial.com", Stage.RESOLVE, cause="dns_not_found")

    assert "Did you mean smtp.gmail.com?" in browser.get(address).text


@pytest.mark.parametrize("address", ["/outbox", "/outbox/1", "/settings/status"])
def test_mail_that_a_service_refuses_is_told_in_the_words_for_the_service(
    browser: Browser, services: Services, address: str
) -> None:
    refuse(services, "smtp.office365.com", Stage.AUTH, NO_LOGIN)

    page = PULSE.sub("", browser.get(address).text)

    assert "Microsoft 365 has turned sending by SMTP off for this account." in page
    assert "Sending with a password is switched off" not in page


def test_a_sign_in_that_has_ended_is_told_with_what_was_said_and_where_to_make_another(app: Flask) -> None:
    failure = Failure(Stage.TOKEN, "oauth_signin_required", None, "invalid_grant: expired")
    with asked_by(app, Role.OPERATOR):
        told = words_of(failure, SETTINGS)
    with asked_by(app, Role.VIEWER):
        of_viewer = words_of(failure, SETTINGS)

    assert (of_viewer.said, told.left_out) == ("", "")
    assert of_viewer.left_out == "What the server said is shown to operators and administrators."
    assert of_viewer.steps == told.steps
    assert told.said == "What the server said: invalid_grant: expired"
    assert {(each.field, each.field_label) for each in told.steps} == {("grant", "State of the sign-in")}
    assert told.said not in {each.text for each in told.steps}


@pytest.mark.parametrize(
    ("stage", "words"),
    [(Stage.MAIL, "did not take the sender"), (Stage.DATA, "did not take the message")],
)
def test_a_message_that_no_rule_knows_is_told_by_its_step(
    browser: Browser, services: Services, stage: Stage, words: str
) -> None:
    refuse(services, "mail.example.org", stage, "554 Zzz")

    assert len(re.findall(words, browser.get("/outbox/1").text)) == 1  # above, and the try does not say it again


def test_a_message_is_told_of_the_server_that_refused_it_and_not_of_the_next_one(
    browser: Browser, services: Services
) -> None:
    refuse(services, "smtp.office365.com", Stage.AUTH, NO_LOGIN)
    services.settings.save(SETTINGS, base=1, by=actor("ken"), now=clock.now())

    assert "Microsoft 365 has turned sending by SMTP off for this account." in browser.get("/outbox/1").text
