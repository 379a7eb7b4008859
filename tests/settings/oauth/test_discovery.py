from __future__ import annotations

import pytest

from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.settings.oauth.discovery import discover
from panel.settings.oauth.failure import TokenFailed


def found(issuer):
    return discover(issuer, policy=Policy(), deadline=Deadline(20))


def test_rfc_8414_is_asked_first_then_openid_connect(server):
    issuer = f"{server.url}/realm"
    server.says(b"nothing", 404)
    server.says({"issuer": issuer, "token_endpoint": "https://t/", "authorization_endpoint": "javascript:x"})

    endpoints = found(issuer)

    assert [each[0] for each in server.asked] == [
        "/.well-known/oauth-authorization-server/realm",
        "/realm/.well-known/openid-configuration",
    ]
    assert (endpoints.token_url, endpoints.authorize_url, endpoints.issuer) == ("https://t/", "", issuer)


def test_another_issuer_is_not_believed(server):
    server.says({"issuer": "https://evil.example", "token_endpoint": "https://evil.example/"})

    with pytest.raises(TokenFailed) as failed:
        found(server.url)

    assert failed.value.cause == "oauth_answer_broken"


def test_a_server_that_is_away_is_unreachable():
    with pytest.raises(TokenFailed) as failed:
        found("http://127.0.0.1:1")

    assert failed.value.cause == "oauth_server_unreachable"
