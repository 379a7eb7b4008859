"""Where a one-time link leads: the token leaves the address, works once, and tells strangers nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from panel import clock
from panel.access.links import LINK_LIFE
from panel.access.rights import Role
from panel.config import Config
from panel.services import Services
from panel.web import create_app
from tests.support.actors import actor
from tests.web.conftest import PASSWORD, Browser


@pytest.fixture
def token(services: Services) -> str:
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    return services.links.invite("ken", Role.OPERATOR, by=actor("hanako"), now=clock.now())


def test_who_is_invited_sets_a_password_and_is_signed_in(stranger: Browser, services: Services, token: str) -> None:
    stranger.get(f"/invitation?token={token}")
    page = stranger.get("/invitation")

    short = stranger.post("/invitation", {"password": "short"})
    made = stranger.post("/invitation", {"password": PASSWORD, "role": "administrator", "name": "root"})

    assert 'value="ken"' in page.text
    assert short.status_code == 422
    assert 'id="password-error"' in short.text
    assert made.location == "/settings"
    assert stranger.get("/account").status_code == 200
    assert [(each.name, each.role) for each in services.accounts.list()][1:] == [("ken", Role.OPERATOR)]
    assert stranger.post("/invitation", {"password": PASSWORD}).status_code == 403


def test_the_token_is_in_no_address_no_referer_and_no_log(
    stranger: Browser, services: Services, token: str, log: Callable[[], list[str]]
) -> None:
    first = stranger.get(f"/invitation?token={token}&lang=ja")
    page = stranger.get("/invitation")
    stranger.post("/invitation", {"password": PASSWORD, "role": "viewer"})

    assert (first.status_code, first.location) == (303, "/invitation")
    assert first.headers["Referrer-Policy"] == "no-referrer"
    assert first.headers["Cache-Control"] == "no-store"
    assert token not in first.text + page.text
    assert token not in "".join(log())


def test_a_link_that_does_not_work_says_nothing_of_why(stranger: Browser, services: Services, token: str) -> None:
    replaced = services.links.invite("rei", Role.VIEWER, by=actor("hanako"), now=clock.now())
    services.links.invite("rei", Role.VIEWER, by=actor("hanako"), now=clock.now())
    old = services.links.invite("taro", Role.VIEWER, by=actor("hanako"), now=clock.now() - LINK_LIFE)
    services.links.use(token, PASSWORD, by=actor("ken"), now=clock.now())

    stranger.get("/login")
    answers = []
    for each in (token, replaced, old, "wrong", "", "x" * 5000):
        stranger.get(f"/invitation?token={each}")
        shown, sent = stranger.get("/invitation"), stranger.post("/invitation", {"password": PASSWORD})
        text = re.sub(r'("X-CSRFToken": |data-now=)"[^"]*"', "", shown.text)
        answers.append((shown.status_code, sent.status_code, text))

    assert {*answers} == {answers[0]}
    assert answers[0][:2] == (403, 403)


def test_who_opens_a_link_while_signed_in_is_the_other_one_then(browser: Browser, services: Services) -> None:
    token = services.links.invite("ken", Role.VIEWER, by=actor("hanako"), now=clock.now())
    browser.get(f"/invitation?token={token}")

    browser.post("/invitation", {"password": PASSWORD})

    assert services.sessions.of("hanako", "", clock.now()) == []
    assert "<h2>ken</h2>" in browser.get("/account").text


def test_a_forgotten_password_is_set_anew(stranger: Browser, services: Services, token: str) -> None:
    reset = services.links.reset("hanako", by=actor("rei"), now=clock.now())
    stranger.get(f"/invitation?token={reset}")
    stranger.get("/invitation")

    done = stranger.post("/invitation", {"password": "another long password"})

    assert done.location == "/settings"
    assert services.logins.log_in("hanako", "another long password", address="", now=clock.now())


def test_a_link_leads_where_browsers_know_the_panel(config: Config, services: Services, browser: Browser) -> None:
    public = create_app(replace(config, public_url="https://example.org/mail"), services)
    cookie = browser.client.get_cookie("mail-panel")
    assert cookie
    with public.test_client() as client:
        client.set_cookie("mail-panel", cookie.value)
        elsewhere = Browser(client)
        elsewhere.get("/access/users")
        there = elsewhere.post("/access/users/invite", {"name": "ken", "role": "viewer"}).text

    here = browser.post("/access/users/invite", {"name": "ken", "role": "viewer"}).text

    assert ">https://example.org/mail/invitation?token=" in there
    assert ">http://localhost/invitation?token=" in here
