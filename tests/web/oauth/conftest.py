"""A real token server, and what the form sends for a login with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.oidc import CLIENT_SECRET, SCOPE, SECRET, OidcProvider
from tests.web.conftest import typed

MAILBOX = "tanaka@example.org"


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    with OidcProvider() as provider:
        yield provider


@pytest.fixture
def values(provider: OidcProvider) -> dict[str, str]:
    """What the form sends for a login with this token server."""
    values = typed(
        version="0",
        smtp_login="oauth2",
        smtp_user=MAILBOX,
        oauth_provider="custom",
        oauth_flow="code",
        oauth_client_id=SECRET,
        oauth_client_secret=CLIENT_SECRET,
        oauth_scope=SCOPE,
        oauth_issuer=provider.issuer,
        oauth_authorize_url=f"{provider.issuer}/auth",
        oauth_token_url=f"{provider.issuer}/token",
        oauth_device_url="",
    )
    return {name: value for name, value in values.items() if name != "smtp_password"}  # it has no such field


@pytest.fixture
def by_device(values: dict[str, str], provider: OidcProvider) -> dict[str, str]:
    return {
        **values,
        "oauth_flow": "device",
        "oauth_authorize_url": "",
        "oauth_device_url": f"{provider.issuer}/device/auth",
    }


@pytest.fixture
def tab(app: Flask) -> FlaskClient:
    """The other tab, of a browser that nobody has signed in to the panel with."""
    return app.test_client()
