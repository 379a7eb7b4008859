"""The password is asked for again before what a thief of a session would like, on the same page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest
from werkzeug.test import TestResponse

from panel import clock
from panel.access.accounts import Account
from panel.access.logins import FAILURES_OF_ACCOUNT_AND_ADDRESS
from panel.access.proxy_config import ProxyLogin
from panel.access.rights import Role, Scope
from panel.config import Config
from panel.services import Services, open_services
from panel.settings.model import Settings
from panel.web import create_app
from panel.web.context import VISIT, Visit
from tests.support.actors import actor as somebody
from tests.support.token_server import TokenServer, running
from tests.support.token_settings import signed_in, with_tokens_of
from tests.web.conftest import PASSWORD, SETTINGS, Browser, sign_in, typed

PROOF = {"step_up_password": PASSWORD}
WRONG = {"step_up_password": "wrong horse battery"}
MOVED = typed(smtp_host="other.example.org", smtp_password="typed-secret")
SHOP = {"name": "shop", "scope": "send", "expires": "90d"}
IN_CLEAR = replace(SETTINGS, smtp_host="localhost", tls=False)

Log = Callable[[], list[str]]


def without(form: dict[str, str], *boxes: str, **more: str) -> dict[str, str]:
    return {**{name: text for name, text in form.items() if name not in boxes}, **more}


SAVES = {
    "another host": (MOVED, "Mail would go to another server."),
    "another port": (typed(smtp_port="465", smtp_password="typed"), "Mail would go to another server."),
    "another user": (typed(smtp_user="other", smtp_password="typed"), "as another user."),
    "no TLS": (without(typed(smtp_host="localhost", smtp_password="typed"), "tls"), "without encryption."),
    "a login by POP": (
        typed(pop_before_smtp="y", pop_host="pop.example.org", pop_port="995", pop_user="a", pop_password="typed"),
        "A login would be made at another server",
    ),
    "a login without TLS": (typed(allow_plain_auth="y"), "A password could be sent without encryption."),
    "no password": (without(typed(smtp_password_clear="y"), "smtp_auth"), "would be erased."),
    "a login by OAuth2": (
        typed(
            smtp_login="oauth2",
            oauth_provider="custom",
            oauth_flow="client",
            oauth_client_id="panel",
            oauth_client_secret="typed",
            oauth_scope="smtp",
            oauth_token_url="https://id.example.org/token",
            smtp_password_clear="y",
        ),
        "A login would be made at another server or as another user. A saved password or sign-in would be erased.",
    ),
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Browser, Services]:
    """The same as `old`, for tests that change nothing."""
    services = open_services(Config(home=tmp_path_factory.mktemp("asked") / "home", locale="en"))
    services.accounts.add("hanako", PASSWORD, by=somebody(), now=clock.now())
    services.settings.save(SETTINGS, base=0, by=somebody("ken"), now=clock.now())
    browser = Browser(create_app(services.config, services).test_client())
    sign_in(browser)
    proven(services, minutes=6)
    return browser, services


@pytest.fixture
def old(browser: Browser, services: Services, saved: Settings) -> Browser:
    """A browser whose login is six minutes old."""
    proven(services, minutes=6)
    return browser


def proven(services: Services, *, minutes: float) -> None:
    """Make the last proof so many minutes old."""
    then = clock.stamp(clock.now() - timedelta(minutes=minutes))
    with services.database.writing() as write:
        write.run("UPDATE sessions SET opened_at = ?, proven_at = NULL", (then,))


def asks(response: TestResponse) -> str:
    """Give what the page says where it asks for the password; nothing where it does not."""
    found = re.search(r'<div id="step-up".*?</div>', response.text, re.DOTALL)
    assert bool(found) is (response.status_code == 422)
    return found[0] if found else ""


@pytest.mark.parametrize("change", SAVES)
def test_a_save_that_leads_mail_or_logins_elsewhere_asks_for_the_password(
    asked: tuple[Browser, Services], change: str
) -> None:
    browser, services = asked
    form, reason = SAVES[change]

    page, fragment = (browser.post("/settings", form, htmx=htmx) for htmx in (False, True))

    for response in (page, fragment):
        assert reason in asks(response)
        assert re.search(r'<input [^>]*name="step_up_password"[^>]* form="settings-form"', asks(response))
        assert 'form="settings-form" name="untested" value="yes"' in response.text
    assert ("<html" in page.text, "<html" in fragment.text) == (True, False)
    assert services.settings.newest() == 1


def test_what_was_typed_is_kept_and_a_password_asked_for_again(asked: tuple[Browser, Services]) -> None:
    browser, _ = asked
    page = browser.post("/settings", {**MOVED, "from_name": "活動報告"})

    assert 'value="活動報告"' in page.text
    assert 'value="other.example.org"' in page.text
    assert "typed-secret" not in page.text
    assert 'name="retype" value="smtp_password"' in page.text
    assert "Type it again: a page does not keep a password." in page.text
    assert '<a href="#smtp_password">SMTP password</a>' in asks(page)
    assert "#smtp_password" not in asks(browser.post("/settings", MOVED, htmx=True))  # there the field keeps it


def test_it_is_judged_against_what_is_in_force(old: Browser, services: Services) -> None:
    moved = replace(SETTINGS, smtp_host="other.example.org", smtp_password="typed-secret")
    services.settings.save(moved, base=1, by=somebody("ken"), now=clock.now())

    stale = old.post("/settings", {**MOVED, **PROOF})  # nothing of it differs any more, but nobody has seen that

    assert stale.status_code == 409
    assert asks(old.post("/settings", typed(version="2", smtp_password="back again")))


def test_tokens_are_made_and_revoked_with_the_password(old: Browser, services: Services) -> None:
    token = services.tokens.create("till", [Scope.SEND], by=somebody("ken"), now=clock.now())
    revoke = f"/access/tokens/{token[:11]}/revoke"

    for htmx in (False, True):
        made, revoked = old.post("/access/tokens", SHOP, htmx=htmx), old.post(revoke, {}, htmx=htmx)
        assert "let a program in" in asks(made)
        assert 'form="new-token"' in asks(made)
        assert 'value="shop"' in made.text
        assert f'form="revoke-{token[:11]}"' in asks(revoked)
        assert f'id="revoke-{token[:11]}"' in revoked.text
    assert [each.name for each in services.tokens.list()] == ["till"]

    assert old.post("/access/tokens", {**SHOP, **PROOF}).status_code == 200
    assert old.post(revoke, {}).status_code == 303  # proven just now
    assert services.tokens.accept(token, clock.now()) is None


def test_accounts_come_and_go_with_the_password(old: Browser, services: Services) -> None:
    services.accounts.add("ken", PASSWORD, role=Role.VIEWER, by=somebody(), now=clock.now())
    forms = {
        "invite": ({"name": "aya", "role": "viewer"}, 'form="invite-form"'),
        "reset": ({"name": "ken"}, 'form="reset-'),
        "role": ({"name": "ken", "role": "operator"}, 'form="role-'),
        "remove": ({"name": "ken"}, 'form="remove-'),
    }

    for action, (form, box) in forms.items():
        for htmx in (False, True):
            assert box in asks(old.post(f"/access/users/{action}", form, htmx=htmx))
    assert [each.name for each in services.accounts.list() if each.role is Role.VIEWER] == ["ken"]
    assert services.links.invitations(clock.now()) == []

    assert old.post("/access/users/remove", {"name": "ken", **PROOF}).status_code == 303
    assert [each.name for each in services.accounts.list()] == ["hanako"]


@pytest.fixture
def token_server() -> Iterator[TokenServer]:
    with running(TokenServer()) as server:
        yield server


def test_a_sign_in_ends_with_the_password(browser: Browser, services: Services, token_server: TokenServer) -> None:
    settings = signed_in(services, with_tokens_of(token_server.url), token_server)
    services.settings.save(settings, base=0, by=somebody("hanako"), now=clock.now())
    proven(services, minutes=6)
    form = without(typed(settings), "smtp_password", grant="1")

    page, fragment = (browser.post("/settings/oauth/forget", form, htmx=htmx) for htmx in (False, True))

    for response in (page, fragment):
        assert "The saved sign-in would end." in asks(response)
        assert 'formaction="/settings/oauth/forget#grant"' in asks(response)
    assert re.search(
        r'<input id="grant" [^>]*form="settings-form"', asks(page)
    )  # to which the address of its button leads
    assert page.text.count('id="grant"') == 1
    wrong = browser.post("/settings/oauth/forget", {**form, **WRONG}, htmx=True)
    assert "The password is wrong." in asks(wrong)
    assert "delete:#step-up" not in wrong.text
    assert services.grants.of(settings)
    ended = browser.post("/settings/oauth/forget", {**form, **PROOF}, htmx=True)
    assert 'hx-swap-oob="delete:#step-up"' in ended.text
    assert services.grants.of(settings) is None


@pytest.fixture
def elsewhere(config: Config, services: Services) -> Browser:
    """Another browser."""
    return Browser(create_app(config, services).test_client())


@pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])
def test_a_wrong_password_is_a_refused_login(asked: tuple[Browser, Services], log: Log, htmx: bool) -> None:
    browser, services = asked
    blank = asks(browser.post("/settings", {**MOVED, "step_up_password": ""}, htmx=htmx))
    log()

    wrong = browser.post("/settings", {**MOVED, **WRONG}, htmx=htmx)

    assert "Enter your password." in blank
    assert "The password is wrong." in asks(wrong)
    assert re.search(r'aria-invalid="true" aria-describedby="(\S+)-error \1-hint"', asks(wrong))
    assert "wrong horse battery" not in wrong.text
    assert [line.split(" ", 2)[2] for line in log()] == [
        f"{event} account=hanako address=127.0.0.1" for event in ("sign_in_refused", "step_up_refused")
    ]
    assert services.settings.newest() == 1


def test_after_many_wrong_ones_the_right_one_is_refused_here_and_at_the_login(
    old: Browser, elsewhere: Browser, services: Services
) -> None:
    for _ in range(FAILURES_OF_ACCOUNT_AND_ADDRESS):
        assert "The password is wrong." in asks(old.post("/settings", {**MOVED, **WRONG}))

    assert "Too many wrong passwords." in asks(old.post("/settings", {**MOVED, **PROOF}))
    assert services.settings.newest() == 1
    elsewhere.get("/login")
    assert elsewhere.post("/login", {"name": "hanako", "password": PASSWORD}).status_code == 429


def test_a_proof_is_good_for_five_minutes(browser: Browser, services: Services, saved: Settings) -> None:
    proven(services, minutes=5.1)
    assert asks(browser.post("/settings", MOVED))

    proven(services, minutes=4.9)
    assert browser.post("/settings", MOVED).status_code == 303


def test_a_password_that_came_along_is_the_last_proof(old: Browser, services: Services) -> None:
    back = typed(version="2", smtp_password="typed")

    assert old.post("/settings", {**MOVED, **PROOF}).status_code == 303
    assert old.post("/settings", back).status_code == 303
    assert services.settings.newest() == 3
    with services.database.writing() as write:
        then = clock.stamp(clock.now() - timedelta(minutes=6))
        write.run("UPDATE sessions SET proven_at = ?", (then,))

    assert asks(old.post("/settings", {**MOVED, "version": "3"}))


def test_the_proof_of_one_session_is_none_of_another(old: Browser, elsewhere: Browser) -> None:
    sign_in(elsewhere)

    assert asks(old.post("/settings", MOVED))
    assert elsewhere.post("/settings", MOVED).status_code == 303


class TestEachTime:
    @pytest.fixture
    def config(self, config: Config) -> Config:
        return replace(config, step_up_minutes=0)

    def test_no_minutes_ask_each_time(self, browser: Browser, services: Services, saved: Settings) -> None:
        assert asks(browser.post("/settings", MOVED))
        assert browser.post("/settings", {**MOVED, **PROOF}).status_code == 303
        assert asks(browser.post("/settings", typed(version="2", smtp_password="typed")))


def test_an_account_of_a_proxy_is_not_asked_and_what_is_written_says_so(
    config: Config, services: Services, saved: Settings
) -> None:
    login = ProxyLogin("Remote-User", role_header="Remote-Groups", roles=(("it", Role.ADMINISTRATOR),))
    behind = replace(config, proxy_login=login, trusted_proxies=(ip_network("127.0.0.1"),), step_up_minutes=0)
    client = create_app(behind, services, strict_names=True).test_client()
    client.environ_base |= {"HTTP_REMOTE_USER": "sato", "HTTP_REMOTE_GROUPS": "it"}
    browser = Browser(client)
    browser.get("/settings/edit")

    assert browser.post("/settings", typed(from_name="Another")).status_code == 303
    assert browser.post("/settings", {**MOVED, "version": "2"}).status_code == 303

    assert [each.get("step_up") for each in changes(services)[-2:]] == [None, "host"]


def test_the_application_around_it_is_not_asked_and_what_is_written_says_so(
    config: Config, services: Services, saved: Settings
) -> None:
    client = create_app(config, services, mounted=True).test_client()
    client.environ_base[VISIT] = Visit(Account("花子", Role.ADMINISTRATOR, via="mounted"), "")
    browser = Browser(client)
    browser.get("/settings/edit")

    assert browser.post("/settings", MOVED).status_code == 303

    assert changes(services)[-1]["step_up"] == "host"


def changes(services: Services) -> list[dict[str, object]]:
    """Give what was written down of each save, the oldest first."""
    rows = services.database.rows("SELECT changed FROM audit WHERE action = 'settings_saved' ORDER BY number")
    return [json.loads(row["changed"]) for row in rows]
