"""The form's part about the login: what a service and a way of signing in ask for, and how to register there."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from panel import clock
from panel.config import Config
from panel.services import Services
from panel.settings.login import Login
from panel.settings.oauth.answers import TokenAnswer
from panel.settings.oauth.client import Client
from panel.web import create_app
from tests.support.actors import actor
from tests.support.token_settings import with_tokens_of
from tests.web.conftest import Browser, sign_in, typed


def part(browser: Browser, **changed: str) -> str:
    response = browser.post("/settings/login", typed(smtp_login="oauth2", **changed), htmx=True)
    assert response.status_code == 200
    return response.text


def untagged(text: str) -> str:
    return re.sub(r"</?span[^>]*>", "", text)


def test_with_a_password_the_form_has_the_choice_and_nothing_else_of_oauth2(browser: Browser) -> None:
    page = browser.get("/settings/edit").text

    assert 'id="smtp_login"' in page
    assert 'id="smtp_password"' in page
    assert 'name="oauth_' not in page


def test_choosing_oauth2_asks_for_the_service_and_for_no_password(browser: Browser) -> None:
    shown = part(browser)

    assert 'id="oauth_provider"' in shown
    assert 'id="smtp_password"' not in shown
    assert 'id="oauth_client_id"' not in shown


def test_going_back_to_the_password_shows_its_field_again(browser: Browser) -> None:
    shown = browser.post("/settings/login", typed(smtp_login="password"), htmx=True).text

    assert 'id="smtp_password"' in shown
    assert 'name="oauth_' not in shown


def test_without_scripts_the_whole_form_comes_back_with_what_was_typed(browser: Browser) -> None:
    page = browser.post("/settings/login", typed(smtp_login="oauth2", from_name="Reports")).text

    assert "<html" in page
    assert 'value="Reports"' in page
    assert 'id="oauth_provider"' in page


@pytest.mark.parametrize(
    ("host", "provider"), [("smtp.gmail.com", "google"), ("smtp.office365.com", "microsoft"), ("mail.example.org", "")]
)
def test_the_service_is_chosen_by_the_host(browser: Browser, host: str, provider: str) -> None:
    assert f'<option value="{provider}" selected>' in part(browser, smtp_host=host)


@pytest.mark.parametrize(
    ("provider", "flow", "fields", "others"),
    [
        ("google", "code", "oauth_client_id oauth_client_secret", "oauth_tenant oauth_service_key oauth_token_url"),
        ("google", "service_account", "oauth_service_key", "oauth_client_id oauth_client_secret"),
        ("microsoft", "client", "oauth_tenant oauth_client_id oauth_secret_expires", "oauth_service_key"),
        ("custom", "code", "oauth_issuer oauth_authorize_url oauth_token_url", "oauth_device_url oauth_tenant"),
        ("custom", "device", "oauth_token_url oauth_device_url", "oauth_authorize_url"),
    ],
)
def test_only_what_the_service_and_the_way_need_is_asked(
    browser: Browser, provider: str, flow: str, fields: str, others: str
) -> None:
    shown = part(browser, oauth_provider=provider, oauth_flow=flow)

    assert [name for name in fields.split() if f'id="{name}"' not in shown] == []
    assert [name for name in others.split() if f'id="{name}"' in shown] == []


def test_a_way_that_the_service_does_not_know_gives_place_to_its_first(browser: Browser) -> None:
    shown = part(browser, oauth_provider="google", oauth_flow="device")

    assert '<option value="code" selected>' in shown
    assert 'value="device"' not in shown


def test_words_that_are_no_service_and_no_way_are_not_believed(browser: Browser) -> None:
    assert 'id="oauth_provider"' in part(browser, oauth_provider="<b>", oauth_flow="<i>")


def test_the_address_to_register_is_this_machine_s_where_no_other_is_known(browser: Browser) -> None:
    assert ">http://127.0.0.1:5870/oauth2/callback</pre>" in part(browser, oauth_provider="google")


def test_the_address_to_register_is_the_public_one(config: Config, services: Services, browser: Browser) -> None:
    app = create_app(replace(config, public_url="https://example.org/mail"), services)
    with app.test_client() as client:
        other = Browser(client)
        sign_in(other)

        assert ">https://example.org/mail/oauth2/callback</pre>" in part(other, oauth_provider="microsoft")


def test_the_lines_for_the_shell_name_the_mailbox_and_the_application(browser: Browser) -> None:
    way = {"oauth_provider": "microsoft", "oauth_flow": "client", "oauth_client_id": "8f2c-1d20"}
    shown = untagged(part(browser, smtp_user="report@example.org", **way))

    assert "New-ServicePrincipal -AppId 8f2c-1d20 -ObjectId OBJECT_ID" in shown
    assert "Add-MailboxPermission -Identity report@example.org -User OBJECT_ID -AccessRights FullAccess" in shown
    assert "Set-CASMailbox -Identity report@example.org -SmtpClientAuthenticationDisabled $false" in shown


@pytest.mark.parametrize("text", ["a; Remove-Mailbox b", "$(b)", "-Force", "a\nb", "<b>"])
def test_nothing_that_a_shell_would_read_otherwise_gets_into_its_lines(browser: Browser, text: str) -> None:
    way = {"oauth_provider": "microsoft", "oauth_flow": "client"}
    shown = untagged(part(browser, smtp_user=text, oauth_client_id=text, **way))

    assert "-AppId CLIENT_ID " in shown
    assert "-Identity MAILBOX " in shown


def test_typed_secrets_are_never_shown_and_are_asked_for_again(browser: Browser) -> None:
    typed_in = {"oauth_client_secret": "s3cret-typed", "oauth_service_key": "k3y-typed"}
    page = browser.post("/settings/login", typed(smtp_login="oauth2", oauth_provider="google", **typed_in)).text

    assert "s3cret-typed" not in page
    assert "k3y-typed" not in page
    assert '<input type="hidden" name="retype" value="oauth_client_secret">' in page


def test_outlook_com_chooses_oauth2_by_itself(browser: Browser) -> None:
    filled = browser.post("/settings/preset", typed(preset="outlook"), htmx=True).text

    assert 'value="oauth2" checked' in filled
    assert '<option value="microsoft" selected>' in filled
    assert 'name="oauth_tenant" value="consumers"' in filled
    assert 'name="oauth_tenant" value="consumers"' in browser.get("/settings/edit?preset=outlook").text


def test_gmail_offers_oauth2_beside_the_password(browser: Browser) -> None:
    filled = browser.post("/settings/preset", typed(preset="gmail"), htmx=True).text
    assert 'name="oauth" value="google"' in filled
    assert 'name="smtp_login"' not in filled

    offered = browser.post("/settings/login", typed(oauth="google"), htmx=True).text
    assert '<option value="google" selected>' in offered
    assert 'id="oauth_client_id"' in offered


@pytest.mark.parametrize(("by", "seen"), [("hanako", True), ("ken", False)])
def test_a_sign_in_of_another_account_is_neither_shown_nor_used(
    browser: Browser, services: Services, by: str, seen: bool
) -> None:
    settings = with_tokens_of("https://id.example.org", smtp_host="127.0.0.1", smtp_port=1)
    answer = TokenAnswer("at-1", "rt-1", email="mailbox@example.net")
    number = services.grants.add(Client.of(settings), answer, actor(by), clock.instant())
    values = {**typed(settings, version="0"), "grant": str(number), "recipient": "a@example.net"}

    begin = browser.post("/settings/oauth/begin", values, htmx=True)
    tried = browser.post("/settings/trial", values, htmx=True)
    saved = browser.post("/settings", values, htmx=True)

    assert ("mailbox@example.net" in begin.text) == seen
    assert (tried.status_code, saved.status_code) == ((200, 303) if seen else (422, 422))
    assert services.settings.current().settings.grant == (number if seen else 0)


def test_who_goes_back_to_a_sign_in_that_is_over_is_told_so(browser: Browser, services: Services) -> None:
    settings = with_tokens_of("https://id.example.org", smtp_host="127.0.0.1", smtp_port=1)
    number = services.grants.add(Client.of(settings), TokenAnswer("at-1", "rt-1"), actor("hanako"), clock.instant())
    for base, each in enumerate((replace(settings, grant=number), replace(settings, smtp_login=Login.PASSWORD))):
        services.settings.save(each, base=base, by=actor("hanako"), now=clock.now())
    assert "Signed in." in browser.get("/settings/edit?version=1").text
    services.grants.end_unused(services.settings.current().settings, clock.later(clock.instant(), 16 * 60_000))

    page = browser.get("/settings/edit?version=1").text
    saved = browser.post("/settings", {**typed(settings, version="2"), "grant": str(number)}, htmx=True)

    assert "The sign-in is over: sign in again." in page
    assert "Sign in again: the sign-in that these values had is over." in saved.text
    assert saved.status_code == 422


@pytest.mark.parametrize("change", [{}, {"oauth_client_id": "another"}], ids=["too late", "for another client"])
def test_a_sign_in_that_led_nowhere_stands_in_no_way(
    browser: Browser, services: Services, change: dict[str, str]
) -> None:
    settings = with_tokens_of("https://id.example.org", smtp_host="127.0.0.1", smtp_port=1)
    by, now = actor("hanako"), clock.instant()
    in_use = services.grants.add(Client.of(settings), TokenAnswer("at-1", "rt-1"), by, now)
    services.settings.save(replace(settings, grant=in_use), base=0, by=by, now=now.wall)
    tried, at = Client.of(replace(settings, **change)), now if change else clock.later(now, -16 * 60_000)
    services.sign_ins.begin(tried, by, redirect_uri="http://127.0.0.1/", at=at)
    tried_number = services.grants.add(tried, TokenAnswer("at-2", "rt-2"), by, at)
    with services.database.writing() as write:
        write.run("UPDATE sign_ins SET outcome = 'done', grant_number = ?", (tried_number,))

    page = browser.get("/settings/edit").text
    number = re.findall(r'name="grant" value="(\d+)"', page)[0]
    saved = browser.post("/settings", {**typed(settings, version="1", from_name="Reports"), "grant": number}, htmx=True)

    assert saved.status_code == 303
    assert services.settings.current().settings == replace(settings, from_name="Reports", grant=in_use)


def test_a_service_of_passwords_takes_oauth2_back(browser: Browser) -> None:
    chosen = typed(smtp_login="oauth2", oauth_provider="google", preset="sendgrid")
    filled = browser.post("/settings/preset", chosen, htmx=True).text

    assert 'value="password" checked' in filled
    assert 'id="smtp_password"' in filled


NOTHING_LOADED = """
import sqlite3, sys, tempfile
from pathlib import Path
from panel import clock
from panel.config import Config
from panel.server.worker import make_worker
from panel.services import open_services
from panel.settings.model import Settings
from panel.web import create_app
from tests.support.actors import actor
from tests.web.conftest import PASSWORD, Browser, sign_in
said, connect = [], sqlite3.connect
def traced(*where, **how):
    connection = connect(*where, **how)
    connection.set_trace_callback(said.append)
    return connection
sqlite3.connect = traced
services = open_services(Config(home=Path(tempfile.mkdtemp())))
settings = Settings(from_address="report@example.org", smtp_host="127.0.0.1", smtp_user="u", smtp_password="p")
services.settings.save(settings, base=0, by=actor("hanako"), now=clock.now())
del said[:]
services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
app = create_app(services.config, services)
with app.test_client() as client:
    sign_in(Browser(client))
    for page in ("/settings", "/settings/edit", "/outbox"):
        assert client.get(page).status_code == 200
services.grant_of(services.settings.current().settings)
services.end_forgotten()
make_worker(services)
names = ("oauthlib", "panel.settings.oauth", "panel.settings.token_", "panel.web.settings.sign_in.part")
names += ("panel.mail.net.https", "panel.mail.smtp.token_login")
assert any("FROM settings" in each for each in said)
print([each for each in said if "grants" in each or "sign_ins" in each])
print([name for name in sys.modules if name.startswith(names)])
with app.test_client() as stranger:
    for address in ("/oauth2/begin?ticket=guessed", "/oauth2/callback?state=guessed&code=guessed"):
        assert stranger.get(address).status_code == 400
print([name for name in sys.modules if name.startswith(names)])
"""


def test_a_panel_that_logs_in_with_a_password_loads_nothing_of_oauth2(tmp_path: Path) -> None:
    program = NOTHING_LOADED.replace("tempfile.mkdtemp()", repr(str(tmp_path / "home")))
    ran = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True, check=True, cwd=Path.cwd())

    assert ran.stdout == "[]\n[]\n[]\n"
