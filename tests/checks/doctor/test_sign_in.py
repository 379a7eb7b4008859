"""What the doctor finds of a login by OAuth2, at a token server that says what a test needs."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from panel.checks.doctor.finding import Finding, FindingStatus
from panel.checks.doctor.sign_in import examine_sign_in
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.settings.login import Flow, OAuthProvider
from panel.settings.model import Settings
from panel.settings.oauth.grant import Grant
from tests.support.token_settings import with_tokens_of

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
URI = "http://127.0.0.1:5870/oauth2/callback"


@dataclass
class Service:
    """How the pages of a service answer a GET."""

    url: str = ""
    status: int = 200
    location: str = ""
    body: str = "<h1>Sign in</h1>"
    ahead: timedelta = timedelta(0)
    asked: list[str] = field(default_factory=list)


@contextmanager
def running() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.asked.append(self.path)
            self.send_response_only(service.status)
            self.send_header("Date", format_datetime(datetime.now(UTC) + service.ahead, usegmt=True))
            if service.location:
                self.send_header("Location", service.location)
            body = service.body.encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{http.server_address[1]}"
    yield service
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def service() -> Iterator[Service]:
    with running() as service:
        yield service


@pytest.fixture
def settings(service: Service) -> Settings:
    return with_tokens_of(service.url, grant=1)


def grant(**changed: Any) -> Grant:
    made = Grant(
        number=1,
        state="ready",
        provider="custom",
        flow="code",
        account="report@example.org",
        scope="smtp",
        signed_in_by="hanako",
        signed_in_at=NOW - timedelta(days=1),
        refreshed_at=NOW,
        expires_at=None,
        adopted=True,
        cause=None,
        detail=None,
    )
    return replace(made, **changed)


def found(settings: Settings, given: Grant | None = None) -> dict[str, Finding]:
    findings = examine_sign_in(settings, given, URI, policy=Policy(), deadline=Deadline(10), now=NOW)
    return {each.name: each for each in findings}


def test_a_sign_in_that_works_is_no_problem_and_nobody_signs_in(settings: Settings, service: Service) -> None:
    findings = found(settings, grant())

    assert findings["oauth_grant"].what.values["by"] == "hanako"
    assert {findings[name].status for name in ("oauth_grant", "oauth_age", "oauth_server")} == {FindingStatus.OK}
    assert [urlsplit(each).path for each in service.asked] == ["/authorize", "/token"]


@pytest.mark.parametrize("given", [None, grant(state="refused", cause="oauth_signin_required")])
def test_a_sign_in_that_is_missing_or_refused_is_a_problem(settings: Settings, given: Grant | None) -> None:
    assert found(settings, given)["oauth_grant"].status is FindingStatus.PROBLEM


def test_a_sign_in_that_is_refused_says_why_in_words(settings: Settings) -> None:
    refused = found(settings, grant(state="refused", cause="oauth_signin_required"))["oauth_grant"]

    assert refused.what.translated(str).startswith("The service gives no token any more: The permission to send has")


def test_an_application_needs_no_sign_in(settings: Settings) -> None:
    findings = found(replace(settings, oauth_flow=Flow.CLIENT, oauth_client_secret="word"))

    assert findings["oauth_grant"].status is FindingStatus.OK
    assert "oauth_redirect" not in findings


@pytest.mark.parametrize(("days", "status"), [(6, FindingStatus.OK), (8, FindingStatus.WARNING)])
def test_a_sign_in_that_nobody_renews_is_told_before_the_service_forgets_it(
    settings: Settings, days: int, status: FindingStatus
) -> None:
    at_google = replace(settings, oauth_provider=OAuthProvider.GOOGLE, oauth_flow=Flow.DEVICE, oauth_token_url="")
    given = grant(refreshed_at=NOW - timedelta(days=days))

    findings = examine_sign_in(at_google, given, URI, policy=Policy(), deadline=Deadline(1), now=NOW)

    age = next(each for each in findings if each.name == "oauth_age")  # before anybody is asked
    assert (age.status, age.what.values["idle"]) == (status, 180)


@pytest.mark.parametrize(
    ("date", "status"),
    [
        ("2026-11-25", FindingStatus.PROBLEM),
        ("2026-11-27", FindingStatus.PROBLEM),
        ("2026-12-03", FindingStatus.WARNING),
        ("2026-12-26", FindingStatus.WARNING),
        ("2026-12-27", FindingStatus.OK),
    ],
)
def test_the_end_of_a_secret_is_told_before(settings: Settings, date: str, status: FindingStatus) -> None:
    dated = replace(settings, oauth_client_secret="word", oauth_secret_expires=date)

    assert found(dated, grant())["oauth_secret"].status is status


def test_a_service_that_leads_back_at_once_knows_the_address(settings: Settings, service: Service) -> None:
    service.status, service.location = 302, f"{URI}?error=login_required&state=x"

    assert found(settings, grant())["oauth_redirect"].status is FindingStatus.OK
    assert dict(parse_qsl(urlsplit(service.asked[0]).query))["prompt"] == "none"


GOOGLES = base64.urlsafe_b64encode(b"\n\x15redirect_uri_mismatch\x12\xb3").decode().rstrip("=")


@pytest.mark.parametrize(
    ("status", "location", "body"),
    [
        (400, "", "Invalid parameter: redirect_uri"),
        (200, "", "AADSTS50011: The redirect URI specified in the request does not match"),
        (302, f"https://accounts.example.org/signin/oauth/error?authError={GOOGLES}", ""),
        (302, "https://id.example.org/error?error=invalid_request&error_description=redirect_uri+is+unknown", ""),
    ],
)
def test_an_address_that_is_not_registered_is_a_problem(
    settings: Settings, service: Service, status: int, location: str, body: str
) -> None:
    service.status, service.location, service.body = status, location, body

    assert found(settings, grant())["oauth_redirect"].status is FindingStatus.PROBLEM


@pytest.mark.parametrize(
    ("status", "location"),
    [(200, ""), (302, "https://id.example.org/login?redirect_uri=http%3A%2F%2F127.0.0.1"), (503, "")],
)
def test_what_only_a_sign_in_would_show_is_not_known(
    settings: Settings, service: Service, status: int, location: str
) -> None:
    service.status, service.location = status, location

    assert found(settings, grant())["oauth_redirect"].status is FindingStatus.UNKNOWN


@pytest.mark.parametrize(("seconds", "status"), [(30, FindingStatus.OK), (-300, FindingStatus.PROBLEM)])
def test_the_clock_is_compared_with_that_of_the_token_server(
    settings: Settings, service: Service, seconds: int, status: FindingStatus
) -> None:
    service.ahead = timedelta(seconds=seconds)

    assert found(settings, grant())["oauth_server"].status is status


def test_a_token_server_that_is_not_reached_is_a_problem(settings: Settings) -> None:
    nowhere = "http://127.0.0.1:1"
    there = replace(settings, oauth_authorize_url=f"{nowhere}/authorize", oauth_token_url=f"{nowhere}/token")

    findings = found(there, grant())

    assert (
        str(findings["oauth_server"].what)
        == "127.0.0.1, which gives the tokens, was not reached: The server is there, but the port is closed."
    )
    assert findings["oauth_redirect"].status is FindingStatus.UNKNOWN
