"""Who may read the metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network

import pytest
from flask.testing import FlaskClient

from panel import clock
from panel.access.rights import Scope
from panel.config import Config
from panel.mail.smtp.protocol import Failure, Stage
from panel.services import Services
from panel.settings.model import Settings
from panel.web import create_app
from tests.support.actors import actor
from tests.support.limited import with_limits
from tests.support.mail import mail

Client = Callable[..., FlaskClient]
PROXY, READER = "10.0.0.1", "192.0.2.7"


@pytest.fixture
def client(config: Config, services: Services) -> Client:
    def opened(*readers: str, proxies: tuple[str, ...] = ()) -> FlaskClient:
        networks = {
            "metrics": tuple(map(ip_network, readers)),
            "trusted_proxies": tuple(map(ip_network, proxies)),
        }
        return create_app(replace(config, **networks), services).test_client()

    return opened


def status(client: FlaskClient, peer: str = "127.0.0.1", **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/metrics", headers=named, environ_base={"REMOTE_ADDR": peer}).status_code


def test_there_is_no_such_page_until_it_is_switched_on(client: Client) -> None:
    assert status(client()) == 404


def test_a_listed_network_reads_without_signing_in(client: Client, saved: Settings) -> None:
    response = client("127.0.0.1/32").get("/metrics")

    assert response.status_code == 200
    assert response.content_type.startswith("text/plain; version=0.0.4")
    assert 'mail_panel_messages{state="queued"} 0.0' in response.text
    assert not [secret for secret in (saved.smtp_host, saved.smtp_user, saved.smtp_password) if secret in response.text]


def test_everybody_else_finds_nothing(client: Client) -> None:
    assert status(client("10.0.0.0/8"), READER) == 404


def test_a_trusted_proxy_says_who_reads(client: Client) -> None:
    panel = client(f"{READER}/32", proxies=(f"{PROXY}/32",))

    assert status(panel, PROXY, X_Forwarded_For=READER) == 200
    assert status(panel, PROXY, X_Forwarded_For="192.0.2.8") == 404
    assert status(panel, PROXY, X_Forwarded_For="unknown") == 404


def test_an_address_of_ipv4_is_the_same_where_all_are_listened_at(client: Client) -> None:
    panel = client(f"{READER}/32", proxies=(f"{PROXY}/32",))

    assert status(panel, f"::ffff:{READER}") == 200
    assert status(panel, f"::ffff:{PROXY}", X_Forwarded_For=f"::ffff:{READER}") == 200
    assert status(panel, f"::ffff:{PROXY}", X_Forwarded_For=f"{READER}:4711") == 200
    assert status(panel, "::ffff:192.0.2.8") == 404


def test_a_trusted_proxy_that_does_not_say_who_reads_is_not_taken_for_the_reader(client: Client) -> None:
    panel = client(f"{PROXY}/32", proxies=(f"{PROXY}/32",))

    assert status(panel, PROXY, X_Forwarded_Proto="https") == 404
    assert status(panel, PROXY) == 200


@pytest.mark.parametrize("header", ["X_Forwarded_For", "X_Forwarded_Host", "Forwarded", "Via"])
def test_what_an_unknown_proxy_forwards_is_nobodys(client: Client, header: str) -> None:
    assert status(client("127.0.0.1/32"), **{header: "for=192.0.2.8"}) == 404


def test_what_fires_is_told_though_nobody_is_named(client: Client, services: Services, saved: Settings) -> None:
    assert 'mail_panel_alerts_firing{alert="held"} 0.0' in client("127.0.0.1/32").get("/metrics").text

    services.pace.hold(Failure(Stage.AUTH, "login_refused"), at=clock.instant(), version=services.settings.newest())

    assert 'mail_panel_alerts_firing{alert="held"} 1.0' in client("127.0.0.1/32").get("/metrics").text
    assert services.database.rows("SELECT * FROM incidents") == []


@pytest.mark.both_doors
def test_tokens_with_limits_are_told_with_what_was_used(client: Client, services: Services) -> None:
    services.tokens.create("free", [Scope.SEND], by=actor(), now=clock.now())
    panel = client("127.0.0.1/32")
    assert "mail_panel_token_" not in panel.get("/metrics").text
    by = with_limits(services.database, recipients_per_day=5, now=clock.now())

    services.outbox.enqueue(mail("a@example.org", "b@example.org"), by=by, now=clock.now())

    told = [line for line in panel.get("/metrics").text.splitlines() if line.startswith("mail_panel_token_")]
    assert told == [
        'mail_panel_token_messages_in_a_minute{token="shop"} 1.0',
        'mail_panel_token_recipients_today{token="shop"} 2.0',
        'mail_panel_token_recipients_per_day_limit{token="shop"} 5.0',
    ]
