"""Every state of every page, judged by axe in both colour schemes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Frame, Page, expect

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import RECIPIENT, Open, fits, sign_in
from tests.support.actors import actor
from tests.support.rows import move
from tests.support.servers import SmtpServer
from tests.support.serving import Serving
from tests.web.outbox.conftest import fail, put

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text("utf-8")


def violations(page: Page | Frame) -> list[str]:
    """Let axe look at a page; its script comes from the tests, past the page's own rules."""
    context = page.page.context if isinstance(page, Frame) else page.context
    client = context.new_cdp_session(page)
    client.send("Runtime.evaluate", {"expression": AXE})
    asked = {"expression": "axe.run().then(found => JSON.stringify(found.violations))", "awaitPromise": True}
    found = client.send("Runtime.evaluate", {**asked, "returnByValue": True})["result"]["value"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in json.loads(found)]


@pytest.mark.parametrize("dark", [False, True])
def test_no_state_has_a_violation(panel: Serving, saved: Settings, open_page: Open, dark: bool) -> None:
    page = open_page("ja", dark=dark)
    page.goto(f"{panel.address}/login")
    assert violations(page) == []

    sign_in(page, panel.address)
    assert violations(page) == []

    page.fill("#recipient", RECIPIENT)
    page.click("#trial-go")
    expect(page.locator("[data-outcome=failure]")).to_be_visible()
    assert violations(page) == []

    page.goto(f"{panel.address}/history/1")
    assert violations(page) == []

    page.goto(f"{panel.address}/audit?since=yesterday")
    assert violations(page) == []
    page.goto(f"{panel.address}/audit")
    assert violations(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert fits(page)
    page.set_viewport_size({"width": 1280, "height": 720})

    page.goto(f"{panel.address}/settings/edit")
    page.fill("#smtp_port", "0")
    page.click(".bar button.go")
    expect(page.locator("#errors")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("state", ["empty", "failing", "paused", "held", "uncertain", "second"])
@pytest.mark.parametrize(("language", "width", "dark"), [("ja", 360, False), ("en", 1280, True)])
def test_no_state_of_the_outbox_has_one(
    panel: Serving,
    services: Services,
    saved: Settings,
    open_page: Open,
    state: str,
    language: str,
    width: int,
    dark: bool,
) -> None:
    number = _put_into(services, state)
    page = open_page(language, width, dark=dark)
    sign_in(page, panel.address)

    for path in ("/settings", "/outbox", *([f"/outbox/{number}"] if number else [])):
        page.goto(panel.address + path)
        assert violations(page) == [], path
        assert fits(page), path


def _put_into(services: Services, state: str) -> int | None:
    """Bring the outbox into a state that no worker changes; give a message to look at."""
    services.pace.pause(by=actor("ken"), now=clock.now())
    if state == "empty":
        services.pace.resume(by=actor(), now=clock.now())
        return None
    number = put(services, "月次レポート")
    if state == "second":
        one = services.settings.current().settings
        two = replace(one.with_second(replace(one, smtp_host="mail2.example.org")), second=True)
        services.settings.save(two, base=1, by=actor("ken"), now=clock.now())
    with services.database.writing() as write:
        if state == "held":
            write.run("UPDATE pace SET paused_at = NULL, held_at = ?, held_cause = 'login_refused'", (_STAMP,))
            write.run("UPDATE pace SET held_stage = 'auth', held_reply = '535 5.7.8 No', held_version = 1")
        if state == "second":
            write.run("UPDATE pace SET choice = 'second', second_since = ?", (_STAMP,))
        if state == "uncertain":
            move(write, number, "deferred", uncertain=1, attempts=1, cause="worker_lost")
            write.run(_ATTEMPT, (number, clock.stamp(clock.now())))
    if state == "failing":
        fail(services, number)
    return number


_STAMP = "2026-11-24T09:00:00.000Z"
_ATTEMPT = (
    "INSERT INTO attempts (message, number, at, ms, outcome, cause, uncertain) "
    "VALUES (?, 1, ?, 0, 'uncertain', 'worker_lost', 1)"
)


def test_a_success_and_a_narrow_window_have_none(
    panel: Serving, services: Services, saved: Settings, right: Settings, submission: SmtpServer, open_page: Open
) -> None:
    page = open_page("en", 360)
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/edit")
    page.fill("#smtp_password", right.smtp_password)
    page.fill("#recipient", RECIPIENT)
    page.click("#trial-go")
    expect(page.locator("[data-outcome=success]")).to_be_visible()

    assert violations(page) == []


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_label_of_a_search_is_torn_from_its_field(panel: Serving, open_page: Open, language: str) -> None:
    """At the end of a line it would seem to name the field before it."""
    page = open_page(language, 360)
    sign_in(page, panel.address)

    for path in ("/outbox?state=queued", "/audit"):
        page.goto(f"{panel.address}{path}")
        assert page.locator(".seek label").count() >= 4 - ("outbox" in path)
        assert page.evaluate(_TORN) == []
        assert fits(page)


_TORN = """() => [...document.querySelectorAll('.seek label')].filter(label => {
  const a = label.getBoundingClientRect(), b = label.control.getBoundingClientRect()
  return a.bottom <= b.top ? Math.abs(a.left - b.left) > 1 : a.right > b.left
}).map(label => label.textContent)"""


def test_what_a_new_token_must_have_stands_beside_its_label(panel: Serving, open_page: Open) -> None:
    page = open_page("en")
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/access")

    label, field, hint = (page.locator(f"#new-token {each}").first for each in ("label", "#name", ".hint"))
    assert label.evaluate(
        "each => { const range = document.createRange(); range.selectNode(each.firstChild);"
        " const words = range.getBoundingClientRect(), sign = each.querySelector('.need').getBoundingClientRect();"
        " return words.bottom > sign.top && sign.bottom > words.top }"
    )
    end_of_hint = hint.evaluate("each => each.getBoundingClientRect().bottom")
    assert field.evaluate("each => each.getBoundingClientRect().top") - end_of_hint >= 8
