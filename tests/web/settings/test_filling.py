"""What a service fills in is said and marked, and what stood there comes back; no secret goes that way."""

from __future__ import annotations

import re

import pytest

from panel.services import Services
from tests.web.conftest import SETTINGS, Browser, typed


def fields(page: str) -> dict[str, str]:
    """Read the fields that a page or its parts hold, but for the boxes."""
    found = re.findall(r'<input id="(\w+)"[^>]*? name="\w+"[^>]*? value="([^"]*)"', page)
    return dict(found)


def former(page: str) -> dict[str, str]:
    """Read what the way back is made of."""
    kept = dict(re.findall(r'name="(was_\w+|undone)" value="([^"]*)"', page))
    return {**kept, "undo": "1"}


def fill(browser: Browser, name: str, **changed: str) -> str:
    return browser.post("/settings/preset", typed(preset=name, version="0", **changed), htmx=True).text


def test_a_service_says_what_it_filled_in_and_marks_it(browser: Browser) -> None:
    page = fill(browser, "gmail", send_interval_ms="6000")

    assert re.search(r"Filled in for Gmail:</b> smtp\.gmail\.com / 587 / STARTTLS / 6000 ms", page)
    assert re.search(r'id="service-gmail"[^>]*aria-pressed="true"', page)
    assert re.search(r'<input id="smtp_host"[^>]*class="changed"', page)
    assert not re.search(r'<input id="send_interval_ms"[^>]*class="changed"', page)  # it stood there before


def test_what_stood_there_comes_back(browser: Browser) -> None:
    own = {"smtp_host": "mail.example.org", "smtp_port": "2525", "max_per_hour": "7", "from_address": "a@gmail.com"}
    page = fill(browser, "gmail", tls="", **own)
    assert fields(page)["smtp_host"] == "smtp.gmail.com"

    filled = {**typed(version="0", **own), **fields(page), "tls": "y"}
    back = browser.post("/settings/preset", {**filled, **former(page)}, htmx=True).text

    assert {name: fields(back)[name] for name in ("smtp_host", "smtp_port")} == {
        "smtp_host": "mail.example.org",
        "smtp_port": "2525",
    }
    assert fields(back)["smtp_user"] == SETTINGS.smtp_user
    assert "checked" not in re.findall(r'<input type="checkbox" id="tls"[^>]*>', back)[0]
    assert 'id="undo"' not in back
    assert re.search(r'id="service-gmail"[^>]*autofocus', back)


def test_the_focus_has_a_place_after_the_way_back_of_a_service_of_the_list(browser: Browser) -> None:
    page = fill(browser, "other", other_service="mailgun")

    back = browser.post("/settings/preset", {**typed(version="0"), **former(page)}, htmx=True).text

    assert re.search(r'id="service-gmail"[^>]*autofocus', back)


def test_a_service_of_oauth2_alone_gives_the_password_back(browser: Browser) -> None:
    page = fill(browser, "outlook")
    assert 'value="oauth2" checked' in page

    filled = typed(smtp_login="oauth2", oauth_provider="microsoft", version="0")
    back = browser.post("/settings/preset", {**filled, **former(page)}, htmx=True).text

    assert 'value="password" checked' in back
    assert 'id="smtp_password"' in back
    assert 'id="oauth_client_id"' not in back


@pytest.mark.usefixtures("saved")
def test_no_secret_goes_there_and_back(browser: Browser) -> None:
    page = fill(browser, "gmail", smtp_password="typed-secret", pop_password="pop-secret")
    assert not re.search("typed-secret|pop-secret|stored-secret|was_(smtp|pop)_password", page)

    back = browser.post(
        "/settings/preset", {**typed(), **former(page), "was_smtp_password": "brought-secret"}, htmx=True
    ).text
    assert "secret" not in re.sub(r"client_secret|secret_expires", "", back)


def test_a_client_secret_is_not_kept_for_the_way_back(browser: Browser) -> None:
    page = fill(browser, "sendgrid", smtp_login="oauth2", oauth_provider="google", oauth_client_secret="typed-secret")

    assert 'name="was_oauth_provider" value="google"' in page
    assert "typed-secret" not in page


def test_without_scripts_the_page_has_the_way_back_too(browser: Browser, services: Services) -> None:
    page = browser.post("/settings/preset", typed(preset="sendgrid", version="0", recipient="taro@example.net")).text

    assert "Filled in for SendGrid:" in page
    assert 'name="undo" value="1"' in page
    assert former(page)["was_smtp_host"] == SETTINGS.smtp_host
    assert 'value="taro@example.net"' in page  # whom a test was to be sent to is still there
    assert services.settings.current().number == 0


def test_a_service_of_the_list_is_filled_in_by_the_button_beside_it(browser: Browser) -> None:
    page = fill(browser, "other", other_service="mailgun")

    assert fields(page)["smtp_host"] == "smtp.mailgun.org"
    assert '<option value="mailgun" selected>' in page


@pytest.mark.parametrize("preset", ["", "other", "nobody"])
def test_no_service_fills_nothing_in(browser: Browser, preset: str) -> None:
    page = fill(browser, preset)

    assert 'class="filled"' not in page
    assert fields(page)["smtp_host"] == SETTINGS.smtp_host
