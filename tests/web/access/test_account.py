"""One's own account: language and time zone, the password, and the browsers that are signed in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from panel import clock
from panel.access.accounts import Account
from panel.access.rights import Role
from panel.access.sessions import Sessions
from panel.config import Config
from panel.services import Services
from panel.web import create_app
from panel.web.context import VISIT, Visit
from tests.support.actors import actor
from tests.web.conftest import PASSWORD, Browser, sign_in

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])
NEW = "another long password"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def elsewhere(browser: Browser, services: Services) -> str:
    """A session of the same account in another browser."""
    return services.sessions.open(hanako(services), by=actor(address="198.51.100.7"), agent=FIREFOX, now=clock.now())


def hanako(services: Services) -> Account:
    return services.accounts.list()[0]


def is_open(sessions: Sessions, token: str) -> bool:
    return sessions.account(token, clock.now()) is not None


@HTMX
def test_the_sessions_are_told_by_browser_and_address(browser: Browser, elsewhere: str, htmx: bool) -> None:
    shown = browser.get("/account", htmx=htmx)

    assert ("<html" in shown.text) is not htmx
    assert "Firefox on Windows" in shown.text
    assert "198.51.100.7" in shown.text
    assert shown.text.count("This browser") == 1
    assert elsewhere not in shown.text


@HTMX
def test_one_session_is_ended(browser: Browser, services: Services, elsewhere: str, htmx: bool) -> None:
    [id] = set(re.findall(r"/account/sessions/(\w{16})/end", browser.get("/account").text))

    for _ in range(2):  # once more does no harm
        assert browser.post(f"/account/sessions/{id}/end", {}, htmx=htmx).location == "/account"

    assert not is_open(services.sessions, elsewhere)
    assert browser.get("/account").status_code == 200


@HTMX
def test_all_others_are_ended(browser: Browser, services: Services, elsewhere: str, htmx: bool) -> None:
    browser.post("/account/sessions/end-others", {}, htmx=htmx)
    first = browser.get("/account", htmx=htmx)
    browser.post("/account/sessions/end-others", {}, htmx=htmx)
    second = browser.get("/account", htmx=htmx)

    assert "Every other session has ended." in first.text
    assert "There is no other session." in second.text
    assert not is_open(services.sessions, elsewhere)


@HTMX
def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(
    browser: Browser, services: Services, elsewhere: str, htmx: bool
) -> None:
    refused = browser.post("/account/password", {"old": "wrong", "new": NEW}, htmx=htmx)
    short = browser.post("/account/password", {"old": PASSWORD, "new": "short"}, htmx=htmx)
    before = is_open(services.sessions, elsewhere)

    changed = browser.post("/account/password", {"old": PASSWORD, "new": NEW}, htmx=htmx)

    assert (refused.status_code, short.status_code, changed.location) == (422, 422, "/account")
    assert 'id="old-error"' in refused.text
    assert 'id="new-error"' in short.text
    assert PASSWORD not in refused.text + short.text
    assert before
    assert not is_open(services.sessions, elsewhere)
    assert browser.get("/account").status_code == 200
    assert services.logins.log_in("hanako", NEW, address="", now=clock.now())


def test_after_some_wrong_old_passwords_none_is_looked_at(browser: Browser, log: Callable[[], list[str]]) -> None:
    answers = [browser.post("/account/password", {"old": "wrong", "new": NEW}) for _ in range(6)]

    assert "Too many wrong passwords." in answers[-1].text
    assert len([line for line in log() if "sign_in_refused account=hanako" in line]) == 6


def test_language_and_zone_are_kept(browser: Browser, services: Services) -> None:
    saved = browser.post("/account", {"locale": "ja", "timezone": "Asia/Tokyo"})
    page = browser.get("/account").text

    assert saved.location == "/account"
    assert '<html lang="ja"' in page
    assert "UTC+09:00" in page
    assert (hanako(services).locale, hanako(services).timezone) == ("ja", "Asia/Tokyo")


def test_a_choice_is_taken_back(browser: Browser, services: Services) -> None:
    browser.post("/account", {"locale": "ja", "timezone": "Asia/Tokyo"})

    browser.post("/account", {"locale": "", "timezone": ""})

    assert '<html lang="en"' in browser.get("/account").text
    assert hanako(services).timezone == ""


def test_a_request_that_is_refused_early_has_nobody_else_s_zone(browser: Browser, services: Services) -> None:
    browser.post("/account", {"locale": "en", "timezone": "Pacific/Kiritimati"})
    assert "UTC+14:00" in browser.get("/settings").text

    services.accounts.remember("hanako", timezone="")
    refused = browser.post("/outbox/pause", {"csrf_token": "of another session"})

    assert refused.status_code == 400
    assert "Times are in" in refused.text
    assert "UTC+14:00" not in refused.text


def test_a_zone_that_is_none_is_refused(browser: Browser, services: Services) -> None:
    for zone in ("Asia/Nowhere", "../../etc/passwd", "UTC+9", "asia/tokyo", "x" * 1000):
        refused = browser.post("/account", {"locale": "en", "timezone": zone})

        assert refused.status_code == 422
        assert 'id="timezone-error"' in refused.text
    assert hanako(services).timezone == ""


def test_a_role_in_a_form_of_ones_own_is_passed_over_and_noted(
    browser: Browser, services: Services, log: Callable[[], list[str]]
) -> None:
    with services.database.writing() as write:
        write.run("UPDATE accounts SET role = 'viewer'")

    for path in ("/account", "/account/password"):
        browser.post(path, {"role": "administrator", "old": PASSWORD, "new": NEW})

    assert hanako(services).role is Role.VIEWER
    assert len([line for line in log() if "role_refused account=hanako" in line]) == 2


def test_behind_a_host_there_are_no_passwords_and_no_sessions(config: Config, services: Services, app: Flask) -> None:
    with app.test_client() as local:
        services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
        sign_in(Browser(local))
    mounted = create_app(config, services, mounted=True)
    visit = Visit(Account("hanako", Role.VIEWER, via="mounted"), "")

    with mounted.test_client() as client:
        client.environ_base[VISIT] = visit
        browser = Browser(client)
        page = browser.get("/account").text
        ended = browser.post("/account/sessions/end-others", {})
        changed = browser.post("/account/password", {"old": PASSWORD, "new": NEW})
        browser.post("/account", {"locale": "ja", "timezone": "Asia/Tokyo"})
        chosen = browser.get("/account").text
        browser.post("/account", {"locale": "", "timezone": ""})
        taken_back = browser.get("/account", headers={"Accept-Language": "en"}).text

    assert "UTC+09:00" in chosen
    assert "UTC+09:00" not in taken_back
    assert '<html lang="en"' in taken_back
    assert 'type="password"' not in page
    assert "Where you are signed in" not in page
    assert (ended.status_code, changed.status_code) == (404, 404)
    assert hanako(services).timezone == "", "the one of that name here is somebody else"
    assert len(services.sessions.of("hanako", "", clock.now())) == 1


@pytest.mark.parametrize(("language", "zone"), [("ja", "Asia/Tokyo"), ("en", "the server&#39;s zone")])
def test_the_page_says_which_zone_is_shown_where_none_is_chosen(browser: Browser, language: str, zone: str) -> None:
    hint = re.search(r'id="timezone-hint"[^>]*>([^<]*)<', browser.get(f"/account?lang={language}").text)

    assert hint
    assert zone in hint[1].partition("Asia/Tokyo")[2]
