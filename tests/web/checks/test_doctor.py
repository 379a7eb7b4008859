"""The card of checks: filled in when asked, as a fragment and as a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from panel import clock
from panel.config import Config
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.dns_server import DnsServer
from tests.support.servers import SmtpServer
from tests.web.conftest import SETTINGS, Browser


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    with DnsServer({}) as server:
        yield Config(home=tmp_path / "home", locale="en", resolver=server.address)


def test_the_card_is_empty_until_somebody_asks(browser: Browser, saved: Settings) -> None:
    page = browser.get("/settings").text

    assert 'hx-get="/settings/doctor"' in page
    assert 'name="address"' in page
    assert "data-finding" not in page


def test_the_findings_come_as_a_fragment_and_as_a_page(
    browser: Browser, services: Services, server: SmtpServer
) -> None:
    at_hand = replace(
        SETTINGS, from_address="report@localhost", smtp_host="127.0.0.1", smtp_port=server.port, tls=False
    )
    services.settings.save(
        replace(at_hand, smtp_auth=False, smtp_password=""), base=0, by=actor("ken"), now=clock.now()
    )

    fragment, page = browser.get("/settings/doctor", htmx=True), browser.get("/settings/doctor")

    found = dict(re.findall(r'data-finding="(\w+)" data-status="(\w+)"', fragment.text))
    assert {found[name] for name in ("home", "key", "database", "clock")} == {"ok"}
    assert found["certificate"] == "warning"  # TLS is off
    assert "<!doctype html>" in page.text
    assert server.messages == []


def test_what_receivers_see_can_be_given(browser: Browser, saved: Settings) -> None:
    page = browser.get("/settings/doctor?address=192.0.2.7&selectors=s1+s2", htmx=True).text

    assert 'data-finding="ptr"' in page
    assert 'value="192.0.2.7"' in page
    assert 'value="s1 s2"' in page


def test_what_is_no_address_is_told_and_nobody_is_asked(browser: Browser, saved: Settings) -> None:
    response = browser.get("/settings/doctor?address=here", htmx=True)

    assert response.status_code == 422
    assert 'id="address-error"' in response.text
    assert "data-finding" not in response.text
