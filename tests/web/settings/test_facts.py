"""The settings as pages show them."""

from __future__ import annotations

import re
from dataclasses import replace

from panel import clock
from panel.services import Services
from tests.support.actors import actor
from tests.support.servers import Authority
from tests.web.conftest import SETTINGS, Browser


def test_an_authority_that_was_added_is_named_with_its_end(
    browser: Browser, services: Services, authority: Authority
) -> None:
    services.settings.save(replace(SETTINGS, ca_certificate=authority.pem), base=0, by=actor("ken"), now=clock.now())

    page = browser.get("/settings", headers={"Accept-Language": "ja"}).text

    [fact] = re.findall(r"<dt>CA証明書</dt>.*?</div>", page, re.DOTALL)
    assert "追加の認証局" in fact, fact
    assert re.search(r"（[^（]+、\d{4}-\d\d-\d\d まで）", fact), fact
