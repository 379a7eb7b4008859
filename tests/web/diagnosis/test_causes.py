"""The list of causes: short, in groups, found by code or word, and each reached by its anchor."""

from __future__ import annotations

import re

import pytest

from panel.diagnosis.causes.table import CAUSES
from panel.i18n import catalogue
from panel.settings.model import Settings
from tests.web.conftest import Browser


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_cause_has_its_anchor_within_what_opens(browser: Browser, language: str) -> None:
    page = browser.get(f"/diagnosis/causes?lang={language}").text

    anchors = re.findall(r'</summary>\s*<div class="stack cause" id="(\w+)"', page)
    assert anchors == [*CAUSES]
    assert "<details open" not in page
    assert "%(" not in page


def test_the_causes_answer_as_page_and_as_fragment(browser: Browser) -> None:
    assert "<!doctype html>" in browser.get("/diagnosis/causes").text
    assert "<!doctype html>" not in browser.get("/diagnosis/causes", htmx=True).text


def test_a_stranger_sees_none(stranger: Browser) -> None:
    assert stranger.get("/diagnosis/causes").status_code == 302


def shown(browser: Browser, query: str) -> list[str]:
    return re.findall(r'data-cause-entry="(\w+)"', browser.get(f"/diagnosis/causes{query}").text)


def test_a_group_shows_its_causes_and_the_counts_follow_what_is_asked_for(browser: Browser) -> None:
    assert shown(browser, "?group=limits")[0] == "rate_limited"
    page = browser.get("/diagnosis/causes?q=535&group=login").text

    found = re.findall(r'href="[^"]*q=535[^"]*"[^>]*>([\w -]+) <span class="num">(\d+)</span>', page)
    counts = {label: int(count) for label, count in found}
    assert counts["All"] == sum(counts.values()) - counts["All"]
    assert 0 < counts["Sign-in"] <= counts["All"] < len(CAUSES)
    assert len(shown(browser, "?q=535&group=login")) == counts["Sign-in"]
    assert 'name="group" value="login"' in page


def test_nothing_found_says_so_and_what_is_typed_is_text(browser: Browser) -> None:
    page = browser.get("/diagnosis/causes?q=<script>qqq&group=nonsense").text

    assert "No cause has that code or word." in page
    assert "<script>qqq" not in page
    assert 'value="&lt;script&gt;qqq"' in page


def test_a_fragment_says_how_many_are_left(browser: Browser) -> None:
    assert (
        re.search(r'id="say" hx-swap-oob="innerMorph">\d+ causes', browser.get("/causes?q=535", htmx=True).text) is None
    )
    found = browser.get("/diagnosis/causes?q=535", htmx=True).text
    assert re.search(r'id="say" hx-swap-oob="innerMorph">\d+ causes', found)


def test_a_cause_that_another_names_is_a_link_and_its_own_is_none(browser: Browser) -> None:
    page = browser.get("/diagnosis/causes").text
    own = page[page.index('id="login_refused"') :]
    own = own[: own.index("</li>\n<li data-cause-entry")] if "</li>\n<li data-cause-entry" in own else own

    assert 'href="#app_password_required"' in page
    assert 'href="#login_refused"' not in own[: own.index("</details>")]


def test_a_remedy_by_oauth2_leads_to_the_form(browser: Browser, saved: Settings) -> None:
    page = browser.get("/diagnosis/causes").text
    entry = page[page.index('id="oauth_required"') :]

    assert 'href="/settings/edit#smtp_login"' in entry[: entry.index("</details>")]
    told = browser.post(
        "/diagnosis/explain", {"text": "535 5.7.139 Authentication unsuccessful, basic authentication is disabled."}
    )
    assert 'href="/settings/edit#smtp_login"' in told.text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_cause_that_another_one_names_is_told_in_words(browser: Browser, language: str) -> None:
    page = browser.get(f"/diagnosis/causes?lang={language}").text

    read = re.sub(r"<[^>]+>", "", re.sub(r"<code.*?</code>", "", page, flags=re.DOTALL))
    assert [name for name in CAUSES if "_" in name and name in read] == []
    what = catalogue(language).gettext(CAUSES["connect_timeout"].what).rstrip(".。")
    assert f'<a href="#connect_timeout">{ {"en": f"“{what}”", "ja": f"「{what}」"}[language] }</a>' in page
    assert not re.search(r" <a [^>]*>「|」</a> ", page)
