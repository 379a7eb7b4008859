"""The picture of the way says where mail stands, by line, sign and words."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from panel import clock
from panel.outbox.delivery.heartbeats import Heartbeats
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.web.conftest import Browser
from tests.web.outbox.conftest import put
from tests.web.test_standing import REFUSED

_SIGN = r'<svg[^>]*><use href="#i-(\w+)"/></svg><span class="vh">([^<]*): </span>'
LINK = re.compile(rf'<li class="(\w*)( here)?">(?:{_SIGN})?')


def links(browser: Browser) -> list[tuple[str, ...]]:
    page = browser.get("/settings").text
    return LINK.findall(page[page.index('class="flow"') : page.index('class="strip"')])


@pytest.fixture
def worker(services: Services) -> None:
    Heartbeats(services.database).beat("w", message=None, now=clock.now())


def test_what_was_never_tried_is_dotted(browser: Browser, saved: Settings, worker: None) -> None:
    assert links(browser) == [
        ("", "", "", ""),
        ("ok", "", "ok", "mail is taken"),
        ("idle", "", "wait", "not tried yet"),
        ("idle", "", "wait", "nothing is on its way"),
    ]


def test_a_hold_breaks_the_link_to_the_server(
    browser: Browser, services: Services, saved: Settings, worker: None
) -> None:
    put(services)
    services.pace.hold(REFUSED, at=clock.instant(), version=1)

    assert links(browser)[1:] == [
        ("ok", "", "ok", "mail is taken"),
        ("bad", " here", "bad", "stopped at: Sign-in"),
        ("idle", "", "wait", "nothing is on its way"),
    ]
    assert "<span>1 on hold</span>" in browser.get("/settings").text


def test_a_pause_stops_mail_in_the_outbox(browser: Browser, services: Services, saved: Settings) -> None:
    services.pace.pause(by=actor("ken"), now=clock.now())

    assert [each[:2] for each in links(browser)] == [("", ""), ("ok", " here"), ("warn", ""), ("idle", "")]


def test_after_a_save_a_hold_stays_red_until_something_is_accepted(
    browser: Browser, services: Services, saved: Settings, worker: None
) -> None:
    services.pace.hold(REFUSED, at=clock.instant(), version=1)
    services.settings.save(replace(saved, from_name="Reports"), base=1, by=actor("ken"), now=clock.now())

    page = browser.get("/settings").text

    assert 'data-verdict="bad"' in page
    assert "Nothing has been accepted since the settings were changed." in page
    assert 'data-cause="login_refused"' in page
    services.pace.release()
    assert 'data-verdict="untested"' in browser.get("/settings").text


def test_the_verdict_alone_says_who_changed_what_before_and_what_to_do(
    browser: Browser, services: Services, saved: Settings, worker: None
) -> None:
    services.settings.save(replace(saved, smtp_user="other"), base=1, by=actor("ken"), now=clock.now())
    services.pace.hold(REFUSED, at=clock.instant(), version=2)

    page = browser.get("/settings").text
    verdict = page[page.index('id="status"') : page.index('class="flow"')]

    assert "This began after ken had changed" in verdict
    assert "Reaching the server and encryption both work." in verdict
    assert "535 5.7.8 No such login" in verdict
    assert re.search(r'<li>[^<]*<a href="/settings/edit#smtp_user">', verdict)
    assert '<a href="/settings/edit?version=1">' in verdict
    assert verdict.count('class="btn go"') == 1


def test_large_figures_are_read_by_their_groups(
    browser: Browser, services: Services, saved: Settings, worker: None
) -> None:
    with services.database.writing() as write:
        write.run("UPDATE totals SET number = 123456 WHERE what = 'messages' AND name = 'queued'")
        minute = clock.stamp(clock.now())[:16]
        write.run("INSERT INTO minutes (minute, outcome, cause, number) VALUES (?, 'sent', '', 1234567)", (minute,))

    page = browser.get("/settings").text
    stations = re.findall(
        r"<span>([\d,]+ [a-z ]+)</span>", page[page.index('class="flow"') : page.index('class="strip"')]
    )

    assert stations == ["0 taken today", "123,456 wait", "1,234,567 sent today"]
