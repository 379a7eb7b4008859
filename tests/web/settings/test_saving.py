"""Settings that come from a file are shown, tested and not saved, at each door of the web."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from flask import Flask

from panel import clock
from panel.access.rights import Scope
from panel.config import Config
from panel.server.given_settings import take_settings
from panel.services import Services, open_services
from panel.web import create_app
from tests.support.actors import actor
from tests.support.servers import SmtpServer
from tests.support.waiting import wait_until
from tests.web.api.conftest import Program, problem
from tests.web.conftest import PASSWORD, SETTINGS, Browser, sign_in, typed

SAID = "These settings come from"


@pytest.fixture
def file(tmp_path: Path, server: SmtpServer) -> Path:
    path = tmp_path / "mail.conf"
    path.write_text(
        f"from_address=report@example.org\nsmtp_host=127.0.0.1\nsmtp_port={server.port}\nsmtp_auth=no\ntls=no\n"
    )
    return path


@pytest.fixture
def config(tmp_path: Path, file: Path) -> Config:
    return Config(home=tmp_path / "home", locale="en", settings_file=file)


@pytest.fixture
def services(config: Config) -> Services:
    services = open_services(config)
    take_settings(services)
    return services


def saves(page: str) -> list[str]:
    """Give the buttons that send the form where it would be saved, but for one that is switched off."""
    buttons = re.findall(r"<button([^>]*)>(.*?)</button>", page, re.DOTALL)
    return [tag for tag, inside in buttons if re.sub("<.*?>", "", inside).startswith("Save") and "disabled" not in tag]


def test_the_form_says_where_its_values_come_from_and_has_no_button_that_saves(browser: Browser, file: Path) -> None:
    for path, htmx in product(("/settings/edit", "/settings/second", "/settings/edit?version=1"), (False, True)):
        page = browser.get(path, htmx=htmx).text

        assert f"{SAID} {file}" in page
        assert not saves(page)
        assert "You can still test other values here" in page
    assert f"この設定は {file} から読み込まれ" in browser.get("/settings/edit", headers={"Accept-Language": "ja"}).text


def test_the_rules_are_shown_and_not_saved(browser: Browser, file: Path) -> None:
    page = browser.get("/settings/rules").text

    assert f"{SAID} {file}" in page
    assert not saves(page)
    assert "test other values" not in page
    parts = re.findall(r"<fieldset[^>]*>", page)
    assert len(parts) == 4
    assert all(" disabled" in each for each in parts)
    assert 'class="bar"' not in page
    assert re.search(r'href="/settings"[^>]*>Back</a>', page)
    assert "Cancel" not in page


def test_a_panel_without_a_file_says_nothing_of_one(tmp_path: Path) -> None:
    config = Config(home=tmp_path / "other", locale="en")
    services = open_services(config)
    services.settings.save(SETTINGS, base=0, by=actor("ken"), now=clock.now())
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    with create_app(config, services).test_client() as client:
        sign_in(browser := Browser(client))
        page = browser.get("/settings/edit").text

    assert SAID not in page
    assert len(saves(page)) == 2


def test_the_overview_says_so_and_before_the_first_start_where_to_write_them(config: Config, browser: Browser) -> None:
    assert f"The settings come from {config.settings_file}" in browser.get("/settings").text

    unread = replace(config, home=config.home.with_name("unread"))
    services = open_services(unread)
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    with create_app(unread, services).test_client() as client:
        sign_in(browser := Browser(client))
        page = browser.get("/settings").text

    assert "which mail-panel serve or mail-panel worker reads" in page
    assert "Pick your mail service" not in page


def test_what_is_sent_all_the_same_is_refused_with_409(browser: Browser, services: Services) -> None:
    for path in ("/settings", "/settings/second", "/settings/rules"):
        refused = browser.post(path, typed(from_name="else", smtp_password="x"))

        assert refused.status_code == 409
        assert SAID in refused.text
    assert services.settings.newest() == 1


def test_other_values_are_tested_all_the_same(browser: Browser, server: SmtpServer) -> None:
    plain = replace(SETTINGS, smtp_host="127.0.0.1", smtp_port=server.port, smtp_auth=False, tls=False)

    browser.post("/settings/trial", typed(plain, recipient="hanako@example.net", from_name="else"))

    server.wait_for(1)
    assert b"else" in server.messages[0].raw
    wait_until(lambda: 'data-outcome="success"' in browser.get("/settings/trials/1", htmx=True).text)
    assert not saves(browser.get("/settings/trials/1", htmx=True).text)


def test_the_api_answers_with_a_problem_of_its_own(app: Flask, services: Services) -> None:
    admin = Program(app, services.tokens.create("admin", (Scope.ADMIN,), by=actor("ken"), now=clock.now()))
    told = admin.get("/settings").json or {}

    document = problem(
        admin.ask("PUT", "/settings", {"version": 1, "settings": told["settings"]}), 409, "settings-from-file"
    )

    assert SAID in document["detail"]
    assert services.settings.newest() == 1


def test_history_and_audit_tell_who_saved_and_offer_no_way_back(
    browser: Browser, services: Services, file: Path
) -> None:
    file.write_text(file.read_text() + "from_name=news\n")
    take_settings(services)

    page = browser.get("/history").text

    assert "settings file · " in page
    assert "configuration" not in page
    assert "To go back to version" not in page
    page = browser.get("/audit").text

    assert "settings file" in page
    assert str(file) in page
