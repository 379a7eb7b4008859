"""The panel behind real proxies with a sign-in, by the very files that the docs give, and what a visitor may forge."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from panel import clock
from panel.access.rights import Scope
from panel.config import Config
from panel.services import Services, open_services
from tests.browser.conftest import Open
from tests.support.actors import actor
from tests.support.fronts import SECRET, Front
from tests.support.oidc import SECRET as CLIENT
from tests.support.oidc import OidcProvider
from tests.support.serving import Serving, free_port
from tests.support.sign_in import COOKIE, HOST, SIGNED_OUT, SignIn

GROUPS = {"sato": "staff,mail-admins", "ken": "staff,mail-admins-x", "mallory": "Mail-Admins"}
SHORT = ["nginx", "caddy", "apache"]
LONG = ["nginx", *(pytest.param(kind, marks=pytest.mark.long) for kind in ("caddy", "apache"))]


@dataclass(frozen=True)
class Door:
    """A panel, and the proxy before it."""

    address: str
    port: int
    panel: Serving
    services: Services

    def ask(
        self, path: str, *headers: tuple[str, str], cookies: str = "", directly: bool = False, method: str = "GET"
    ) -> tuple[int, str]:
        """Ask with any headers, at the proxy or past it; give the status and the text."""
        asking = HTTPConnection("127.0.0.1", self.panel.port) if directly else _tls(self.port)
        asking.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        asked = [("Host", f"{HOST}:{self.port}" if not directly else "localhost"), ("Accept", "text/html"), *headers]
        for name, value in [*asked, ("Cookie", cookies)]:
            asking.putheader(name, value.encode())
        asking.endheaders()
        answer = asking.getresponse()
        text = answer.read().decode("utf-8", "replace")
        asking.close()
        return answer.status, text


def _tls(port: int) -> HTTPConnection:
    """Connect to this machine by the name that the proxy has a certificate for."""
    connection = HTTPConnection("127.0.0.1", port)
    plain = socket.create_connection(("127.0.0.1", port))
    connection.sock = ssl._create_unverified_context().wrap_socket(plain, server_hostname=HOST)
    return connection


@contextmanager
def panel_behind(folder: Path, logout_url: str) -> Iterator[tuple[Front, Serving]]:
    """Serve a panel for a proxy that is still to come."""
    secret = folder / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    variables = {
        "AUTH": "proxy",
        "TRUSTED_PROXIES": "127.0.0.1/32",
        "PROXY_USER_HEADER": "Remote-User",
        "PROXY_ROLE_HEADER": "Remote-Groups",
        "PROXY_ROLES": "administrator=mail-admins viewer=staff",
        "PROXY_SECRET_FILE": str(secret),
        "PROXY_LOGOUT_URL": logout_url,
    }
    with Serving(
        folder / "home", variables={f"MAIL_PANEL_{name}": value for name, value in variables.items()}
    ) as panel:
        yield Front(folder, free_port(), panel.port), panel


def door(front: Front, panel: Serving, folder: Path) -> Door:
    return Door(front.address, front.port, panel, open_services(Config(home=folder / "home")))


@pytest.fixture(scope="module")
def sign_in() -> Iterator[SignIn]:
    with SignIn(GROUPS) as running:
        yield running


@pytest.fixture(scope="module")
def nginx(sign_in: SignIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("nginx")
    with (
        panel_behind(folder, f"{sign_in.address}/logout") as (front, panel),
        front.nginx(sign_in.address, sign_in.port),
    ):
        yield door(front, panel, folder)


@pytest.fixture(scope="module")
def caddy(sign_in: SignIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("caddy")
    with panel_behind(folder, f"{sign_in.address}/logout") as (front, panel), front.caddy(sign_in.port):
        yield door(front, panel, folder)


@pytest.fixture(scope="module")
def apache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("apache")
    with panel_behind(folder, "/openid?logout=") as (front, panel):
        groups = {name: text.split(",") for name, text in GROUPS.items()}
        with (
            OidcProvider(redirect_uris=[f"{front.address}/openid"], groups=groups) as provider,
            front.apache(provider.issuer, CLIENT),
        ):
            yield door(front, panel, folder)


@pytest.fixture
def behind(request: pytest.FixtureRequest, kind: str) -> Door:
    found: Door = request.getfixturevalue(kind)
    return found


def enter(page: Page, door: Door, name: str, path: str = "/settings") -> None:
    """Sign in on the way to a page of the panel, in a tab of its own: those pages are not ours."""
    tab = page.context.new_page()
    tab.goto(f"{door.address}{path}")
    if tab.locator("[name=login]").count():
        tab.fill("[name=login]", name)
        tab.fill("[name=password]", "any")
        tab.click("button[type=submit]")
        tab.click("button[type=submit]")
    else:
        tab.fill("[name=name]", name)
        tab.click("button")
    tab.wait_for_url(f"{door.address}{path}")
    tab.close()
    page.goto(f"{door.address}{path}")


def let_in(page: Page, door: Door, name: str) -> None:
    """Be signed in as somebody, without the pages in which that is done."""
    page.context.add_cookies([{"name": COOKIE, "value": name, "url": door.address}])


Cookies = Callable[[str], str]


@pytest.fixture
def cookies(kind: str, behind: Door, open_page: Open) -> Cookies:
    """Give the cookies of somebody who has signed in."""

    def of(name: str) -> str:
        if kind != "apache":
            return f"{COOKIE}={name}"
        page = open_page()
        enter(page, behind, name)
        return cookies_of(page)

    return of


def cookies_of(page: Page) -> str:
    return "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())


@pytest.mark.parametrize("kind", SHORT)
def test_who_signs_in_there_is_who_the_panel_shows(behind: Door, open_page: Open) -> None:
    page = open_page()

    enter(page, behind, "sato", "/access")

    expect(page.locator(".who")).to_contain_text("sato")
    [sato] = [each for each in behind.services.accounts.list() if each.name == "sato"]
    assert (sato.role, sato.via) == ("administrator", "proxy")

    forged = [("Remote-User", "mallory"), ("Remote_User", "mallory"), ("Remote-Groups", "x"), ("REMOTE_GROUPS", "x")]
    status, text = behind.ask("/access", *forged, cookies=cookies_of(page))
    assert status == 200
    assert "mallory" not in text
    assert behind.ask("/access", *forged, ("Remote-Groups", "mail-admins"))[0] in (302, 303)


@pytest.mark.parametrize("kind", LONG)
def test_nobody_is_more_than_the_sign_in_says(behind: Door, cookies: Cookies) -> None:
    more = [("Remote-Groups", "mail-admins"), ("Remote_Groups", "mail-admins"), ("X-Mail-Panel-Proxy", SECRET)]
    ken = cookies("ken")

    assert behind.ask("/access", *more, cookies=ken)[0] == 403
    assert behind.ask("/settings", *more, cookies=ken)[0] == 200
    for forged in ("sato", "sato, ken"):
        assert "<span>ken</span>" in behind.ask("/settings", ("Remote-User", forged), cookies=ken)[1]


@pytest.mark.parametrize("kind", LONG)
def test_who_is_in_no_group_is_told_so(behind: Door, cookies: Cookies) -> None:
    status, text = behind.ask("/settings", ("Accept-Language", "en"), cookies=cookies("mallory"))

    assert status == 403
    assert "You have no role in this panel" in text


@pytest.mark.parametrize("kind", LONG)
def test_programs_and_monitoring_go_past_the_sign_in(behind: Door) -> None:
    token = behind.services.tokens.create("crm", {Scope.READ}, by=actor("sato"), now=clock.now())

    assert behind.ask("/healthz")[0] == 200
    assert behind.ask("/readyz")[0] in (200, 503)
    assert behind.ask("/api/v1/status", ("Authorization", f"Bearer {token}"))[0] == 200
    assert behind.ask("/api/v1/status", ("Remote-User", "sato"), ("Remote-Groups", "mail-admins"))[0] == 401
    for path in ("/api/../settings", "/api/%2e%2e/settings", "/api/..%2fsettings", "//settings"):
        assert behind.ask(path, ("Remote-User", "sato"), ("Remote-Groups", "mail-admins"))[0] != 200


@pytest.mark.parametrize("kind", LONG)
def test_a_neighbour_on_the_machine_is_not_the_proxy(behind: Door) -> None:
    shown = [("Remote-User", "sato"), ("Remote-Groups", "mail-admins")]
    secret = ("X-Mail-Panel-Proxy", SECRET)

    for wrong in ((), (("X-Mail-Panel-Proxy", SECRET[::-1]),), (("X_Mail_Panel_Proxy", SECRET),), (secret, secret)):
        assert behind.ask("/settings", *shown, *wrong, directly=True)[0] == 401
    assert behind.ask("/settings", *shown, secret, directly=True)[0] == 200
    assert behind.ask("/settings", secret, ("Remote_User", "sato"), directly=True)[0] == 401
    assert behind.ask("/settings", secret, *shown, ("Remote-User", "ken"), directly=True)[0] == 400
    assert behind.ask("/login", *shown, secret, directly=True)[0] == 404


@pytest.mark.parametrize("kind", ["nginx"])
def test_a_page_outlives_the_sign_in_and_not_its_user(behind: Door, open_page: Open) -> None:
    page = open_page()
    let_in(page, behind, "sato")
    page.goto(f"{behind.address}/settings/edit")
    page.fill("#smtp_host", "mail.example.org")
    page.context.clear_cookies(name=COOKIE)

    page.click(".bar button:has-text('Save')")
    expect(page.locator("#say-error")).to_contain_text("Your session has ended")
    let_in(page, behind, "sato")
    page.click(".bar button:has-text('Save')")
    expect(page.locator("#say-error")).not_to_contain_text("Your session has ended")
    expect(page.locator("#smtp_host")).to_have_value("mail.example.org")

    let_in(page, behind, "ken")
    with page.expect_response("**/settings*") as answer:
        page.click(".bar button:has-text('Save')")
    assert answer.value.status == 400


@pytest.mark.parametrize("kind", ["caddy", pytest.param("apache", marks=pytest.mark.long)])
def test_a_page_says_that_the_sign_in_has_ended(kind: str, behind: Door, open_page: Open) -> None:
    page = open_page()
    if kind == "apache":
        enter(page, behind, "sato")
    else:
        let_in(page, behind, "sato")
    page.goto(f"{behind.address}/settings/edit")
    page.fill("#smtp_host", "mail.example.org")
    page.context.clear_cookies(name=re.compile(f"{COOKIE}|mod_auth_openidc.*"))

    page.click(".bar button:has-text('Save')")

    expect(page.locator("#say-error")).to_contain_text("The sign-in in front of the panel has ended")
    expect(page.locator("#smtp_host")).to_have_value("mail.example.org")


@pytest.mark.parametrize("kind", ["nginx"])
def test_signing_out_leads_to_the_other_origin(behind: Door, sign_in: SignIn, open_page: Open) -> None:
    page = open_page(scripts=False)
    let_in(page, behind, "sato")
    page.goto(f"{behind.address}/settings")

    page.click("text=Sign out")

    page.wait_for_url(f"{sign_in.address}/logout")
    expect(page.locator("body")).to_contain_text(SIGNED_OUT)
