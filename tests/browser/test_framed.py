"""The panel in a frame of another site, over HTTPS, in a Chromium that keeps no third-party cookies."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from playwright.sync_api import Frame, Page, expect

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import ACCOUNT, ACCOUNT_PASSWORD, Open, fits
from tests.browser.test_accessibility import violations
from tests.browser.test_behind_nginx import FRAME as NGINX
from tests.browser.test_oauth import MAILBOX, fill, let_in
from tests.support.actors import actor
from tests.support.needs import needs
from tests.support.oidc import OidcProvider
from tests.support.serving import Serving, free_port, wait_for

PANEL, PORTAL = "panel.example.net", "portal.example.org"
SERVERS = """
    map "$http_x_older$upstream_http_set_cookie" $kept {{
        "~^yes(?<cookie>.*); Partitioned$" $cookie;
        default $upstream_http_set_cookie;
    }}
    ssl_certificate {folder}/both.pem;
    ssl_certificate_key {folder}/both.pem;
    server {{
        listen 127.0.0.1:{port} ssl;
        server_name panel.example.net;
        location / {{
            proxy_pass http://127.0.0.1:{panel};
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto https;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_hide_header Set-Cookie;
            add_header Set-Cookie $kept always;
        }}
    }}
    server {{
        listen 127.0.0.1:{port} ssl default_server;
        default_type text/html;
        location / {{ return 200 '{shown}'; }}
        location /beside {{ return 200 '<iframe title="Mail" src="/mail/" width="1200" height="800"></iframe>'; }}
        location /mail/ {{
            proxy_pass http://127.0.0.1:{panel}/;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto https;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header X-Forwarded-Prefix /mail;
        }}
    }}
"""
SHOWN = """<!doctype html><html lang="en"><title>Portal</title><h1>Portal</h1>
<iframe name="mail" title="Outgoing mail" src="{panel}/" width="1200" height="800"></iframe>
<form id="forged" method="post" action="{panel}/settings" target="mail"><button>Forge</button></form>
"""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def ancestors(port: int) -> str:
    return f"https://{PORTAL}:{port}"


@pytest.fixture
def panel(services: Services, home: Path, port: int, ancestors: str) -> Iterator[Serving]:
    """A panel that may be shown by the portal, and trusts its proxy."""
    variables = {
        "MAIL_PANEL_TRUSTED_PROXIES": "127.0.0.1/32",
        "MAIL_PANEL_PUBLIC_URL": f"https://{PANEL}:{port}",
        "MAIL_PANEL_FRAME_ANCESTORS": ancestors,
        "MAIL_PANEL_BACK_URL": f"https://{PORTAL}:{port}/",
    }
    with Serving(home, variables=variables) as serving:
        yield serving


@pytest.fixture
def portal(panel: Serving, port: int, tmp_path: Path) -> Iterator[str]:
    """The portal's address, behind a real nginx with TLS that stands before the panel, too.

    To a browser that sends `X-Older: yes` it keeps the word `Partitioned` back, which an older one would not know.
    """
    program = needs("nginx", "nginx-light")
    names = (PANEL, PORTAL, "localhost")
    trustme.CA().issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    shown = SHOWN.format(panel=f"https://{PANEL}:{port}")
    servers = SERVERS.format(port=port, folder=tmp_path, panel=panel.port, shown=shown)
    (tmp_path / "nginx.conf").write_text(NGINX.format(folder=tmp_path, server=servers))
    nginx = subprocess.Popen([program, "-c", tmp_path / "nginx.conf", "-p", tmp_path])
    try:
        wait_for(port)
        yield f"https://{PORTAL}:{port}/"
    finally:
        nginx.terminate()
        nginx.wait(30)


def framed(page: Page, portal: str) -> Frame:
    """Open the portal; give the frame of the panel in it."""
    page.goto(portal)
    frame = page.wait_for_selector("iframe").content_frame()
    assert frame
    frame.wait_for_load_state()
    return frame


def sign_in(frame: Frame | Page) -> None:
    frame.fill("[name=name]", ACCOUNT)
    frame.fill("[name=password]", ACCOUNT_PASSWORD)
    frame.press("[name=password]", "Enter")


def edit(page: Page, portal: str) -> Frame:
    """Open the form in the frame."""
    frame = framed(page, portal)
    sign_in(frame)
    frame.click("a:has-text('Edit')")
    frame.wait_for_selector("#settings-form")
    return frame


def test_a_frame_of_another_site_is_signed_in_to_and_saves(
    portal: str, open_page: Open, saved: Settings, services: Services
) -> None:
    page = open_page()
    frame = edit(page, portal)

    frame.fill("#from_name", "Typed in the frame")
    frame.click(".bar button:has-text('Save')")
    expect(frame.locator("#settings h1")).to_contain_text("Details")
    frame.click(".who a[hreflang]")
    expect(frame.locator("html")).to_have_attribute("lang", "ja")

    assert services.settings.current().settings.from_name == "Typed in the frame"
    cookies = {each["name"]: each for each in page.context.cookies()}
    assert set(cookies) == {"__Host-mail-panel", "__Host-mail-panel-language"}
    for each in cookies.values():
        assert (each["secure"], each["httpOnly"], each["sameSite"], each["path"]) == (True, True, "None", "/")
        assert each["partitionKey"] == "https://example.org"

    frame.click("a:has-text('戻る')")
    page.wait_for_url(portal)  # the whole window, not a portal within the portal


def test_another_site_neither_frames_the_panel_nor_sends_into_its_frame(
    portal: str, port: int, open_page: Open, saved: Settings, services: Services
) -> None:
    page = open_page()
    frame = edit(page, portal)
    page.click("button:has-text('Forge')")
    expect(frame.locator("h1")).to_contain_text("out of date")

    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.goto(f"https://localhost:{port}/")

    assert services.settings.current().number == 1


def test_who_signs_in_again_in_the_frame_keeps_what_is_typed(
    portal: str, open_page: Open, saved: Settings, services: Services
) -> None:
    page = open_page()
    frame = edit(page, portal)
    frame.fill("#from_name", "Typed before")
    services.accounts.set_password(ACCOUNT, "another long password", by=actor(), now=clock.now())

    frame.click(".bar button:has-text('Save')")
    expect(frame.locator("#say-error")).to_contain_text("Your session has ended.")
    expect(frame.locator("#again-name")).to_be_focused()
    assert violations(frame) == []
    page.eval_on_selector("iframe", "each => { each.width = 360 }")
    frame.wait_for_function("() => innerWidth === 360")
    assert fits(frame)
    frame.fill("#again-name", ACCOUNT)
    frame.fill("#again-password", "wrong")
    frame.click("#say-error button:not(.js)")
    expect(frame.locator("#say-error")).to_contain_text("wrong")
    expect(frame.locator("#again-name")).to_have_value(ACCOUNT)
    frame.fill("#again-password", "another long password")
    frame.click("#say-error button:not(.js)")
    expect(frame.locator("#notice")).to_contain_text("Press the button again.")
    expect(frame.locator("#say-error form")).to_have_count(0)

    expect(frame.locator("#from_name")).to_have_value("Typed before")
    frame.click(".bar button:has-text('Save')")
    expect(frame.locator("#settings h1")).to_contain_text("Details")
    assert services.settings.current().settings.from_name == "Typed before"


def test_a_sign_in_at_the_service_opens_a_tab_and_the_frame_goes_on(
    portal: str, port: int, open_page: Open, saved: Settings
) -> None:
    page = open_page()
    frame = edit(page, portal)
    with OidcProvider(redirect_uris=[f"https://{PANEL}:{port}/oauth2/callback"]) as provider:
        fill(frame, provider)
        frame.click("#oauth-begin")
        with page.context.expect_page() as opened:
            frame.click("#oauth-way")
        let_in(opened.value)
        expect(opened.value.locator("h1")).to_contain_text(MAILBOX)
        opened.value.close()

        expect(frame.locator("#oauth-done")).to_contain_text(MAILBOX)


def test_where_a_browser_keeps_no_cookie_in_the_frame_it_leads_into_a_tab(portal: str, open_page: Open) -> None:
    page = open_page()
    page.context.set_extra_http_headers({"X-Older": "yes"})
    frame = framed(page, portal)

    sign_in(frame)
    expect(frame.locator("#login-error")).to_contain_text("Your browser keeps no cookie of the panel inside this page")
    assert violations(frame) == []
    with page.context.expect_page() as opened:
        frame.click("#apart")
    sign_in(opened.value)

    opened.value.wait_for_url("**/settings")


@pytest.mark.long
def test_a_frame_and_a_tab_and_another_browser_have_a_session_each(
    portal: str, port: int, open_page: Open, saved: Settings
) -> None:
    page, other = open_page(), open_page()
    frame, elsewhere = edit(page, portal), edit(other, portal)
    tab = page.context.new_page()
    tab.goto(f"https://{PANEL}:{port}/settings")
    expect(tab.locator("#login-error, #password")).to_have_count(1)
    sign_in(tab)
    tab.click("button:has-text('Sign out')")
    tab.wait_for_url("**/login")

    for each, name in ((frame, "First"), (elsewhere, "Second")):
        each.fill("#from_name", name)
        each.click(".bar button:has-text('Save')")

    expect(frame.locator("#settings h1")).to_contain_text("Details")
    expect(elsewhere.locator("#say-error, #errors, main")).to_contain_text(["another"])


@pytest.mark.parametrize("ancestors", ["self"])
@pytest.mark.long
def test_in_a_frame_of_its_own_origin_one_session_serves_the_frame_and_the_tab(
    portal: str, ancestors: str, open_page: Open, saved: Settings
) -> None:
    page = open_page()
    frame = framed(page, f"{portal}beside")
    sign_in(frame)
    expect(frame.locator("#settings h1")).to_be_visible()
    page.goto(f"{portal}mail/settings")
    expect(page.locator("#settings h1")).to_be_visible()

    [cookie] = page.context.cookies()
    assert (cookie["name"], cookie["sameSite"], cookie["path"]) == ("__Host-mail-panel", "Lax", "/")
    assert "partitionKey" not in cookie
