"""Numbers that are none, and files where a text is meant: whoever sends them, at whatever address."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask

from panel import clock
from panel.access.rights import Scope
from panel.services import Services
from tests.support.actors import actor
from tests.support.mail import mail
from tests.web.api.conftest import BASE, Program, problem
from tests.web.conftest import PASSWORD, Browser, typed

Log = Callable[[], list[str]]
NO_NUMBERS = (
    str(2**63),
    str(2**64),
    "9" * 40,
    "9" * 5000,
    "-1",
    "1.5",
    "1e3",
    "+1",
    "٣",
    "１",
    "1_0",
    "%00",
    "%ED%A0%80",
)
QUERIES = ("/settings/edit?version", "/settings/edit?trial", "/outbox?before", "/settings/trials/1?seen")


def addresses(app: Flask, prefix: str) -> list[tuple[str, str]]:
    """Give the addresses with a number in them, each with its method."""
    rules = [each for each in app.url_map.iter_rules() if "<int:" in each.rule and each.rule.startswith(prefix)]
    return [(method, each.rule) for each in rules for method in sorted((each.methods or set()) - {"HEAD", "OPTIONS"})]


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_there_is_nothing_at_what_is_no_number(app: Flask, browser: Browser, number: str) -> None:
    for method, rule in addresses(app, "/"):
        if not rule.startswith(BASE):
            path = re.sub("<int:[^>]*>", number, rule)
            answer = browser.client.open(path, method=method, data={"csrf_token": browser.token})
            assert answer.status_code == 404, (method, rule)


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_there_is_nothing_for_programs_either(app: Flask, services: Services, number: str) -> None:
    admin = Program(app, services.tokens.create("admin", [Scope.ADMIN], by=actor("ken"), now=clock.now()))
    for method, rule in addresses(app, BASE):
        problem(admin.ask(method, re.sub("<int:[^>]*>", number, rule.removeprefix(BASE)), {}), 404)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("number", NO_NUMBERS)
def test_a_number_in_a_query_that_is_none_is_left_out(browser: Browser, query: str, number: str) -> None:
    assert browser.get(f"{query}={number}").status_code == browser.get(query.partition("?")[0]).status_code


@pytest.mark.parametrize("number", ["99", str(10**17), str(10**18 - 1)])
def test_a_long_number_that_nothing_has_is_only_that(browser: Browser, saved: object, number: str) -> None:
    assert browser.get(f"/settings/edit?version={number}").status_code == 404
    assert browser.get(f"/history/{number}").status_code == 404
    assert browser.get(f"/outbox?before={number}").status_code == 200


@pytest.mark.parametrize("version", [str(2**63), "9" * 40, "x", "-1", "", "１"])
def test_a_form_of_a_version_that_is_none_is_out_of_date(browser: Browser, saved: object, version: str) -> None:
    sent = typed(smtp_password="a password", version=version, untested="yes")

    assert browser.post("/settings", sent).status_code == 409


def as_files(form: dict[str, str]) -> dict[str, tuple[BytesIO, str]]:
    """Send every text as a file."""
    return {name: (BytesIO(text.encode()), "a.txt") for name, text in form.items()}


@pytest.mark.parametrize("path", ["/login", "/setup"])
def test_a_stranger_who_sends_files_enters_nowhere(stranger: Browser, services: Services, log: Log, path: str) -> None:
    token = services.setup.make_link(clock.now()) or ""
    stranger.get(f"/setup?token={token}")
    files = as_files({"name": "hanako", "password": PASSWORD, "token": token, "next": "/"})

    answer = stranger.client.post(path, data={"csrf_token": stranger.token, **files})

    assert answer.status_code in (403, 422)
    assert not [line for line in log() if "request_failed" in line]
    assert not services.accounts.any()


def test_a_form_token_that_is_a_file_is_none(stranger: Browser, services: Services) -> None:
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    stranger.get("/login")

    assert stranger.token
    assert stranger.client.post("/login", data=as_files({"csrf_token": stranger.token})).status_code == 400


def test_settings_that_come_as_files_are_missing(browser: Browser, saved: object, services: Services) -> None:
    answer = browser.client.post("/settings", data={"csrf_token": browser.token, **as_files(typed())})

    assert answer.status_code == 422
    assert "is missing from the form" in answer.text
    assert services.settings.current().number == 1


def test_every_form_takes_files_as_missing(app: Flask, browser: Browser, services: Services, log: Log) -> None:
    services.outbox.enqueue(mail(), by=actor(), now=clock.now())
    files = {**typed(), "recipient": "a", "text": "550 no", "per_minute": "5", "name": "a", "q": "a", "find": "1"}
    log()
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and not rule.rule.startswith(BASE) and rule.endpoint != "access.logout":
            path = re.sub("<[^>]*>", "1", rule.rule)
            answer = browser.client.post(path, data={"csrf_token": browser.token, **as_files(files)})
            assert answer.status_code < 500, path

    assert not [line for line in log() if "request_failed" in line]


def test_the_outbox_has_no_message_of_a_number_that_none_has(services: Services) -> None:
    for number in (-(2**70), -1, 0, 2**62, 2**70):
        assert services.outbox.get(number) is None


@pytest.mark.parametrize("recipient", ["a\x00@example.org", "a@example.org\r\nB: c", "x" * 9000, "@example.org"])
def test_a_correction_that_is_no_address_is_refused_in_words(
    browser: Browser, services: Services, recipient: str
) -> None:
    number = services.outbox.enqueue(mail(), by=actor(), now=clock.now()).number
    token = services.tokens.create("admin", [Scope.ADMIN], by=actor("ken"), now=clock.now())

    by_page = browser.post(f"/outbox/{number}/retry", {"recipient": recipient})
    by_program = Program(browser.client.application, token).post(f"/messages/{number}/retry", {"recipient": recipient})

    assert by_page.status_code == 422
    problem(by_program, 422, "invalid")
