"""Login by a proxy: who is believed, what is refused, and what follows from who is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import ip_network

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from panel import clock
from panel.access.proxy_config import ProxyLogin
from panel.access.rights import Role, Scope
from panel.config import Config
from panel.errors import ConfigError
from panel.services import Services, open_services
from panel.web import create_app
from tests.support.actors import actor
from tests.web.conftest import COMPILED, PASSWORD, Browser

PROXY, STRANGER = "192.0.2.7", "198.51.100.9"
SECRET = "7d0c" * 16
LOGIN = ProxyLogin("Remote-User", default_role=Role.VIEWER)
BY_GROUPS = replace(
    LOGIN,
    role_header="Remote-Groups",
    roles=(("mail-admins", Role.ADMINISTRATOR), ("helpdesk", Role.OPERATOR)),
    default_role=None,
)

Opened = Callable[[ProxyLogin], FlaskClient]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """A home for all tests: each begins without accounts."""
    return open_services(Config(home=tmp_path_factory.mktemp("behind") / "home", locale="en"))


@pytest.fixture(scope="module")
def apps() -> dict[ProxyLogin, Flask]:
    """The applications that were made, by how the proxy shows who asks."""
    return {}


@pytest.fixture
def services(home: Services) -> Services:
    with home.database.writing() as write:
        for table in ("tokens", "sessions", "accounts"):
            write.run(f"DELETE FROM {table}")
    return home


@pytest.fixture
def opened(services: Services, apps: dict[ProxyLogin, Flask]) -> Opened:
    """Open the panel behind a proxy."""

    def open_behind(login: ProxyLogin) -> FlaskClient:
        if login not in apps:
            behind = replace(services.config, proxy_login=login, trusted_proxies=(ip_network(PROXY),))
            apps[login] = create_app(behind, services, strict_names=True)
            apps[login].jinja_env.bytecode_cache = COMPILED
        return apps[login].test_client()

    return open_behind


@pytest.fixture
def client(opened: Opened) -> FlaskClient:
    return opened(LOGIN)


@pytest.fixture
def fresh(services: Services) -> FlaskClient:
    """A panel of its own: it has logged nothing in the last minute."""
    behind = replace(services.config, proxy_login=LOGIN, trusted_proxies=(ip_network(PROXY),))
    return create_app(behind, services, strict_names=True).test_client()


def ask(
    client: FlaskClient, path: str = "/settings", *, peer: str = PROXY, method: str = "GET", **headers: str
) -> TestResponse:
    """Ask from an address; `Remote_User=` is written with `-` in the place of `_`."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(path, method=method, headers=sent, environ_base={"REMOTE_ADDR": peer})


# Who is believed


def test_who_the_proxy_shows_is_in(client: FlaskClient, services: Services) -> None:
    assert ask(client, Remote_User="佐藤".encode().decode("latin-1")).status_code == 200

    [account] = services.accounts.list()
    assert (account.name, account.role, account.via) == ("佐藤", Role.VIEWER, "proxy")


def test_from_anywhere_else_the_header_is_dropped(fresh: FlaskClient, log: Callable[[], list[str]]) -> None:
    answers = [ask(fresh, peer=STRANGER, Remote_User="sato").status_code for _ in range(3)]

    assert answers == [401] * 3
    [line] = log()
    assert "proxy_header_ignored" in line
    assert f"address={STRANGER}" in line
    assert "sato" not in line


def test_a_forwarded_address_decides_nothing(client: FlaskClient) -> None:
    assert ask(client, peer=STRANGER, Remote_User="sato", X_Forwarded_For=PROXY).status_code == 401
    assert ask(client, peer=STRANGER, Remote_User="sato", X_Real_IP=PROXY, Forwarded=f"for={PROXY}").status_code == 401
    assert ask(client, Remote_User="sato", X_Forwarded_For=STRANGER).status_code == 200


@pytest.mark.parametrize("secret", [None, "", SECRET[:-1], f"{SECRET}x", SECRET.upper(), f"{SECRET}, {SECRET}", "é"])
def test_without_the_secret_a_neighbour_is_not_the_proxy(opened: Opened, secret: str | None) -> None:
    sent = {} if secret is None else {"X_Mail_Panel_Proxy": secret}

    answered = ask(opened(replace(LOGIN, secret=SECRET)), Remote_User="sato", X_Forwarded_Prefix="/mail", **sent)

    assert answered.status_code == 401
    assert "/mail/" not in answered.text


def test_a_wrong_secret_is_told_and_stays_out_of_the_log(opened: Opened, log: Callable[[], list[str]]) -> None:
    ask(opened(replace(LOGIN, secret=SECRET[::-1])), Remote_User="sato", X_Mail_Panel_Proxy=SECRET)

    [line] = log()
    assert "proxy_header_ignored" in line
    assert "MAIL_PANEL_PROXY_SECRET_FILE" in line
    assert SECRET not in line
    assert SECRET[::-1] not in line


def test_with_the_secret_it_is(opened: Opened) -> None:
    client = opened(replace(LOGIN, secret=SECRET))

    assert ask(client, Remote_User="sato", X_Mail_Panel_Proxy=SECRET).status_code == 200


def test_no_code_sees_the_headers(fresh: FlaskClient) -> None:
    seen: list[str] = []
    before = fresh.application.before_request_funcs[None]
    before.insert(0, lambda: seen.extend(name for name, _ in request.headers))

    ask(fresh, peer=STRANGER, Remote_User="sato", X_Mail_Panel_Proxy=SECRET)
    ask(fresh, Remote_User="sato", X_Mail_Panel_Proxy=SECRET)

    assert "Host" in seen
    assert {"Remote-User", "X-Mail-Panel-Proxy"}.isdisjoint(seen)


@pytest.mark.parametrize("name", ["", None])
def test_where_nobody_is_shown_nobody_is_in(client: FlaskClient, name: str | None) -> None:
    sent = {} if name is None else {"Remote_User": name}

    page, part = ask(client, **sent), ask(client, **sent, HX_Request="true", HX_Current_URL="http://localhost/settings")

    assert page.status_code == 401
    assert "did not say who you are" in page.text
    assert (part.status_code, part.headers["HX-Redirect"]) == (401, "/settings")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/panel.css"])
def test_what_tells_nothing_stays_open(client: FlaskClient, path: str) -> None:
    assert ask(client, path).status_code != 401
    assert ask(client, path, peer=STRANGER).status_code != 401


# What is refused


@pytest.mark.parametrize(
    "value",
    [
        *("sato, admin", "sato,admin", " sato", "sato ", "x" * 255, "sato\x7f", "é"),
        *(text.encode().decode("latin-1") for text in ("sato\u3000", "sato\u200b", "sato\x85", "\u202eotas")),
    ],
)
def test_what_can_be_nobodys_name_is_refused(
    client: FlaskClient, services: Services, value: str, log: Callable[[], list[str]]
) -> None:
    answered = client.get("/settings", environ_base={"REMOTE_ADDR": PROXY, "HTTP_REMOTE_USER": value})

    assert answered.status_code == 400
    assert services.accounts.list() == []
    assert [line for line in log() if "proxy_header_refused" in line and "header=Remote-User" in line]


def test_what_was_refused_stands_in_the_audit(opened: Opened, services: Services) -> None:
    client = opened(BY_GROUPS)
    with services.database.writing() as write:
        write.run("DELETE FROM audit")

    ask(client, Remote_User="sato,ken", X_Forwarded_For="203.0.113.4")
    ask(client, Remote_User="ken", X_Forwarded_For="203.0.113.5")

    rows = services.database.rows("SELECT * FROM audit ORDER BY number")
    assert [(row["account"], row["via"], row["action"], row["outcome"], row["address"]) for row in rows] == [
        ("", "proxy", "proxy_header_refused", "refused", "203.0.113.4"),
        ("ken", "proxy", "sign_in_refused", "refused", "203.0.113.5"),
    ]


def test_a_field_that_comes_twice_is_refused(client: FlaskClient) -> None:
    twice = [("Remote-User", "sato"), ("Remote-User", "admin")]

    assert client.get("/settings", headers=twice, environ_base={"REMOTE_ADDR": PROXY}).status_code == 400


def test_encoded_words_are_read_from_tailscale(opened: Opened, services: Services) -> None:
    client = opened(replace(LOGIN, user_header="Tailscale-User-Login"))

    assert ask(client, Tailscale_User_Login="=?utf-8?q?J=C3=BCrgen?=").status_code == 200
    assert ask(client, Tailscale_User_Login="=?utf-8?q?J=0A?=").status_code == 400
    assert [account.name for account in services.accounts.list()] == ["Jürgen"]


def test_a_local_account_is_not_taken_over(
    client: FlaskClient, services: Services, log: Callable[[], list[str]]
) -> None:
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())

    assert ask(client, Remote_User="hanako").status_code == 400

    [account] = services.accounts.list()
    assert account.via == "local"
    assert "mail-panel user via hanako proxy" in "".join(log())


def test_a_session_of_the_panels_own_opens_nothing(services: Services, client: FlaskClient) -> None:
    local = create_app(services.config, services).test_client()
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    browser = Browser(local)
    browser.get("/login")
    browser.post("/login", {"name": "hanako", "password": PASSWORD})
    cookie = local.get_cookie("mail-panel")
    assert cookie
    client.set_cookie("mail-panel", cookie.value)

    assert ask(client).status_code == 401


@pytest.mark.parametrize("path", ["/login", "/setup", "/setup?token=x", "/invitation?token=x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_there_is_no_other_login(client: FlaskClient, path: str, method: str) -> None:
    assert ask(client, path, method=method).status_code == 404
    assert ask(client, path, method=method, Remote_User="sato").status_code == 404


def test_the_api_wants_a_token_and_nothing_else(opened: Opened, services: Services) -> None:
    services.proxy_accounts.add("sato", Role.ADMINISTRATOR, by=actor("root"), now=clock.now())
    client = opened(LOGIN)
    shown = services.tokens.create("crm", {Scope.READ}, by=actor("sato"), now=clock.now())

    assert ask(client, "/api/v1/status", Remote_User="sato").status_code == 401
    assert ask(client, "/api/v1/status", Authorization=f"Bearer {shown}").status_code == 200
    assert ask(client, "/api/v1/status", Authorization=f"Bearer {shown}", Remote_User="a, b").status_code == 200
    assert [account.name for account in services.accounts.list()] == ["sato"]


# In what role


@pytest.mark.parametrize(
    ("groups", "status"),
    [
        ("mail-admins", 200),
        ("other,mail-admins", 200),
        ("helpdesk", 403),
        ("mail-admins-x", 403),
        ("Mail-Admins", 403),
        ("", 403),
        (None, 403),
    ],
)
def test_the_groups_say_what_one_may(opened: Opened, groups: str | None, status: int) -> None:
    sent = {} if groups is None else {"Remote_Groups": groups}

    assert ask(opened(BY_GROUPS), "/access", Remote_User="sato", **sent).status_code == status


def test_groups_that_are_not_shown_are_not_remembered(opened: Opened, services: Services) -> None:
    client = opened(BY_GROUPS)
    assert ask(client, Remote_User="sato", Remote_Groups="mail-admins").status_code == 200

    assert ask(client, Remote_User="sato").status_code == 403
    assert ask(client, Remote_User="sato", Remote_Groups="helpdesk").status_code == 200
    assert ask(client, "/access", Remote_User="sato", Remote_Groups="helpdesk").status_code == 403
    assert [account.role for account in services.accounts.list()] == [Role.OPERATOR]


def test_a_role_of_groups_is_no_role_once_no_header_says_it(opened: Opened) -> None:
    ask(opened(BY_GROUPS), Remote_User="sato", Remote_Groups="mail-admins")

    assert ask(opened(LOGIN), "/access", Remote_User="sato").status_code == 403
    assert ask(opened(replace(LOGIN, default_role=None)), Remote_User="sato").status_code == 403


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 401),
        ({"Remote_User": "sato", "Remote_Groups": "other"}, 403),
        ({"Remote_User": "a\x7fb", "Remote_Groups": "mail-admins"}, 400),
    ],
)
def test_who_is_let_in_nowhere_is_led_nowhere(opened: Opened, sent: dict[str, str], status: int) -> None:
    client = opened(BY_GROUPS)

    refused = ask(client, **sent)

    assert refused.status_code == status
    content = re.search("<main.*</main>", refused.text, re.DOTALL)
    assert content
    assert re.findall("<(?:a|button|form)[ >]", content[0]) == []
    assert "To the mail settings" in ask(client, "/no-such", Remote_User="sato", Remote_Groups="mail-admins").text


def test_without_groups_a_command_says_who_may(opened: Opened, services: Services) -> None:
    client = opened(replace(LOGIN, default_role=None))
    services.proxy_accounts.add("sato", Role.ADMINISTRATOR, by=actor("root"), now=clock.now())

    assert ask(client, "/access", Remote_User="sato").status_code == 200
    assert ask(client, Remote_User="ken").status_code == 403
    assert [account.name for account in services.accounts.list()] == ["sato"]

    services.accounts.set_role("sato", Role.OPERATOR, by=actor(), now=clock.now())
    assert ask(client, "/access", Remote_User="sato").status_code == 403
    assert ask(client, Remote_User="sato").status_code == 200


# What follows


def form_token(client: FlaskClient, name: str) -> str:
    page = ask(client, "/access", Remote_User=name, Remote_Groups="mail-admins").text
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]


def post(client: FlaskClient, path: str, data: Mapping[str, str], **headers: str) -> TestResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(path, data=data, headers=sent, environ_base={"REMOTE_ADDR": PROXY})


def test_another_users_header_ends_the_session(opened: Opened, services: Services) -> None:
    client = opened(BY_GROUPS)
    token = {"csrf_token": form_token(client, "sato"), "name": "crm", "scope": "read", "expires": "365d"}

    as_another = post(client, "/access/tokens", token, Remote_User="ken", Remote_Groups="mail-admins")
    once_more = post(client, "/access/tokens", token, Remote_User="ken", Remote_Groups="mail-admins")

    assert (as_another.status_code, once_more.status_code) == (400, 400)
    assert services.tokens.list() == []


def test_who_is_shown_does_what_is_theirs(opened: Opened, services: Services) -> None:
    client = opened(BY_GROUPS)
    token = {"csrf_token": form_token(client, "sato"), "name": "crm", "scope": "read", "expires": "365d"}

    post(client, "/access/tokens", token, Remote_User="sato", Remote_Groups="mail-admins")

    assert [each.created_by for each in services.tokens.list()] == ["sato"]


@pytest.mark.parametrize("framed", [(), ("https://portal.example.org",)])
def test_a_form_that_comes_after_the_end_says_so(services: Services, framed: tuple[str, ...]) -> None:
    behind = replace(services.config, proxy_login=BY_GROUPS, trusted_proxies=(ip_network(PROXY),))
    client = create_app(replace(behind, frame_ancestors=framed), services, strict_names=True).test_client()
    token = {"csrf_token": form_token(client, "sato")}

    answered = post(client, "/outbox/pause", token, HX_Request="true")

    assert answered.status_code == 401
    assert "Your session has ended" in answered.text
    assert 'href="/settings"' in answered.text
    assert "<form" not in answered.text


def test_language_and_name_are_kept(client: FlaskClient, services: Services) -> None:
    ask(client, Remote_User="sato")
    services.accounts.remember("sato", locale="ja", recipient="sato@example.org")

    page = ask(client.application.test_client(), Remote_User="sato")

    assert 'lang="ja"' in page.text
    assert services.accounts.list()[0].recipient == "sato@example.org"


def test_the_language_that_was_chosen_is_kept_for_who_comes(client: FlaskClient, services: Services) -> None:
    ask(client, "/settings?lang=ja")
    ask(client, Remote_User="sato")

    assert services.accounts.list()[0].locale == "ja"


@pytest.mark.parametrize("url", ["https://auth.example.org/logout", "/oauth2/sign_out"])
def test_who_signs_out_goes_on_to_the_proxy(opened: Opened, url: str) -> None:
    client = opened(replace(BY_GROUPS, logout_url=url))
    token = {"csrf_token": form_token(client, "sato")}

    left = post(client, "/logout", token, Remote_User="sato", Remote_Groups="mail-admins")

    assert (left.status_code, left.headers["Refresh"]) == (200, f"0; url={url}")
    assert f'href="{url}"' in left.text


def test_without_an_address_there_is_no_way_out(opened: Opened) -> None:
    client = opened(BY_GROUPS)
    token = {"csrf_token": form_token(client, "sato")}

    assert "/logout" not in ask(client, Remote_User="sato", Remote_Groups="mail-admins").text
    assert post(client, "/logout", token, Remote_User="sato", Remote_Groups="mail-admins").status_code == 404


# Under which server


def test_another_server_needs_the_secret(services: Services) -> None:
    behind = replace(services.config, proxy_login=LOGIN, trusted_proxies=(ip_network(PROXY),))

    with pytest.raises(ConfigError, match="MAIL_PANEL_PROXY_SECRET_FILE"):
        create_app(behind, services)

    assert create_app(replace(behind, proxy_login=replace(LOGIN, secret=SECRET)), services)
    assert create_app(behind, services, mounted=True)


# The pages of accounts


def test_behind_a_proxy_there_are_no_passwords_no_sessions_and_no_links(
    client: FlaskClient, services: Services
) -> None:
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    ask(client, Remote_User="sato")
    services.accounts.set_role("sato", Role.ADMINISTRATOR, by=actor(), now=clock.now())

    own = ask(client, "/account", Remote_User="sato").text
    users = ask(client, "/access/users", Remote_User="sato").text

    assert 'type="password"' not in own
    assert 'id="sessions-h"' not in own
    assert "/access/users/invite" not in users
    assert "/access/users/reset" not in users
    assert "/access/users/role" in users
    assert ask(client, "/invitation?token=x", Remote_User="sato").status_code == 404


@pytest.mark.parametrize("what", ["invite", "reset"])
def test_behind_a_proxy_no_link_is_made_that_would_work_without_it(
    opened: Opened, services: Services, what: str
) -> None:
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    client = opened(BY_GROUPS)
    form = {"csrf_token": form_token(client, "sato"), "name": "ken" if what == "invite" else "hanako", "role": "viewer"}

    made = post(client, f"/access/users/{what}", form, Remote_User="sato", Remote_Groups="mail-admins")

    assert made.status_code == 404
    assert services.database.rows("SELECT * FROM links") == []


def test_a_role_that_groups_say_is_set_nowhere_else(opened: Opened, services: Services) -> None:
    client = opened(BY_GROUPS)
    ask(client, Remote_User="ken", Remote_Groups="helpdesk")

    users = ask(client, "/access/users", Remote_User="sato", Remote_Groups="mail-admins").text

    assert 'data-account="ken"' in users
    assert "/access/users/role" not in users


def test_a_proxied_account_keeps_when_it_was_seen_and_its_choices(client: FlaskClient, services: Services) -> None:
    browser = Browser(client)
    shown = {"Remote-User": "sato"}
    client.environ_base["REMOTE_ADDR"] = PROXY
    browser.get("/account", headers=shown)

    saved = browser.post("/account", {"locale": "ja", "timezone": "Asia/Tokyo"}, headers=shown)

    [sato] = services.accounts.list()
    assert saved.status_code == 303
    assert (sato.locale, sato.timezone) == ("ja", "Asia/Tokyo")
    assert sato.seen_at
    assert "UTC+09:00" in browser.get("/account", headers=shown).text
