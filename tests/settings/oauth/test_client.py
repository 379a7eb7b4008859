from __future__ import annotations

from panel.settings.login import Flow, Login, OAuthProvider
from panel.settings.model import Settings
from panel.settings.oauth.client import Client

SETTINGS = Settings(
    smtp_host="smtp.gmail.com",
    smtp_user="me@example.org",
    smtp_login=Login.OAUTH2,
    oauth_provider=OAuthProvider.GOOGLE,
    oauth_client_id="a/b",
    oauth_client_secret="Tr0ub4dor",
)


def test_a_client_has_the_service_s_scope_and_comes_back_from_json():
    client = Client.of(SETTINGS)

    assert client.scope == "https://mail.google.com/"
    assert Client.from_json(client.to_json()) == client
    assert "Tr0ub4dor" not in repr(client)


def test_it_is_bound_to_token_server_client_and_login():
    assert Client.of(SETTINGS).binding.startswith("https://oauth2.googleapis.com/token/a%2Fb/me@example.org@smtp.")


def test_a_service_account_is_known_by_its_address():
    key = '{"client_email": "robot@project.example", "private_key": "x"}'
    settings = Settings(
        oauth_provider=OAuthProvider.GOOGLE, oauth_flow=Flow.SERVICE_ACCOUNT, oauth_service_key=key, oauth_client_id="i"
    )

    assert Client.of(settings).client_id == "robot@project.example"
