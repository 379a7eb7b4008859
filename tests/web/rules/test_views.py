"""The page of the rules for every message."""

from __future__ import annotations

import re

import pytest

from panel.services import Services
from panel.settings.fields.secret import SECRETS
from panel.settings.model import OF_RULES, FromNameRule, Settings
from tests.web.conftest import PASSWORD, SETTINGS, Browser, typed


def forget_proof(services: Services) -> None:
    """Have the session be one that was left open."""
    with services.database.writing() as write:
        write.run("UPDATE sessions SET proven_at = '2026-01-01T00:00:00.000Z'")


def rules(**changed: str) -> dict[str, str]:
    """What the form sends."""
    return {**{name: str(getattr(SETTINGS, name)) for name in OF_RULES}, "version": "1", **changed}


@pytest.mark.parametrize("htmx", [False, True])
def test_the_page_has_a_field_for_each_rule_and_no_other(browser: Browser, saved: Settings, htmx: bool) -> None:
    page = browser.get("/settings/rules", htmx=htmx).text

    named = {*re.findall(r'<(?:select|input|textarea)[^>]* name="(\w+)"', page)} - {"csrf_token", "version", "next"}
    assert named == {*OF_RULES}
    assert ("<html" in page) is not htmx
    assert 'action="/settings/rules"' in page


def test_a_rule_is_saved_and_all_else_stays(browser: Browser, services: Services, saved: Settings) -> None:
    answer = browser.post("/settings/rules", rules(from_name_rule="submitted"))

    version = services.settings.current()
    assert answer.headers["Location"] == "/settings"
    assert (version.number, version.changed) == (2, ("from_name_rule",))
    assert version.settings.from_name_rule is FromNameRule.SUBMITTED
    assert {name: getattr(version.settings, name) for name in SECRETS} == {
        name: getattr(saved, name) for name in SECRETS
    }
    assert "Rules saved" in browser.get("/settings").text


def test_the_form_of_the_settings_keeps_the_rules(browser: Browser, services: Services, saved: Settings) -> None:
    browser.post("/settings/rules", rules(from_name_rule="submitted"))

    browser.post("/settings", typed(from_name="Shop", version="2", untested="yes"))

    stored = services.settings.current().settings
    assert (stored.from_name, stored.from_name_rule) == ("Shop", FromNameRule.SUBMITTED)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_wrong_rule_is_said_at_its_field(browser: Browser, saved: Settings, htmx: bool) -> None:
    answer = browser.post("/settings/rules", rules(from_name_rule="mine"), htmx=htmx)

    assert answer.status_code == 422
    assert 'id="from_name_rule-error"' in answer.text


def test_who_was_overtaken_sees_what_differs(browser: Browser, services: Services, saved: Settings) -> None:
    browser.post("/settings", typed(from_name="Shop", version="1", untested="yes"))

    answer = browser.post("/settings/rules", rules(from_name_rule="submitted"))

    assert answer.status_code == 409
    assert "changed the settings while you were editing" in answer.text
    assert browser.post("/settings/rules", rules(from_name_rule="submitted", version="2")).status_code == 303


def test_the_same_rules_make_no_version(browser: Browser, services: Services, saved: Settings) -> None:
    assert browser.post("/settings/rules", rules()).status_code == 303

    assert services.settings.current().number == 1


def test_before_there_are_settings_there_is_nothing_to_rule(browser: Browser) -> None:
    assert browser.get("/settings/rules").headers["Location"] == "/settings/edit"
    assert browser.post("/settings/rules", rules(version="0")).headers["Location"] == "/settings/edit"


def test_the_rules_of_an_old_version_come_back_into_the_form(
    browser: Browser, services: Services, saved: Settings
) -> None:
    browser.post("/settings/rules", rules(from_name_rule="submitted"))

    assert '<option value="fixed" selected>' in browser.get("/settings/rules?version=1").text
    assert browser.get("/settings/rules?version=9").status_code == 404


def test_the_details_lead_to_the_rules_and_show_one_that_is_set(browser: Browser, saved: Settings) -> None:
    page = browser.get("/settings").text
    assert page.count('href="/settings/rules"') == 1
    assert "Sender name" not in page

    browser.post("/settings/rules", rules(from_name_rule="submitted"))

    assert re.search(r"<dt>Sender name</dt>.{0,120}The application’s own", browser.get("/settings").text, re.DOTALL)


REDIRECT = "staging@example.com"


@pytest.mark.parametrize("htmx", [False, True])
def test_a_redirect_asks_for_the_password_again(
    browser: Browser, services: Services, saved: Settings, htmx: bool
) -> None:
    forget_proof(services)

    asked = browser.post("/settings/rules", rules(redirect_to=REDIRECT), htmx=htmx)

    assert asked.status_code == 422
    assert "All mail would go to another address" in asked.text
    assert f'value="{REDIRECT}"' in asked.text
    assert services.settings.current().settings.redirect_to == ""
    password = {"step_up_password": PASSWORD}
    assert browser.post("/settings/rules", rules(redirect_to=REDIRECT, **password), htmx=htmx).status_code == (
        200 if htmx else 303
    )
    assert services.settings.current().settings.redirect_to == REDIRECT


def test_ending_a_redirect_asks_for_nothing(browser: Browser, services: Services, saved: Settings) -> None:
    browser.post("/settings/rules", rules(redirect_to=REDIRECT))
    forget_proof(services)

    assert browser.post("/settings/rules", rules(version="2")).status_code == 303


def test_a_browser_with_scripts_loads_the_whole_page_when_every_page_says_something_else(
    browser: Browser, saved: Settings
) -> None:
    answer = browser.post("/settings/rules", rules(redirect_to=REDIRECT), htmx=True)

    assert answer.headers["HX-Redirect"] == "/settings"
    other = browser.post(
        "/settings/rules", rules(redirect_to=REDIRECT, from_name_rule="submitted", version="2"), htmx=True
    )
    assert (other.status_code, "HX-Redirect" in other.headers) == (303, False)


@pytest.mark.parametrize("address", ["/settings", "/settings/edit", "/outbox", "/diagnosis", "/alerts", "/account"])
def test_every_page_says_that_mail_goes_elsewhere(browser: Browser, saved: Settings, address: str) -> None:
    assert 'id="staging"' not in browser.get(address).text

    browser.post("/settings/rules", rules(redirect_to=REDIRECT))

    assert browser.get(address).text.count(f"Staging: all mail goes to {REDIRECT}, and none to its recipients.") >= 1


def test_whoever_is_not_signed_in_is_not_told(browser: Browser, stranger: Browser, saved: Settings) -> None:
    browser.post("/settings/rules", rules(redirect_to=REDIRECT))

    assert REDIRECT not in stranger.get("/login").text


def test_each_save_of_a_home_that_redirects_says_so(browser: Browser, saved: Settings) -> None:
    browser.post("/settings/rules", rules(redirect_to=REDIRECT))
    browser.get("/settings")

    browser.post("/settings", typed(from_name="Shop", version="2", untested="yes"))

    notice = re.search(r'<div id="notice".*?</div>', browser.get("/settings").text, re.DOTALL)
    assert notice
    assert f"goes to {REDIRECT}" in notice[0]


def test_an_address_to_come_from_is_saved_and_a_name_is_none(
    browser: Browser, services: Services, saved: Settings
) -> None:
    answer = browser.post("/settings/rules", rules(source_address="eth0"))
    assert (answer.status_code, 'id="source_address-error"' in answer.text) == (422, True)

    browser.post("/settings/rules", rules(source_address="192.0.2.10"))

    assert services.settings.current().settings.server.source == "192.0.2.10"
    assert re.search(r"<dt>Source address</dt>.{0,120}192\.0\.2\.10", browser.get("/settings").text, re.DOTALL)


def test_a_size_is_shown_and_read_as_people_write_it(browser: Browser, services: Services, saved: Settings) -> None:
    assert 'value="25 MiB"' in browser.get("/settings/rules").text
    assert "files of about 18 MiB" in browser.get("/settings/rules").text

    browser.post("/settings/rules", rules(max_message_bytes="40 mb", max_recipients="50"))

    assert services.settings.current().settings.limits == (40 * 1024 * 1024, 50)
    assert re.search(r"<dt>Largest message</dt>.{0,120}40 MiB", browser.get("/settings").text, re.DOTALL)


def test_allowed_recipients_are_typed_as_lines_and_ask_for_no_password(
    browser: Browser, services: Services, saved: Settings
) -> None:
    forget_proof(services)

    browser.post("/settings/rules", rules(allowed_recipients="Example.org\r\nhanako@example.net\r\n"))

    assert services.settings.current().settings.allowed_recipients == "example.org, hanako@example.net"
    assert "Staging: mail goes to example.org, hanako@example.net only" in browser.get("/outbox").text
    wrong = browser.post("/settings/rules", rules(allowed_recipients="example.org\r\nnobody", version="2"))
    assert wrong.status_code == 422
    assert "nobody is neither a mail address nor a domain" in wrong.text
