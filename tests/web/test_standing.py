"""The frame of every page says how mail stands: in the menu, before the title, and by the icon."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from panel import clock
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.outbox.delivery.heartbeats import Heartbeats
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.web.conftest import Browser
from tests.web.outbox.conftest import fail, put

PAGES = (
    "/settings",
    "/settings/edit",
    "/outbox",
    "/history",
    "/alerts",
    "/account",
    "/access/users",
    "/diagnosis/causes",
)
REFUSED = Failure(Stage.AUTH, "login_refused", Reply(535, ("5.7.8 No such login",)))


@pytest.fixture
def worker(services: Services) -> None:
    Heartbeats(services.database).beat("w", message=None, now=clock.now())


def tab(page: str) -> tuple[str, str]:
    """Give what stands before the title of a page, and its icon."""
    title = re.search(r"<title>((?:[^<|]+ \| )??)[^<|]+ \| Outgoing mail</title>", page)
    icon = re.search(r'<link rel="icon"[^>]* href="[^"]*/(\w+)\.[0-9a-f]+\.svg"', page)
    assert title
    assert icon
    return title[1], icon[1]


def mark(text: str) -> str:
    found = re.search(r'id="standing"[^>]*><span class="dot (\w+)" aria-hidden="true">', text)
    return found[1] if found else ""


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_that_mail_is_on_hold(
    browser: Browser, services: Services, saved: Settings, worker: None, path: str
) -> None:
    assert (tab(browser.get(path).text), mark(browser.get(path).text)) == (("", "icon"), "ok")

    services.pace.hold(REFUSED, at=clock.instant(), version=1)
    page = browser.get(path).text

    assert (tab(page), mark(page)) == (("⛔ On hold | ", "stopped"), "bad")
    assert '<span class="vh"> (On hold)</span>' in page


def test_a_pause_is_said_and_is_no_fault(browser: Browser, services: Services, saved: Settings) -> None:
    services.pace.pause(by=actor("ken"), now=clock.now())

    page = browser.get("/history").text

    assert (tab(page), mark(page)) == (("⏸ Paused | ", "icon"), "warn")


def test_mail_that_waits_for_a_worker_that_is_gone_has_stopped(
    browser: Browser, services: Services, saved: Settings
) -> None:
    Heartbeats(services.database).beat("w", message=None, now=clock.now() - timedelta(minutes=5))
    assert tab(browser.get("/history").text) == ("", "icon")
    put(services)
    with services.database.writing() as write:
        write.run("UPDATE messages SET queued_at = ?", (clock.stamp(clock.now() - timedelta(minutes=4)),))

    assert tab(browser.get("/history").text) == ("⛔ Stopped | ", "stopped")
    Heartbeats(services.database).beat("v", message=None, now=clock.now())
    assert tab(browser.get("/history").text) == ("", "icon")


@pytest.mark.parametrize("path", ["/settings", "/settings/status", "/outbox", "/outbox/1", "/alerts"])
def test_each_answer_takes_the_mark_along(
    browser: Browser, services: Services, saved: Settings, worker: None, path: str
) -> None:
    put(services)
    services.pace.hold(REFUSED, at=clock.instant(), version=1)

    text = browser.get(path, htmx=True).text

    assert re.search(r'id="standing" data-title="⛔ On hold \| "[^>]* hx-swap-oob="outerMorph"', text)
    assert text.count('id="standing"') == 1


def test_failures_are_counted_until_somebody_has_seen_them(browser: Browser, services: Services) -> None:
    for _ in range(101):
        fail(services, put(services))
    assert "(failures not seen: 99+)" in browser.get("/history").text

    with services.database.writing() as write:
        write.run("UPDATE messages SET seen_at = ? WHERE number > 2", (clock.stamp(clock.now()),))
    assert "(failures not seen: 2)" in browser.get("/history").text

    with services.database.writing() as write:
        write.run("UPDATE messages SET seen_at = ?", (clock.stamp(clock.now()),))
    assert "not seen" not in browser.get("/history").text


def test_who_is_not_signed_in_learns_nothing_of_it(stranger: Browser, services: Services, saved: Settings) -> None:
    services.pace.hold(REFUSED, at=clock.instant(), version=1)

    assert tab(stranger.get("/login").text) == ("", "icon")
