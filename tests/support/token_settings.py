"""Settings whose login is made with a token, and somebody who has signed in for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from panel import clock
from panel.services import Services
from panel.settings.login import Login, OAuthProvider
from panel.settings.model import Settings
from panel.settings.oauth.answers import TokenAnswer
from panel.settings.oauth.client import Client
from tests.support.actors import actor
from tests.support.token_server import TokenServer


def with_tokens_of(url: str, **more: Any) -> Settings:
    """Give the settings of a server of one's own that gives tokens at this address."""
    given: dict[str, Any] = {
        **{"from_address": "report@example.org", "smtp_host": "smtp.example.org", "smtp_user": "report@example.org"},
        **{"smtp_login": Login.OAUTH2, "oauth_provider": OAuthProvider.CUSTOM},
        **{"oauth_client_id": "panel", "oauth_scope": "smtp"},
        **{"oauth_authorize_url": f"{url}/authorize", "oauth_token_url": f"{url}/token"},
    }
    return Settings(**{**given, **more})


def signed_in(services: Services, settings: Settings, token_server: TokenServer) -> Settings:
    """Let somebody sign in with unsaved settings."""
    given = token_server.grant()
    answer = TokenAnswer(str(given["access_token"]), str(given["refresh_token"]), 3600)
    return replace(settings, grant=services.grants.add(Client.of(settings), answer, actor("hanako"), clock.instant()))
