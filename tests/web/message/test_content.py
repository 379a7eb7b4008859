"""What a page says of what a message holds: until when its text is there, and in which form it is shown."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

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

    page = browser.get(f"/outbox/{number}?state=unseen&q=a%26b&before=7&show=headers&live=0").text
    assert '<a id="back" href="/outbox?state=unseen&amp;q=a%26b&amp;before=7&amp;live=0">' in page
    assert "Outbox (Not seen · a&amp;b)" in page
    for bad in ("next=//evil.example", "state=//evil.example"):
        assert '<a id="back" href="/outbox">' in browser.get(f"/outbox/{number}?{bad}").text
    assert '<a id="back" href="/outbox?q=javascript%3Ax">' in browser.get(f"/outbox/{number}?q=javascript:x").text


LIST = "state=unseen&q=report&since=2026-01-01&size=25"


def test_every_way_from_a_message_keeps_the_list_it_was_opened_from(browser: Browser, services: Services) -> None:
    """Whatever the page links to, polls or sends to leads on with the query of that list."""
    number = put(services)
    fail(services, number)

    page = browser.get(f"/outbox/{number}?{LIST}").text

    main = page[page.index('id="message"') :]
    ways = {html.unescape(each) for each in re.findall(rf'="(/outbox/{number}[^"]*)"', main)}
    assert {urlsplit(each).path.rpartition("/")[2] for each in ways} >= {str(number), "retry", "seen", "resend"}
    saved_or_framed = re.compile(r"/(raw|html|attachments/\d+)$")
    for each in ways:
        if not saved_or_framed.search(urlsplit(each).path):
            assert {**parse_qs(urlsplit(each).query), **parse_qs(LIST)} == parse_qs(urlsplit(each).query), each


@pytest.mark.parametrize("act", ["retry", "seen"])
def test_after_an_act_without_scripts_the_way_back_is_the_same(browser: Browser, services: Services, act: str) -> None:
    number = put(services)
    fail(services, number)

    browser.get(f"/outbox/{number}?{LIST}")

    after = browser.post(f"/outbox/{number}/{act}?{LIST}", {})

    query = parse_qs(urlsplit(after.location).query)
    assert (urlsplit(after.location).path, query) == (f"/outbox/{number}", parse_qs(LIST))
