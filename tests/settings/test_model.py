"""The settings as values: defaults, what follows from what, and where a secret leads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from panel.mail.smtp.protocol import Security
from panel.settings.login import Flow, Login, OAuthProvider
from panel.settings.model import (
    FIELDS,
    LABELS,
    SECRETS,
    PopTlsMode,
    Secret,
    Settings,
    TlsMode,
    fingerprint,
    unused_fields,
)

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


def test_every_field_has_a_label() -> None:
    assert set(FIELDS) <= set(LABELS)


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


def test_the_fingerprint_follows_all_that_decides_and_nothing_else() -> None:
    key = b"k" * 32

    def of(**changed: object) -> str:
        return fingerprint(replace(STORED, **changed), key)

    assert of() == of(send_interval_ms=6000, max_per_day=5)
    assert len({of(), of(smtp_port=25), of(smtp_password="other"), of(from_name="x"), of(local_hostname="a.b")}) == 5
    assert fingerprint(STORED, b"other key" * 3) != of()


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_names_fields_that_there_are(secret: Secret) -> None:
    assert {secret.name, *secret.moved_by} <= {*FIELDS}


ENTRA = {"smtp_login": Login.OAUTH2, "oauth_provider": OAuthProvider.MICROSOFT}
OWN = {"smtp_login": Login.OAUTH2, "oauth_provider": OAuthProvider.CUSTOM}


@pytest.mark.parametrize(
    ("chosen", "used"),
    [
        ({"smtp_auth": False}, set()),
        ({}, {"smtp_user", "smtp_password"}),
        (ENTRA, {"oauth_tenant", "oauth_client_secret", "grant"}),
        ({**ENTRA, "oauth_flow": Flow.CLIENT}, {"oauth_tenant", "oauth_client_secret"}),
        (OWN, {"oauth_authorize_url", "oauth_token_url", "oauth_client_secret", "grant"}),
        ({**OWN, "oauth_flow": Flow.DEVICE}, {"oauth_device_url", "oauth_token_url", "oauth_client_secret", "grant"}),
        ({**ENTRA, "oauth_provider": OAuthProvider.GOOGLE, "oauth_flow": Flow.SERVICE_ACCOUNT}, {"oauth_service_key"}),
    ],
)
def test_a_login_uses_what_its_way_asks_for(chosen: dict[str, Any], used: set[str]) -> None:
    unused = unused_fields(replace(Settings(), **chosen))

    asked = {"smtp_user", "smtp_password", "oauth_tenant", "oauth_client_secret", "oauth_service_key", "grant"}
    asked |= {"oauth_authorize_url", "oauth_token_url", "oauth_device_url"}
    by_token = chosen.get("smtp_login") is Login.OAUTH2
    assert asked - unused == used | ({"smtp_user"} if by_token else set())
    assert ("oauth_scope" in unused) is not by_token


def test_what_a_login_by_password_does_not_use_changes_no_fingerprint() -> None:
    key = b"k" * 32
    other = replace(STORED, oauth_client_id="an application", grant=3)

    assert fingerprint(other, key) == fingerprint(STORED, key)
    by_token = replace(STORED, **ENTRA)
    assert fingerprint(replace(by_token, grant=3), key) != fingerprint(by_token, key)


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_what_moves_a_secret_changes_its_destination(secret: Secret) -> None:
    before = replace(Settings(), oauth_provider=OAuthProvider.CUSTOM)
    other: dict[str, Any] = {name: 7 if name.endswith("_port") else "other" for name in secret.moved_by}
    other |= {"oauth_provider": OAuthProvider.GOOGLE} if "oauth_provider" in other else {}

    for name, value in other.items():
        if name == "oauth_tenant":  # which only Entra's addresses name
            before = replace(before, oauth_provider=OAuthProvider.MICROSOFT)
        assert secret.destination(replace(before, **{name: value})) != secret.destination(before)
        before = replace(before, oauth_provider=OAuthProvider.CUSTOM)


def test_no_secret_is_public_or_shown() -> None:
    settings = replace(Settings(), **dict.fromkeys(SECRETS, "a secret"))

    assert "a secret" not in str(settings.public()) + repr(settings)
    assert settings.without_secrets() == Settings()
