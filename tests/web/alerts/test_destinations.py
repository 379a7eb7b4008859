"""Administrators say who is told: a form for each kind, what is wrong at its field, and secrets stay inside."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from panel import clock
from panel.alerts.destination import Destination, DestinationKind
from panel.alerts.kinds.fields import FIELDS_OF, SECRET_FIELDS
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.receiver import Receiver
from tests.web.access.test_step_up import proven
from tests.web.conftest import PASSWORD, Browser

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])
KINDS = pytest.mark.parametrize("kind", DestinationKind)
URL = "https://hooks.example.org/secret-path?key=secret-key"
MAIL = {
    "kind": "mail",
    "recipients": "ops@example.org",
    "host": "smtp.example.net",
    "port": "465",
    "tls": "yes",
    "user": "alerts",
    "password": "secret-password",
    "from": "alerts@example.net",
    "locale": "en",
}

Log = Callable[[], list[str]]


def added(services: Services) -> list[Destination]:
    return [*services.destinations.list()]


def secrets_shown(response: TestResponse) -> list[str]:
    return re.findall(r"whsec_[A-Za-z0-9+/=]+", response.text)


@HTMX
def test_the_kinds_are_chosen_by_links(browser: Browser, htmx: bool) -> None:
    shown = browser.get("/alerts/new", htmx=htmx)

    assert shown.status_code == 200
    assert ("<html" in shown.text) is not htmx
    assert {*re.findall(r'href="/alerts/new\?kind=(\w+)"', shown.text)} == {*DestinationKind}


@HTMX
@KINDS
def test_the_form_has_every_field_of_its_kind(browser: Browser, kind: DestinationKind, htmx: bool) -> None:
    shown = browser.get(f"/alerts/new?kind={kind}", htmx=htmx)

    names = {*re.findall(r'<(?:input|select|textarea) [^>]*\bname="(\w+)"', shown.text)} - {"csrf_token", "kind"}
    known = {"chat_form" if each == "form" else each for each in FIELDS_OF[kind]}
    assert names == known - {"server", "same_server"}  # of which there is no choice yet
    assert ("<html" in shown.text) is not htmx


@HTMX
def test_a_webhook_is_added_and_its_secret_shown_once(browser: Browser, services: Services, htmx: bool) -> None:
    browser.get("/alerts/new?kind=webhook")

    made = browser.post("/alerts/new", {"kind": "webhook", "url": URL, "name": "Operators", "locale": "ja"}, htmx=htmx)

    [secret] = secrets_shown(made)
    [kept] = added(services)
    assert kept.secrets["secret"] == secret
    assert (kept.host, kept.name, kept.locale) == ("hooks.example.org", "Operators", "ja")
    assert made.headers["Cache-Control"] == "no-store"
    assert ("<html" in made.text) is not htmx
    for path in ("/alerts", "/alerts/1/edit"):
        again = browser.get(path, htmx=htmx)
        assert secrets_shown(again) == []
        assert "secret-" not in again.text
        assert "hooks.example.org" in again.text


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "chat", "chat_form": "slack", "url": "https://hooks.slack.com/services/T/B/secret", "locale": "ja"},
        {"kind": "ntfy", "url": "https://ntfy.example.org/alerts", "token": "secret-token", "locale": "en"},
        MAIL,
        {"kind": "ping", "url": "https://hc.example.org/ping/secret", "locale": "en"},
    ],
    ids=lambda form: str(form["kind"]),
)
@HTMX
def test_each_other_kind_is_added_and_leads_back(
    browser: Browser, services: Services, saved: Settings, form: dict[str, str], htmx: bool
) -> None:
    browser.get(f"/alerts/new?kind={form['kind']}")

    made = browser.post("/alerts/new", form, htmx=htmx)

    assert (made.status_code, made.location) == (303, "/alerts")
    [kept] = added(services)
    assert kept.kind == form["kind"]
    assert {*kept.secrets} == SECRET_FIELDS & form.keys()
    assert "Send a test now" in browser.get("/alerts", htmx=htmx).text


WRONG = [
    ({"kind": "webhook", "url": "http://hooks.example.org/"}, "url"),
    ({"kind": "webhook", "url": "https://user:secret@hooks.example.org/"}, "url"),
    ({"kind": "webhook", "url": ""}, "url"),
    ({"kind": "webhook", "url": "https://hooks.example.org/" + "a" * 2000}, "url"),
    ({"kind": "webhook", "url": URL, "header": "Host: other.example.org"}, "header"),
    ({"kind": "webhook", "url": URL, "header": "Content-Length: 3"}, "header"),
    ({"kind": "chat", "url": URL, "chat_form": "irc"}, "chat_form"),
    ({"kind": "chat", "url": "https://api.chatwork.com/v2/rooms/1/messages", "chat_form": "chatwork"}, "token"),
    ({"kind": "ntfy", "url": "https://ntfy.example.org"}, "url"),
    ({**MAIL, "host": ""}, "host"),
    ({**MAIL, "recipients": "nobody"}, "recipients"),
    ({**MAIL, "recipients": ", ".join(f"a{number}@example.org" for number in range(6))}, "recipients"),
    ({**MAIL, "port": "0"}, "port"),
    ({**MAIL, "from": ""}, "from"),
    ({"kind": "ping", "url": "ftp://hc.example.org/"}, "url"),
]


@HTMX
@pytest.mark.parametrize(("form", "field"), WRONG)
def test_what_is_wrong_stands_above_and_at_its_field(
    browser: Browser, services: Services, form: dict[str, str], field: str, htmx: bool
) -> None:
    browser.get(f"/alerts/new?kind={form['kind']}")

    refused = browser.post("/alerts/new", {"locale": "en", **form}, htmx=htmx)

    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    assert f'<li><a href="#{field}">' in refused.text
    assert re.search(rf'id="{field}"[^>]* aria-invalid="true"', refused.text)
    assert "secret-" not in refused.text
    assert "hooks.example.org/" not in refused.text
    assert added(services) == []


@HTMX
def test_the_main_server_is_refused_unless_somebody_wants_it(
    browser: Browser, services: Services, saved: Settings, htmx: bool
) -> None:
    same = {**MAIL, "host": saved.smtp_host, "port": str(saved.smtp_port), "user": saved.smtp_user}
    browser.get("/alerts/new?kind=mail")

    refused = browser.post("/alerts/new", same, htmx=htmx)

    assert refused.status_code == 422
    assert 'name="same_server"' in refused.text
    assert browser.post("/alerts/new", {**same, "same_server": "yes"}, htmx=htmx).status_code == 303
    assert "silent when it matters most" in browser.get("/alerts", htmx=htmx).text


def test_one_whose_server_has_become_the_main_one_says_so(
    browser: Browser, services: Services, saved: Settings
) -> None:
    services.destinations.add("mail", {name: MAIL[name] for name in MAIL if name != "kind"}, actor(), clock.now())
    assert "silent when it matters most" not in browser.get("/alerts").text
    main = replace(saved, smtp_host=MAIL["host"], smtp_port=int(MAIL["port"]), smtp_user=MAIL["user"])

    services.settings.save(main, base=services.settings.newest(), by=actor(), now=clock.now())

    assert "silent when it matters most" in browser.get("/alerts").text


def test_one_by_a_second_server_that_is_gone_says_so(browser: Browser, services: Services, saved: Settings) -> None:
    second = replace(saved, second=True, second_smtp_host="second.example.org", second_smtp_auth=False)
    services.settings.save(second, base=services.settings.newest(), by=actor(), now=clock.now())
    by_second = {"recipients": "ops@example.org", "server": "second"}
    services.destinations.add("mail", by_second, actor(), clock.now())
    assert "have no second server" not in browser.get("/alerts").text

    services.settings.save(replace(second, second=False), base=services.settings.newest(), by=actor(), now=clock.now())

    assert "have no second server" in browser.get("/alerts").text


def test_a_kind_that_there_is_not_is_said(browser: Browser) -> None:
    browser.get("/alerts/new")

    assert browser.get("/alerts/new?kind=pigeon").status_code == 200
    refused = browser.post("/alerts/new", {"kind": "pigeon"})
    assert refused.status_code == 422
    assert 'id="errors"' in refused.text


def test_the_eleventh_is_refused(browser: Browser, services: Services) -> None:
    for number in range(10):
        services.destinations.add("ping", {"url": f"https://hc.example.org/{number}"}, actor(), clock.now())
    browser.get("/alerts/new?kind=ping")

    refused = browser.post("/alerts/new", {"kind": "ping", "url": "https://hc.example.org/11", "locale": "en"})

    assert refused.status_code == 422
    assert "10 destinations already" in refused.text
    assert len(added(services)) == 10


# What is changed


@HTMX
def test_a_blank_secret_is_kept(browser: Browser, services: Services, webhook: Destination, htmx: bool) -> None:
    browser.get("/alerts/1/edit")

    done = browser.post("/alerts/1/edit", {"version": "1", "name": "Another", "url": "", "locale": "en"}, htmx=htmx)

    [kept] = added(services)
    assert done.location == "/alerts"
    assert (kept.name, kept.secrets, kept.version) == ("Another", webhook.secrets, 2)


def test_a_secret_is_erased_where_somebody_says_so(browser: Browser, services: Services) -> None:
    header = "Authorization: Bearer secret-token"
    services.destinations.add("webhook", {"url": URL, "header": header}, actor(), clock.now())
    shown = browser.get("/alerts/1/edit")
    assert "secret-token" not in shown.text

    browser.post("/alerts/1/edit", {"version": "1", "url": "", "header": "", "header_clear": "yes", "locale": "en"})

    assert {*added(services)[0].secrets} == {"url", "secret"}


@HTMX
def test_another_host_asks_for_what_is_sent_along(browser: Browser, services: Services, htmx: bool) -> None:
    header = "Authorization: Bearer secret-token"
    services.destinations.add("webhook", {"url": URL, "header": header}, actor(), clock.now())
    browser.get("/alerts/1/edit")

    moved = {"version": "1", "url": "https://other.example.org/", "header": "", "locale": "en"}
    refused = browser.post("/alerts/1/edit", moved, htmx=htmx)

    assert refused.status_code == 422
    assert 'id="header-error"' in refused.text
    assert added(services)[0].host == "hooks.example.org"


@HTMX
def test_another_version_is_said_and_what_was_typed_stays(
    browser: Browser, services: Services, webhook: Destination, htmx: bool
) -> None:
    browser.get("/alerts/1/edit")
    services.destinations.update(1, {"name": "Theirs"}, 1, actor("ken"), clock.now())

    stale = browser.post("/alerts/1/edit", {"version": "1", "name": "Mine", "url": "", "locale": "en"}, htmx=htmx)

    assert stale.status_code == 409
    assert 'value="Mine"' in stale.text
    assert 'name="version" value="2"' in stale.text
    assert added(services)[0].name == "Theirs"


def test_a_new_secret_is_shown_once_and_the_former_one_signs_for_a_day(
    browser: Browser, services: Services, receiver: Receiver, webhook: Destination
) -> None:
    browser.get("/alerts/1/edit")

    renewed = browser.post("/alerts/1/edit", {"version": "1", "url": "", "locale": "en", "renew": "yes"})

    [secret] = secrets_shown(renewed)
    assert secret == added(services)[0].secrets["secret"] != webhook.secrets["secret"]
    assert secrets_shown(browser.get("/alerts")) == []
    browser.post("/alerts/1/test", {})
    assert len(receiver.heard[0].headers["webhook-signature"].split()) == 2


def test_what_cannot_be_read_is_entered_again(browser: Browser, services: Services, webhook: Destination) -> None:
    with services.database.writing() as write:
        write.run("UPDATE destinations SET secrets = ?", (b"\0",))

    listed, form = browser.get("/alerts"), browser.get("/alerts/1/edit")

    assert "Enter it again" in listed.text
    assert "/alerts/1/test" not in listed.text
    assert "cannot be read" in form.text
    refused = browser.post("/alerts/1/edit", {"version": "1", "url": "", "locale": "en"})
    assert 'id="url-error"' in refused.text
    again = browser.post("/alerts/1/edit", {"version": "1", "url": URL, "locale": "en"})
    assert len(secrets_shown(again)) == 1, "what it signed with is lost, too"
    assert added(services)[0].readable


def test_a_typed_secret_is_asked_for_again_where_no_script_kept_it(browser: Browser, services: Services) -> None:
    browser.get("/alerts/new?kind=ntfy")
    form = {"kind": "ntfy", "url": "https://ntfy.example.org", "token": "secret-token", "locale": "en"}

    refused = browser.post("/alerts/new", form)
    retyped = re.findall(r'name="retype" value="(\w+)"', refused.text)
    right = {**form, "url": "https://ntfy.example.org/alerts", "token": "", "retype": retyped}
    again = browser.post("/alerts/new", right)

    assert retyped == ["url", "token"]
    assert 'id="token-error"' in again.text
    assert added(services) == []


# What is tested, and removed


@HTMX
def test_a_test_shows_the_status_and_the_time(
    browser: Browser, services: Services, webhook: Destination, receiver: Receiver, htmx: bool
) -> None:
    browser.get("/alerts")

    tested = browser.post("/alerts/1/test", {}, htmx=htmx)

    assert tested.status_code == 200
    assert 'data-tested="told"' in tested.text
    assert "200 OK" in tested.text
    assert re.search(r"\d+ ms", tested.text)
    assert [each.method for each in receiver.heard] == ["POST"]
    assert ("<html" in tested.text) is not htmx


@HTMX
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (500, "500 Internal Server Error"),
        (b"HTTP/1.1 500 <script>alert(1)</script>\r\nContent-Length: 0\r\n\r\n", "500 Internal Server Error"),
        ((302, {"Location": "http://169.254.169.254/"}), "302 Found"),
        (b"\xff\xfe\r\n\r\n", ""),
    ],
)
def test_a_test_that_is_refused_is_shown_without_a_word_of_the_server(
    browser: Browser,
    webhook: Destination,
    receiver: Receiver,
    answer: int | tuple[int, dict[str, str]] | bytes,
    said: str,
    htmx: bool,
) -> None:
    browser.get("/alerts")
    receiver.answers.append(answer)

    tested = browser.post("/alerts/1/test", {}, htmx=htmx)

    assert tested.status_code == 200
    assert 'data-tested="failed"' in tested.text
    assert said in tested.text
    assert "script>alert" not in tested.text
    assert "secret-path" not in tested.text


@HTMX
def test_the_eleventh_test_within_a_minute_is_refused(
    browser: Browser, webhook: Destination, receiver: Receiver, htmx: bool
) -> None:
    browser.get("/alerts")

    answers = [browser.post("/alerts/1/test", {}, htmx=htmx).status_code for _ in range(11)]

    assert answers == [200] * 10 + [429]
    assert len(receiver.heard) == 10


def test_a_destination_that_wants_no_more_is_told_again_after_a_test(
    browser: Browser, services: Services, webhook: Destination, receiver: Receiver
) -> None:
    with services.database.writing() as write:
        write.run("UPDATE destinations SET disabled_at = ?", (clock.stamp(clock.now()),))
    assert "it wants no more" in browser.get("/alerts").text

    browser.post("/alerts/1/test", {})

    assert added(services)[0].disabled_at is None


@HTMX
def test_a_destination_is_removed(browser: Browser, services: Services, webhook: Destination, htmx: bool) -> None:
    browser.get("/alerts")

    assert browser.post("/alerts/1/remove", {}, htmx=htmx).location == "/alerts"

    assert added(services) == []
    assert "is removed" in browser.get("/alerts", htmx=htmx).text
    assert browser.post("/alerts/1/remove", {}, htmx=htmx).location == "/alerts"
    assert "gone already" in browser.get("/alerts", htmx=htmx).text


@pytest.mark.parametrize("path", ["edit", "test"])
def test_there_is_nothing_at_another_number(browser: Browser, path: str) -> None:
    browser.get("/alerts")

    assert browser.get("/alerts/7/edit").status_code == 404
    assert browser.post(f"/alerts/7/{path}", {"version": "1"}).status_code == 404
    assert browser.get(f"/alerts/{'9' * 30}/edit").status_code == 404


# The password


@HTMX
@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/alerts/new", {"kind": "ping", "url": "https://hc.example.org/2", "locale": "en"}),
        ("/alerts/1/edit", {"version": "1", "url": "https://other.example.org/", "name": "Mine", "locale": "en"}),
        ("/alerts/1/remove", {}),
    ],
)
def test_a_change_asks_for_the_password_and_is_noted(
    browser: Browser, services: Services, webhook: Destination, path: str, form: dict[str, str], htmx: bool
) -> None:
    before = added(services)
    browser.get("/alerts")
    proven(services, minutes=6)

    asked = browser.post(path, form, htmx=htmx)
    wrong = browser.post(path, {**form, "step_up_password": "wrong horse battery"}, htmx=htmx)

    assert [each.status_code for each in (asked, wrong)] == [422, 422]
    assert 'id="step-up"' in asked.text
    assert form.get("name", "") in asked.text
    assert added(services) == before
    done = browser.post(path, {**form, "step_up_password": PASSWORD}, htmx=htmx)
    assert done.status_code in (200, 303)
    assert added(services) != before
    row = services.database.row("SELECT account, action FROM audit ORDER BY number DESC LIMIT 1")
    assert row
    assert row["account"] == "hanako"
    assert row["action"].startswith("alert_destination_")


def test_a_test_asks_for_no_password(browser: Browser, services: Services, webhook: Destination) -> None:
    browser.get("/alerts")
    proven(services, minutes=6)

    assert 'data-tested="told"' in browser.post("/alerts/1/test", {}).text


def test_no_secret_is_in_the_log_or_the_audit(browser: Browser, services: Services, log: Log) -> None:
    browser.get("/alerts/new?kind=webhook")
    header = "Authorization: Bearer secret-token"
    made = browser.post("/alerts/new", {"kind": "webhook", "url": URL, "header": header, "locale": "en"})
    browser.post("/alerts/1/edit", {"version": "1", "url": URL + "2", "header": "", "locale": "en"})

    rows = services.database.rows("SELECT object || changed AS said FROM audit")
    said = "".join([*log(), *(row["said"] for row in rows)])
    assert "hooks.example.org" in said
    assert not [each for each in ("secret-", *secrets_shown(made)) if each in said]


def test_whatever_a_name_holds_is_text(browser: Browser, services: Services) -> None:
    name = "<script>alert(1)</script>\u202eevil"
    services.destinations.add("ping", {"url": "https://hc.example.org/1", "name": name}, actor(), clock.now())

    for path in ("/alerts", "/alerts/1/edit"):
        assert "<script>alert" not in browser.get(path).text
        assert "<bdi>&lt;script&gt;" in browser.get(path).text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("dns_not_found", "サーバーの名前が見つかりません。"),
        ("no_second_server", "予備サーバーがありません。"),
        ("panel_fault", "mail-panel で問題が発生しました。"),
        ("secret_unreadable", "この通知先の保存済みの値を読み取れません"),
        ("404 Not Found", '<span lang="en" translate="no">404 Not Found</span>'),
    ],
)
def test_how_the_last_notice_failed_is_told_in_words(
    browser: Browser, services: Services, webhook: Destination, status: str, words: str
) -> None:
    with services.database.writing() as write:
        at = clock.stamp(clock.now())
        write.run("UPDATE destinations SET failing_since = ?, failed_at = ?, status = ?", (at, at, status))

    page = browser.get("/alerts", headers={"Accept-Language": "ja"}).text

    assert words in page
    assert f">{status}<" not in page.replace(words, "")
