"""Mail that is held: why, since when, and how it is tried again."""

from __future__ import annotations

import re

import pytest

from panel import clock
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.pace.pace import Terms
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.mail import OneByOne, broken, hold, mail
from tests.web.conftest import Browser
from tests.web.outbox.conftest import UNSET


def test_a_hold_is_told_above_the_list(browser: Browser, services: Services) -> None:
    with services.database.writing() as write:
        write.run(
            "UPDATE pace SET held_at = '2026-11-24T09:00:00.000Z', held_cause = 'login_refused', held_stage = 'auth', "
            "held_version = 0"
        )

    page = browser.get("/outbox").text

    assert 'data-cause="login_refused"' in page
    assert "at the step “Sign-in”" in page


def test_a_hold_that_heals_says_when_and_one_that_does_not_says_why(browser: Browser, services: Services) -> None:
    hold(services.database, "535 5.7.8 No", after_success=False, terms=UNSET)
    assert "It is not tried again by itself, for no sign-in has worked" in browser.get("/outbox").text

    services.pace.release()
    hold(services.database, "535 5.7.8 No", after_success=True, terms=UNSET)
    assert re.search(r"tried again by itself at about ..:.., try 1 of 6\.", browser.get("/outbox").text)

    with services.database.writing() as write:
        write.run("UPDATE pace SET probe_ms = NULL, held_logins = 7")
    assert "It was tried again 6 times and now no more" in browser.get("/outbox").text


@pytest.mark.parametrize(
    ("after_success", "words"),
    [(True, "too many sign-ins in a short time"), (False, "Too many sign-ins failed")],
)
def test_too_many_sign_ins_are_told_by_whether_any_had_worked(
    browser: Browser, services: Services, after_success: bool, words: str
) -> None:
    hold(services.database, "454 4.7.0 Too many login attempts", after_success=after_success, terms=UNSET)

    assert words in browser.get("/outbox").text
    assert "tried again by itself at about" in browser.get("/outbox").text


def test_held_mail_is_tried_at_once_by_a_button(browser: Browser, services: Services) -> None:
    hold(services.database, "535 5.7.8 No", after_success=True, terms=UNSET)
    assert 'action="/outbox/try-now"' in browser.get("/outbox").text

    page = browser.post("/outbox/try-now", {}, htmx=True)

    assert "It is tried again with the next message." in page.text
    assert isinstance(OneByOne(services.database).claim("1-b", UNSET, clock.instant()), Claim)


def test_held_mail_is_tried_from_the_settings_page_and_a_click_too_many_is_told(
    browser: Browser, services: Services, saved: Settings
) -> None:
    hold(services.database, "535 5.7.8 No", after_success=False, terms=Terms(version=1))
    services.heartbeats.beat("1-a", message=None, now=clock.now())
    assert 'action="/outbox/try-now"' in browser.get("/settings").text

    done = browser.post("/outbox/try-now", {"from_settings": "yes"})
    assert (done.status_code, done.location) == (303, "/settings")
    assert "The server is tried again now" in browser.get("/settings").text
    with services.database.writing() as write:
        write.run("UPDATE pace SET probe_ms = NULL")  # it was refused

    page = browser.post("/outbox/try-now", {}, htmx=True).text
    page += browser.get("/outbox").text
    assert re.search(r"the next try is possible in 2(?:40|3\d) s", page)


@pytest.mark.parametrize(
    ("stage", "fault", "words"),
    [
        (Stage.CONNECT, {"cause": "connection_refused"}, "held: the server cannot be used"),
        (Stage.AUTH, {"said": "454 4.7.0 Temporary authentication failure"}, "held: the server cannot be used"),
        (Stage.AUTH, {"said": "535 5.7.8 No"}, "held: the settings do not work"),
    ],
)
def test_the_settings_are_not_blamed_for_a_server_that_is_down(
    browser: Browser, services: Services, stage: Stage, fault: dict[str, str], words: str
) -> None:
    claims = OneByOne(services.database)
    services.outbox.enqueue(mail(), by=actor(), now=clock.now())
    claim = claims.claim("1-a", UNSET, clock.instant())
    assert isinstance(claim, Claim)
    claims.settle(claim, broken(claim, stage, **fault), clock.instant())

    assert words in browser.get("/outbox/1").text
