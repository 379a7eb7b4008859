"""Signing in and out, and the one-time link of the first administrator."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from panel import clock
from panel.services import Services
from tests.support.actors import actor
from tests.web.conftest import PASSWORD, Browser, sign_in


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "/a\r\nb", "javascript:alert(1)", ""],
)
def test_the_login_leads_nowhere_else(stranger: Browser, services: Services, address: str) -> None:
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    stranger.get("/login")

    entered = stranger.post("/login", {"name": "hanako", "password": PASSWORD, "next": address})

    assert entered.location == "/settings"


def test_a_wrong_login_says_nothing_else(stranger: Browser, services: Services) -> None:
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    stranger.get("/login")

    answers = [stranger.post("/login", {"name": name, "password": "wrong"}).text for name in ("hanako", "nobody")]

    varying = r'value="[^"]*"|"X-CSRFToken": "[^"]*"'  # the name, and a token that has a date
    known, unknown = (re.sub(varying, "", text) for text in answers)
    assert known == unknown


def test_a_new_session_begins_at_login(browser: Browser) -> None:
    before = browser.client.get_cookie("mail-panel")

    browser.get("/login")
    browser.client.post("/logout", data={"csrf_token": browser.token})
    sign_in(browser)

    after = browser.client.get_cookie("mail-panel")
    assert before
    assert after
    assert before.value != after.value


def test_a_session_ends_on_the_server(browser: Browser, app: Flask) -> None:
    stolen = browser.client.get_cookie("mail-panel")
    assert stolen
    browser.post("/logout", {})

    with app.test_client() as thief:
        thief.set_cookie("mail-panel", stolen.value)
        assert thief.get("/settings").status_code == 302


def test_the_one_time_link_makes_the_administrator(stranger: Browser, services: Services) -> None:
    token = services.setup.make_link(clock.now())
    assert stranger.get("/setup").status_code == 403
    assert stranger.get(f"/setup?token={token}").status_code == 200

    made = stranger.post("/setup", {"token": token or "", "name": "hanako", "password": PASSWORD})

    assert made.location == "/settings"
    assert stranger.get("/settings").status_code == 200
    assert stranger.get(f"/setup?token={token}").location == "/settings"
    stranger.client.delete_cookie("mail-panel")
    assert stranger.get(f"/setup?token={token}").status_code == 403


def test_without_any_account_there_is_no_form_but_how_to_get_the_link(stranger: Browser, services: Services) -> None:
    page = stranger.get("/login").text

    assert 'name="password"' not in page
    assert "mail-panel user add NAME --role administrator" in page
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    assert 'name="password"' in stranger.get("/login").text


def test_a_short_password_does_not_use_the_link_up(stranger: Browser, services: Services) -> None:
    token = services.setup.make_link(clock.now())
    stranger.get(f"/setup?token={token}")

    refused = stranger.post("/setup", {"token": token or "", "name": "hanako", "password": "short"})

    assert refused.status_code == 422
    assert services.setup.knows(token or "", clock.now())
