"""The panel behind a real nginx with TLS and a prefix, by the very file that the docs give."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from playwright.sync_api import expect

from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import RECIPIENT, Open, sign_in
from tests.support.needs import needs
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
    trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(folder / "both.pem")
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
def behind(services: Services, home: Path) -> Iterator[Serving]:
    """A panel that believes its proxy."""
    with Serving(home, variables={"MAIL_PANEL_TRUSTED_PROXIES": "127.0.0.1/32"}) as serving:
        yield serving


@pytest.fixture
def address(behind: Serving, tmp_path: Path) -> Iterator[str]:
    """Where nginx shows the panel."""
    program, port = needs("nginx", "nginx-light"), free_port()
    nginx = subprocess.Popen([program, "-c", configured(tmp_path, port, behind), "-p", tmp_path])
    try:
        wait_for(port)
        yield f"https://localhost:{port}/mail"
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
