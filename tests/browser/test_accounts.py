"""Two browsers side by side: one invites, the other sets a password, and is signed out by a lesser role."""

from __future__ import annotations

from playwright.sync_api import expect

from panel.access.rights import Role
from panel.services import Services
from tests.browser.conftest import Open, fits, sign_in
from tests.browser.test_accessibility import violations
from tests.support.serving import Serving

PASSWORD = "four words that fit"


def test_who_is_invited_enters_and_is_signed_out_with_a_lesser_role(
    panel: Serving, services: Services, open_page: Open
) -> None:
    page, other = open_page("en"), open_page("ja", 360, dark=True)
    sign_in(page, panel.address)
    page.click(".me")
    expect(page.locator("[data-session]")).to_have_count(1)
    assert violations(page) == []

    page.goto(f"{panel.address}/access/users")
    page.fill("#name", "ken")
    page.check("#role-operator")
    page.click("#invite-form .go")
    link = page.locator("#made-link").inner_text()
    assert violations(page) == []

    other.goto(link)
    assert other.url == f"{panel.address}/invitation"
    assert violations(other) == []
    other.fill("#password", PASSWORD)
    other.click(".go")
    other.wait_for_url("**/settings")
    other.goto(f"{panel.address}/account")
    assert violations(other) == []
    assert fits(other)

    page.goto(f"{panel.address}/access/users")
    page.select_option("[data-account=ken] select", "viewer")
    page.click("[data-account=ken] button:has-text('Set')")
    expect(page.locator("#notice")).to_contain_text("ken has the role Viewer now.")
    other.click("nav a[href*=outbox]")
    other.wait_for_url("**/login?next=**")
    assert [each.role for each in services.accounts.list()] == [Role.ADMINISTRATOR, Role.VIEWER]


def test_the_pages_work_without_scripts(panel: Serving, services: Services, open_page: Open) -> None:
    page = open_page("ja", 360, scripts=False)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/access/users")
    page.fill("#name", "ken")
    page.click("#invite-form .go")
    expect(page.locator("#made-link")).to_contain_text("/invitation?token=")
    assert fits(page)

    page.click("[data-invited=ken] button")
    expect(page.locator("[data-invited]")).to_have_count(0)
    page.goto(f"{panel.address}/account")
    page.fill("#timezone", "Asia/Tokyo")
    page.click("form[action$='/account'] .go")
    expect(page.locator("footer")).to_contain_text("日本時間")
