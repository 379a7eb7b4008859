"""Who changed what, and the way back through the form."""

from __future__ import annotations

from dataclasses import replace

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.web.conftest import Browser


def test_an_old_version_is_loaded_into_the_form_and_not_saved(
    browser: Browser, services: Services, saved: Settings
) -> None:
    services.settings.save(replace(saved, from_name="newer"), base=1, by=actor("ken"), now=clock.now())

    response = browser.get("/settings/edit?version=1")

    assert 'name="version"' in response.text
    assert 'value="2"' in response.text
    assert "newer" not in response.text
    assert services.settings.current().number == 2


def test_a_version_that_is_not_there_is_404(browser: Browser) -> None:
    assert browser.get("/settings/edit?version=9").status_code == 404
    assert browser.get("/history/9").status_code == 404


def test_history_shows_before_and_after_without_the_secret(
    browser: Browser, services: Services, saved: Settings
) -> None:
    changed = replace(saved, smtp_port=465, smtp_password="third-secret")
    services.settings.save(changed, base=1, by=actor("ken"), now=clock.now())

    page = browser.get("/history/2").text

    assert "587" in page
    assert "465" in page
    assert "third-secret" not in page
    assert "/settings/edit?version=1" in page or 'name="version" value="1"' in page


def test_the_way_back_names_the_version_that_it_loads(browser: Browser, services: Services, saved: Settings) -> None:
    services.settings.save(replace(saved, from_name="newer"), base=1, by=actor("ken"), now=clock.now())

    assert "Load version 1 into the edit form" in browser.get("/history/2").text
    assert "バージョン 1 の値を編集画面に読み込む" in browser.get("/history/1", headers={"Accept-Language": "ja"}).text


def test_who_is_no_person_is_told_in_the_language_of_the_page(
    browser: Browser, services: Services, saved: Settings
) -> None:
    by = actor("root (command line)")
    services.settings.save(replace(saved, from_name="newer"), base=1, by=by, now=clock.now())

    for path in ("/history", "/history/2", "/settings", "/audit"):
        page = browser.get(path, headers={"Accept-Language": "ja"}).text
        assert "root（コマンドライン）" in page, path
        assert "(command line)" not in page, path
