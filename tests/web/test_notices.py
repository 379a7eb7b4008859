"""What was done is said to the eye as well, with and without htmx; what only tells of a change is heard alone."""

from __future__ import annotations

import re

import pytest

from panel import clock
from panel.services import Services
from panel.settings import Settings
from panel.tokens import Scope
from tests.web.conftest import Browser, typed
from tests.web.test_outbox_views import fail, put

NOTICE = re.compile(r'id="say"[^>]*><div id="done-\w+" class="done[^"]*">.*?<p>([^<]+)</p>', re.DOTALL)


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
        ("/outbox/retry-failed", "Put 1 messages back in the queue."),
        ("/outbox/pause", "Paused. Nothing is sent until you resume."),
        ("/outbox/resume", "Resumed. What waits goes out at the set pace."),
    ],
)
def test_what_was_done_with_mail_is_seen(
    browser: Browser, services: Services, path: str, said: str, htmx: bool
) -> None:
    fail(services, put(services))
    put(services)

    assert seen(act(browser, path, htmx=htmx)) == [said]


@pytest.mark.parametrize("htmx", [True, False])
def test_a_row_that_is_retried_says_so(browser: Browser, services: Services, htmx: bool) -> None:
    fail(services, put(services))

    assert seen(act(browser, "/outbox/1/retry", {"row": "yes"}, htmx=htmx)) == ["Put back in the queue."]


@pytest.mark.parametrize("htmx", [True, False])
def test_tokens_that_come_and_go_are_seen(browser: Browser, services: Services, htmx: bool) -> None:
    form = {"name": "shop", "scope": "send", "expires": "365d"}
    services.tokens.create("old", [Scope.SEND], by="ken", expires_at=None, now=clock.now())
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

    assert re.findall(r"done-\w+", first) != re.findall(r"done-\w+", second)


def test_a_search_is_heard_and_not_seen(browser: Browser, services: Services) -> None:
    put(services)

    text = browser.get("/outbox?q=report", htmx=True).text

    assert '<div id="say" hx-swap-oob="innerMorph">Showing 1 messages.</div>' in text


def test_what_a_name_holds_is_text(browser: Browser, services: Services) -> None:
    made = services.tokens.create("shop", [Scope.SEND], by="ken", expires_at=None, now=clock.now())
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
