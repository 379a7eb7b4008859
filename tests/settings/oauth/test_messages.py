"""The requests that are sent to a token server, and what comes of its answers."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest

from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.settings.login import Flow, OAuthProvider
from panel.settings.oauth import messages
from panel.settings.oauth.failure import Pending, SlowDown, TokenFailed

GOOD = {"access_token": "at-1", "token_type": "Bearer", "expires_in": 1800, "refresh_token": "rt-2"}
SECRET = "s3cr+t/of the client"
REFRESH = "refresh-token-0123456789"


def ends():
    return {"policy": Policy(), "deadline": Deadline(20)}


def renewed(client):
    return messages.refresh(client, REFRESH, **ends())


def exchanged(client, nonce="n"):
    more = {"code": "c0de-of-this-sign-in", "verifier": "v" * 43, "redirect_uri": "http://127.0.0.1/cb", "nonce": nonce}
    return messages.exchange_code(client, **more, **ends())


def id_token(**claims):
    return "e30." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + ".x"


def test_the_address_of_a_sign_in_has_pkce_state_and_the_mailbox(client):
    address = messages.authorize_address(client(), redirect_uri="http://r/", state="s", nonce="n", challenge="c")

    asked = {name: each[0] for name, each in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(client().endpoints.authorize_url + "?")
    assert asked == {
        **{"response_type": "code", "client_id": "panel", "redirect_uri": "http://r/", "scope": "smtp", "state": "s"},
        **{"code_challenge": "c", "code_challenge_method": "S256", "nonce": "n", "prompt": "consent"},
        "login_hint": "me@example.org",
    }


def test_google_is_asked_for_a_refresh_token(client):
    google = client(provider=OAuthProvider.GOOGLE)

    address = messages.authorize_address(google, redirect_uri="http://r/", state="s", nonce="n", challenge="c")

    assert "access_type=offline" in address


def test_a_code_is_given_with_its_verifier(server, client):
    server.says(GOOD | {"id_token": id_token(nonce="n", sub="7", email="me@example.org")})

    answer = exchanged(client())

    assert (answer.access_token, answer.refresh_token, answer.expires_in_s) == ("at-1", "rt-2", 1800)
    assert (answer.scope, answer.subject, answer.email) == ("smtp", "7", "me@example.org")
    assert answer.clock_skew_s is not None
    assert abs(answer.clock_skew_s) < 30
    assert "at-1" not in repr(answer)
    assert "rt-2" not in repr(answer)
    assert server.asked[0][2] == {
        **{"grant_type": "authorization_code", "code": "c0de-of-this-sign-in", "code_verifier": "v" * 43},
        **{"redirect_uri": "http://127.0.0.1/cb", "client_id": "panel"},
    }


@pytest.mark.parametrize("claims", [{"nonce": "other", "iss": "https://id"}, {"nonce": "n", "iss": "https://evil"}])
def test_an_id_token_of_another_sign_in_is_refused(server, client, claims):
    server.says(GOOD | {"id_token": id_token(**claims)})

    with pytest.raises(TokenFailed) as failed:
        exchanged(client(endpoints=client().endpoints._replace(issuer="https://id")))

    assert failed.value.cause == "oauth_answer_broken"


def test_another_server_gets_the_secret_as_basic_then_in_the_body(server, client):
    server.says({"error": "invalid_client"}, 401)
    server.says(GOOD)

    assert renewed(client(client_secret=SECRET)).access_token == "at-1"

    first, second = server.asked
    assert base64.b64decode(first[1]["Authorization"].split()[1]) == b"panel:s3cr%2Bt%2Fof+the+client"
    assert "client_secret" not in first[2]
    assert second[1]["Authorization"] is None
    assert (second[2]["client_id"], second[2]["client_secret"]) == ("panel", SECRET)


def test_a_known_service_gets_the_secret_in_the_body_at_once(server, client):
    server.says(GOOD)

    renewed(client(provider=OAuthProvider.GOOGLE, client_secret=SECRET))

    assert server.asked[0][2]["client_secret"] == SECRET
    assert server.asked[0][1]["Authorization"] is None


def test_a_missing_refresh_token_leaves_the_old_one(server, client):
    server.says({"access_token": "at", "token_type": "bearer"})

    answer = renewed(client())

    assert (answer.refresh_token, answer.expires_in_s) == ("", 3600)


@pytest.mark.parametrize(
    ("error", "cause", "permanent"),
    [
        ("invalid_grant", "oauth_signin_required", True),
        ("interaction_required", "oauth_signin_required", True),
        ("invalid_client", "oauth_client_refused", True),
        ("unauthorized_client", "oauth_client_refused", True),
        ("invalid_scope", "oauth_scope_wrong", True),
        ("access_denied", "oauth_consent_missing", True),
        ("consent_required", "oauth_consent_missing", True),
        ("temporarily_unavailable", "oauth_server_unreachable", False),
        ("what_is_this", "oauth_answer_broken", False),
    ],
)
def test_an_error_has_its_cause(server, client, error, cause, permanent):
    server.says({"error": error, "error_description": "AADSTS70008: so\r\nit is"}, 400)

    with pytest.raises(TokenFailed) as failed:
        renewed(client())

    assert (failed.value.cause, failed.value.permanent, failed.value.error) == (cause, permanent, error)
    assert failed.value.detail == f"{error}: AADSTS70008: so it is"


def test_a_busy_server_says_when_to_come_again(server, client):
    server.says(b"<html>", 503, Retry_After="120")

    with pytest.raises(TokenFailed) as failed:
        renewed(client())

    assert (failed.value.cause, failed.value.retry_after_ms) == ("oauth_server_unreachable", 120_000)


HUGE = b'{"access_token": "at-1", "x": "%b"}' % (b"x" * 70_000)


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>"), (302, b"{}"), (200, b"[]"), (200, b"{}"), (404, b""), (200, HUGE)]
)
def test_what_is_no_answer_of_oauth2_is_broken(server, client, status, body):
    server.says(body, status, Location="http://127.0.0.1:1/")

    with pytest.raises(TokenFailed) as failed:
        renewed(client())

    assert (failed.value.cause, len(server.asked)) == ("oauth_answer_broken", 1)


def test_a_server_that_is_slow_is_unreachable(client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        slow = client(endpoints=client().endpoints._replace(token_url=f"http://127.0.0.1:{listener.getsockname()[1]}/"))
        with pytest.raises(TokenFailed) as failed:
            messages.refresh(slow, REFRESH, policy=Policy(), deadline=Deadline(0.2))

    assert failed.value.cause == "oauth_server_unreachable"


def test_a_server_that_is_away_is_unreachable(server, client):
    away = client(endpoints=client().endpoints._replace(token_url="http://127.0.0.1:1/"))

    with pytest.raises(TokenFailed) as failed:
        renewed(away)

    assert (failed.value.cause, failed.value.detail.split(":")[0]) == ("oauth_server_unreachable", "connection_refused")


def test_what_was_sent_is_never_repeated(server, client):
    server.says({"error": "invalid_grant", "error_description": f"no {REFRESH} of {SECRET}"}, 400)

    with pytest.raises(TokenFailed) as failed:
        renewed(client(client_secret=SECRET))

    assert REFRESH not in failed.value.detail
    assert "s3cr" not in failed.value.detail


def test_an_application_asks_by_itself(server, client):
    server.says(GOOD)

    messages.as_application(client(flow=Flow.CLIENT, client_secret="x" * 20), **ends())

    assert server.asked[0][2] == {"grant_type": "client_credentials", "scope": "smtp"}


def test_a_device_gets_a_code_and_waits(server, client):
    server.says({"device_code": "dc", "user_code": "AB-CD", "verification_uri": "https://example.org/device"})
    for error in ("authorization_pending", "slow_down"):
        server.says({"error": error}, 400)
    server.says(GOOD)

    begun = messages.begin_device(client(), **ends())
    with pytest.raises(Pending):
        messages.poll_device(client(), begun.device_code, **ends())
    with pytest.raises(SlowDown):
        messages.poll_device(client(), begun.device_code, **ends())

    assert messages.poll_device(client(), begun.device_code, **ends()).access_token == "at-1"
    assert (begun.user_code, begun.interval_s) == ("AB-CD", 5)
    assert server.asked[0][2] == {"scope": "smtp", "client_id": "panel"}
    assert server.asked[1][2]["device_code"] == "dc"


@pytest.mark.parametrize("place", ["javascript:alert(1)", "http://example.org/", None])
def test_nobody_is_sent_to_an_unsafe_page(server, client, place):
    server.says({"device_code": "dc", "user_code": "AB-CD", "verification_uri": place})

    with pytest.raises(TokenFailed, match="oauth_answer_broken"):
        messages.begin_device(client(), **ends())


def test_a_token_is_revoked_where_there_is_a_place_for_it(server, client):
    server.says(b"")

    assert messages.revoke(client(), REFRESH, **ends())
    assert not messages.revoke(client(endpoints=client().endpoints._replace(revocation_url="")), REFRESH, **ends())
    assert server.asked[0][2] == {"token": REFRESH, "token_type_hint": "refresh_token", "client_id": "panel"}


def test_who_has_no_sign_in_loads_nothing_of_it():
    code = (
        "import sys, panel.settings.model, panel.settings.store, panel.settings.validation;"
        "print(*(name for name in sys.modules if name.startswith(('oauthlib', 'panel.settings.oauth'))))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == []
