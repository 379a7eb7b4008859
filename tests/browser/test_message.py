"""A stranger's HTML in a real browser: nothing of it reaches anybody, and nothing around it changes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from panel import clock
from panel.mail.message.submission import Submission
from panel.services import Services
from tests.browser.conftest import Open, fits, sign_in
from tests.support.actors import actor
from tests.support.hostile_mail import HOSTILE_HTML, mixed
from tests.support.serving import Serving


class Lurker:
    """A server that only counts who connects to it."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host = f"localhost:{self._socket.getsockname()[1]}"
        self.connections = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                self._socket.accept()[0].close()
            except OSError:
                return
            self.connections += 1

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def lurker() -> Iterator[Lurker]:
    lurker = Lurker()
    yield lurker
    lurker.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser whose complaints about a hostile message are not ours."""
    context = chromium.new_context(locale="en", viewport={"width": 1280, "height": 900})
    yield context
    context.close()


def put(services: Services, html: str) -> int:
    submission = Submission(("taro@example.net",), mixed(html.encode()), "<1@app.example.org>", "Monthly report")
    return services.outbox.enqueue(submission, by=actor("shop", "api"), now=clock.now()).number


@pytest.mark.parametrize("walls", ["both", "the policy alone"])
def test_a_hostile_message_reaches_nobody_and_changes_nothing_around_it(
    panel: Serving, services: Services, context: BrowserContext, lurker: Lurker, walls: str
) -> None:
    hostile = HOSTILE_HTML.replace("evil.example", lurker.host)
    hostile = hostile if walls == "both" else _without_connections(hostile)
    number = put(services, hostile)
    page = context.new_page()
    asked, opened = list[str](), list[Page]()
    if walls == "both":
        context.on("request", lambda request: asked.append(request.url))
    else:  # what the policy stops is asked for, and gets no further
        context.on("requestfinished", lambda request: asked.append(request.url))
    sign_in(page, panel.address)
    context.on("page", lambda other: opened.append(other))
    if walls != "both":
        page.route("**/html", lambda route: _give_as_it_came(route, hostile))

    page.goto(f"{panel.address}/outbox/{number}?show=html")
    expect(page.frame_locator("#message-html").get_by_text("Hello")).to_be_attached()
    before = page.locator("h1").bounding_box()
    _press_everything(page)
    page.goto(f"{panel.address}/outbox/{number}/html")
    page.goto(f"{panel.address}/outbox/{number}?show=html")

    assert page.locator("h1").bounding_box() == before
    assert page.title() == "Monthly report | Outgoing mail"
    assert page.locator(".who form button").count() == 1  # still signed in
    assert opened == []
    assert {urlsplit(url).netloc for url in asked if not url.startswith("data:")} == {urlsplit(panel.address).netloc}
    assert not [url for url in asked if "logout" in url]
    assert lurker.connections == 0


def _without_connections(html: str) -> str:
    """Leave out what a browser connects for before it asks a policy: that it is not there is what the other wall is."""
    for word in ("preconnect", "dns-prefetch", "iframe"):
        html = html.replace(word, "x")
    return html


def _give_as_it_came(route: Route, html: str) -> None:
    """Answer with what the message holds, behind the panel's own headers."""
    answer = route.fetch()
    route.fulfill(status=200, headers=answer.headers, body=html)


def _press_everything(page: Page) -> None:
    """Press each link and button in the frame, as somebody would who is deceived."""
    for element in page.frame_locator("#message-html").locator("a, button").all():
        element.dispatch_event("click")


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (360, False)])
def test_a_message_is_read_saved_and_sent_again(
    panel: Serving, services: Services, open_page: Open, width: int, scripts: bool
) -> None:
    number = put(services, '<h1>Report</h1><img id="own" src="cid:logo@example.org">')
    page = open_page(width=width, scripts=scripts)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/outbox/{number}")

    page.get_by_role("link", name="Text", exact=True).click()
    expect(page.locator("#message-text")).to_have_text("各位")
    assert fits(page) if scripts else True
    page.get_by_role("link", name="HTML", exact=True).click()
    expect(page.frame_locator("#message-html").get_by_role("heading", name="Report")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name="月次レポート_11月.pdf").click()
    assert saved.value.suggested_filename == "月次レポート_11月.pdf"
    with page.expect_download() as saved:
        page.click("#save-raw")
    assert saved.value.suggested_filename == f"message-{number}.eml"
    page.click("#resend summary")
    page.click("#send-as-new")
    page.wait_for_url(f"**/outbox/{number + 1}")
    expect(page.locator("#course")).to_contain_text("Copy of message")
