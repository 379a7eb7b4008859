"""What was done is said to the eye as well, with and without htmx; what only tells of a change is heard alone."""

from __future__ import annotations

import html
import re

import pytest

from panel import clock
from panel.access.rights import Scope
from panel.services import Services
from panel.settings.model import Settings
from tests.outbox import test_estimate as forecasts
from tests.support.actors import actor
from tests.support.rows import move
from tests.web.conftest import Browser, typed
from tests.web.outbox.conftest import fail, put

NOTICE = re.compile(r'id="notice"[^>]*>\s*<div id="toast-\w+" class="toast[^"]*"[^>]*>.*?<p>([^<]+)</p>', re.DOTALL)
UNDO = re.compile(r'<form id="[^"]+" method="post" action="([^"]+)"[^>]*><input[^>]*><button id="undo"')


def seen(text: str) -> list[str]:
    return NOTICE.findall(text)


def act(browser: Browser, path: str, data: dict[str, str] | None = None, *, htmx: bool) -> str:
    """Press a button and give what is shown at last: htmx and browser alike follow a redirect."""
    browser.get("/outbox")
    response = browser.post(path, data or {}, htmx=htmx)
    return browser.get(response.location, htmx=htmx).text if response.status_code == 303 else response.text


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/outbox/1/retry", "Put back in the queue."),
        ("/outbox/2/cancel", "Cancelled. It will not be sent."),
        ("/outbox/1/seen", "Marked as seen."),
        ("/outbox/retry-failed", "1 message is queued again."),
        ("/outbox/pause", "Paused. Nothing is sent until you resume."),
        ("/outbox/resume", "Resumed. What waits goes out at the set pace."),
    ],
)
def test_what_was_done_with_mail_is_seen(
    browser: Browser, services: Services, path: str, said: str, htmx: bool
) -> None:
    fail(services, put(services))
    put(services)

    sure = {"sure": "yes", "refused": "yes"}  # which is asked first where many go again
    assert seen(act(browser, path, sure, htmx=htmx)) == [said]


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("path", "state"), [("/outbox/2/cancel", "queued"), ("/outbox/1/retry", "failed"), ("/outbox/3/retry", "deferred")]
)
def test_what_was_done_with_a_message_is_taken_back_where_it_is_said(
    browser: Browser, services: Services, path: str, state: str, htmx: bool
) -> None:
    fail(services, put(services))
    put(services)
    put(services)
    with services.database.writing() as write:
        move(write, 3, "deferred", attempts=2, due_at="2026-11-24T12:00:00.000Z")
    number = int(path.split("/")[2])
    before = services.outbox.get(number)

    [address] = UNDO.findall(act(browser, path, htmx=htmx))
    assert seen(act(browser, html.unescape(address), htmx=htmx)) == ["Undone."]

    after = services.outbox.get(number)
    assert after
    assert after == before
    assert after.state == state
    assert "toast warn" in act(browser, html.unescape(address), htmx=htmx)


@pytest.mark.parametrize("path", ["/outbox/1/seen", "/outbox/pause"])
def test_what_is_not_taken_back_offers_no_such_thing(browser: Browser, services: Services, path: str) -> None:
    fail(services, put(services))

    assert UNDO.findall(act(browser, path, htmx=True)) == []


@pytest.mark.parametrize("htmx", [True, False])
def test_a_row_that_is_retried_says_so(browser: Browser, services: Services, htmx: bool) -> None:
    fail(services, put(services))

    assert seen(act(browser, "/outbox/1/retry", {"row": "yes"}, htmx=htmx)) == ["Put back in the queue."]


@pytest.mark.parametrize("htmx", [True, False])
def test_tokens_that_come_and_go_are_seen(browser: Browser, services: Services, htmx: bool) -> None:
    form = {"name": "shop", "scope": "send", "expires": "365d"}
    services.tokens.create("old", [Scope.SEND], by=actor("ken"), expires_at=None, now=clock.now())
    [token] = services.tokens.list()

    assert seen(act(browser, "/access/tokens", form, htmx=htmx)) == [
        "The token is made. Copy it now: it is not shown again."
    ]
    assert seen(act(browser, f"/access/tokens/{token.id}/revoke", htmx=htmx)) == ["old is revoked."]


def test_who_signs_out_is_told(browser: Browser) -> None:
    assert seen(act(browser, "/logout", htmx=False)) == ["You have signed out."]


def test_the_same_act_twice_makes_two_notices(browser: Browser, services: Services) -> None:
    """A morph that found the same notice would not show it again."""
    put(services)
    first, second = (act(browser, "/outbox/pause", htmx=True) for _ in range(2))

    assert re.findall(r"toast-\w+", first) != re.findall(r"toast-\w+", second)


def test_a_search_is_heard_and_not_seen(browser: Browser, services: Services) -> None:
    put(services)

    text = browser.get("/outbox?q=report", htmx=True).text

    assert '<div id="say" hx-swap-oob="innerMorph">Messages shown: 1.</div>' in text


def test_what_a_name_holds_is_text(browser: Browser, services: Services) -> None:
    made = services.tokens.create("shop", [Scope.SEND], by=actor("ken"), expires_at=None, now=clock.now())
    assert made
    with services.database.writing() as write:
        write.run("UPDATE tokens SET name = '<b>x</b>'")
    [token] = services.tokens.list()

    assert "<p>&lt;b&gt;x&lt;/b&gt; is revoked.</p>" in act(browser, f"/access/tokens/{token.id}/revoke", htmx=True)


@pytest.mark.parametrize("htmx", [True, False])
def test_saved_settings_are_seen(browser: Browser, services: Services, saved: Settings, htmx: bool) -> None:
    assert seen(act(browser, "/settings", typed(saved, from_name="Another"), htmx=htmx)) == [
        "Settings saved. The next message uses them."
    ]


@pytest.mark.parametrize("htmx", [True, False])
def test_what_was_not_done_has_no_tick(browser: Browser, services: Services, htmx: bool) -> None:
    number = put(services)
    services.outbox.cancel(number, by=actor(), now=clock.now())

    text = act(browser, f"/outbox/{number}/retry", {"row": "yes"}, htmx=htmx)

    assert len(seen(text)) == 1
    assert re.search(r'class="toast warn[^"]*" role="alert"', text)


def test_a_try_that_was_just_made_is_refused_without_a_tick(browser: Browser, services: Services) -> None:
    forecasts.hold(services)
    first = act(browser, "/outbox/try-now", htmx=True)
    with services.database.writing() as write:
        write.run("UPDATE pace SET probe_ms = NULL")  # it was tried, and in vain

    second = act(browser, "/outbox/try-now", htmx=True)

    assert "toast ok" in first
    assert "toast warn" in second


@pytest.mark.parametrize(
    ("path", "said"), [("retry-failed", "No message has failed."), ("try-now", "Nothing is on hold any more.")]
)
def test_where_nothing_was_to_be_done_that_is_said(browser: Browser, path: str, said: str) -> None:
    text = act(browser, f"/outbox/{path}", htmx=True)

    assert seen(text) == [said]
    assert "toast info" in text


def test_a_try_while_all_is_paused_is_not_said_to_be_made(browser: Browser, services: Services) -> None:
    forecasts.hold(services)
    services.pace.pause(by=actor("ken"), now=clock.now())

    assert seen(act(browser, "/outbox/try-now", htmx=True)) == [
        "The server is tried again when you resume: sending is paused."
    ]


def test_what_a_poll_says_takes_no_notice_away(browser: Browser, services: Services) -> None:
    """It is heard in a region of its own."""
    number = put(services)
    [address] = re.findall(r'hx-get="([^"]+seen=[^"]+)"', browser.get(f"/outbox/{number}").text)
    services.outbox.cancel(number, by=actor(), now=clock.now())

    polled = browser.get(address, htmx=True).text

    assert '<div id="say" hx-swap-oob="innerMorph">Cancelled</div>' in polled
    assert 'id="notice"' not in polled
