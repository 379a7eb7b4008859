"""The digest by which tested settings are known again."""

from __future__ import annotations

from dataclasses import replace

from panel.settings.fields.fingerprint import fingerprint
from panel.settings.login import Login, OAuthProvider
from panel.settings.model import Settings

STORED = Settings(
    from_address="report@example.org",
    smtp_host="smtp.example.org",
    smtp_user="report",
    smtp_password="stored-secret",
    pop_password="stored-pop-secret",
)
ENTRA = {"smtp_login": Login.OAUTH2, "oauth_provider": OAuthProvider.MICROSOFT}


def test_the_fingerprint_follows_all_that_decides_and_nothing_else() -> None:
    key = b"k" * 32

    def of(**changed: object) -> str:
        return fingerprint(replace(STORED, **changed), key)

    assert of() == of(send_interval_ms=6000, max_per_day=5)
    assert len({of(), of(smtp_port=25), of(smtp_password="other"), of(from_name="x"), of(local_hostname="a.b")}) == 5
    assert fingerprint(STORED, b"other key" * 3) != of()


def test_what_a_login_by_password_does_not_use_changes_no_fingerprint() -> None:
    key = b"k" * 32
    other = replace(STORED, oauth_client_id="an application", grant=3)

    assert fingerprint(other, key) == fingerprint(STORED, key)
    by_token = replace(STORED, **ENTRA)
    assert fingerprint(replace(by_token, grant=3), key) != fingerprint(by_token, key)


def test_an_address_to_come_from_decides_and_a_limit_of_ours_does_not() -> None:
    key = b"k" * 32

    assert fingerprint(replace(STORED, source_address="192.0.2.1"), key) != fingerprint(STORED, key)
    assert fingerprint(replace(STORED, max_message_bytes=99_999, max_recipients=3), key) == fingerprint(STORED, key)
