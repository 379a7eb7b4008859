"""The list as a file: what the filters leave, no formula for a spreadsheet, and no server's words for a viewer."""

from __future__ import annotations

import csv
import io
import json

import pytest

from panel.access.rights import Role
from panel.services import Services
from tests.web.conftest import Browser
from tests.web.outbox.conftest import fail, put


def test_a_spreadsheet_runs_nothing_of_what_is_in_it(browser: Browser, services: Services) -> None:
    put(services, "=HYPERLINK(1)", "+1@example.org")
    fail(services, put(services, "@SUM", "taro@example.org"))

    answer = browser.get("/outbox.csv")
    rows = [*csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")))]

    assert answer.get_data().startswith(b"\xef\xbb\xbf")
    assert [(row["subject"], row["recipients"], row["state"]) for row in rows] == [
        ("'@SUM", "taro@example.org", "failed"),
        ("'=HYPERLINK(1)", "'+1@example.org", "queued"),
    ]
    assert 'filename="outbox-' in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("path", ["/outbox.csv", "/outbox.json"])
def test_only_what_the_filters_leave_is_in_it_and_it_is_noted(browser: Browser, services: Services, path: str) -> None:
    put(services, "Left")
    fail(services, put(services, "Invoice"))

    text = browser.get(f"{path}?state=failed&q=invoice").text

    assert "Invoice" in text
    assert "Left" not in text
    [noted] = services.database.rows("SELECT account, changed FROM audit WHERE action = 'messages_exported'")
    assert (noted["account"], json.loads(noted["changed"])) == ("hanako", {"filter": "state=failed&q=invoice"})


def test_a_program_reads_all_of_it_however_many(
    browser: Browser, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panel.outbox.search.EXPORTED", 2)
    numbers = [put(services) for _ in range(5)]

    assert [each["id"] for each in json.loads(browser.get("/outbox.json").text)] == numbers[::-1]
    assert json.loads(browser.get("/outbox.json?state=sent").text) == []


@pytest.mark.parametrize("path", ["/outbox.csv", "/outbox.json"])
def test_a_viewer_is_not_told_what_the_server_said(browser: Browser, services: Services, path: str) -> None:
    fail(services, put(services))
    assert "No such user" in browser.get(path).text
    with services.database.writing() as write:
        write.run("UPDATE accounts SET role = ?", (Role.VIEWER,))

    text = browser.get(path).text

    assert "recipient_unknown" in text
    assert "No such user" not in text
