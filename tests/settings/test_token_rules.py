"""What the fields of a login by OAuth2 lack together, told at each field."""

from __future__ import annotations

import pytest

from panel.settings.model import Settings
from panel.settings.validation import InvalidSettings, validate

LOGIN = {
    "from_address": "report@example.org",
    "smtp_host": "smtp.example.org",
    "smtp_user": "report@example.org",
    "smtp_login": "oauth2",
    "tls": "yes",
    "smtp_auth": "yes",
    "oauth_client_id": "an application",
}
OWN = {
    "oauth_provider": "custom",
    "oauth_scope": "smtp",
    "oauth_token_url": "https://id.example.org/token",
    "oauth_authorize_url": "https://id.example.org/authorize",
}
ENTRA = {"oauth_provider": "microsoft", "oauth_tenant": "contoso.example"}


def wrong(**changed: str) -> set[str]:
    try:
        validate({**LOGIN, **changed})
    except InvalidSettings as fault:
        return {problem.field for problem in fault.problems}
    return set()


def test_a_login_with_a_token_asks_for_no_password() -> None:
    settings = validate({**LOGIN, "oauth_provider": "google"})

    assert settings.by_token
    assert settings.server.login is None


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, {"oauth_provider"}),
        ({"oauth_provider": "google", "oauth_client_id": ""}, {"oauth_client_id"}),
        ({"oauth_provider": "google", "oauth_flow": "device"}, {"oauth_flow"}),
        ({"oauth_provider": "google", "oauth_flow": "service_account", "oauth_client_id": ""}, {"oauth_service_key"}),
        ({**ENTRA, "oauth_tenant": ""}, {"oauth_tenant"}),
        ({**ENTRA, "oauth_flow": "client"}, {"oauth_client_secret"}),
        ({**ENTRA, "oauth_flow": "client", "oauth_client_secret": "x"}, set()),
        ({**ENTRA, "oauth_flow": "client", "oauth_client_secret": "x", "oauth_tenant": "common"}, {"oauth_tenant"}),
        ({**ENTRA, "oauth_flow": "device"}, set()),
        (OWN, set()),
        ({**OWN, "oauth_authorize_url": ""}, {"oauth_authorize_url"}),
        ({**OWN, "oauth_flow": "device"}, {"oauth_device_url"}),
        ({"oauth_provider": "custom"}, {"oauth_scope", "oauth_token_url", "oauth_authorize_url"}),
        ({**OWN, "tls": "no"}, {"tls"}),
        ({**OWN, "tls": "no", "allow_plain_auth": "yes"}, {"tls"}),
        ({**OWN, "tls": "no", "smtp_host": "127.0.0.1"}, set()),
        ({**OWN, "smtp_auth": "no"}, set()),
        ({**OWN, "oauth_provider": "github"}, {"oauth_provider"}),
    ],
)
def test_each_way_asks_for_what_it_needs(given: dict[str, str], fields: set[str]) -> None:
    assert wrong(**given) == fields


def test_a_client_secret_goes_to_its_own_token_server_alone() -> None:
    device = "https://id.example.org/device"
    stored = validate({**LOGIN, **OWN, "oauth_client_secret": "kept", "oauth_device_url": device})

    def again(**changed: str) -> Settings:
        return validate({**LOGIN, **OWN, **changed}, stored=stored)

    assert again(smtp_port="465").oauth_client_secret == "kept"
    assert again(oauth_flow="device", oauth_device_url=device).oauth_client_secret == "kept"
    for name in ("oauth_token_url", "oauth_device_url"):
        with pytest.raises(InvalidSettings, match="oauth_client_secret"):
            again(**{name: "https://evil.example/"})


def test_a_password_stays_while_the_login_is_made_with_tokens() -> None:
    before = validate({**LOGIN, "smtp_login": "password", "smtp_password": "kept"})

    by_token = validate({**LOGIN, **OWN}, stored=before)

    assert by_token.smtp_password == "kept"
    assert by_token.server.login is None
    assert ("report@example.org", "kept") in by_token.server.secrets()
