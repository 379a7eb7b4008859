"""The page of the second server as somebody uses it: switched on, filled in, tested, saved."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import RECIPIENT, Open, sign_in
from tests.support.actors import actor
from tests.support.servers import SmtpServer
from tests.support.serving import Serving


@pytest.fixture
def first(services: Services, right: Settings) -> Settings:
    """Settings that are right, saved as version 1."""
    services.settings.save(right, base=0, by=actor("ken"), now=clock.now())
    return right


def test_a_second_server_is_switched_on_tested_and_saved(
    first: Settings, services: Services, panel: Serving, open_page: Open, server: SmtpServer
) -> None:
    page = open_page()
    sign_in(page, panel.address)
    page.click("role=link[name='Second server: Off']")
    expect(page.locator("#second_smtp_host")).to_be_hidden()
    page.check("#second")
    expect(page.locator("#second_smtp_host")).to_be_visible()
    page.fill("#second_smtp_host", "127.0.0.1")
    page.fill("#second_smtp_port", str(server.port))
    page.uncheck("#second_smtp_auth")
    page.uncheck("#second_tls")
    page.fill("#recipient", RECIPIENT)

    page.click("#trial-go")

    expect(page.locator("[data-outcome=success]")).to_be_visible()
    assert server.messages[0].rcpt_to == (RECIPIENT,)
    page.fill("#second_smtp_port", "1")
    expect(page.locator("#trial-result")).to_have_attribute("data-changed", "")
    page.fill("#second_smtp_port", str(server.port))
    page.click("[data-outcome=success] button.go")
    expect(page.locator("text=Second server: 127.0.0.1")).to_be_visible()
    assert services.settings.current().settings == replace(
        first,
        second=True,
        second_smtp_host="127.0.0.1",
        second_smtp_port=server.port,
        second_smtp_auth=False,
        second_tls=False,
    )


def test_without_scripts_it_is_the_same(first: Settings, services: Services, panel: Serving, open_page: Open) -> None:
    page = open_page(scripts=False)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/second")
    page.check("#second")
    page.click("#service-sendgrid")
    expect(page.locator("#second_smtp_host")).to_have_value("smtp.sendgrid.net")

    page.click("section.bar button.go")

    expect(page.locator("#second_smtp_password-error")).to_be_visible()
    assert services.settings.newest() == 1


@pytest.mark.parametrize(("language", "width"), [("ja", 1280), ("en", 1280), ("ja", 360)])
def test_nothing_is_wider_than_the_window(
    first: Settings, services: Services, panel: Serving, open_page: Open, language: str, width: int
) -> None:
    on = replace(first, second=True, second_smtp_host="relay.example.net", second_smtp_user="relay")
    services.settings.save(replace(on, second_smtp_password="another"), base=1, by=actor("ken"), now=clock.now())
    page = open_page(language, width)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/second")

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
