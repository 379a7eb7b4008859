"""The panel behind a real nginx with TLS and a prefix, by the very file that the docs give."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from playwright.sync_api import expect

from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import RECIPIENT, Open, sign_in
from tests.browser.test_oauth import MAILBOX, fill, go_there, let_in
from tests.support.needs import needs
from tests.support.oidc import OidcProvider
from tests.support.paths import DOCS
from tests.support.serving import Serving, free_port, wait_for

GIVEN = DOCS / "howto" / "nginx.conf"
FRAME = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
{server}
}}
"""


def configured(folder: Path, port: int, panel: Serving) -> Path:
    """Write the docs' file with the ports and paths of a test, and the frame that Debian gives it."""
    trustme.CA().issue_cert("portal.example.org").private_key_and_cert_chain_pem.write_to_path(folder / "both.pem")
    server = GIVEN.read_text("utf-8")
    for given, ours in {
        "listen 443": f"listen 127.0.0.1:{port}",
        "/etc/ssl/portal.example.org.pem": str(folder / "both.pem"),
        "/etc/ssl/portal.example.org.key": str(folder / "both.pem"),
        "127.0.0.1:5870": f"127.0.0.1:{panel.port}",
    }.items():
        assert given in server
        server = server.replace(given, ours)
    path = folder / "nginx.conf"
    path.write_text(FRAME.format(folder=folder, server=server), "utf-8")
    return path


@pytest.fixture
def address() -> str:
    """Where nginx shows the panel."""
    return f"https://portal.example.org:{free_port()}/mail"


@pytest.fixture
def behind(services: Services, home: Path, address: str) -> Iterator[Serving]:
    """A panel that believes its proxy, and knows where it is seen."""
    variables = {"MAIL_PANEL_TRUSTED_PROXIES": "127.0.0.1/32", "MAIL_PANEL_PUBLIC_URL": address}
    with Serving(home, variables=variables) as serving:
        yield serving


@pytest.fixture(autouse=True)
def nginx(behind: Serving, address: str, tmp_path: Path) -> Iterator[None]:
    program, port = needs("nginx", "nginx-light"), urlsplit(address).port
    assert port
    nginx = subprocess.Popen([program, "-c", configured(tmp_path, port, behind), "-p", tmp_path])
    try:
        wait_for(port)
        yield
    finally:
        nginx.terminate()
        nginx.wait(30)


def test_the_whole_panel_works_under_a_prefix(
    address: str, saved: Settings, right: Settings, services: Services, open_page: Open
) -> None:
    page = open_page()
    sign_in(page, address)
    page.click("a:has-text('Edit')")
    expect(page.locator("#settings-form")).to_be_visible()
    assert page.url == f"{address}/settings/edit"

    page.fill("#smtp_password", right.smtp_password)
    page.fill("#recipient", RECIPIENT)
    page.click("#trial-go")
    expect(page.locator("[data-outcome=success]")).to_be_visible()
    page.click(".bar button:has-text('Save')")

    expect(page.locator("#settings h1")).to_contain_text("Details")
    assert page.url == f"{address}/settings"
    assert services.settings.current().settings.smtp_password == right.smtp_password


def test_a_sign_in_at_the_service_comes_back_under_the_prefix(address: str, saved: Settings, open_page: Open) -> None:
    page = open_page()
    sign_in(page, address)
    page.goto(f"{address}/settings/edit")
    with OidcProvider(redirect_uris=[f"{address}/oauth2/callback"]) as provider:
        fill(page, provider)
        tab = go_there(page)
        let_in(tab)
        expect(tab.locator("h1")).to_contain_text(MAILBOX)
        assert tab.url.startswith(f"{address}/oauth2/callback?")
        expect(page.locator("#oauth-done")).to_contain_text(MAILBOX)


def test_the_cookie_is_bound_to_tls_and_to_the_host(address: str, open_page: Open) -> None:
    page = open_page()
    sign_in(page, address)

    [cookie] = [each for each in page.context.cookies() if each["name"].endswith("mail-panel")]

    assert (cookie["name"], cookie["secure"], cookie["httpOnly"]) == ("__Host-mail-panel", True, True)


def test_a_visitor_cannot_say_where_the_panel_is(address: str, open_page: Open) -> None:
    page = open_page()
    page.set_extra_http_headers({"X-Forwarded-Prefix": "//elsewhere.example", "X-Forwarded-Host": "elsewhere.example"})

    page.goto(f"{address}/")

    assert page.url.startswith(f"{address}/login")
    assert "elsewhere.example" not in page.content()


def test_who_is_no_proxy_is_not_believed(panel: Serving, open_page: Open) -> None:
    page = open_page()
    page.set_extra_http_headers({"X-Forwarded-Prefix": "/elsewhere", "X-Forwarded-Host": "elsewhere.example"})

    page.goto(f"{panel.address}/")

    assert page.url.startswith(f"{panel.address}/login")
    assert "elsewhere" not in page.content()
