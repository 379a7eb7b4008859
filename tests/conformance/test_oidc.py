"""The authorization server of the tests does what a strict one does, so that tests may lean on it."""

from __future__ import annotations

import pytest

from tests.conformance.people import SUZUKI, TANAKA
from tests.support.oidc import PUBLIC, SCOPE, SECRET, OidcProvider, sign_in
from tests.support.oidc_client import DEVICE_GRANT, by_code, refreshed


@pytest.mark.parametrize("client", [PUBLIC, SECRET])
def test_a_sign_in_by_code_gives_a_token_that_tells_whose_it_is(oidc: OidcProvider, client: str) -> None:
    answer = by_code(oidc, TANAKA.address, client=client)

    assert (answer["status"], answer["scope"]) == (200, SCOPE)
    told = oidc.introspect(answer["access_token"])
    assert (told["active"], told["username"], told["scope"]) == (True, TANAKA.address, SCOPE)


def test_a_sign_in_from_a_device_waits_for_the_person(oidc: OidcProvider) -> None:
    device = oidc.post("/device/auth", {"scope": SCOPE})
    polled = {"grant_type": DEVICE_GRANT, "device_code": device["device_code"]}
    assert oidc.post("/token", polled)["error"] == "authorization_pending"

    sign_in(device["verification_uri"], SUZUKI.address, user_code=device["user_code"])

    assert oidc.introspect(oidc.post("/token", polled)["access_token"])["username"] == SUZUKI.address


def test_a_used_refresh_token_ends_the_grant(oidc: OidcProvider) -> None:
    first = by_code(oidc, TANAKA.address)
    second = refreshed(oidc, first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert oidc.introspect(second["access_token"])["active"]

    assert refreshed(oidc, first["refresh_token"])["error"] == "invalid_grant"

    assert refreshed(oidc, second["refresh_token"])["error"] == "invalid_grant"
    assert not oidc.introspect(second["access_token"])["active"]


def test_a_revoked_refresh_token_is_good_for_nothing(oidc: OidcProvider) -> None:
    token = by_code(oidc, TANAKA.address)["refresh_token"]

    assert oidc.post("/token/revocation", {"token": token})["status"] == 200

    assert refreshed(oidc, token)["error"] == "invalid_grant"


def test_a_client_gets_a_token_for_itself(oidc: OidcProvider) -> None:
    told = oidc.introspect(oidc.application_token())

    assert (told["username"], told["scope"]) == ("app@example.org", "smtp")
