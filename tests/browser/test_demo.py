"""The demo as a newcomer meets it: its link, its mail server, and thirty messages that come to all their fates."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ACCOUNT, ACCOUNT_PASSWORD, RECIPIENT, Open
from tests.support.serving import free_port
from tests.support.waiting import wait_until

FAILED = {  # by the numbers of the samples
    9: "recipient_unknown",
    12: "recipient_unknown",
    15: "content_rejected",
    18: "message_too_large",
    24: "recipient_unknown",
    30: "recipient_unknown",
}


class Told(NamedTuple):
    """What the demo tells on the terminal."""

    link: str
    password: str


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Told]:
    listen, said = f"127.0.0.1:{free_port()}", tmp_path / "said"
    command = [sys.executable, "-m", "panel", "demo", "--listen", listen]
    with (
        said.open("w") as file,
        subprocess.Popen(command, env={"TMPDIR": str(tmp_path)}, stdout=file, stderr=file) as process,
    ):
        wait_until(lambda: "by SMTP at" in said.read_text())
        link, password = (re.search(what, said.read_text()) for what in (r"http://\S+token=\S+", r"password +(\S+)"))
        assert link
        assert password
        yield Told(link[0], password[1])
        process.terminate()


def set_up(page: Page, demo: Told) -> None:
    """Go from the link to saved settings by what the pages offer."""
    page.goto(demo.link)
    page.fill("[name=name]", ACCOUNT)
    page.fill("[name=password]", ACCOUNT_PASSWORD)
    page.press("[name=password]", "Enter")
    page.click("button[value=demo]")
    expect(page.locator("#send_interval_ms")).to_have_value("1000")  # so that a queue can be watched
    page.fill("#send_interval_ms", "")
    page.fill("#smtp_password", demo.password)
    page.fill("#recipient", RECIPIENT)
    page.click("#bar-test")
    page.click("[data-outcome=success] .go")
    expect(page.locator("[data-verdict=ok]")).to_be_visible()


class Outbox:
    """The outbox of a page, as a file of it tells."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._address = page.url.split("/outbox")[0] + "/outbox.json"

    def rows(self) -> dict[int, dict[str, Any]]:
        return {row["id"]: row for row in self._page.request.get(self._address).json()}

    def states(self) -> Counter[str]:
        return Counter(row["state"] for row in self.rows().values())

    def wait_for(self, **states: int) -> None:
        """Return as soon as so many messages are in these states, and none in another."""
        wait_until(lambda: self.states() == states)


def test_thirty_messages_come_to_all_their_fates(demo: Told, open_page: Open) -> None:
    page = open_page("ja")
    set_up(page, demo)
    page.goto(page.url.replace("/settings", "/outbox"))
    page.click("#pause")
    page.click("#samples button")
    expect(page.locator("#filter-queued")).to_contain_text("30")
    outbox = Outbox(page)

    page.click("#cancel-29")
    expect(page.locator("#message-29")).to_have_attribute("data-state", "cancelled")
    outbox.wait_for(queued=29, cancelled=1)
    page.click("#pause")
    outbox.wait_for(sent=21, deferred=2, failed=6, cancelled=1)

    rows = outbox.rows()
    assert {number: rows[number]["cause"] for number in FAILED} == FAILED
    assert (rows[3]["cause"], rows[6]["cause"]) == ("greylisted", "recipient_mailbox_full")
    assert [each["state"] for each in rows[24]["recipients"]] == ["sent", "failed"]
    assert rows[21]["state"] == "sent"  # the slow one
    page.click("#retry-3")  # the one that its server wanted later
    page.click("#retry-6")  # and one that is still not wanted
    wait_until(lambda: outbox.rows()[3]["state"] == "sent" and outbox.rows()[6]["attempts"] == 1)
    outbox.wait_for(sent=22, deferred=1, failed=6, cancelled=1)
