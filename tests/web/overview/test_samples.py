"""The demo alone has a button that pours samples of all fates through the outbox."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from panel.checks.samples import SAMPLE_FATES
from panel.config import Config, DemoServer
from panel.services import Services
from panel.settings.model import Settings
from panel.web import create_app
from tests.web.conftest import Browser, sign_in

DEMO = DemoServer("localhost", 2587, "demo@example.org", "secret")


def test_no_other_panel_has_samples(browser: Browser, services: Services, saved: Settings) -> None:
    assert 'id="samples"' not in browser.get("/settings").text
    assert 'id="samples"' not in browser.get("/outbox").text
    assert browser.post("/outbox/samples", {}).status_code == 404
    assert services.outbox.counts().waiting == 0


def test_thirty_messages_of_every_fate_are_handed_in(
    browser: Browser, config: Config, services: Services, saved: Settings
) -> None:
    own = replace(config, demo=DEMO)
    demo = Browser(create_app(own, replace(services, config=own)).test_client())
    sign_in(demo)
    assert 'id="samples"' in demo.get("/settings").text
    assert 'id="samples"' in demo.get("/outbox").text

    assert demo.post("/outbox/samples", {}).location == "/outbox"

    entries = services.outbox.list(limit=50).entries
    names = Counter(each.address.partition("@")[0] for entry in entries for each in entry.recipients)
    assert len(entries) == 30
    assert set(SAMPLE_FATES) <= set(names)
    assert sum(number for name, number in names.items() if name not in SAMPLE_FATES) >= 20
    assert "Samples handed in: 30." in demo.get("/outbox").text
