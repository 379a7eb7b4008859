"""The settings as values: defaults, what follows from what, and where a secret leads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from panel.mail.smtp.protocol import Security
from panel.settings.model import FIELDS, FLAGS, LABELS, SECRETS, PopTlsMode, Secret, Settings, TlsMode, fingerprint

STORED = Settings(
    from_address="report@example.org",
    smtp_host="smtp.example.org",
    smtp_user="report",
    smtp_password="stored-secret",
    pop_password="stored-pop-secret",
)


def test_the_passwords_do_not_show() -> None:
    assert "secret" not in repr(STORED)
    assert "secret" not in str(STORED.public())


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
    assert secret.name in secret.used <= {*FIELDS}
    assert {*secret.moved_by} <= {*FIELDS}
    assert secret.switch in FLAGS


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_what_moves_a_secret_changes_its_destination(secret: Secret) -> None:
    other = {name: 7 if name.endswith("_port") else "other" for name in secret.moved_by}

    for name, value in other.items():
        assert secret.destination(replace(Settings(), **{name: value})) != secret.destination(Settings())


def test_no_secret_is_public_or_shown() -> None:
    settings = replace(Settings(), **dict.fromkeys(SECRETS, "a secret"))

    assert "a secret" not in str(settings.public()) + repr(settings)
    assert settings.without_secrets() == Settings()
