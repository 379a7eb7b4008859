"""How long after a press or a key the page is painted again, as the browser counts it (Event Timing)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, sign_in
from tests.browser.scenes import staged
from tests.support.servers import Authority, Loop

MOST_MS = 100
TRIES = 3  # of which the best counts: the machine may be busy with something else

_WATCH = """window.painted = [];
new PerformanceObserver(list => painted.push(...list.getEntries()
  .filter(each => each.interactionId).map(each => [each.name, each.duration])))
  .observe({type: "event", durationThreshold: 16, buffered: true});"""


def _form(page: Page) -> None:
    page.locator("#from_name").press_sequentially("Reports of the day")
    page.click("#tls")
    page.click("#smtp_auth")
    page.click("#part-advanced summary")


def _outbox(page: Page) -> None:
    page.click("#tick-all")
    page.click("tbody tr:nth-child(2) input[type=checkbox]")
    page.click("#tick-all")
    page.click("#tick-all")
    page.locator("#q").press_sequentially("Report")
    page.click("#filter-failed")
    expect(page.locator("#filter-failed[aria-current]")).to_be_visible()


def _causes(page: Page) -> None:
    page.locator("#cause-q").press_sequentially("login")
    page.click("[data-cause-entry] summary >> nth=0")


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "act"), [("/settings/edit", _form), ("/outbox", _outbox), ("/diagnosis/causes", _causes)]
)
def test_the_page_follows_within_a_tenth_of_a_second(
    tmp_path: Path, loop: Loop, authority: Authority, open_page: Open, path: str, act: Callable[[Page], None]
) -> None:
    page, worst = open_page("ja"), list[float]()
    page.add_init_script(_WATCH)

    with staged("busy", tmp_path, loop, authority) as stage:
        sign_in(page, stage.address)
        for _ in range(TRIES):
            page.goto(stage.address + path)
            act(page)
            page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
            seen = page.evaluate("window.painted")
            assert seen, "nothing was counted"
            worst.append(max(ms for _, ms in seen))

    assert min(worst) <= MOST_MS, worst
