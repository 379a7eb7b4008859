"""A sign-in under way: one browser, one state, once; another device; and what comes back wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from panel import clock
from panel.clock import Instant
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.settings.login import Flow
from panel.settings.model import Settings
from panel.settings.oauth.client import Client
from panel.settings.oauth.grants import GrantStore
from panel.settings.oauth.sign_in import Opened, SignIn, SignInRefused, SignIns
from panel.storage.database import Database
from panel.storage.vault import Vault
from tests.support.actors import actor
from tests.support.token_server import Answer, TokenServer, error, json_answer

AT = clock.instant()
BACK = "http://127.0.0.1:5870/oauth2/callback"


@pytest.fixture
def sign_ins(database: Database, keys: Vault, grants: GrantStore) -> SignIns:
    return SignIns(database, keys, grants)


@pytest.fixture
def client(settings: Settings) -> Client:
    return Client.of(replace(settings, oauth_issuer="https://id.example.org"))


def begun(sign_ins: SignIns, client: Client) -> tuple[SignIn, Opened, dict[str, str]]:
    """Begin, go to the service, and come back with a code of it."""
    sign_in = sign_ins.begin(client, actor("hanako", address="192.0.2.1"), redirect_uri=BACK, at=AT)
    opened = sign_ins.opened(sign_in.ticket, AT)
    asked = {name: value for name, (value,) in parse_qs(urlsplit(opened.address).query).items()}
    return sign_in, opened, asked


def finished(sign_ins: SignIns, arguments: dict[str, str], cookie: str, at: Instant = AT) -> SignIn:
    return sign_ins.finished(arguments, cookie, policy=Policy(), deadline=Deadline(10), at=at)


def test_a_browser_goes_and_comes_back_with_a_grant(
    sign_ins: SignIns, client: Client, token_server: TokenServer, grants: GrantStore
) -> None:
    sign_in, opened, asked = begun(sign_ins, client)
    token_server.codes["a-code"] = asked["code_challenge"]

    done = finished(sign_ins, {"code": "a-code", "state": asked["state"]}, opened.cookie)

    assert (asked["redirect_uri"], asked["code_challenge_method"], asked["prompt"]) == (BACK, "S256", "consent")
    assert (done.number, done.outcome) == (sign_in.number, "done")
    grant = grants.get(done.grant or 0)
    assert grant
    assert (grant.state, grant.signed_in_by) == ("pending", "hanako")
    (request,) = token_server.requests
    assert (request["code"], request["redirect_uri"]) == ("a-code", BACK)
    assert len(request["code_verifier"]) >= 43
    assert sign_ins.newest("hanako", AT) == done
    assert sign_ins.newest("ken", AT) is None


def test_a_ticket_opens_once_and_for_a_minute(sign_ins: SignIns, client: Client) -> None:
    sign_in, _, _ = begun(sign_ins, client)
    with pytest.raises(SignInRefused):
        sign_ins.opened(sign_in.ticket, AT)

    late = sign_ins.begin(client, actor("hanako"), redirect_uri=BACK, at=AT)
    with pytest.raises(SignInRefused):
        sign_ins.opened(late.ticket, clock.later(AT, 61_000))
    with pytest.raises(SignInRefused):
        sign_ins.opened("", AT)


Changed = Callable[[dict[str, str], str], tuple[dict[str, str], str, int]]


@pytest.mark.parametrize(
    "changed",
    [
        lambda arguments, cookie: ({**arguments, "state": "another"}, cookie, 0),
        lambda arguments, cookie: ({"code": "a-code"}, cookie, 0),
        lambda arguments, cookie: (arguments, "another", 0),
        lambda arguments, cookie: (arguments, "", 0),
        lambda arguments, cookie: (arguments, cookie, 16 * 60_000),
        lambda arguments, cookie: ({**arguments, "iss": "https://evil.example"}, cookie, 0),
    ],
    ids=["state", "no state", "cookie", "no cookie", "late", "issuer"],
)
def test_an_answer_of_somebody_else_is_refused_and_costs_nothing(
    sign_ins: SignIns, client: Client, token_server: TokenServer, changed: Changed
) -> None:
    _, opened, asked = begun(sign_ins, client)
    token_server.codes["a-code"] = asked["code_challenge"]
    right = {"code": "a-code", "state": asked["state"], "iss": "https://id.example.org"}
    arguments, cookie, late = changed(right, opened.cookie)

    with pytest.raises(SignInRefused):
        finished(sign_ins, arguments, cookie, clock.later(AT, late))

    assert token_server.requests == []
    assert finished(sign_ins, right, opened.cookie).outcome == "done"


def test_an_answer_comes_once(sign_ins: SignIns, client: Client, token_server: TokenServer) -> None:
    _, opened, asked = begun(sign_ins, client)
    token_server.codes["a-code"] = asked["code_challenge"]
    finished(sign_ins, {"code": "a-code", "state": asked["state"]}, opened.cookie)

    with pytest.raises(SignInRefused):
        finished(sign_ins, {"code": "a-code", "state": asked["state"]}, opened.cookie)
    assert len(token_server.requests) == 1


def test_a_refusal_of_the_service_is_told_with_its_cause(sign_ins: SignIns, client: Client) -> None:
    _, opened, asked = begun(sign_ins, client)

    failed = finished(
        sign_ins,
        {"error": "access_denied", "error_description": "<b>no</b>\r\nX: y", "state": asked["state"]},
        opened.cookie,
    )

    assert (failed.outcome, failed.cause, failed.grant) == ("failed", "oauth_consent_missing", None)
    assert "\r" not in failed.detail


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html>"), "oauth_answer_broken"),
        ((429, {"Retry-After": "60"}, b""), "oauth_server_unreachable"),
        (None, "oauth_signin_required"),  # a code that it does not know, or no more
    ],
)
def test_an_answer_that_gives_no_token_is_told(
    sign_ins: SignIns, client: Client, token_server: TokenServer, grants: GrantStore, answer: Answer | None, cause: str
) -> None:
    _, opened, asked = begun(sign_ins, client)
    token_server.scripted += [answer] if answer else []

    failed = finished(sign_ins, {"code": "a-code", "state": asked["state"]}, opened.cookie)

    assert (failed.outcome, failed.cause) == ("failed", cause)
    assert grants.get(1) is None


def test_the_address_may_be_pasted_by_who_began(sign_ins: SignIns, client: Client, token_server: TokenServer) -> None:
    _, _, asked = begun(sign_ins, client)
    token_server.codes["a-code"] = asked["code_challenge"]
    address = f" {BACK}?state={asked['state']}&code=a-code#_ "

    def pasted(text: str, account: str) -> SignIn:
        return sign_ins.pasted(text, account, policy=Policy(), deadline=Deadline(10), at=AT)

    for text, account in (
        (address, "ken"),
        (BACK, "hanako"),
        (address.replace("#_", "&state=x"), "hanako"),
        ("[::", "hanako"),
    ):
        with pytest.raises(SignInRefused):
            pasted(text, account)
    assert pasted(address, "hanako").outcome == "done"


def test_a_code_is_typed_into_another_device(sign_ins: SignIns, settings: Settings, token_server: TokenServer) -> None:
    client = Client.of(replace(settings, oauth_flow=Flow.DEVICE))
    begun = sign_ins.begin_device(client, actor("hanako"), policy=Policy(), deadline=Deadline(10), at=AT)
    assert (begun.user_code, begun.verification_uri) == ("WDJB-MJHT", f"{token_server.url}/activate")

    def look(seconds: int) -> SignIn | None:
        at = clock.later(AT, seconds * 1000)
        return sign_ins.look(begun.number, "hanako", policy=Policy(), deadline=Deadline(10), at=at)

    def asked() -> int:
        return len(token_server.requests) - 1

    assert [look(1), asked()] == [begun, 0]
    assert [look(6), asked()] == [begun, 1]
    token_server.scripted.append(error("slow_down"))
    assert [look(12), asked()] == [begun, 2]
    token_server.typed = True
    assert [look(18), asked()] == [begun, 2]  # it is ten seconds now
    done = look(23)
    assert done
    assert (done.outcome, asked()) == ("done", 3)
    assert sign_ins.look(begun.number, "ken", policy=Policy(), deadline=Deadline(10), at=AT) is None


def test_a_device_that_nobody_used_is_over(sign_ins: SignIns, settings: Settings, token_server: TokenServer) -> None:
    client = Client.of(replace(settings, oauth_flow=Flow.DEVICE))
    begun = sign_ins.begin_device(client, actor("hanako"), policy=Policy(), deadline=Deadline(10), at=AT)

    over = sign_ins.newest_of(begun.number, "hanako", clock.later(AT, 15 * 60_000 + 1_000))

    assert over
    assert over.outcome == "over"


def test_a_service_without_a_device_flow_is_told(
    sign_ins: SignIns, settings: Settings, token_server: TokenServer
) -> None:
    client = Client.of(replace(settings, oauth_flow=Flow.DEVICE))
    token_server.scripted.append(json_answer({"error": "unauthorized_client"}, 400))

    with pytest.raises(Exception, match="oauth_client_refused"):
        sign_ins.begin_device(client, actor("hanako"), policy=Policy(), deadline=Deadline(10), at=AT)


def test_no_secret_of_a_sign_in_stands_in_the_file(sign_ins: SignIns, client: Client, database: Database) -> None:
    sign_in, opened, asked = begun(sign_ins, client)
    database.close()
    written = b"".join(path.read_bytes() for path in database.path.parent.glob("*"))

    for secret in (sign_in.ticket, opened.cookie, asked["state"], asked["nonce"]):
        assert secret.encode() not in written
    assert sign_in.ticket not in repr(sign_in)
    assert opened.cookie not in repr(opened)
