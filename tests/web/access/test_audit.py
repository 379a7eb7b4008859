"""Administrators see who did what, find it again, and take it away; nobody removes any of it."""

from __future__ import annotations

import csv
import io
import json
import re
from urllib.parse import urlencode

import pytest

from panel import clock
from panel.access.audit import reading
from panel.access.rights import PAGES, Scope
from panel.services import Services
from panel.settings.model import Settings
from panel.storage.actor import Actor
from panel.storage.journal import Action, append
from panel.web.access import audit
from panel.web.access.audit_rows import _PLACES, ACTIONS
from tests.support.actors import actor
from tests.web.conftest import Browser, typed

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])
HOSTILE = "=1+1<script>\u202e"
FILES = pytest.mark.parametrize("path", ["/audit.csv", "/audit.jsonl"])


def note(services: Services, *accounts: str) -> None:
    with services.database.writing() as write:
        for account in accounts:
            append(write, Actor(account, "cli"), Action.SENDING_PAUSED, now=clock.now())


def exported(browser: Browser, query: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in browser.get(f"/audit.jsonl{query}").text.splitlines()]


def test_every_action_has_words() -> None:
    assert ACTIONS.keys() == {*Action}


def test_every_page_that_may_be_refused_has_words() -> None:
    open_to_all = {"static", "guides", "health", "metrics"}
    assert {name.partition(".")[0] for name in PAGES} - open_to_all <= _PLACES.keys()


@HTMX
def test_a_save_stands_there_with_who_and_from_where_and_what(browser: Browser, saved: Settings, htmx: bool) -> None:
    browser.post("/settings", typed(saved, smtp_host="mail.example.org", smtp_password="other-secret"))

    response = browser.get("/audit?action=settings_saved&account=hanako", htmx=htmx)

    assert (response.status_code, "<html" in response.text) == (200, not htmx)
    assert response.headers["Cache-Control"] == "no-store"
    text = response.text
    assert all(each in text for each in ("Settings saved", "hanako", "Administrator", "127.0.0.1", "/history/2"))
    assert "<del>smtp.example.org</del> <ins>mail.example.org</ins>" in text
    assert "other-secret" not in text
    assert len(re.findall(r'id="row-\d+"', text)) == 1


def test_the_kind_of_a_test_is_told_in_words(browser: Browser, services: Services) -> None:
    with services.database.writing() as write:
        append(write, Actor("sato", "cli"), Action.TEST_BEGAN, changed={"mode": "check"}, now=clock.now())

    text = browser.get("/audit").text

    assert re.search(r"Kind of test.*Check without sending", text, re.DOTALL)


@pytest.mark.parametrize(
    ("action", "about", "changed", "words"),
    [
        (
            Action.ALERT_DESTINATION_ADDED,
            "destination/3",
            {"kind": "ping", "host": "hc.example.org"},
            ["Destination 3", "Ping"],
        ),
        (Action.ALERT_ACKNOWLEDGED, "incident/7", {}, ["Incident 7"]),
        (Action.ALERT_THRESHOLDS_SET, "alerts", {}, ["Alerts</span>"]),
        (Action.SESSION_ENDED, "account/ken", {"others": 2}, ["Account ken", "Other sessions"]),
        (Action.KEYS_ROTATED, "", {"old_keys": "dropped"}, ["Former keys", "removed"]),
        (Action.OAUTH_FORGOTTEN, "grant/4", {}, ["Sign-in 4"]),
        (Action.OAUTH_SIGN_IN_FAILED, "sign_in/4", {}, ["Sign-in 4"]),
        (
            Action.DIAGNOSIS_SWITCHED,
            "diagnosis",
            {"by_itself": [True, False]},
            ["Diagnosis</span>", "Diagnosis by itself</span>", "<del>On</del> <ins>Off</ins>"],
        ),
        (Action.NOT_ALLOWED, "tokens.create", {}, ["Accounts (tokens.create)</span>"]),
        (Action.TOKEN_REFUSED, "smtp", {}, ["SMTP</span>"]),
        (
            Action.ACT_UNDONE,
            "message/3",
            {"state": ["cancelled", "queued"]},
            ["<del>Cancelled</del> <ins>Queued</ins>"],
        ),
        (Action.FAILED_RETRIED, "", {"messages": 3}, ["Number of messages"]),
        (Action.ALERT_THRESHOLDS_SET, "", {"held.minutes": [10, 1]}, ["Minutes until mail that is held by a fault"]),
        (Action.SERVER_CHOSEN, "", {"server": ["auto", "second"]}, ["<del>Automatic</del> <ins>Second server</ins>"]),
        (
            Action.BOUNCED,
            "message/3",
            {"report": "bounced", "cause": "recipient_unknown"},
            ["Report", "Bounced", "The recipient does not exist."],
        ),
    ],
)
def test_alerts_servers_and_bounces_are_told_in_words(
    browser: Browser, services: Services, action: Action, about: str, changed: dict[str, object], words: list[str]
) -> None:
    with services.database.writing() as write:
        append(write, Actor("sato", "cli"), action, object=about, changed=changed, now=clock.now())

    text = browser.get("/audit").text

    assert [each for each in words if each not in text] == []


@HTMX
def test_what_strangers_are_called_is_shown_as_text(browser: Browser, services: Services, htmx: bool) -> None:
    note(services, HOSTILE)

    text = browser.get("/audit", htmx=htmx).text

    assert "=1+1&lt;script&gt;" in text
    assert "<script>" not in re.sub(r"<script src=[^>]*></script>", "", text)


def test_pages_go_back_and_forth_with_their_filters(
    browser: Browser, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading.Audit.page, "__kwdefaults__", {"before": None, "after": None, "most": 2})
    note(services, *["ken"] * 5)

    first = browser.get("/audit?account=ken").text
    [older] = re.findall(r'href="(/audit\?account=ken&amp;before=\d+)"', first)
    second = browser.get(older.replace("&amp;", "&")).text
    [newer] = re.findall(r'href="(/audit\?account=ken&amp;after=\d+)"', second)

    assert numbers(first)[-1] == numbers(second)[0] + 1
    assert numbers(browser.get(newer.replace("&amp;", "&")).text) == numbers(first)


def numbers(text: str) -> list[int]:
    return [int(each) for each in re.findall(r'id="row-(\d+)"', text)]


WRONG = [
    ("action=x", "action"),
    ("since=x", "since"),
    ("until=x", "until"),
    ("before=x", "page"),
    ("account=%00", "account"),
]


def test_a_filter_that_nothing_can_match_is_refused_with_a_sentence(browser: Browser) -> None:
    for query, field in WRONG:
        page, *files = (browser.get(f"{path}?{query}") for path in ("/audit", "/audit.csv", "/audit.jsonl"))

        assert (page.status_code, f'id="{field}-error"' in page.text) == (422, True)
        assert 'class="empty"' not in page.text
        if field != "page":
            assert {(each.status_code, each.mimetype, each.text.count("\n")) for each in files} == {
                (422, "text/plain", 1)
            }


def test_where_nothing_is_found_the_page_says_so(browser: Browser) -> None:
    text = browser.get("/audit?account=nobody").text

    assert "Nothing of that kind was done." in text
    assert 'href="/audit"' in text


def test_csv_is_for_a_spreadsheet(browser: Browser, services: Services) -> None:
    note(services, HOSTILE)

    response = browser.get("/audit.csv?action=sending_paused")

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    assert response.data.startswith(b"\xef\xbb\xbfnumber,at,account,")
    [row] = csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"), newline=""))
    assert row["account"] == "'=1+1<script>\\u202e"


def test_json_lines_are_one_object_each(browser: Browser, services: Services) -> None:
    note(services, HOSTILE, "ken")

    response = browser.get("/audit.jsonl?action=sending_paused")

    assert response.headers["Content-Type"] == "application/jsonl"
    assert [json.loads(line)["account"] for line in response.text.splitlines()] == [HOSTILE, "ken"]


@FILES
def test_a_long_export_says_where_the_next_one_goes_on(
    browser: Browser, services: Services, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(reading.Audit.last_of_export, "__defaults__", (2,))
    note(services, *["ken"] * 3)

    first = browser.get(f"{path}?account=ken")
    [address] = re.findall(r'^<(\S+)>; rel="next"$', first.headers["Link"])
    second = browser.get(address)

    lines = len(first.text.splitlines()), len(second.text.splitlines())
    assert lines == ((3, 2) if path.endswith("csv") else (2, 1))
    assert "Link" not in second.headers
    assert address in browser.get("/audit?account=ken").text.replace("&amp;", "&")


def test_rows_are_written_as_they_are_read(
    browser: Browser, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_CHUNK", 2)
    note(services, *["ken"] * 5)

    response = browser.client.get("/audit.jsonl?account=ken", buffered=False)

    assert response.is_streamed
    assert len([*response.iter_encoded()]) == 5


def test_nobody_removes_a_row(browser: Browser, services: Services) -> None:
    before = len(services.database.rows("SELECT * FROM audit"))

    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in ("/audit", "/audit/1", "/audit.csv", "/api/v1/audit", "/api/v1/audit/1"):
            assert browser.client.open(path, method=method, data={"csrf_token": browser.token}).status_code >= 400

    assert len(services.database.rows("SELECT * FROM audit")) >= before


def test_who_is_no_administrator_sees_nothing_of_it(browser: Browser, services: Services) -> None:
    for role in ("viewer", "operator"):
        with services.database.writing() as write:
            write.run("UPDATE accounts SET role = ?", (role,))

        assert {browser.get(path).status_code for path in ("/audit", "/audit.csv", "/audit.jsonl")} == {403}
        assert "/audit" not in browser.get("/").text


def test_what_is_refused_is_a_row_of_its_own(browser: Browser, services: Services, stranger: Browser) -> None:
    with services.database.writing() as write:
        write.run("UPDATE accounts SET role = 'viewer'")

    browser.get("/access")
    browser.client.get("/api/v1/status", headers={"Authorization": "Bearer mp_wrong"})
    stranger.get("/login")
    stranger.post("/login", {"name": "hanako", "password": "wrong"})

    rows = services.database.rows("SELECT * FROM audit WHERE outcome = 'refused'")
    assert [(row["action"], row["account"], row["via"], row["object"]) for row in rows] == [
        ("not_allowed", "hanako", "session", "tokens.index"),
        ("token_refused", "", "token", ""),
        ("sign_in_refused", "hanako", "session", ""),
    ]


def test_the_filters_are_those_that_are_read() -> None:
    assert audit.FILTERS == ("account", "action", "since", "until")


def test_a_change_by_a_program_names_its_token(browser: Browser, services: Services) -> None:
    services.pace.pause(by=Actor("shop (token)", "api", behind="hanako"), now=clock.now())
    services.pace.resume(by=actor("root (command line)", "cli"), now=clock.now())

    text = browser.get("/audit").text

    assert "API token" in text
    assert "command line" in text
    [row] = exported(browser, "?account=shop+(token)")
    assert row["via"] == "token"


@pytest.mark.parametrize("typed_in", ["root (command line)", "root（コマンドライン）"])
def test_an_account_is_found_by_the_name_that_the_page_shows(
    browser: Browser, services: Services, typed_in: str
) -> None:
    note(services, "root (command line)", "ken")

    page = browser.get(f"/audit?{urlencode({'account': typed_in, 'lang': 'ja'})}").text

    assert "root（コマンドライン）" in page
    assert len(numbers(page)) == 1


def test_the_end_of_a_token_is_told_as_a_date(browser: Browser, services: Services) -> None:
    ends = clock.moment("2027-11-24T03:04:05.678Z")
    services.tokens.create("shop", (Scope.SEND,), by=actor("ken"), expires_at=ends, now=clock.now())

    page = browser.get("/audit?action=token_created").text

    assert re.search("Ends(<[^>]*>| )*2027-11-24", page)
    assert "2027-11-24T03" not in page
