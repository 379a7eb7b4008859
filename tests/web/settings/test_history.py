"""Who changed what, and the way back through the form."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from panel.web.settings.history import VERSIONS
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


def test_old_versions_stand_on_further_pages_by_month(browser: Browser, services: Services, saved: Settings) -> None:
    now = clock.now()
    for number in range(1, VERSIONS + 5):
        changed = replace(saved, from_name=f"name {number}")
        services.settings.save(changed, base=number, by=actor("ken"), now=now + timedelta(days=3 * number))

    first = browser.get("/history").text
    [older] = re.findall(r'id="older" href="/history\?before=(\d+)"', first)
    second = browser.get(f"/history?before={older}").text

    shown = [[int(each) for each in re.findall(r'id="version-(\d+)"', page)] for page in (first, second)]
    assert [*shown[0], *shown[1]] == [*range(VERSIONS + 5, 0, -1)]
    assert len(shown[0]) == VERSIONS
    assert 'id="older"' not in second
    assert f'href="/history/1?before={older}"' in second
    months = re.findall(r'<h3 class="muted small num group">(\d{4}-\d\d)</h3>', first)
    assert months == sorted(months, reverse=True)
    assert len(months) == len(set(months)) >= 2
