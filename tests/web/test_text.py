"""The reader's language."""

from __future__ import annotations

from tests.web.conftest import Browser


def test_both_languages_are_chosen_by_visitor_browser_and_panel(browser: Browser) -> None:
    assert 'lang="en"' in browser.get("/login").text or browser.get("/settings").text
    assert '<html lang="ja"' in browser.get("/settings", headers={"Accept-Language": "ja"}).text
    assert '<html lang="en"' in browser.get("/settings", headers={"Accept-Language": "fr"}).text
    assert '<html lang="ja"' in browser.get("/settings?lang=ja").text
    assert '<html lang="ja"' in browser.get("/settings", headers={"Accept-Language": "en"}).text
