"""A password goes without TLS to this machine alone, and the connection says which that is."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from panel.diagnosis.diagnose import diagnose
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.smtp.errors import DeliveryFailed, PopFailed
from panel.mail.smtp.pop3 import log_in
from panel.mail.smtp.protocol import Failure, Stage
from panel.mail.smtp.redaction import Transcript
from panel.mail.smtp.server import Token
from panel.mail.smtp.session import Session
from panel.settings.model import PopTlsMode, Settings
from panel.settings.validation import InvalidSettings, validate
from tests.support.scripted import ScriptedServer, greets, says, takes
from tests.support.servers import PASSWORD, USER

SETTINGS = Settings(
    from_address="report@example.org",
    smtp_host="relay.localhost",
    tls=False,
    smtp_user=USER,
    smtp_password=PASSWORD,
    local_hostname="app.example.org",
)
POP = replace(
    SETTINGS,
    pop_before_smtp=True,
    pop_host="relay.localhost",
    pop_user=USER,
    pop_password=PASSWORD,
    pop_tls_mode=PopTlsMode.NONE,
)
TYPED = {
    "from_address": "report@example.org",
    "smtp_user": USER,
    "smtp_password": PASSWORD,
    "tls": "no",
    "pop_user": USER,
    "pop_password": PASSWORD,
    "pop_tls_mode": "none",
    "pop_before_smtp": "yes",
}


@pytest.fixture
def elsewhere() -> str:
    """An address that is not loopback's, though it is of this machine: nothing need leave it for the test."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # chooses a way and sends nothing
        except OSError:
            pytest.skip("this machine has no network")
        address: str = asking.getsockname()[0]
    if address.startswith("127."):
        pytest.skip("this machine has no network")
    return address


@pytest.fixture
def resolves(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have the resolver find these addresses for every name, as a hosts file or a search domain may."""

    def resolve_to(*addresses: str) -> None:
        def found(_host: str, port: int, **_: Any) -> list[Any]:
            families = [socket.AF_INET6 if ":" in each else socket.AF_INET for each in addresses]
            return [
                (family, socket.SOCK_STREAM, 6, "", (each, port) if family == socket.AF_INET else (each, port, 0, 0))
                for family, each in zip(families, addresses, strict=True)
            ]

        monkeypatch.setattr(socket, "getaddrinfo", found)

    return resolve_to


def failure_of(settings: Settings) -> Failure:
    with (
        pytest.raises(DeliveryFailed) as caught,
        Session(settings.server, policy=Policy(), deadline=Deadline(5)) as session,
    ):
        session.open()
    return caught.value.failure


def enter(settings: Settings) -> None:
    log_in(settings.pop_server, policy=Policy(), deadline=Deadline(5), transcript=Transcript())


@pytest.mark.parametrize("offer", ["PLAIN LOGIN", "CRAM-MD5"])
@pytest.mark.parametrize("name", ["relay.localhost", "localhost", "localhost.localdomain", "0x7f000001"])
def test_a_name_that_leads_elsewhere_gets_no_password(
    elsewhere: str, resolves: Callable[..., None], offer: str, name: str
) -> None:
    with ScriptedServer(*greets(f"AUTH {offer}"), *takes("QUIT", "221 Bye"), host=elsewhere) as scripted:
        resolves(elsewhere)
        failure = failure_of(replace(SETTINGS, smtp_host=name, smtp_port=scripted.port))

    assert (failure.stage, failure.cause, failure.detail) == (Stage.AUTH, "login_in_clear", elsewhere)
    assert not [each for each in scripted.heard if "AUTH" in each]
    told = diagnose(failure)
    assert told.field == "tls"
    assert any(elsewhere in str(step) for step in told.do)


def test_a_token_goes_nowhere_without_tls_whatever_is_allowed(elsewhere: str) -> None:
    class Source:
        def token(self, deadline: Deadline) -> str:
            return "ya29.A0AVA9y1uQmG4hW7bT8xZc3Lr"

        def renew(self, refused: str, deadline: Deadline) -> bool:
            return False

    with ScriptedServer(*greets("AUTH XOAUTH2 PLAIN"), *takes("QUIT", "221 Bye"), host=elsewhere) as scripted:
        allowed = replace(SETTINGS, smtp_host=elsewhere, smtp_port=scripted.port, allow_plain_auth=True).server
        session = Session(
            replace(allowed, login=Token(USER, Source())), policy=Policy(), deadline=Deadline(5), transcribed=False
        )
        with pytest.raises(DeliveryFailed) as caught, session:
            session.open()

    assert caught.value.failure == Failure(Stage.AUTH, "login_in_clear", None, elsewhere)
    assert not [each for each in scripted.heard if "AUTH" in each]


def test_a_name_with_two_addresses_is_judged_by_the_one_that_answered(
    elsewhere: str, resolves: Callable[..., None]
) -> None:
    with ScriptedServer(*greets("AUTH PLAIN"), *takes("QUIT", "221 Bye"), host=elsewhere) as scripted:
        resolves("127.0.0.1", elsewhere)  # nothing listens at the first
        failure = failure_of(replace(SETTINGS, smtp_port=scripted.port))

    assert failure.cause == "login_in_clear"


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_a_name_that_leads_here_gets_it(resolves: Callable[..., None], address: str) -> None:
    login = takes("AUTH PLAIN", "235 2.7.0 Welcome")
    with ScriptedServer(*greets("AUTH PLAIN"), *login, *takes("QUIT", "221 Bye")) as scripted:
        resolves(address)
        with Session(
            replace(SETTINGS, smtp_port=scripted.port).server, policy=Policy(), deadline=Deadline(5)
        ) as session:
            session.open()

    assert session.auth == "PLAIN"


def test_who_has_allowed_it_sends_it(elsewhere: str) -> None:
    login = takes("AUTH PLAIN", "235 2.7.0 Welcome")
    with ScriptedServer(*greets("AUTH PLAIN"), *login, *takes("QUIT", "221 Bye"), host=elsewhere) as scripted:
        allowed = replace(SETTINGS, smtp_host=elsewhere, smtp_port=scripted.port, allow_plain_auth=True)
        with Session(allowed.server, policy=Policy(), deadline=Deadline(5)) as session:
            session.open()

    assert session.auth == "PLAIN"


@pytest.mark.parametrize("greeting", ["+OK ready", "+OK <1896.697@example.org>"])
def test_pop_gets_no_password_elsewhere(elsewhere: str, resolves: Callable[..., None], greeting: str) -> None:
    resolves(elsewhere)
    with ScriptedServer(says(greeting), host=elsewhere) as scripted, pytest.raises(PopFailed) as caught:
        enter(replace(POP, pop_port=scripted.port))

    assert (caught.value.cause, caught.value.detail) == ("login_in_clear", elsewhere)
    assert not scripted.heard
    assert diagnose(Failure(Stage.POP, caught.value.cause, None, elsewhere)).field == "pop_tls_mode"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "LOCALHOST."])
def test_the_form_takes_what_is_this_machine_by_itself(host: str) -> None:
    assert validate({**TYPED, "smtp_host": host, "pop_host": host})


@pytest.mark.parametrize(
    "host", ["relay.localhost", "localhost.localdomain", "localhost.example.org", "0x7f000001", "0.0.0.0", "10.0.0.1"]
)
def test_the_form_takes_no_other_name_for_it(host: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        validate({**TYPED, "smtp_host": host, "pop_host": host})

    assert {each.field for each in caught.value.problems} == {"tls", "pop_tls_mode"}


def test_a_number_is_no_host() -> None:
    with pytest.raises(InvalidSettings):
        validate({**TYPED, "smtp_host": "127.1", "pop_host": "localhost"})
