"""Grants of the tests' authorization server, got with nothing but the standard library."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.oidc import PUBLIC, REDIRECT_URI, SCOPE, OidcProvider, sign_in

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def by_code(provider: OidcProvider, account: str, *, client: str = PUBLIC) -> dict[str, Any]:
    """Sign in with code and PKCE (RFC 7636), and give the answer of the token endpoint."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "client_id": client,
        "response_type": "code",
        "redirect_uri": REDIRECT_URI,
        "scope": SCOPE,
        "state": secrets.token_urlsafe(),
        "prompt": "consent",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    arrived = sign_in(f"{provider.metadata['authorization_endpoint']}?{urlencode(asked)}", account)
    answer = {name: value for name, [value] in parse_qs(urlsplit(arrived).query).items()}
    assert (answer["state"], answer["iss"]) == (asked["state"], provider.issuer)
    given = {"code": answer["code"], "redirect_uri": REDIRECT_URI, "code_verifier": verifier}
    return provider.post("/token", {"grant_type": "authorization_code", **given}, client=client)


def refreshed(provider: OidcProvider, refresh_token: str, *, client: str = PUBLIC) -> dict[str, Any]:
    return provider.post("/token", {"grant_type": "refresh_token", "refresh_token": refresh_token}, client=client)
