"""Signing in at a token server from the form: with and without scripts, in both languages, by a code, on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import RECIPIENT, Open, expect_focus, fits, sign_in
from tests.browser.test_accessibility import violations
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.oidc import CLIENT_SECRET, SCOPE, SECRET, OidcProvider
from tests.support.servers import Authority, Loop, SmtpServer
from tests.support.serving import Serving

MAILBOX = "tanaka@example.org"


@pytest.fixture
def submission(loop: Loop, authority: Authority, oidc: OidcProvider) -> SmtpServer:
    """A mail server that takes the tokens that live at this authorization server, and nothing else."""
    return SmtpServer(account_of=oidc.account_of).start(loop, authority=authority)


def fill(page: Page | Frame, oidc: OidcProvider, *, flow: str = "code") -> None:
    """Choose OAuth2 and this token server, whose addresses are found by its name."""
    page.check("#smtp_login-oauth2")
    page.select_option("#oauth_provider", "custom")
    page.select_option("#oauth_flow", flow)
    page.wait_for_selector("#oauth_device_url" if flow == "device" else "#oauth_authorize_url")
    page.fill("#smtp_user", MAILBOX)
    page.fill("#oauth_client_id", SECRET)
    page.fill("#oauth_client_secret", CLIENT_SECRET)
    page.fill("#oauth_scope", SCOPE)
    page.fill("#oauth_issuer", oidc.issuer)
    page.click("#oauth-find")
    expect(page.locator("#oauth_token_url")).to_have_value(f"{oidc.issuer}/token")
    expect(page.locator("#oauth_client_secret")).to_have_value(CLIENT_SECRET)


def let_in(tab: Page) -> None:
    """Answer the pages of the token server."""
    tab.fill("[name=login]", MAILBOX)
    tab.fill("[name=password]", "any")
    tab.click("button[type=submit]")
    tab.click("button[type=submit]")


def let_in_and_cut_off(tab: Page) -> str:
    """Answer them where the panel cannot be reached by its redirect address; give what stands in the bar then."""
    network = tab.context.new_cdp_session(tab)

    def lose(request: dict[str, Any]) -> None:
        network.send("Fetch.failRequest", {"requestId": request["requestId"], "errorReason": "ConnectionRefused"})

    network.on("Fetch.requestPaused", lose)
    network.send("Fetch.enable", {"patterns": [{"urlPattern": "*/oauth2/callback?*"}]})
    with tab.expect_event("requestfailed", lambda request: "/oauth2/callback" in request.url) as failed:
        let_in(tab)
    address: str = failed.value.url
    return address


def go_there(page: Page) -> Page:
    """Begin the sign-in; give the tab in which the token server asks who it is."""
    page.click("#oauth-begin")
    expect_focus(page, "oauth-way")
    with page.context.expect_page() as opened:
        page.click("#oauth-way")
    return opened.value


def test_by_a_sign_in_in_another_tab_mail_is_tested_and_leaves(
    saved: Settings,
    panel: Serving,
    open_page: Open,
    oidc: OidcProvider,
    services: Services,
    submission: SmtpServer,
) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/edit")
    fill(page, oidc)
    page.fill("#from_name", "Typed before")

    tab = go_there(page)
    let_in(tab)
    expect(tab.locator("h1")).to_contain_text(MAILBOX)
    assert tab.evaluate("window.opener") is None
    tab.close()

    expect(page.locator("#oauth-done")).to_contain_text(MAILBOX)
    expect(page.locator("#from_name")).to_have_value("Typed before")
    page.fill("#recipient", RECIPIENT)
    page.click("#trial-go")
    expect(page.locator("[data-outcome=success]")).to_be_visible()
    page.click(".bar button:has-text('Save')")
    expect(page.locator(".facts")).to_contain_text(MAILBOX)
    services.outbox.enqueue(mail("outbox@example.net"), by=actor(), now=clock.now())

    submission.wait_for(2)
    assert [each.rcpt_to for each in submission.messages] == [(RECIPIENT,), ("outbox@example.net",)]


def test_after_wrong_values_are_put_right_the_address_of_a_tab_that_could_not_come_back_is_pasted(
    page: Page, oidc: OidcProvider
) -> None:
    fill(page, oidc)
    page.fill("#oauth_client_id", "")
    page.click("#oauth-begin")
    expect_focus(page, "errors")
    expect(page.locator("#errors a")).to_have_attribute("href", "#oauth_client_id")
    expect(page.locator("#oauth_client_secret")).to_have_value(CLIENT_SECRET)

    page.fill("#oauth_client_id", SECRET)
    page.click(".bar button:has-text('Save')")
    expect(page.locator("#grant-error")).to_be_visible()
    tab = go_there(page)
    expect(page.locator("#errors, #grant-error")).to_have_count(0)
    assert violations(page) == []
    address = let_in_and_cut_off(tab)

    page.click("#oauth-sign-in summary")
    page.fill("#address", address)
    page.click("#oauth-paste")

    expect(page.locator("#oauth-done")).to_contain_text(MAILBOX)


def test_a_code_for_another_device_shows_in_the_form(page: Page, oidc: OidcProvider, services: Services) -> None:
    fill(page, oidc, flow="device")

    page.click("#oauth-begin")
    code = page.locator("#oauth-code").inner_text()
    other = page.context.new_page()  # the service's own page asks for what it likes
    other.goto(page.locator("#oauth-device a").get_attribute("href") or "")
    expect(other.locator("body")).to_contain_text(code)
    other.click("button[type=submit]")
    let_in(other)

    expect(page.locator("#oauth-done")).to_contain_text(MAILBOX, timeout=20_000)  # asked again and again
    assert services.grants.get(1)


def test_without_scripts_the_form_leads_there_and_back(
    panel: Serving, saved: Settings, open_page: Open, oidc: OidcProvider, services: Services
) -> None:
    page = open_page("ja", 360, scripts=False)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/edit")
    page.check("#smtp_login-oauth2")
    page.click(".f:has(#smtp_login) noscript button")
    page.select_option("#oauth_provider", "custom")
    page.click(".f:has(#oauth_provider) noscript button")
    page.fill("#smtp_user", MAILBOX)
    page.fill("#oauth_client_id", SECRET)
    page.fill("#oauth_scope", SCOPE)
    page.fill("#oauth_issuer", oidc.issuer)
    page.click("#oauth-find")
    page.fill("#oauth_client_secret", CLIENT_SECRET)
    page.click("#oauth-begin")
    with page.context.expect_page() as opened:
        page.click("#oauth-way")
    let_in(opened.value)
    expect(opened.value.locator("h1")).to_contain_text(MAILBOX)
    expect(opened.value.locator("html")).to_have_attribute("lang", "ja")

    page.fill("#oauth_client_secret", CLIENT_SECRET)
    page.locator("#oauth-sign-in noscript button").click()
    expect(page.locator("#oauth-done")).to_contain_text(MAILBOX)
    assert fits(page)
