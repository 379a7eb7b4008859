"""The server and the logins that the settings make: what is in use, and what never shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.smtp.errors import DeliveryFailed
from panel.mail.smtp.protocol import Security
from panel.mail.smtp.server import Password, PopServer, Server
from panel.mail.smtp.session import Session
from panel.settings.model import PopTlsMode, Settings
from tests.support.scripted import ScriptedServer, greets, says

SMTP_SECRET, POP_SECRET = "correct-horse", "battery-staple"
SETTINGS = Settings(
    from_address="report@example.org",
    smtp_host="127.0.0.1",
    smtp_port=465,
    smtp_user="report",
    smtp_password=SMTP_SECRET,
    pop_before_smtp=True,
    pop_host="pop.example.org",
    pop_user="report@pop",
    pop_password=POP_SECRET,
    local_hostname="app.example.org",
    ca_certificate="-----BEGIN CERTIFICATE-----",
)


def test_the_settings_say_where_to_go_and_as_whom() -> None:
    server = replace(SETTINGS, allow_plain_auth=True, pop_tls_mode=PopTlsMode.IMPLICIT).server

    assert (server.host, server.port, server.security) == ("127.0.0.1", 465, Security.IMPLICIT)
    assert (server.local_hostname, server.ca_certificate) == (SETTINGS.local_hostname, SETTINGS.ca_certificate)
    assert server.login == Password("report", SMTP_SECRET, in_clear=True)
    assert server.pop == PopServer(
        "pop.example.org",
        110,
        Security.IMPLICIT,
        Password("report@pop", POP_SECRET, in_clear=True),
        SETTINGS.ca_certificate,
    )


def test_a_login_that_is_switched_off_is_not_used() -> None:
    server = replace(SETTINGS, smtp_auth=False, pop_before_smtp=False).server

    assert (server.login, server.pop) == (None, None)


def test_who_only_greets_a_server_has_no_login_for_it() -> None:
    assert SETTINGS.server.without_login() == replace(SETTINGS, smtp_auth=False, pop_before_smtp=False).server


def _session() -> Session:
    return Session(SETTINGS.server, policy=Policy(), deadline=Deadline(5))


@pytest.mark.parametrize(
    "value",
    [
        SETTINGS,
        SETTINGS.server,
        SETTINGS.server.login,
        SETTINGS.server.pop,
        SETTINGS.server.without_login(),
        SETTINGS.pop_server,
        _session(),
        vars(_session()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_value_shows_a_password(value: object) -> None:
    for shown in (repr(value), str(value), f"{value}"):
        assert SMTP_SECRET not in shown
        assert POP_SECRET not in shown


def test_a_password_that_is_switched_off_is_hidden_where_a_server_says_it() -> None:
    with ScriptedServer(says(f"554 5.7.1 {SMTP_SECRET} and {POP_SECRET}")) as scripted:
        off = replace(SETTINGS, smtp_auth=False, pop_before_smtp=False, tls=False, smtp_port=scripted.port)
        session = Session(off.server, policy=Policy(), deadline=Deadline(5))
        with pytest.raises(DeliveryFailed) as caught, session:
            session.open()

    assert caught.value.failure.reply
    assert caught.value.failure.reply.text == "5.7.1 ******** and ********"
    assert session.transcript[0] == "S: 554 5.7.1 ******** and ********"


def test_a_login_that_is_in_use_is_hidden_by_itself() -> None:
    pop = PopServer("127.0.0.1", 110, Security.NONE, Password("p", POP_SECRET))
    server = Server("127.0.0.1", 25, Security.NONE, Password("s", SMTP_SECRET), pop)

    assert {*server.secrets()} == {("s", SMTP_SECRET), ("p", POP_SECRET)}


def test_an_offer_that_holds_a_password_is_told_without_it() -> None:
    with ScriptedServer(*greets(f"AUTH {SMTP_SECRET}")) as scripted:
        server = Server("127.0.0.1", scripted.port, Security.NONE, Password("s", SMTP_SECRET))
        with pytest.raises(DeliveryFailed) as caught, Session(server, policy=Policy(), deadline=Deadline(5)) as session:
            session.open()

    assert caught.value.failure.detail == "********"
