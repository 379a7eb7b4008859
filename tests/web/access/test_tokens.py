"""Administrators make tokens, see them once, and revoke them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from panel import clock
from panel.access.rights import Scope
from panel.access.submission.token_limits import TokenLimits
from panel.services import Services
from panel.storage.actor import Actor
from tests.support.actors import actor
from tests.support.mail import mail
from tests.web.conftest import Browser

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])
SHOP = {"name": "shop", "scope": "send", "expires": "90d"}


def shown(response: TestResponse) -> list[str]:
    return re.findall(r"mp_[a-z0-9]{8}_[a-z0-9]{32}", response.text)


def test_what_lacks_for_smtp_is_said_and_not_there_to_be_copied(browser: Browser) -> None:
    made = browser.post("/access/tokens", SHOP)

    assert "<p>Start the panel with MAIL_PANEL_SMTP_LISTEN.</p>" in made.text
    assert "line-smtp" not in made.text
    assert 'data-copy="line-curl"' in made.text


@HTMX
def test_a_token_is_shown_when_it_is_made_and_never_again(browser: Browser, services: Services, htmx: bool) -> None:
    browser.get("/access")

    made = browser.post("/access/tokens", SHOP, htmx=htmx)

    [token] = set(shown(made))
    found = services.tokens.accept(token, clock.now())
    assert found
    assert (found.name, found.scopes, found.created_by) == ("shop", {Scope.SEND}, "hanako")
    assert made.headers["Cache-Control"] == "no-store"
    assert ("<html" in made.text) is not htmx
    assert shown(browser.get("/access", htmx=htmx)) == []
    assert found.id in browser.get("/access").text


@HTMX
@pytest.mark.parametrize(
    ("changed", "field"),
    [({"name": "a b"}, "name"), ({"scope": "everything"}, "scope"), ({"expires": "1y"}, "expires")],
)
def test_what_is_wrong_stands_at_its_field(
    browser: Browser, services: Services, htmx: bool, changed: dict[str, str], field: str
) -> None:
    browser.get("/access")

    response = browser.post("/access/tokens", {**SHOP, **changed}, htmx=htmx)

    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert services.tokens.list() == []


def test_how_many_messages_an_application_has_handed_in_stands_beside_its_token(
    browser: Browser, services: Services
) -> None:
    now = clock.now()
    for name in ("shop", "wiki", "old"):
        services.tokens.create(name, [Scope.SEND], by=actor(), now=now)
    services.tokens.revoke("old", by=actor(), now=now)
    for name, days in (("shop", 0), ("shop", 29), ("shop", 31), ("old", 1)):
        services.outbox.enqueue(mail(), by=actor(f"{name} (token)", via="api"), now=now - timedelta(days=days))

    text = browser.get("/access").text

    cells = re.findall(r'data-label="Messages in 30 days">([^<]*)<', text)
    names = re.findall(r'scope="row">(\w+)<br>', text)
    assert dict(zip(names, cells, strict=True)) == {"shop": "2", "wiki": "0", "old": "–"}


def test_a_token_without_an_end_is_a_choice(browser: Browser, services: Services) -> None:
    browser.get("/access")

    browser.post("/access/tokens", {**SHOP, "expires": ""})

    assert services.tokens.list()[0].expires_at is None


@HTMX
def test_a_token_is_revoked(browser: Browser, services: Services, htmx: bool) -> None:
    token = services.tokens.create("shop", [Scope.SEND], by=actor("ken"), now=clock.now())
    browser.get("/access")

    for _ in range(2):  # once more does no harm
        assert browser.post(f"/access/tokens/{token[:11]}/revoke", {}, htmx=htmx).location == "/access"

    assert services.tokens.accept(token, clock.now()) is None
    assert "/revoke" not in browser.get("/access").text


def test_a_name_is_text_and_not_markup(browser: Browser, services: Services) -> None:
    browser.get("/access")

    response = browser.post("/access/tokens", {**SHOP, "name": '"><script>alert(1)</script>'})

    assert "<script>alert" not in response.text


@pytest.mark.parametrize(
    "path", ["/access", "/access/tokens", "/access/tokens/mp_abcdefgh/revoke", "/access/tokens/mp_abcdefgh/limits"]
)
def test_only_administrators_come_here(browser: Browser, services: Services, path: str) -> None:
    with services.database.writing() as write:
        write.run("UPDATE accounts SET role = 'viewer'")

    response = browser.get(path) if path == "/access" else browser.post(path, SHOP)

    assert response.status_code == 403
    assert "/access" not in browser.get("/settings").text


# Limits


@HTMX
def test_limits_are_set_for_a_new_token_and_changed_later(browser: Browser, services: Services, htmx: bool) -> None:
    browser.get("/access")
    browser.post("/access/tokens", {**SHOP, "messages_per_minute": "60", "recipients_per_day": ""}, htmx=htmx)
    [token] = services.tokens.list()
    assert token.limits == TokenLimits(60, None)

    changed = {"messages_per_minute": "", "recipients_per_day": "2500"}
    response = browser.post(f"/access/tokens/{token.id}/limits", changed, htmx=htmx)
    services.outbox.enqueue(mail(), by=Actor(token.account, "api", limited=token.id), now=clock.now())

    assert response.location == "/access"
    assert services.tokens.list()[0].limits == TokenLimits(None, 2500)
    shown = browser.get("/access", htmx=htmx).text
    assert "Recipients a day (UTC): 2,500" in shown
    assert "Recipients today: 1" in shown
    assert "Messages a minute: " not in shown


@HTMX
@pytest.mark.parametrize("field", TokenLimits._fields)
def test_a_wrong_limit_stands_at_its_field_with_what_was_typed(
    browser: Browser, services: Services, htmx: bool, field: str
) -> None:
    services.tokens.create("shop", [Scope.SEND], by=actor(), now=clock.now())
    [token] = services.tokens.list()
    browser.get("/access")
    typed = {**dict.fromkeys(TokenLimits._fields, "7"), field: "many"}

    response = browser.post(f"/access/tokens/{token.id}/limits", typed, htmx=htmx)
    of_new = browser.post("/access/tokens", {**SHOP, "name": "blog", **typed}, htmx=htmx)

    assert (response.status_code, of_new.status_code) == (422, 422)
    assert f'id="{field}-{token.id}-error"' in response.text
    assert 'value="many"' in response.text
    assert f'id="{field}-error"' in of_new.text
    assert services.tokens.list()[0].limits == TokenLimits()


def test_a_page_of_tokens_without_limits_tells_of_no_use(browser: Browser, services: Services) -> None:
    services.tokens.create("shop", [Scope.SEND], by=actor(), now=clock.now())
    services.tokens.create("viewer", [Scope.READ], by=actor(), now=clock.now())

    shown = browser.get("/access").text

    assert "Recipients today" not in shown
    assert shown.count('/limits"') == 2  # action and hx-post of the one that may send
