"""What a page says of what a message holds: until when its text is there, and in which form it is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from panel.services import Services
from tests.support.rows import move
from tests.web.conftest import Browser
from tests.web.message.test_views import put
from tests.web.outbox.conftest import fail


def ends(browser: Browser, number: int, language: str = "en") -> str:
    page = browser.get(f"/outbox/{number}", headers={"Accept-Language": language}).text
    return page.partition('<span class="hint end">')[2].partition("<")[0]


def test_a_text_that_waits_is_erased_when_it_is_sent(browser: Browser, services: Services) -> None:
    assert ends(browser, put(services)) == "The text is erased when the message is sent."


def test_a_failed_message_keeps_its_text_as_long_as_the_log(browser: Browser, services: Services) -> None:
    number = put(services)
    fail(services, number)
    with services.database.writing() as write:
        write.run("UPDATE messages SET ended_at = '2026-11-26T09:00:00.000Z'")

    assert ends(browser, number) == "The text is erased on 2026-12-26 (kept for 30 days)."
    assert ends(browser, number, "ja") == "本文は 2026-12-26 に消去されます（保存期間 30日）。"


@pytest.mark.parametrize(("kept", "said"), [(1, "The text is erased on 2026-12-03 (kept for 7 days)."), (0, "erased")])
def test_a_sent_message_says_until_when_its_text_is_kept(
    app: Flask, browser: Browser, services: Services, kept: int, said: str
) -> None:
    app.extensions["mail-panel"] = replace(services, config=replace(services.config, keep_bodies=7))
    number = put(services)
    with services.database.writing() as write:
        move(write, number, "sent", kept=kept)
        write.run("UPDATE messages SET ended_at = '2026-11-26T09:00:00.000Z'")
        if not kept:
            write.run("UPDATE messages SET content = NULL")

    assert said in ends(browser, number)


def test_what_was_sent_before_a_list_was_kept_says_so(browser: Browser, services: Services) -> None:
    number = put(services)
    with services.database.writing() as write:
        move(write, number, "sent")
        write.run("UPDATE messages SET content = NULL")

    page = browser.get(f"/outbox/{number}").text

    assert "sent before the panel kept a list" in page
    assert "sent before the panel kept headers" in page
    assert 'id="save-raw"' not in page


@pytest.mark.parametrize("show", ["html", "text", "source", "nothing", "../x"])
def test_a_form_that_a_message_has_not_is_its_header(browser: Browser, services: Services, show: str) -> None:
    number = put(services, b"Content-Type: application/pdf\r\n\r\n%PDF\r\n")

    page = (
        browser.get(f"/outbox/{number}", headers={}).text
        if show == "source"
        else browser.get(f"/outbox/{number}?show={show}").text
    )

    assert 'id="message-headers"' in page


def test_a_long_text_is_cut_and_says_so(browser: Browser, services: Services) -> None:
    number = put(services, b"Content-Type: text/plain\r\n\r\n" + b"x" * 70 * 10_000)

    page = browser.get(f"/outbox/{number}?show=text").text

    assert len(page) < 150_000
    assert "This is its beginning" in page


def test_a_text_is_shown_as_text(browser: Browser, services: Services) -> None:
    number = put(services, b"Content-Type: text/plain\r\n\r\n<script>alert(1)</script>\r\n\x1b[31m\r\n")

    page = browser.get(f"/outbox/{number}?show=text").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\x1b" not in page


def test_the_back_link_keeps_filters_and_leads_nowhere_else(browser: Browser, services: Services) -> None:
    number = put(services)

    page = browser.get(f"/outbox/{number}?state=failed&q=a%26b&before=7&show=headers&live=0").text
    assert '<a id="back" href="/outbox?state=failed&amp;q=a%26b&amp;before=7">' in page
    assert "Outbox (Failed · a&amp;b)" in page
    for bad in ("next=//evil.example", "state=//evil.example", "q=javascript:x"):
        assert '<a id="back" href="/outbox?' in browser.get(f"/outbox/{number}?{bad}").text
