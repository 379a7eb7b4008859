"""The values of a mail service: filled into the form, saved by nobody."""

from __future__ import annotations

import re

import pytest

from panel.services import Services
from panel.settings.providers import PROVIDERS
from tests.web.conftest import Browser, typed


def test_a_service_fills_its_values_in_and_saves_nothing(browser: Browser, services: Services) -> None:
    response = browser.post("/settings/preset", typed(preset="gmail", version="0"))

    assert 'value="smtp.gmail.com"' in response.text
    assert services.settings.current().number == 0


@pytest.mark.parametrize(
    ("preset", "typed_user", "user", "said"),
    [
        ("gmail", "", "report@example.org", "report@example.org"),
        ("sendgrid", "", "apikey", "apikey"),
        ("yahoo_japan", "", "report", "report"),
        ("gmail", "apikey", "report@example.org", "report@example.org"),  # what the service before had filled in
        ("sendgrid", "report@example.org", "apikey", "apikey"),
        ("gmail", "somebody", "somebody", "The user somebody is left as you typed it"),
        ("ses_tokyo", "AKIAEXAMPLE", "AKIAEXAMPLE", "hands out"),
        ("ses_tokyo", "apikey", "", "hands out"),
    ],
)
def test_a_service_fills_the_user_in_the_form_that_it_wants_and_nothing_that_was_typed(
    browser: Browser, preset: str, typed_user: str, user: str, said: str
) -> None:
    for htmx in (True, False):
        response = browser.post(
            "/settings/preset",
            typed(preset=preset, version="0", smtp_user=typed_user, from_address="report@example.org"),
            htmx=htmx,
        )

        field = re.search(r'<input id="smtp_user"[^>]*value="([^"]*)"', response.text)
        note = re.search(r'<p class="filled">.*?</p>', response.text, re.DOTALL)
        assert field
        assert note
        assert field[1] == user
        assert said in note[0]


OWN = {
    "smtp_login": "oauth2",
    "oauth_provider": "other",
    "oauth_flow": "client",
    "oauth_client_id": "mail-panel",
    "oauth_scope": "smtp",
    "oauth_issuer": "https://id.example.org",
    "oauth_authorize_url": "https://id.example.org/auth",
    "oauth_token_url": "https://id.example.org/token",
    "oauth_device_url": "",
    "oauth_tenant": "",
    "oauth_secret_expires": "",
}


@pytest.mark.parametrize(("preset", "tokens_of"), [("gmail", "google"), ("microsoft365", "microsoft")])
def test_a_service_brings_its_own_server_of_tokens_and_nothing_of_another_ones(
    browser: Browser, preset: str, tokens_of: str
) -> None:
    answer = browser.post("/settings/preset", typed(preset=preset, **OWN), htmx=True).text

    chosen = re.search(r'<select id="oauth_provider".*?</select>', answer, re.DOTALL)
    assert chosen
    assert f'value="{tokens_of}" selected' in chosen[0]
    assert "id.example.org" not in re.sub(r'<input type="hidden"[^>]*>', "", answer)  # kept for the way back
    assert not re.search(r'id="oauth_(scope|client_id)"[^>]*value="(smtp|mail-panel)"', answer)


def test_the_same_service_again_leaves_what_was_entered_for_it(browser: Browser) -> None:
    entered = {**OWN, "oauth_provider": "google", "oauth_flow": "code"}

    answer = browser.post("/settings/preset", typed(preset="gmail", **entered), htmx=True).text

    assert re.search(r'id="oauth_client_id"[^>]*value="mail-panel"', answer)


def test_every_service_says_the_user_that_it_wants(browser: Browser) -> None:
    for each in PROVIDERS:
        answer = browser.post(
            "/settings/preset", typed(preset=each.name, smtp_user="", from_address="a.b@example.org"), htmx=True
        )
        wanted = {"address": "a.b@example.org", "local_part": "a.b", "word": each.user_word, "given": ""}
        field = re.search(r'<input id="smtp_user"[^>]*value="([^"]*)"', answer.text)
        assert field
        assert field[1] == wanted[each.user_form], each.name


def test_a_service_by_its_first_button_fills_in_a_fixed_user(browser: Browser) -> None:
    page = browser.get("/settings/edit?preset=sendgrid").text

    assert re.search(r'<input id="smtp_user"[^>]*value="apikey"', page)
