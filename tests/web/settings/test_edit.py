"""The form's page: what stands around the fields."""

from __future__ import annotations

import re

import pytest

from panel.services import Services
from tests.web.conftest import Browser, typed


def advanced(page: str) -> str:
    [part] = re.findall(r'<details id="part-advanced".*?</details>', page, re.DOTALL)
    return part


@pytest.mark.usefixtures("saved")
def test_the_bounce_address_stands_in_the_closed_part(browser: Browser) -> None:
    part = advanced(browser.get("/settings/edit").text)

    assert " open" not in part.partition(">")[0]
    assert 'name="bounce_address"' in part
    assert "Empty means the from address." in part


@pytest.mark.usefixtures("saved")
def test_a_bounce_address_is_saved_and_opens_its_part(browser: Browser, services: Services) -> None:
    saved = browser.post("/settings", typed(bounce_address="bounces@例え.jp", untested="yes"))

    assert saved.status_code == 303, saved.text
    assert services.settings.current().settings.bounce_address == "bounces@xn--r8jz45g.jp"
    assert " open" in advanced(browser.get("/settings/edit").text).partition(">")[0]


@pytest.mark.parametrize(
    "address", ["no address", "a@example.org, b@example.org", "<a@example.org>", "花子@example.jp", "a@x\r\nRCPT"]
)
@pytest.mark.usefixtures("saved")
def test_what_is_no_single_address_is_told_at_the_field(browser: Browser, services: Services, address: str) -> None:
    page = browser.post("/settings", typed(bounce_address=address))

    assert page.status_code == 422
    assert 'id="bounce_address-error"' in page.text
    assert services.settings.newest() == 1


@pytest.mark.usefixtures("saved")
def test_a_service_that_wants_both_addresses_the_same_is_named_at_the_field(browser: Browser) -> None:
    page = browser.post("/settings", typed(smtp_host="shop.sakura.ne.jp", smtp_port="no")).text

    assert "takes mail only where this is the from address: leave it empty" in advanced(page)


@pytest.mark.usefixtures("saved")
def test_a_password_that_may_not_go_elsewhere_is_not_offered_to_be_kept(browser: Browser) -> None:
    kept = "Leave empty to keep the password saved on"

    refused = browser.post("/settings", typed(smtp_host="mail.example.net", smtp_password="", untested="yes"))

    assert kept in browser.get("/settings/edit").text
    assert 'id="smtp_password-error"' in refused.text
    assert kept not in refused.text
