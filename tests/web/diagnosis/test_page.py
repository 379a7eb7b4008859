"""The page of the diagnosis: what the last one has found, for whom, and how a new one is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from panel import clock
from panel.access.rights import Role
from panel.checks.doctor.finding import Finding, ok, problem, unknown, warning
from panel.checks.examinations.examination import Conditions, Why
from panel.checks.examinations.store import ASKED_A_MINUTE
from panel.config import Config
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.dns_server import DnsServer
from tests.support.servers import SmtpServer
from tests.web.conftest import PASSWORD, SETTINGS, Browser

RECORD = '_dmarc.example.org. TXT "v=DMARC1; p=none; rua=mailto:postmaster@example.org"'
FOUND = (
    ok("home", "Home is fine"),
    problem("mx", "Nothing can come back", "Use another address"),
    warning("dmarc", "No policy", "Publish this", record=RECORD),
    warning("local_hostname", "No full name", "Set it"),
    unknown("interval", "No limit is known"),
    replace(warning("certificate", "Days: %(days)d", days=99), ends="2100-01-01T00:00:00Z"),
)


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    with DnsServer({}) as server:
        yield Config(home=tmp_path / "home", locale="en", resolver=server.address)


def keep(services: Services, *found: Finding, why: Why = Why.DAILY, version: int = 1) -> None:
    conditions = Conditions("192.0.2.7", ("s1", "s2"))
    services.examinations.keep(found or FOUND, version=version, why=why, conditions=conditions, now=clock.now())


def as_role(app: Flask, services: Services, role: Role) -> Browser:
    services.accounts.add("first", PASSWORD, by=actor(), role=Role.ADMINISTRATOR, now=clock.now())
    services.accounts.add(str(role), PASSWORD, by=actor(), role=role, now=clock.now())
    browser = Browser(app.test_client())
    browser.get("/login")
    browser.post("/login", {"name": str(role), "password": PASSWORD})
    return browser


def test_before_the_first_one_the_page_says_when_it_comes(browser: Browser, services: Services) -> None:
    assert "Not diagnosed yet" in browser.get("/diagnosis").text
    assert "by itself soon" not in browser.get("/diagnosis").text  # without settings nothing comes

    services.settings.save(SETTINGS, base=0, by=actor("ken"), now=clock.now())

    assert "by itself soon" in browser.get("/diagnosis").text


def test_the_worst_comes_first_and_what_is_fine_is_closed(
    browser: Browser, services: Services, saved: Settings
) -> None:
    keep(services)

    page = browser.get("/diagnosis").text

    assert "1 problem · 3 warnings · 1 fine · 1 not known" in page.replace("\u00a0", " ")
    assert 'class="verdict bad"' in page
    order = re.findall(r'data-finding="(\w+)"', page)
    assert order == ["mx", "dmarc", "local_hostname", "certificate", "interval", "home"]
    assert '<details class="card flush" id="ok">' in page
    assert "<details open" not in page


def test_a_record_can_be_copied_and_a_field_is_linked(browser: Browser, services: Services, saved: Settings) -> None:
    keep(services)

    page = browser.get("/diagnosis").text

    assert 'data-copy="record-dmarc"' in page
    assert re.search(r'<code id="record-dmarc" translate="no">_dmarc\.example\.org\. TXT', page)
    assert 'href="/settings/edit#local_hostname"' in page
    assert 'href="/settings/edit#from_address"' in page


def test_an_end_is_counted_from_now(browser: Browser, services: Services, saved: Settings) -> None:
    ends = clock.now() + timedelta(days=18, hours=1)
    keep(services, replace(warning("certificate", "Days: %(days)d", days=99), ends=clock.stamp(ends)))

    page = browser.get("/diagnosis").text

    assert "Days: 18" in page
    assert "(18 days left)" in page
    assert ends.date().isoformat() in page


def test_what_it_means_for_mail_is_said(browser: Browser, services: Services, saved: Settings) -> None:
    keep(services)
    assert "Receivers may refuse the mail" in browser.get("/diagnosis").text

    keep(services, FOUND[0], problem("certificate", "Not reached"), FOUND[1])
    assert "does not answer as it should" in browser.get("/diagnosis").text

    keep(services, FOUND[0])
    assert "There is nothing to do." in browser.get("/diagnosis").text


def test_a_look_at_the_page_asks_nobody(app: Flask, services: Services, saved: Settings) -> None:
    keep(services)
    before = services.examinations.latest()

    as_role(app, services, Role.VIEWER).get("/diagnosis")

    assert services.examinations.latest() == before


@pytest.mark.parametrize("htmx", [True, False])
def test_somebody_asks_and_sees_what_is_found(
    browser: Browser, services: Services, server: SmtpServer, htmx: bool
) -> None:
    at_hand = replace(
        SETTINGS, from_address="report@localhost", smtp_host="127.0.0.1", smtp_port=server.port, tls=False
    )
    services.settings.save(
        replace(at_hand, smtp_auth=False, smtp_password=""), base=0, by=actor("ken"), now=clock.now()
    )

    answer = browser.post("/diagnosis", {"address": " 192.0.2.7 ", "selectors": "s1  s2"}, htmx=htmx)

    assert (answer.status_code, answer.location) == (303, "/diagnosis")
    page = browser.get("/diagnosis", htmx=htmx).text
    found = dict(re.findall(r'data-finding="(\w+)" data-status="(\w+)"', page))
    assert {found[name] for name in ("home", "key", "database", "clock")} == {"ok"}
    assert found["certificate"] == "warning"  # TLS is off
    assert found["ptr"]
    assert 'href="/settings/edit#tls"' in page
    assert 'value="192.0.2.7"' in page
    assert 'value="s1 s2"' in page
    assert ("<!doctype html>" in page) is not htmx
    assert server.messages == []
    [row] = services.database.rows("SELECT account FROM audit WHERE action = 'diagnosed'")
    assert row["account"] == "hanako"


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"address": "here", "selectors": ""}, "address"),
        ({"address": "", "selectors": "a " * 11}, "selectors"),
        ({"address": "", "selectors": "a" * 201}, "selectors"),
    ],
)
def test_what_cannot_be_looked_at_is_told_and_nobody_is_asked(
    browser: Browser, services: Services, saved: Settings, typed: dict[str, str], wrong: str
) -> None:
    response = browser.post("/diagnosis", typed, htmx=True)

    assert response.status_code == 422
    assert f'id="{wrong}-error"' in response.text
    assert f'value="{typed[wrong].strip()}"' in response.text
    assert services.examinations.latest() is None


def test_a_selector_that_no_name_can_hold_breaks_nothing(browser: Browser, saved: Settings) -> None:
    answer = browser.post("/diagnosis", {"address": "", "selectors": f"{'a' * 100} .. ünï s1."})

    assert answer.status_code == 303
    assert 'data-finding="dkim"' in browser.get("/diagnosis").text


def test_an_account_asks_a_few_times_a_minute(browser: Browser, services: Services, saved: Settings) -> None:
    for _ in range(ASKED_A_MINUTE):
        services.examinations.begin(by=actor("hanako"), now=clock.now())
        services.examinations.give_up()

    answer = browser.post("/diagnosis", {"address": "", "selectors": ""})

    assert answer.status_code == 303
    assert "That was the fifth diagnosis in a minute" in browser.get("/diagnosis").text
    assert services.examinations.latest() is None


def test_the_switch_is_kept_and_audited(browser: Browser, services: Services, saved: Settings) -> None:
    browser.get("/diagnosis")
    browser.post("/diagnosis/switch", {"by_itself": "off"})

    assert not services.examinations.by_itself()
    assert "The panel diagnoses no more by itself." in browser.get("/diagnosis").text
    assert "Diagnosis by itself switched on or off" in browser.get("/audit").text


def test_a_viewer_sees_what_was_found_and_no_form(app: Flask, services: Services, saved: Settings) -> None:
    keep(services)
    viewer = as_role(app, services, Role.VIEWER)

    page = viewer.get("/diagnosis").text

    assert 'data-finding="mx"' in page
    assert 'id="dx"' not in page
    assert 'id="explain-text"' not in page
    assert "/settings/edit" not in page
    assert "/diagnosis/switch" not in page
    assert viewer.post("/diagnosis", {"address": "", "selectors": ""}).status_code == 403


def test_an_operator_asks_and_does_not_switch(app: Flask, services: Services, saved: Settings) -> None:
    operator = as_role(app, services, Role.OPERATOR)

    page = operator.get("/diagnosis").text

    assert 'id="dx"' in page
    assert "/diagnosis/switch" not in page
    assert operator.post("/diagnosis/switch", {"by_itself": "off"}).status_code == 403
    assert services.examinations.by_itself()


def test_problems_stand_in_the_verdict_until_other_settings_are_in_force(
    browser: Browser, services: Services, saved: Settings
) -> None:
    keep(services, FOUND[0])
    assert "/diagnosis" in browser.get("/settings").text
    assert "1 fine" not in browser.get("/settings").text

    seen = re.search(r"seen=([\w-]+)", browser.get("/settings").text)
    assert seen
    keep(services)
    shown = browser.get(f"/settings/status?seen={seen[1]}", htmx=True)
    assert "1 problem · 3 warnings" in shown.text.replace("\u00a0", " ")

    services.settings.save(replace(SETTINGS, from_name="Other"), base=1, by=actor("ken"), now=clock.now())
    assert "1 problem" not in browser.get("/settings").text
    assert "of version 1 of the settings" in browser.get("/diagnosis").text


def test_the_form_is_no_longer_on_the_detail_page(browser: Browser, saved: Settings) -> None:
    page = browser.get("/settings").text

    assert 'href="/diagnosis"' in page
    assert 'name="selectors"' not in page
    assert 'id="explain-text"' not in page


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/settings/doctor", "/diagnosis"),
        ("/settings/explain", "/diagnosis/explain"),
        ("/causes", "/diagnosis/causes"),
    ],
)
def test_what_leads_to_where_it_stood_before_arrives(browser: Browser, old: str, new: str) -> None:
    answer = browser.get(old)

    assert (answer.status_code // 100, answer.location) == (3, new)


def test_what_was_pasted_goes_along(browser: Browser) -> None:
    answer = browser.post("/settings/explain", {"text": "535 5.7.8 no"})

    assert (answer.status_code, answer.location) == (308, "/diagnosis/explain")
    assert browser.post("/settings/explain/note", {"text": "x"}).status_code == 308
