"""The card of checks: filled in when asked, as a fragment and as a page."""

from __future__ import annotations

import re
from dataclasses import replace

from panel import clock
from panel.services import Services
from panel.settings import Settings
from tests.servers import SmtpServer
from tests.web.conftest import SETTINGS, Browser


def test_the_card_is_empty_until_somebody_asks(browser: Browser, saved: Settings) -> None:
    page = browser.get("/settings").text

    assert 'hx-get="/settings/doctor"' in page
    assert "data-finding" not in page


def test_the_findings_come_as_a_fragment_and_as_a_page(
    browser: Browser, services: Services, server: SmtpServer
) -> None:
    at_hand = replace(
        SETTINGS, from_address="report@localhost", smtp_host="127.0.0.1", smtp_port=server.port, tls=False
    )
    services.settings.save(replace(at_hand, smtp_auth=False, smtp_password=""), base=0, by="ken", now=clock.now())

    fragment, page = browser.get("/settings/doctor", htmx=True), browser.get("/settings/doctor")

    found = dict(re.findall(r'data-finding="(\w+)" data-status="(\w+)"', fragment.text))
    assert {found[name] for name in ("home", "key", "database", "clock")} == {"ok"}
    assert found["certificate"] == "warning"  # TLS is off
    assert "<!doctype html>" in page.text
    assert server.messages == []
