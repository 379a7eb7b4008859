"""Nobody enters uninvited: every route, every origin, every forwarded header."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from typing import NoReturn

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

from panel import clock
from panel.access.rights import PAGES, Role
from panel.config import Config
from panel.errors import DatabaseError
from panel.outbox.steering.acts import NotPossible
from panel.services import Services
from panel.web import create_app
from panel.web.guard import OPEN
from tests.support.actors import actor
from tests.web.conftest import PASSWORD, Browser, typed


def test_every_route_but_the_named_ones_is_closed(app: Flask, stranger: Browser) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN:
            continue
        path = rule.rule.replace("<int:number>", "1")
        for method in sorted(rule.methods or ()):
            response = stranger.client.open(path, method=method)
            assert response.status_code in (302, 400, 401) or method == "OPTIONS", (method, path)
            if response.status_code == 302:
                assert response.location.startswith("/login?next=")


def test_every_page_is_in_the_table_of_rights_and_nothing_else(app: Flask) -> None:
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("api.")}

    assert pages == PAGES.keys()


def test_a_page_that_is_in_no_table_is_refused_to_everybody(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(PAGES, "history.index")

    assert browser.get("/history").status_code == 403


def test_who_may_not_is_told_who_may(services: Services, app: Flask) -> None:
    services.accounts.add("ken", PASSWORD, by=actor(), now=clock.now())
    services.accounts.add("hanako", PASSWORD, role=Role.VIEWER, by=actor(), now=clock.now())
    with app.test_client() as client:
        viewer = Browser(client)
        viewer.get("/login")
        viewer.post("/login", {"name": "hanako", "password": PASSWORD})

        viewer.get("/outbox")
        page, refused = viewer.get("/access"), viewer.post("/outbox/pause", {})

    assert "An administrator may do this." in page.text
    assert "An operator or an administrator may do this." in refused.text
    assert (page.status_code, refused.status_code) == (403, 403)
    assert "viewer" not in page.text + refused.text


def test_a_role_in_the_form_of_who_may_give_none_is_passed_over_and_noted(
    services: Services, app: Flask, log: Callable[[], list[str]]
) -> None:
    for name, role in (("ken", Role.ADMINISTRATOR), ("hanako", Role.OPERATOR)):
        services.accounts.add(name, PASSWORD, by=actor(), role=role, now=clock.now())
    with app.test_client() as client:
        operator = Browser(client)
        operator.get("/login")
        operator.post("/login", {"name": "hanako", "password": PASSWORD})
        operator.get("/outbox")
        log()

        answer = operator.post("/outbox/pause", {"role": "administrator"})

    assert answer.status_code == 303
    assert {each.name: each.role for each in services.accounts.list()}["hanako"] == "operator"
    [line] = [line for line in log() if "role_refused" in line]
    assert "account=hanako" in line


def test_a_page_leads_to_the_login_and_back(stranger: Browser, services: Services) -> None:
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    first = stranger.get("/history")
    stranger.get(first.location)

    entered = stranger.post("/login", {"name": "hanako", "password": PASSWORD, "next": "/history"})

    assert entered.location == "/history"


@pytest.mark.parametrize("path", ["/settings", "/settings/trial", "/settings/trial/saved", "/logout", "/settings/pace"])
def test_a_change_needs_the_form_token(browser: Browser, path: str) -> None:
    assert browser.client.post(path, data=typed()).status_code == 400
    assert browser.client.post(path, data=typed(), headers={"HX-Request": "true"}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://["},
    ],
)
def test_a_change_comes_from_our_own_pages(browser: Browser, headers: dict[str, str]) -> None:
    assert browser.post("/settings", typed(), headers=headers).status_code == 403


def test_an_expired_session_keeps_what_was_typed(browser: Browser, services: Services, saved: object) -> None:
    services.accounts.set_password("hanako", "another password", by=actor(), now=clock.now())

    response = browser.post("/settings", typed(from_name="typed"), htmx=True)

    assert response.status_code == 401
    assert response.headers["HX-Reswap"] == "none"
    assert "HX-Redirect" not in response.headers
    assert 'id="say-error"' in response.text
    assert services.settings.current().number == 1


def test_a_page_of_an_expired_session_is_taken_after_signing_in_again(browser: Browser, services: Services) -> None:
    opened_before = browser.token
    services.accounts.set_password("hanako", PASSWORD, by=actor(), now=clock.now())

    browser.post("/login", {"name": "hanako", "password": PASSWORD})
    browser.token = opened_before
    response = browser.post("/settings", typed(smtp_password="secret", version="0"))

    assert response.status_code == 303


def test_an_expired_session_of_a_link_leads_to_the_login_and_back(browser: Browser, services: Services) -> None:
    services.accounts.set_password("hanako", "another password", by=actor(), now=clock.now())

    response = browser.get("/settings/edit", htmx=True, headers={"HX-Current-URL": "http://localhost/settings?x=1"})

    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/login?next=/settings?x%3D1"


@pytest.mark.parametrize("address", ["http://[", "//evil.example/", "http://evil.example\\@localhost/"])
def test_an_address_that_htmx_never_names_leads_nowhere_else(
    stranger: Browser, services: Services, address: str
) -> None:
    response = stranger.get("/settings", htmx=True, headers={"HX-Current-URL": address})

    assert response.status_code == 401
    assert response.headers["HX-Redirect"].startswith("/login?next=")


def test_pages_say_what_a_browser_may_do(browser: Browser) -> None:
    response = browser.get("/settings")

    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in response.headers["Vary"]


def test_a_static_file_is_told_its_kind_alone_and_an_error_there_is_a_page(stranger: Browser) -> None:
    address = re.findall(r'href="([^"]+panel[^"]+css)"', stranger.get("/login").text)[0]

    answer, missing = stranger.client.get(address), stranger.client.get("/static/nothing.css")

    assert answer.headers["X-Content-Type-Options"] == missing.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Security-Policy" not in answer.headers
    assert "frame-ancestors 'none'" in missing.headers["Content-Security-Policy"]


@pytest.mark.parametrize("who", ["browser", "stranger"])
def test_what_comes_back_from_a_sign_in_leaves_by_no_link_and_no_referer(
    request: pytest.FixtureRequest, who: str
) -> None:
    client, secret = request.getfixturevalue(who).client, "co-kQ7vX2mZ9pLr4t"
    query = f"code={secret}&state={secret}&ticket={secret}&code={secret}"

    for path in ("/oauth2/callback", "/oauth2/callback/", "/oauth2/begin", "/OAuth2/callback", "/oauth2"):
        for method in ("GET", "HEAD", "POST", "PUT"):
            answer = client.open(f"{path}?{query}", method=method)

            assert answer.status_code >= 300
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert secret not in answer.text + str(answer.headers)
            assert "<form" not in answer.text, "it could not be sent without a Referer"


def test_the_other_language_of_what_there_is_not_repeats_no_query(browser: Browser) -> None:
    assert "kQ7vX2mZ9p" not in browser.get("/setup/?token=kQ7vX2mZ9p").text


def test_framing_needs_an_origin(config: Config, services: Services) -> None:
    app = create_app(replace(config, frame_ancestors=("self", "https://groupware.example.org")), services)

    response = app.test_client().get("/login")

    policy = response.headers["Content-Security-Policy"]
    assert policy.endswith("; frame-ancestors 'self' https://groupware.example.org")
    assert "X-Frame-Options" not in response.headers


def test_forwarded_headers_of_strangers_are_ignored(stranger: Browser) -> None:
    headers = {"X-Forwarded-Prefix": "/evil", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}

    response = stranger.client.get("/settings", headers=headers)

    assert response.location == "/login?next=/settings"
    assert "Secure" not in response.headers.get("Set-Cookie", "")


def proxied(config: Config, services: Services) -> Flask:
    return create_app(replace(config, trusted_proxies=(ip_network("127.0.0.0/8"),)), services)


def test_a_trusted_proxy_gives_prefix_host_and_scheme(config: Config, services: Services) -> None:
    headers = {"X-Forwarded-Prefix": "/mail", "X-Forwarded-Host": "panel.example.org", "X-Forwarded-Proto": "https"}

    with proxied(config, services).test_client() as client:
        page = client.get("/login", headers=headers)
        moved = client.get("/settings", headers=headers)

    assert 'href="/mail/static/' in page.text
    assert moved.location == "/mail/login?next=/mail/settings"
    assert page.headers["Set-Cookie"].startswith("__Host-mail-panel=")
    assert "Secure" in page.headers["Set-Cookie"]
    assert "HttpOnly" in page.headers["Set-Cookie"]


def test_each_prefix_has_its_own_links(config: Config, services: Services) -> None:
    client = create_app(replace(config, trusted_proxies=(ip_network("127.0.0.0/8"),)), services).test_client()

    prefixes = ("/mail", "/post", "/mail")
    pages = [client.get("/login", headers={"X-Forwarded-Prefix": prefix}).text for prefix in prefixes]

    linked = [re.findall(r'(?:href|src)="([^"]*)/static/', page) for page in pages]
    assert linked == [[prefix] * 3 for prefix in prefixes]  # the icon, the style sheet and the script


@pytest.mark.parametrize("host", ["a" * 64, "a..b"])
@pytest.mark.parametrize("path", ["/login", "/outbox", "/api/v1/status", "/static/none.css"])
def test_a_host_that_is_no_name_is_answered_without_a_page(
    config: Config, services: Services, path: str, host: str
) -> None:
    answer = proxied(config, services).test_client().get(path, headers={"X-Forwarded-Host": host})

    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert "X-Content-Type-Options" in answer.headers


ONE_ADDRESS = ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201", "[::ffff:192.0.2.1]", "192.0.2.1:4711", "192.0.2.1")


@pytest.mark.parametrize("by_proxy", [False, True])
def test_an_address_counts_as_one_however_it_is_written(config: Config, services: Services, by_proxy: bool) -> None:
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    told = set()
    with proxied(config, services).test_client() as client:
        for address in ONE_ADDRESS:
            client.environ_base["REMOTE_ADDR"] = "::ffff:127.0.0.1" if by_proxy else address
            browser = Browser(client)
            headers = {"X-Forwarded-For": f"10.0.0.1, {address}"} if by_proxy else {}
            browser.get("/login", headers=headers)
            answer = browser.post("/login", {"name": "hanako", "password": "wrong password"}, headers=headers)
            told.add(answer.status_code)

    assert told == {422, 429}


@pytest.mark.parametrize("prefix", ["//evil.example", "/a/../..//b", "https://evil", "/a b", "/a\\b"])
def test_a_prefix_that_is_no_path_is_refused(config: Config, services: Services, prefix: str) -> None:
    client = proxied(config, services).test_client()

    assert client.get("/login", headers={"X-Forwarded-Prefix": prefix}).status_code == 400


@pytest.mark.parametrize(("host", "status"), [("evil.example", 400), ("localhost:5870", 200), ("192.0.2.1", 200)])
def test_a_name_that_is_not_ours_is_not_answered(stranger: Browser, host: str, status: int) -> None:
    assert stranger.client.get("/login", headers={"Host": host}).status_code == status


def test_a_compressed_body_is_refused(browser: Browser) -> None:
    assert browser.post("/settings", typed(), headers={"Content-Encoding": "gzip"}).status_code == 415


def test_a_large_body_is_refused(browser: Browser) -> None:
    assert browser.post("/settings", typed(from_name="x" * 300_000)).status_code == 413


def test_a_fault_is_told_without_its_inside(browser: Browser, services: Services) -> None:
    with services.database.writing() as write:
        write.run(
            "INSERT INTO settings (version, saved_at, saved_by, saved_from, changed, fingerprint, document)"
            " VALUES (1, 'no moment', 'x', 'x', '[]', 'x', '{}')"
        )
    browser.client.application.testing = False

    response = browser.get("/settings")

    assert response.status_code == 500
    assert "no moment" not in response.text
    assert "ValueError" not in response.text


@pytest.mark.parametrize(("second", "status"), [(NotFound(), 404), (DatabaseError("gone"), 503)])
def test_what_goes_wrong_in_an_answer_is_answered_too(app: Flask, second: Exception, status: int) -> None:
    app.register_error_handler(NotPossible, lambda _first: raises(second))
    app.view_functions["health.alive"] = lambda: raises(NotPossible("under way"))

    assert app.test_client().get("/healthz").status_code == status


def raises(fault: Exception) -> NoReturn:
    raise fault
