"""The fields that are sealed, and where each may go."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from panel.settings.fields.secret import SECRETS, Secret
from panel.settings.login import OAuthProvider
from panel.settings.model import FIELDS, SECOND, Settings


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_names_fields_that_there_are(secret: Secret) -> None:
    assert {secret.name, *secret.moved_by} <= {*FIELDS}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_what_moves_a_secret_changes_its_destination(secret: Secret) -> None:
    provider = f"{SECOND}oauth_provider" if secret.name.startswith(SECOND) else "oauth_provider"
    other: dict[str, Any] = {name: 7 if name.endswith("_port") else "other" for name in secret.moved_by}
    other |= {provider: OAuthProvider.GOOGLE} if provider in other else {}

    for name, value in other.items():  # of a tenant only Entra's addresses speak
        service = OAuthProvider.MICROSOFT if name.endswith("oauth_tenant") else OAuthProvider.CUSTOM
        before = replace(Settings(), **{provider: service})
        assert secret.destination(replace(before, **{name: value})) != secret.destination(before)


def test_what_moves_a_secret_of_the_first_server_moves_none_of_the_second() -> None:
    first = replace(Settings(), smtp_host="other", smtp_user="other", oauth_provider=OAuthProvider.GOOGLE)

    moved = {name for name, each in SECRETS.items() if each.destination(first) != each.destination(Settings())}
    assert moved == {"smtp_password", "oauth_client_secret", "oauth_service_key"}


def test_what_is_sealed_and_what_no_representation_shows_is_the_same() -> None:
    assert {each.name for each in fields(Settings) if not each.repr} == {*SECRETS}


def test_no_secret_is_public_or_shown() -> None:
    settings = replace(Settings(), **dict.fromkeys(SECRETS, "a secret"))

    assert "a secret" not in str(settings.public()) + repr(settings)
    assert settings.without_secrets() == Settings()
