"""What is asked back before values are saved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from panel.services import Services
from panel.settings.login import Login
from panel.settings.model import TlsMode
from panel.settings.store import UNSAVED, Version
from panel.web.settings.confirmation import risks_of
from tests.support.token_settings import with_tokens_of
from tests.web.conftest import PASSWORD, SETTINGS, Browser, typed


def test_no_interval_for_a_service_with_a_known_limit_is_asked_about_once(browser: Browser, services: Services) -> None:
    blank = typed(version="0", smtp_host="smtp.gmail.com", send_interval_ms="", smtp_password=PASSWORD)

    asked = browser.post("/settings", blank)
    assert asked.status_code == 422
    assert 'name="paced" value="6000"' in asked.text
    assert services.settings.current().number == 0

    assert browser.post("/settings", {**blank, "unpaced": "yes"}).status_code == 303
    again = {**blank, "version": "1", "from_name": "Another", "smtp_password": ""}
    assert browser.post("/settings", again).status_code == 303
    assert services.settings.current().settings.send_interval_ms == 0

    other = {**again, "version": "2", "smtp_host": "smtp.office365.com", "smtp_password": PASSWORD}
    assert browser.post("/settings", other).status_code == 422


def test_the_offered_interval_is_saved_in_one_click(browser: Browser, services: Services) -> None:
    blank = typed(version="0", smtp_host="smtp.gmail.com", send_interval_ms="0", smtp_password=PASSWORD)

    assert browser.post("/settings", {**blank, "paced": "6000"}).status_code == 303

    assert services.settings.current().settings.send_interval_ms == 6_000


def test_no_interval_for_a_server_whose_limit_is_not_known_is_saved(browser: Browser, services: Services) -> None:
    blank = typed(version="0", smtp_host="mail.example.org", send_interval_ms="", smtp_password=PASSWORD)

    assert browser.post("/settings", blank).status_code == 303


KEPT = Version(1, SETTINGS, secrets_set=frozenset({"smtp_password"}))
OPEN_RELAY = Version(1, replace(SETTINGS, smtp_auth=False, smtp_user="", smtp_password=""))
MOVED = {"smtp_host": "other.example.org"}
ELSEWHERE = "A login would be made at another server or as another user."
TRUST = "Other certificates would be trusted than now."


@pytest.mark.parametrize(
    ("before", "changed", "risks"),
    [
        (KEPT, {"from_name": "Another", "send_interval_ms": 7000, "max_per_day": 9}, []),
        (KEPT, {"smtp_password": "a new one for the same login"}, []),
        (KEPT, {"tls_mode": TlsMode.STARTTLS}, []),  # as strict as before
        (KEPT, {"pop_host": "pop.example.org"}, []),  # which is switched off
        (replace(KEPT, settings=replace(SETTINGS, pop_host="pop.example.org")), {"pop_before_smtp": True}, [ELSEWHERE]),
        (KEPT, {"smtp_login": Login.OAUTH2}, [ELSEWHERE]),
        (KEPT, MOVED, ["Mail would go to another server."]),
        (OPEN_RELAY, MOVED, []),
        (OPEN_RELAY, {"tls": False}, []),
        (OPEN_RELAY, {"ca_certificate": "PEM"}, [TRUST]),
        (KEPT, {"ca_certificate": "PEM"}, [TRUST]),
        (replace(KEPT, settings=replace(SETTINGS, ca_certificate="PEM")), {"ca_certificate": ""}, [TRUST]),
        (UNSAVED, {**MOVED, "ca_certificate": "PEM", "smtp_password": "first"}, [TRUST]),
        (UNSAVED, {"allow_plain_auth": True}, ["A password could be sent without encryption."]),
        (replace(KEPT, settings=replace(SETTINGS, allow_plain_auth=True)), {"allow_plain_auth": False}, []),
        (replace(KEPT, settings=replace(SETTINGS, tls=False)), {"tls": True}, []),
    ],
)
def test_what_a_thief_would_like_is_judged_by_what_is_in_force(
    before: Version, changed: dict[str, Any], risks: list[str]
) -> None:
    assert [*risks_of(replace(before.settings, **changed), before)] == risks


def test_a_sign_in_is_kept_like_a_password() -> None:
    signed_in = Version(1, replace(with_tokens_of("https://id.example.org"), grant=1))

    assert [*risks_of(replace(signed_in.settings, **MOVED), signed_in)] == ["Mail would go to another server."]
    elsewhere = replace(signed_in.settings, oauth_authorize_url="https://elsewhere.example.org/authorize")
    assert [*risks_of(elsewhere, signed_in)] == ["A login would be made at another server or as another user."]
    assert [*risks_of(replace(signed_in.settings, grant=2), signed_in)] == []
    assert [*risks_of(replace(signed_in.settings, grant=0), signed_in)] == [
        "A saved password or sign-in would be erased."
    ]
