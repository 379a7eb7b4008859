"""The settings as values: defaults, what follows from what, and where a secret leads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from panel.mail.smtp.protocol import Security
from panel.settings.model import OF_SERVER, PopTlsMode, Settings, TlsMode

STORED = Settings(
    from_address="report@example.org",
    smtp_host="smtp.example.org",
    smtp_user="report",
    smtp_password="stored-secret",
    pop_password="stored-pop-secret",
)


def test_the_passwords_do_not_show() -> None:
    assert "stored-" not in repr(STORED)
    assert "stored-" not in str(STORED.public())


@pytest.mark.parametrize(
    ("tls", "mode", "port", "security"),
    [
        (True, TlsMode.AUTO, 465, Security.IMPLICIT),
        (True, TlsMode.AUTO, 587, Security.STARTTLS),
        (True, TlsMode.AUTO, 25, Security.STARTTLS),
        (True, TlsMode.IMPLICIT, 2465, Security.IMPLICIT),
        (True, TlsMode.STARTTLS, 465, Security.STARTTLS),
        (False, TlsMode.AUTO, 465, Security.NONE),
    ],
)
def test_tls_follows_the_box_the_mode_and_the_port(tls: bool, mode: TlsMode, port: int, security: Security) -> None:
    assert Settings(tls=tls, tls_mode=mode, smtp_port=port).smtp_security is security


@pytest.mark.parametrize(
    ("tls", "mode", "port", "security"),
    [
        (True, PopTlsMode.AUTO, 995, Security.IMPLICIT),
        (False, PopTlsMode.AUTO, 995, Security.IMPLICIT),
        (True, PopTlsMode.AUTO, 110, Security.STARTTLS),
        (False, PopTlsMode.AUTO, 110, Security.NONE),
        (True, PopTlsMode.NONE, 110, Security.NONE),
    ],
)
def test_pop_has_tls_of_its_own(tls: bool, mode: PopTlsMode, port: int, security: Security) -> None:
    assert Settings(tls=tls, pop_tls_mode=mode, pop_port=port).pop_security is security


SECOND_OF_STORED = replace(
    STORED,
    second=True,
    second_smtp_host="relay.example.com",
    second_smtp_port=465,
    second_smtp_user="relay",
    second_smtp_password="stored-second",
    second_send_interval_ms=500,
)


def test_the_second_server_stands_in_the_place_of_the_first_with_the_same_sender_and_without_pop() -> None:
    settings = replace(SECOND_OF_STORED, pop_before_smtp=True, pop_host="pop.example.org").by_second

    assert (settings.from_address, settings.smtp_host, settings.send_interval_ms) == (
        "report@example.org",
        "relay.example.com",
        500,
    )
    assert settings.server.pop is None
    assert settings.smtp_security is Security.IMPLICIT
    assert "stored-pop-secret" not in (settings.pop_password, settings.smtp_password)


def test_what_is_put_in_as_the_second_server_comes_out_as_it() -> None:
    other = Settings(smtp_host="a.example.net", tls_mode=TlsMode.IMPLICIT, max_per_day=7, grant=3, pop_host="x")

    given = STORED.with_second(other)

    assert {name: getattr(given.by_second, name) for name in OF_SERVER} == {
        name: getattr(other, name) for name in OF_SERVER
    }
    assert (given.smtp_host, given.second_grant, given.pop_host) == ("smtp.example.org", 3, "")


def test_bounces_go_to_the_sender_unless_they_have_an_address_of_their_own() -> None:
    assert STORED.mail_from == "report@example.org"
    assert replace(STORED, bounce_address="bounces@example.org").mail_from == "bounces@example.org"
