"""What a browser is told of each cookie: alone, over HTTPS, under a prefix, in frames of its own and of other sites."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest
from flask.testing import FlaskClient

from panel import clock
from panel.config import Config
from panel.services import Services
from panel.web import create_app
from tests.support.actors import actor
from tests.web.conftest import PASSWORD, Browser

PORTAL = "https://portal.example.org"
HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/mail"}


def client(config: Config, services: Services, *ancestors: str) -> FlaskClient:
    """Give a browser before a panel behind a proxy, which these may show in a frame."""
    behind = replace(config, trusted_proxies=(ip_network("127.0.0.0/8"),), frame_ancestors=ancestors)
    return create_app(behind, services).test_client()


def cookies(client: FlaskClient, headers: dict[str, str]) -> dict[str, set[str]]:
    """Give the attributes of each cookie that the login sets, when a language is asked for."""
    lines = client.get("/login?lang=ja", headers=headers).headers.getlist("Set-Cookie")
    return {line.partition("=")[0]: {*line.split("; ")[1:]} - {"Max-Age=31536000"} for line in lines}


def plain(attributes: set[str]) -> set[str]:
    return {each for each in attributes if not each.startswith("Expires=")}


@pytest.mark.parametrize("ancestors", [(), ("self",), (PORTAL,), ("self", PORTAL)])
def test_over_https_each_cookie_is_the_hosts_and_goes_abroad_only_where_another_origin_frames(
    config: Config, services: Services, ancestors: tuple[str, ...]
) -> None:
    found = cookies(client(config, services, *ancestors), HTTPS)

    where = {"SameSite=None", "Partitioned"} if PORTAL in ancestors else {"SameSite=Lax"}
    assert set(found) == {"__Host-mail-panel", "__Host-mail-panel-language"}
    assert all(plain(each) == {"Secure", "HttpOnly", "Path=/", *where} for each in found.values())


def test_over_http_no_cookie_goes_abroad(config: Config, services: Services) -> None:
    found = cookies(client(config, services, PORTAL), {})

    assert set(found) == {"mail-panel", "mail-panel-language"}
    assert all(plain(each) == {"HttpOnly", "Path=/", "SameSite=Lax"} for each in found.values())


def test_the_language_is_read_where_it_was_kept(config: Config, services: Services) -> None:
    browser = client(config, services, PORTAL)
    at = {"base_url": "https://localhost", "headers": HTTPS}
    browser.get("/login?lang=ja", **at)

    assert '<html lang="ja">' in browser.get("/login", **at).text


@pytest.mark.parametrize("where", ["iframe", None, "document"])
def test_a_browser_that_sends_no_cookie_is_told_so_and_led_into_a_tab_where_it_is_in_a_frame(
    config: Config, services: Services, where: str | None
) -> None:
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    browser = Browser(client(config, services, PORTAL))
    headers = {"Sec-Fetch-Dest": where} if where else {}
    browser.client.delete_cookie("mail-panel")

    page = browser.post("/login", {"name": "hanako", "password": "any", "next": "/outbox"}, headers=headers)

    assert page.status_code == 400
    assert "cookie" in page.text
    assert 'value="hanako"' in page.text
    assert ('id="apart" href="/login?next=/outbox"' in page.text) is (where != "document")


def test_without_frames_no_tab_is_offered(stranger: Browser, services: Services) -> None:
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    page = stranger.post("/login", {"name": "hanako", "password": "any"}, headers={"Sec-Fetch-Dest": "iframe"})

    assert (page.status_code, "Allow cookies here" in page.text, 'id="apart"' in page.text) == (400, True, False)


@pytest.mark.parametrize(
    ("ancestors", "where", "in_place"),
    [((PORTAL,), "iframe", True), ((PORTAL,), "document", False), (("self",), "iframe", False)],
)
def test_a_session_that_has_ended_is_begun_again_in_the_frame_of_another_site(
    config: Config, services: Services, ancestors: tuple[str, ...], where: str, in_place: bool
) -> None:
    browser = Browser(client(config, services, *ancestors))

    page = browser.post("/settings", {}, headers={"Sec-Fetch-Dest": where})
    fragment = browser.post("/settings", {}, htmx=True)

    assert page.status_code == fragment.status_code == 401
    assert ('target="_blank"' not in page.text) is in_place
    assert ('id="again-password"' in fragment.text) is (PORTAL in ancestors)
