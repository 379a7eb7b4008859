"""Which fields are in use, by the switches that are on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from panel.settings.fields.use import unused_fields
from panel.settings.login import Flow, Login, OAuthProvider
from panel.settings.model import Settings

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
