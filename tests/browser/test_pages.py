"""Every page in every state, measured: see `rules`. The common run looks at six pages, and `--long` at all."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from werkzeug.exceptions import NotFound

from panel.access.rights import PAGES as RIGHTS
from panel.config import Config
from panel.web import create_app
from tests.browser import rules
from tests.browser.conftest import Open
from tests.browser.pages import PAGES, Shown, tour
from tests.browser.scenes import SCENES, staged
from tests.support.servers import Authority, Loop

NO_PAGES = {  # what a browser asks for without showing it as a page
    "static": "a file",
    "guides.picture": "a picture",
    "health.alive": "for programs",
    "health.ready": "for programs",
    "metrics.show": "for programs",
    "audit.as_csv": "to save",
    "audit.as_jsonl": "to save",
    "outbox_export.as_csv": "to save",
    "outbox_export.as_json": "to save",
    "message.attachment": "to save",
    "message.raw": "to save",
    "message.html": "a frame of message-html",
    "overview.home": "leads on",
    "overview.status": "a part of detail",
    "oauth.pending": "a part of edit-oauth",
    "oauth.waiting": "a part of edit-oauth",
    "moved.causes": "leads on",
    "moved.doctor": "leads on",
    "moved.explain": "leads on",
}
SIX = ("login", "detail-paused", "outbox", "message-failed", "message-html", "diagnosis")
CHANGED = "[hx-trigger^='every']"


def test_no_page_is_missing_from_the_table(tmp_path: Path) -> None:
    urls = create_app(Config(home=tmp_path)).url_map
    asked = {rule.endpoint for rule in urls.iter_rules() if "GET" in (rule.methods or ()) and rule.endpoint in RIGHTS}
    address, shown = urls.bind("panel.example.org"), set()
    for each in (one for pages in PAGES.values() for one in pages):
        path = urlsplit(each.path.format_map(_Ones())).path
        try:
            shown.add(address.match(path)[0])
        except NotFound:
            assert each.name == "not-found"

    assert asked - shown == set(NO_PAGES) & asked
    assert shown & set(NO_PAGES) == set()


class _Ones(dict[str, str]):
    """Any number will do to find out whose address it is."""

    def __missing__(self, name: str) -> str:
        return "1"


def test_the_names_in_the_table_are_used_once() -> None:
    names = [one.name for pages in PAGES.values() for one in pages]

    assert sorted(names) == sorted(set(names))
    assert set(PAGES) == set(SCENES)
    assert set(SIX) <= set(names)


def test_six_pages_keep_the_rules(tmp_path: Path, loop: Loop, authority: Authority, open_page: Open) -> None:
    page, found = _watched(open_page, "ja"), list[str]()
    six = tuple(one for pages in PAGES.values() for one in pages if one.name in SIX)

    def measure(shown: Shown) -> None:
        complaints = rules.moved(page) + rules.widths(page, (320,)) + rules.keyboard(page) + rules.axe(page)
        complaints += rules.printed(page) + rules.forced(page)
        found.extend(f"{shown.name} {each}" for each in complaints)

    with staged("busy", tmp_path, loop, authority) as stage:
        tour(page, stage, six, measure)

    assert found == []


@pytest.mark.long
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("name", SCENES)
def test_every_page_keeps_the_rules(
    tmp_path: Path, loop: Loop, authority: Authority, open_page: Open, name: str, language: str
) -> None:
    page, found = _watched(open_page, language), list[str]()

    def measure(shown: Shown) -> None:
        complaints = rules.moved(page) if shown.by_itself else []
        if shown.by_itself and language == "ja" and shown.name.startswith(("detail", "outbox")):
            complaints += _over_a_poll(page)
        complaints += rules.keyboard(page) + rules.widths(page) + rules.large_text(page) + rules.axe(page)
        complaints += rules.printed(page) + rules.forced(page)
        found.extend(f"{shown.name} {each}" for each in complaints)

    with staged(name, tmp_path, loop, authority) as stage:
        tour(page, stage, PAGES[name], measure)

    assert found == []


def _watched(open_page: Open, language: str) -> Page:
    page = open_page(language)
    page.add_init_script(rules.WATCH)
    return page


def _over_a_poll(page: Page) -> list[str]:
    """Wait until what updates itself has done so, and say what moved, and whether the focus stayed."""
    if not page.locator(CHANGED).count():
        return []
    page.locator("main a, main button").first.focus()
    before = page.evaluate("document.activeElement.outerHTML")
    with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true", timeout=40_000):
        pass
    found = rules.moved(page)
    return found + ([] if page.evaluate("document.activeElement.outerHTML") == before else ["loses the focus"])


@pytest.mark.long
@pytest.mark.parametrize("name", SCENES)
def test_every_page_shows_the_same_without_scripts(
    tmp_path: Path, loop: Loop, authority: Authority, open_page: Open, name: str
) -> None:
    heads: dict[str, list[list[str]]] = {}  # of two homes, made a minute apart, it may be
    pages = tuple(each for each in PAGES[name] if each.by_itself)

    for scripts in (True, False):
        page = open_page("ja", scripts=scripts)

        def note(shown: Shown, page: Page = page) -> None:
            expect(page.locator("h1").first).to_be_visible()
            texts = page.locator("main :is(h1, h2, h3)").all_inner_texts()
            heads.setdefault(shown.name, []).append([re.sub(r"\d\d:\d\d", "TIME", text) for text in texts])

        with staged(name, tmp_path / str(scripts), loop, authority) as stage:
            tour(page, stage, pages, note)

    assert {each: texts for each, texts in heads.items() if texts[0] != texts[1]} == {}
