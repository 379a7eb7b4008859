"""The two buttons beside a test that was sent: it arrived, or it did not and where to look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from panel import clock
from panel.checks.trial.report import Mode, Outcome, Report
from panel.config import Config
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.dns_server import DnsServer
from tests.web.conftest import SETTINGS, Browser

pytestmark = pytest.mark.usefixtures("saved")
ZONE = {("example.org", "MX"): ["10 mx.example.org."], ("_dmarc.example.org", "TXT"): ['"v=DMARC1; p=none"']}
RECIPIENT = "taro@example.net"


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    with DnsServer(ZONE) as server:
        yield Config(home=tmp_path / "home", locale="en", resolver=server.address)


def kept(
    services: Services,
    settings: Settings = SETTINGS,
    *,
    mode: Mode = Mode.SEND,
    outcome: Outcome = Outcome.SUCCESS,
    version: int | None = None,
) -> str:
    """Keep a test that has ended; give the address of its result."""
    report = Report(
        mode, RECIPIENT, settings.smtp_host, 587, clock.now(), version=version, from_address="r@example.org"
    )
    fingerprint = services.settings.fingerprint(settings)
    number = services.trials.begin(report, by=actor("hanako"), fingerprint=fingerprint, now=clock.now())
    services.trials.finish(number, report._replace(outcome=outcome, queue_id="4F1C2A"), 1)
    return f"/settings/trials/{number}"


@pytest.mark.parametrize("htmx", [False, True])
def test_a_test_that_was_sent_asks_whether_it_arrived(browser: Browser, services: Services, *, htmx: bool) -> None:
    shown = browser.get(kept(services), htmx=htmx).text

    assert "Is [#1] in the mailbox?" in shown
    assert re.findall(r'name="arrived" value="(\w+)"', shown) == ["yes", "no"]


@pytest.mark.parametrize(("mode", "outcome"), [(Mode.CHECK, Outcome.SUCCESS), (Mode.SEND, Outcome.STOPPED)])
def test_one_that_sent_nothing_asks_nothing_and_says_why_when_pressed(
    browser: Browser, services: Services, mode: Mode, outcome: Outcome
) -> None:
    address = kept(services, mode=mode, outcome=outcome)

    assert 'name="arrived"' not in browser.get(address).text
    pressed = browser.post(f"{address}/arrived", {"arrived": "yes"}, htmx=True)
    assert (pressed.status_code, "no message is under way" in pressed.text or "none is under way" in pressed.text) == (
        422,
        True,
    )


@pytest.mark.parametrize("htmx", [False, True])
def test_arrived_is_said_with_who_and_when_and_heard(browser: Browser, services: Services, *, htmx: bool) -> None:
    address = kept(services)

    pressed = browser.post(f"{address}/arrived", {"arrived": "yes", "said": ""}, htmx=htmx)

    assert (pressed.status_code, pressed.headers["Location"]) == (303, address)
    shown = browser.get(address, htmx=htmx).text
    assert "The test email arrived." in shown
    assert "hanako saw it in the mailbox at" in shown
    assert re.findall(r'name="arrived" value="(\w+)"', shown) == ["no"]  # to correct it
    assert 'id="arrived-yes" tabindex="-1"' in shown  # has the focus of the button that went
    if htmx:
        assert '<div id="say" hx-swap-oob="innerMorph">The test email arrived.</div>' in shown


def test_not_arrived_leads_to_where_to_look_with_what_the_doctor_finds(browser: Browser, services: Services) -> None:
    address = kept(services)
    browser.post(f"{address}/arrived", {"arrived": "no", "said": ""})

    shown = browser.get(address).text

    assert "The test email was sent and has not arrived." in shown
    assert "4F1C2A" in shown
    found = dict(re.findall(r'data-finding="(\w+)" data-status="(\w+)"', shown))
    assert found == {"spf": "problem", "dkim": "warning", "dmarc": "ok"}


def test_of_two_who_press_the_later_sees_what_the_first_said(browser: Browser, services: Services) -> None:
    address = kept(services)
    services.trials.tell_arrival(1, arrived=False, by=actor("ken"), now=clock.now())

    pressed = browser.post(f"{address}/arrived", {"arrived": "yes", "said": ""}, htmx=True)

    assert pressed.status_code == 422
    assert "Somebody has answered meanwhile" in pressed.text
    assert "ken did not find it" in pressed.text
    browser.post(f"{address}/arrived", {"arrived": "yes", "said": "no"})
    assert "hanako saw it" in browser.get(address).text


def test_a_test_of_other_settings_says_nothing_about_these(browser: Browser, services: Services) -> None:
    other = kept(services, replace(SETTINGS, smtp_host="other.example.org"))
    browser.post(f"{other}/arrived", {"arrived": "yes"})

    assert "are not those in force" in browser.get(other).text
    assert "Arrival" not in browser.get("/settings").text


@pytest.mark.parametrize("answer", ["", "maybe", "YES"])
def test_another_answer_is_none(browser: Browser, services: Services, answer: str) -> None:
    address = kept(services)

    pressed = browser.post(f"{address}/arrived", {"arrived": answer})

    assert pressed.status_code == 422
    assert services.trials.latest_arrival("", None, clock.now()) is None


@pytest.mark.parametrize("number", ["99", "9" * 30])
def test_a_test_that_is_not_kept_is_not_found(browser: Browser, number: str) -> None:
    assert browser.post(f"/settings/trials/{number}/arrived", {"arrived": "yes"}).status_code == 404
    assert browser.get(f"/settings/trials/{number}").status_code == 404


def test_the_detail_page_says_arrived_in_place_of_accepted(browser: Browser, services: Services) -> None:
    address = kept(services)
    assert "The server accepted a test email with these settings." in browser.get("/settings").text

    browser.post(f"{address}/arrived", {"arrived": "yes"})

    shown = browser.get("/settings").text
    assert 'data-verdict="ok"' in shown
    assert "A test email with these settings has arrived." in shown
    assert "hanako saw it in the mailbox at" in shown  # among the settings
    assert f'<a href="{address}">Arrived</a>' in shown


def test_the_detail_page_warns_of_a_test_that_has_not_arrived_until_another_one_goes(
    browser: Browser, services: Services
) -> None:
    address = kept(services)
    seen = browser.get("/settings/status", htmx=True).text
    browser.post(f"{address}/arrived", {"arrived": "no"})

    shown = browser.get("/settings/status", htmx=True).text

    assert shown != seen
    assert 'data-verdict="missing"' in shown
    assert "but a test has not arrived" in shown
    assert f'href="{address}"' in shown
    kept(services)
    assert 'data-verdict="ok"' in browser.get("/settings/status", htmx=True).text
