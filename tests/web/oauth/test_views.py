"""Signing in at a real token server from the form: through the browser, by the address in its bar, by a code."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from panel import clock
from panel.config import Config
from panel.outbox.pace.pace import Terms
from panel.server.worker import make_worker
from panel.services import Services
from panel.settings.model import OF_SECOND
from panel.web import create_app
from panel.web.mount import blueprint
from tests.support.actors import actor
from tests.support.holding import holding
from tests.support.mail import mail
from tests.support.oidc import CLIENT_SECRET, PUBLIC, SECRET, OidcProvider, sign_in
from tests.web.conftest import SETTINGS, Browser
from tests.web.conftest import sign_in as sign_in_to_panel
from tests.web.oauth.conftest import MAILBOX

COOKIE = "mail-panel-oauth"


def link_of(answer: TestResponse) -> str:
    found = re.search(r'id="oauth-way" href="([^"]+)"', answer.text)
    assert found
    return unescape(found[1])


def begun(browser: Browser, tab: FlaskClient, values: dict[str, str]) -> str:
    """Begin a sign-in in the form, open its link in the other tab, and give where that leads."""
    answer = browser.post("/settings/oauth/begin", values, htmx=True)
    assert answer.status_code == 200
    opened = tab.get(link_of(answer))
    assert opened.status_code == 303
    return str(opened.location)


def back(tab: FlaskClient, address: str) -> TestResponse:
    """Come back from the token server."""
    return tab.get("/oauth2/callback?" + address.partition("?")[2])


def test_signing_in_in_another_tab_shows_in_the_form(
    browser: Browser, tab: FlaskClient, values: dict[str, str], services: Services
) -> None:
    address = begun(browser, tab, values)
    assert browser.get("/settings/oauth/pending", htmx=True).status_code == 204

    ended = back(tab, sign_in(address, MAILBOX))
    shown = browser.get("/settings/oauth/pending", htmx=True)

    assert ended.status_code == 200
    assert f"Signed in as {MAILBOX}." in ended.text
    assert f"Signed in as {MAILBOX}." in shown.text
    assert 'name="grant" value="1"' in shown.text
    grant = services.grants.get(1)
    assert grant
    assert (grant.account, grant.signed_in_by, grant.state) == (MAILBOX, "hanako", "pending")


def test_a_save_takes_the_sign_in_that_it_names_into_use(
    browser: Browser, tab: FlaskClient, values: dict[str, str], services: Services
) -> None:
    back(tab, sign_in(begun(browser, tab, values), MAILBOX))

    saved = browser.post("/settings", {**values, "grant": "1"})

    assert saved.status_code == 303
    assert services.settings.current().settings.grant == 1
    detail = browser.get("/settings").text
    assert MAILBOX in detail
    assert f"Signed in as {MAILBOX}." in browser.get("/settings/edit").text


def test_without_scripts_a_save_takes_the_newest_sign_in(
    browser: Browser, tab: FlaskClient, values: dict[str, str], services: Services
) -> None:
    """The page has not heard of it: it is the one from before."""
    back(tab, sign_in(begun(browser, tab, values), MAILBOX))

    assert browser.post("/settings", values).status_code == 303
    assert services.settings.current().settings.grant == 1


def test_looking_again_without_scripts_shows_who_has_signed_in(
    browser: Browser, tab: FlaskClient, values: dict[str, str]
) -> None:
    page = browser.post("/settings/oauth/begin", values)
    assert "<html" in page.text
    assert "Look again" in page.text

    back(tab, sign_in(str(tab.get(link_of(page)).location), MAILBOX))

    assert f"Signed in as {MAILBOX}." in browser.post("/settings/login", values).text


@pytest.mark.parametrize("path", ["/settings", "/settings/trial"])
def test_nothing_is_saved_or_tested_before_somebody_has_signed_in(
    browser: Browser, values: dict[str, str], path: str
) -> None:
    answer = browser.post(path, {**values, "recipient": "taro@example.net"}, htmx=True)

    assert answer.status_code == 422
    assert "Sign in at the service first" in answer.text


def test_a_sign_in_for_another_server_is_not_used(
    browser: Browser, tab: FlaskClient, values: dict[str, str], services: Services
) -> None:
    back(tab, sign_in(begun(browser, tab, values), MAILBOX))

    answer = browser.post("/settings", {**values, "grant": "1", "smtp_host": "other.example.org"}, htmx=True)

    assert answer.status_code == 422
    assert "Sign in again: what was given is for another" in answer.text
    assert services.settings.current().number == 0


def test_wrong_values_begin_nothing(browser: Browser, values: dict[str, str]) -> None:
    answer = browser.post("/settings/oauth/begin", {**values, "oauth_client_id": ""}, htmx=True)

    assert answer.status_code == 422
    assert 'href="#oauth_client_id"' in answer.text


def test_the_address_of_the_bar_ends_the_sign_in_too(
    browser: Browser, tab: FlaskClient, values: dict[str, str]
) -> None:
    address = sign_in(begun(browser, tab, values), MAILBOX)

    answer = browser.post("/settings/oauth/paste", {**values, "address": address}, htmx=True)

    assert answer.status_code == 200
    assert f"Signed in as {MAILBOX}." in answer.text


def test_an_address_that_belongs_to_nothing_is_told_at_its_field(browser: Browser, values: dict[str, str]) -> None:
    browser.post("/settings/oauth/begin", values, htmx=True)

    answer = browser.post("/settings/oauth/paste", {**values, "address": "http://127.0.0.1/?state=x&code=y"}, htmx=True)

    assert answer.status_code == 422
    assert 'id="address-error"' in answer.text


def test_a_code_for_another_device_lets_somebody_in(
    browser: Browser, by_device: dict[str, str], services: Services
) -> None:
    answer = browser.post("/settings/oauth/device", by_device, htmx=True)
    poll = re.search(r'hx-get="(/settings/oauth/device/1[^"]*)"', answer.text)
    address = re.search(r'href="([^"]+)" target="_blank"', answer.text)
    assert answer.status_code == 200
    assert poll
    assert address
    assert browser.get(unescape(poll[1]), htmx=True).status_code == 204

    sign_in(unescape(address[1]), MAILBOX)
    with services.database.writing() as write:
        write.run("UPDATE sign_ins SET interval_ms = 0", ())

    assert f"Signed in as {MAILBOX}." in browser.get(unescape(poll[1]), htmx=True).text
    assert browser.get("/settings/oauth/device/7").status_code == 404


def test_the_addresses_are_found_by_the_issuer(
    browser: Browser, values: dict[str, str], provider: OidcProvider
) -> None:
    blank = {"oauth_authorize_url": "", "oauth_token_url": ""}
    nearly = {"oauth_issuer": f"{provider.issuer}/"}  # an answer must name it to the letter
    found = browser.post("/settings/oauth/find", {**values, **blank, **nearly}, htmx=True)
    nothing = browser.post("/settings/oauth/find", {**values, **blank, "oauth_issuer": "nowhere"}, htmx=True)

    assert found.status_code == 200
    assert f'value="{provider.issuer}"' in found.text
    assert f'value="{provider.issuer}/token"' in found.text
    assert f'value="{provider.issuer}/auth"' in found.text
    assert nothing.status_code == 422
    assert 'id="oauth_issuer-error"' in nothing.text


def test_forgetting_ends_it_and_says_so(
    log: Callable[[], list[str]], browser: Browser, tab: FlaskClient, values: dict[str, str], services: Services
) -> None:
    back(tab, sign_in(begun(browser, tab, values), MAILBOX))
    browser.post("/settings", {**values, "grant": "1"})

    answer = browser.post("/settings/oauth/forget", {**values, "grant": "1"}, htmx=True)

    grant = services.grants.get(1)
    assert grant
    assert grant.state == "forgotten"
    assert "The sign-in is over: sign in again." in answer.text
    assert "The sign-in has ended, here and at the service." in answer.text
    told = [line.split(" ")[2:] for line in log() if " oauth_" in line]
    assert [each[0] for each in told] == ["oauth_sign_in_began", "oauth_signed_in", "oauth_forgotten"]
    assert {"account=hanako", "address=127.0.0.1"} <= set(told[0]) & set(told[1]) & set(told[2])
    assert f"signed_in_as={MAILBOX}" in told[1]


def test_history_names_the_account(browser: Browser, tab: FlaskClient, values: dict[str, str]) -> None:
    back(tab, sign_in(begun(browser, tab, values), MAILBOX))
    browser.post("/settings", {**values, "grant": "1"})

    page = browser.get("/history/1").text

    assert "Signed in as" in page
    assert f"<ins>{MAILBOX}</ins>" in page


def test_held_mail_leads_back_to_the_sign_in_and_names_who_made_it(
    browser: Browser, tab: FlaskClient, values: dict[str, str], services: Services, provider: OidcProvider
) -> None:
    back(tab, sign_in(begun(browser, tab, values), MAILBOX))
    browser.post("/settings", {**values, "grant": "1"})
    services.outbox.enqueue(mail(), by=actor(via="api"), now=clock.now())
    given = services.grants.kept(1)
    assert given
    provider.post("/token/revocation", {"token": given.refresh_token}, client=SECRET)
    services.grants.end_token(given)
    make_worker(services).run_once()
    services.heartbeats.beat("worker", message=None, now=clock.now())

    page = browser.get("/settings").text
    form = browser.get("/settings/edit").text

    assert 'data-cause="oauth_signin_required"' in page
    assert "when somebody signs in again, or you save other settings" in page
    assert "The permission to send has ended" in form
    assert "What the server said: invalid_grant" in form
    assert "What the server said: invalid_grant" in page
    assert "It is not tried again by itself: somebody has to put this right first." in page
    assert f"hanako signed in as {MAILBOX} at " in page
    assert page.count('href="/settings/edit#grant"') == 1


BROKEN = [
    ("UPDATE sign_ins SET sealed = ?", b"\1"),
    ("UPDATE grants SET access_token = substr(access_token, 1, 12), refresh_token = substr(refresh_token, 1, 12)",),
    ("UPDATE grants SET access_token = ?, refresh_token = ?", b"\1", b""),
    ("UPDATE grants SET signed_in_at = 'once', refreshed_at = ?", "?"),
    ("DELETE FROM grants",),
]


def test_no_page_fails_because_a_sign_in_is_broken(
    browser: Browser, tab: FlaskClient, values: dict[str, str], by_device: dict[str, str], services: Services
) -> None:
    values |= {"smtp_host": "127.0.0.1", "smtp_port": "1", "grant": "1", "recipient": "a@example.net"}
    back(tab, sign_in(begun(browser, tab, values), MAILBOX))
    browser.post("/settings", values)
    browser.post("/settings/oauth/device", by_device)
    services.outbox.enqueue(mail(), by=actor(via="api"), now=clock.now())

    for change, *values_of_it in BROKEN:
        with services.database.writing() as write:
            assert write.changed(change, values_of_it)
        if "grants" in change:
            make_worker(services).run_once()
        paths = ["/settings", "/settings/edit", "/history/1", "/outbox", "/settings/oauth/device/2"]
        answers = {path: browser.get(path).status_code for path in paths}
        assert {path: code for path, code in answers.items() if code >= 400} == {}, change
        assert browser.post("/settings/trial", values).status_code in (200, 422), change
    held = services.pace.state(Terms.of(services.settings.current()), clock.instant()).pace.held
    assert held
    assert held.cause == "oauth_signin_required"


def test_a_public_client_needs_no_secret(browser: Browser, tab: FlaskClient, values: dict[str, str]) -> None:
    public = {**values, "oauth_client_id": PUBLIC, "oauth_client_secret": ""}

    assert f"Signed in as {MAILBOX}." in back(tab, sign_in(begun(browser, tab, public), MAILBOX)).text


# What is open to strangers


def test_a_ticket_is_good_once(browser: Browser, tab: FlaskClient, values: dict[str, str]) -> None:
    link = link_of(browser.post("/settings/oauth/begin", values, htmx=True))

    assert tab.head(link).status_code == 405
    assert tab.get(link).status_code == 303
    assert tab.get(link).status_code == 400
    assert tab.get("/oauth2/begin").status_code == 400


def test_the_cookie_is_this_host_s_and_no_script_s(
    app: Flask, browser: Browser, tab: FlaskClient, values: dict[str, str]
) -> None:
    plain = tab.get(link_of(browser.post("/settings/oauth/begin", values, htmx=True)))
    link = link_of(browser.post("/settings/oauth/begin", values, htmx=True))
    secure = app.test_client().get(link, base_url="https://localhost")

    words = {part.strip() for part in plain.headers["Set-Cookie"].split(";")}
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= words
    assert plain.headers["Set-Cookie"].startswith(f"{COOKIE}=")
    assert secure.headers["Set-Cookie"].startswith(f"__Host-{COOKIE}=")
    assert "Secure" in secure.headers["Set-Cookie"]


def test_nothing_tells_the_address_of_the_answer(browser: Browser, tab: FlaskClient, values: dict[str, str]) -> None:
    address = sign_in(begun(browser, tab, values), MAILBOX)
    code = re.search(r"code=([^&]+)", address)
    assert code

    ended = back(tab, address)

    assert ended.headers["Referrer-Policy"] == "no-referrer"
    assert ended.headers["Cache-Control"] == "no-store"
    assert code[1] not in ended.text
    assert "http" not in re.sub(r"http://www\.w3\.org/\S*", "", ended.text)


def test_another_browser_cannot_end_it(
    app: Flask, browser: Browser, tab: FlaskClient, values: dict[str, str], services: Services
) -> None:
    address = sign_in(begun(browser, tab, values), MAILBOX)

    assert back(app.test_client(), address).status_code == 400
    assert services.grants.get(1) is None
    assert back(tab, address).status_code == 200
    assert back(tab, address).status_code == 400


@pytest.mark.parametrize(
    "query", ["", "state=x&code=y", "code=y", "state=a&state=b&code=c", "error=access_denied", "state=%00&code=%ff"]
)
def test_an_answer_that_nobody_waits_for_is_refused_though_nothing_can_be_written(
    tab: FlaskClient, query: str, services: Services
) -> None:
    with holding(services.database):
        assert tab.get(f"/oauth2/callback?{query}").status_code == 400
        assert tab.get(f"/oauth2/begin?ticket={query}").status_code == 400


def test_an_answer_that_comes_twice_in_one_is_refused(
    browser: Browser, tab: FlaskClient, values: dict[str, str]
) -> None:
    address = sign_in(begun(browser, tab, values), MAILBOX)

    assert back(tab, f"{address}&code=another").status_code == 400


def test_another_service_s_name_on_the_answer_is_refused(
    browser: Browser, tab: FlaskClient, values: dict[str, str], provider: OidcProvider
) -> None:
    address = sign_in(begun(browser, tab, values), MAILBOX)
    other = re.sub(r"iss=[^&]*", "iss=https%3A%2F%2Fevil.example", address)

    assert other != address
    assert back(tab, other).status_code == 400


def test_what_the_service_refuses_is_told_in_both_tabs(
    log: Callable[[], list[str]], browser: Browser, tab: FlaskClient, values: dict[str, str]
) -> None:
    address = begun(browser, tab, values)
    state = re.search(r"state=([^&]+)", address)
    assert state

    ended = back(tab, f"?state={state[1]}&error=access_denied&error_description=%3Cb%3Eno")

    assert ended.status_code == 200
    [failed] = (line for line in log() if " oauth_sign_in_failed " in line)
    assert failed.endswith("account=hanako address=127.0.0.1 sign_in=1 cause=oauth_consent_missing error=access_denied")
    assert re.search("Nobody has agreed yet.*If somebody pressed Cancel.*administrator", ended.text, re.DOTALL)
    assert "<b>no" not in ended.text
    assert "Nobody has agreed yet" in browser.get("/settings/oauth/pending", htmx=True).text


STEPS = ["begin", "paste", "device", "forget", "find"]


@pytest.mark.parametrize("path", STEPS)
def test_the_form_s_steps_need_the_token_of_the_page(browser: Browser, values: dict[str, str], path: str) -> None:
    browser.token = "another"

    assert browser.post(f"/settings/oauth/{path}", values).status_code == 400


@pytest.mark.parametrize("path", STEPS)
def test_the_form_s_steps_are_for_who_is_signed_in(stranger: Browser, values: dict[str, str], path: str) -> None:
    assert stranger.post(f"/settings/oauth/{path}", values).status_code in (400, 401)
    assert stranger.get("/settings/oauth/pending").status_code == 302


def test_no_secret_of_it_is_shown(browser: Browser, tab: FlaskClient, values: dict[str, str], tmp_path: Path) -> None:
    begin = browser.post("/settings/oauth/begin", values).text
    page = browser.post("/settings/login", values).text

    assert CLIENT_SECRET not in begin
    assert CLIENT_SECRET not in page


# Where else the panel may stand


def test_mounted_in_an_application_the_way_is_under_its_prefix_and_needs_no_login_of_it(
    config: Config, services: Services, values: dict[str, str]
) -> None:
    app = Flask("shop")
    app.config.update(SECRET_KEY="of the shop")
    asks = [None, "hanako"]
    mounted = blueprint(config, who=lambda: asks[-1], role="administrator", services=services)
    app.register_blueprint(mounted, url_prefix="/tools/mail")
    with app.test_client() as client:
        browser = Browser(client)
        browser.get("/tools/mail/settings/edit")
        begin = browser.post("/tools/mail/settings/oauth/begin", values, htmx=True)
    asks.pop()  # nobody is signed in to the application any more
    tab = app.test_client()

    assert link_of(begin).startswith("/tools/mail/oauth2/begin?ticket=")
    address = sign_in(str(tab.get(link_of(begin)).location), MAILBOX)
    ended = tab.get("/tools/mail/oauth2/callback?" + address.partition("?")[2])
    assert f"Signed in as {MAILBOX}." in ended.text
    assert tab.get("/tools/mail/settings/oauth/pending").status_code == 403


def test_the_way_begins_at_the_public_address(
    config: Config, services: Services, browser: Browser, values: dict[str, str]
) -> None:
    app = create_app(replace(config, public_url="https://example.org/mail"), services)
    with app.test_client() as client:
        other = Browser(client)
        sign_in_to_panel(other)

        begin = other.post("/settings/oauth/begin", values, htmx=True)

    assert link_of(begin).startswith("https://example.org/mail/oauth2/begin?ticket=")


def test_by_the_name_localhost_it_begins_where_it_comes_back_to(browser: Browser, values: dict[str, str]) -> None:
    begin = browser.client.post(
        "/settings/oauth/begin",
        data={**values, "csrf_token": browser.token},
        headers={"HX-Request": "true"},
        base_url="http://localhost:5870",
    )

    assert link_of(begin).startswith("http://127.0.0.1:5870/oauth2/begin?ticket=")


def test_the_second_server_is_signed_in_to_for_itself(
    browser: Browser, tab: FlaskClient, values: dict[str, str], services: Services
) -> None:
    first = replace(SETTINGS, smtp_auth=False, smtp_password="")
    services.settings.save(first, base=0, by=actor("ken"), now=clock.now())
    own = {f"second_{name}": text for name, text in values.items() if f"second_{name}" in OF_SECOND}
    second = {**own, "second": "y", "second_after_minutes": "10", "second_smtp_host": "relay.example.net"}
    second |= {"server": "second", "version": "1", "untested": "yes"}

    back(tab, sign_in(begun(browser, tab, second), MAILBOX))

    assert browser.get("/settings/oauth/pending", htmx=True).status_code == 204  # of the first there is none
    shown = browser.get("/settings/oauth/pending?server=second", htmx=True).text
    assert 'name="second_grant" value="1"' in shown
    assert browser.post("/settings/second", {**second, "second_grant": "1"}).status_code == 303
    saved = services.settings.current().settings
    assert (saved.grant, saved.second_grant, saved.smtp_host) == (0, 1, first.smtp_host)
    services.end_forgotten()
    assert services.grant_of(saved.by_second)
    assert "Signed in as" in browser.get("/settings/second").text
    ended = browser.post("/settings/oauth/forget", {**second, "version": "2", "second_grant": "1"}, htmx=True)
    assert "The sign-in has ended" in ended.text
    assert services.grant_of(services.settings.current().settings.by_second) is None
