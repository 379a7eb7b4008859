"""What is asked back before values are saved."""

from __future__ import annotations

from panel.services import Services
from tests.web.conftest import PASSWORD, Browser, typed


def test_no_interval_for_a_service_with_a_known_limit_is_asked_about_once(browser: Browser, services: Services) -> None:
    blank = typed(version="0", smtp_host="smtp.gmail.com", send_interval_ms="", smtp_password=PASSWORD)

    asked = browser.post("/settings", blank)
    assert asked.status_code == 422
    assert 'name="paced" value="6000"' in asked.text
    assert services.settings.current().number == 0

    assert browser.post("/settings", {**blank, "unpaced": "yes"}).status_code == 303
    again = {**blank, "version": "1", "from_name": "Another", "smtp_password": ""}
    assert browser.post("/settings", again).status_code == 303
    assert services.settings.current().settings.send_interval_ms == 0

    other = {**again, "version": "2", "smtp_host": "smtp.office365.com", "smtp_password": PASSWORD}
    assert browser.post("/settings", other).status_code == 422


def test_the_offered_interval_is_saved_in_one_click(browser: Browser, services: Services) -> None:
    blank = typed(version="0", smtp_host="smtp.gmail.com", send_interval_ms="0", smtp_password=PASSWORD)

    assert browser.post("/settings", {**blank, "paced": "6000"}).status_code == 303

    assert services.settings.current().settings.send_interval_ms == 6_000


def test_no_interval_for_a_server_whose_limit_is_not_known_is_saved(browser: Browser, services: Services) -> None:
    blank = typed(version="0", smtp_host="mail.example.org", send_interval_ms="", smtp_password=PASSWORD)

    assert browser.post("/settings", blank).status_code == 303
