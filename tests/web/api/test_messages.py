"""Programs hand messages over, and see what became of them."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from panel import clock
from panel.access.rights import Scope
from panel.mail.limits import MAX_BYTES
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.web.api.conftest import Make, Program, problem
from tests.web.conftest import Browser

MESSAGE: Mapping[str, Any] = {"to": "hanako@example.org", "subject": "請求書", "text": "よろしく"}


def kept(services: Services, number: int = 1) -> EmailMessage:
    """Give a message as it is kept for sending."""
    row = services.database.row("SELECT content FROM messages WHERE number = ?", (number,))
    assert row
    return message_from_bytes(row["content"], policy=policy.default)


@pytest.mark.both_doors
def test_a_message_is_on_disk_when_it_is_accepted(shop: Program, services: Services) -> None:
    response = shop.post("/messages", MESSAGE)

    entry = services.outbox.get(1)
    assert entry
    assert response.status_code == 202
    assert response.location == "/api/v1/messages/1"
    assert response.json == {"id": 1, "state": "queued", "message_id": entry.message_id, "estimated_at": None}
    assert (entry.door, entry.account) == ("api", "shop (token)")
    assert kept(services)["Subject"] == "請求書"


@pytest.mark.both_doors
def test_every_part_arrives(shop: Program, services: Services) -> None:
    shop.post(
        "/messages",
        {
            "to": ['"花子" <hanako@example.org>', "ken@example.org"],
            "cc": "cc@example.org",
            "bcc": ["bcc@example.org"],
            "subject": "Order",
            "text": "Text",
            "html": "<p>Html</p>",
            "reply_to": "desk@example.org",
            "headers": {"X-Order": "17"},
            "attachments": [{"name": "表.csv", "content": b64encode(b"a,b").decode(), "content_type": "text/csv"}],
            "priority": "high",
        },
    )

    entry, message = services.outbox.get(1), kept(services)
    assert entry
    [file] = message.iter_attachments()
    assert [each.address.partition("@")[0] for each in entry.recipients] == ["hanako", "ken", "cc", "bcc"]
    assert entry.priority == "high"
    assert (message["Cc"], message["X-Order"], message["Bcc"]) == ("cc@example.org", "17", None)
    assert (file.get_filename(), file.get_content_type(), file.get_payload(decode=True)) == (
        "表.csv",
        "text/csv",
        b"a,b",
    )


def test_a_whole_message_is_taken_as_it_is(shop: Program, services: Services) -> None:
    raw = "From: ken@example.org\nTo: a@example.org\nBcc: b@example.org\nMessage-ID: <1@example.org>\n\nHello\n"

    response = shop.post("/messages", {"raw": raw})

    entry = services.outbox.get(1)
    assert entry
    assert (response.json or {})["message_id"] == "<1@example.org>"
    assert [each.address for each in entry.recipients] == ["a@example.org", "b@example.org"]
    assert kept(services)["Bcc"] is None


def test_beside_a_whole_message_stand_its_recipients_and_nothing_else(shop: Program, services: Services) -> None:
    shop.post("/messages", {"raw": "To: all@example.org\n\nHello\n", "to": "one@example.org"})

    entry = services.outbox.get(1)
    assert entry
    assert [each.address for each in entry.recipients] == ["one@example.org"]
    problem(shop.post("/messages", {"raw": "To: a@example.org\n\n", "subject": "x"}), 422, "invalid")


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"to": []}, "/to"),
        ({"to": "hanako"}, "/to"),
        ({"to": "a@example.org, b@example.org"}, "/to"),
        ({"to": ["a@example.org", 7]}, "/to/1"),
        ({"to": {"address": "a@example.org"}}, "/to"),
        ({"cc": "nobody"}, "/cc"),
        ({"text": None}, "/text"),
        ({"text": "\x00"}, "/text"),
        ({"subject": "a\nBcc: x@example.org"}, "/subject"),
        ({"subject": "x" * 901}, "/subject"),
        ({"subject": "=?utf-8?q?=0A?="}, "/subject"),
        ({"reply_to": '"=?utf-8?q?=0A?=" <a@example.org>'}, "/reply_to"),
        ({"attachments": [{"name": "=?utf-8?q?=0A=0A?=<h1>", "content": ""}]}, "/attachments"),
        ({"headers": {"X-A": "=?utf-8?q?=0A?="}}, "/headers"),
        ({"headers": {"X-A": "x" * 8193}}, "/headers"),
        ({"raw": f"X-A: {'x' * 1000}\n\nHello\n", "to": "a@example.org", "subject": "", "text": None}, "/raw"),
        ({"headers": {"Bcc": "x@example.org"}}, "/headers"),
        ({"headers": {"X-A": "a\r\nBcc: x@example.org"}}, "/headers"),
        ({"headers": {"Return-Path": "x@example.org"}}, "/headers"),
        ({"headers": {"X-A": 1}}, "/headers"),
        ({"attachments": [{"name": "a", "content": "no base64!"}]}, "/attachments/0/content"),
        ({"attachments": [{"content": ""}]}, "/attachments/0/name"),
        ({"attachments": [{"name": "a", "content": "", "content_type": "text"}]}, "/attachments"),
        ({"priority": "urgent"}, "/priority"),
        ({"from": "me@example.org"}, "/from"),
        ({"raw": "Hello\n", "to": [], "subject": "", "text": None}, "/raw"),
        ({"raw": "To: nobody\n\nHello\n", "to": [], "subject": "", "text": None}, "/raw"),
        ({"to": [f"a{number}@example.org" for number in range(1001)]}, "/to"),
    ],
)
def test_what_is_wrong_is_named(shop: Program, services: Services, changed: dict[str, object], pointer: str) -> None:
    document = problem(shop.post("/messages", {**MESSAGE, **changed}), 422, "invalid")

    assert [each["pointer"] for each in document["errors"]] == [pointer]
    assert services.outbox.get(1) is None


def test_a_header_field_of_some_kib_is_folded_and_one_that_cannot_be_is_named(
    shop: Program, services: Services
) -> None:
    ids = " ".join(f"<{number}.order@shop.example>" for number in range(200))

    assert shop.post("/messages", {**MESSAGE, "headers": {"References": ids}}).status_code == 202
    detail = problem(shop.post("/messages", {**MESSAGE, "headers": {"X-Link": "x" * 1_000}}), 422, "invalid")["detail"]

    row = services.database.row("SELECT content FROM messages")
    assert row
    assert max(map(len, row["content"].split(b"\r\n"))) <= 78
    assert str(detail).startswith("X-Link has ")


def spelt(members: str) -> bytes:
    return b'{"to": "hanako@example.org", "text": "x"' + members.encode() + b"}"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        spelt(', "to": "b@example.org"'),
        spelt(r', "t\u006f": "b@example.org"'),
        spelt(', "headers": {"X-A": "1", "X-A": "2"}'),
        spelt(', "attachments": [{"name": "a", "name": "b", "content": ""}]'),
        spelt(r', "subject": "\ud800 "'),
        spelt(r', "subject": "\ud800"'),
        spelt(', "subject": NaN'),
        spelt(', "subject": -Infinity'),
        spelt(", "),
        spelt(', "subject": "\n"'),
        b"\xef\xbb\xbf" + spelt(""),
        spelt("").decode().encode("utf-16"),
        b'{"to": "hanako@example.org", "text": "\xff"}',
    ],
)
def test_what_is_no_json_of_one_meaning_is_refused(shop: Program, services: Services, data: bytes) -> None:
    problem(shop.ask("POST", "/messages", data=data), 400, "malformed-json")

    assert services.outbox.get(1) is None


@pytest.mark.parametrize("data", [b"[]", b"null", b"7", b'"x"', b"[" * 100_000, spelt(', "subject": ' + "9" * 10_000)])
def test_what_is_no_message_is_refused(shop: Program, data: bytes) -> None:
    response = shop.ask("POST", "/messages", data=data)

    assert response.status_code in (400, 422)
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=shift_jis"},
        {"Content-Type": ""},
        {"Content-Encoding": "gzip"},
    ],
)
def test_a_body_is_plain_json(shop: Program, headers: dict[str, str]) -> None:
    problem(shop.ask("POST", "/messages", MESSAGE, headers=headers), 415)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("to", ["hanako@example.org"] * 1_001),
        ("headers", {f"X-{number}": "a" for number in range(101)}),
        ("attachments", [{"name": "a", "content": ""}] * 101),
    ],
)
def test_of_each_part_a_message_has_so_many(shop: Program, name: str, value: object) -> None:
    document = problem(shop.post("/messages", {**MESSAGE, name: value}), 422, "invalid")

    assert [each["pointer"] for each in document["errors"]] == [f"/{name}"]


def test_a_member_that_is_there_twice_is_named_among_very_many(shop: Program) -> None:
    headers = ",".join('"X-A": ""' for _ in range(200_000))

    document = problem(shop.ask("POST", "/messages", data=spelt(f', "headers": {{{headers}}}')), 400, "malformed-json")

    assert "X-A" in str(document["detail"])


def test_a_message_may_be_larger_than_a_form_and_no_larger_than_the_outbox_takes(shop: Program) -> None:
    def file(size: int) -> dict[str, object]:
        return {**MESSAGE, "attachments": [{"name": "a", "content": b64encode(bytes(size)).decode()}]}

    assert shop.post("/messages", file(1024 * 1024)).status_code == 202
    problem(shop.post("/messages", file(MAX_BYTES * 11 // 10)), 413)


def test_other_bodies_are_as_small_as_forms(shop: Program, admin: Program) -> None:
    shop.post("/messages", MESSAGE)

    problem(admin.post("/messages/1/retry", {"recipient": "x" * 300_000}), 413)


# The idempotency key


def test_the_same_key_hands_a_message_over_once(shop: Program, services: Services) -> None:
    answers = [shop.post("/messages", MESSAGE, Idempotency_Key="order-17") for _ in range(3)]

    assert [each.status_code for each in answers] == [202] * 3
    assert answers[0].json == answers[1].json == answers[2].json
    assert [each.headers.get("Idempotency-Replayed") for each in answers] == [None, "true", "true"]
    assert services.outbox.get(2) is None


def test_a_key_in_quotes_is_the_same_key(shop: Program) -> None:
    one = shop.post("/messages", MESSAGE, Idempotency_Key='"order-17"')
    other = shop.post("/messages", MESSAGE, Idempotency_Key="order-17")

    assert one.json == other.json


def test_a_key_with_another_body_is_refused(shop: Program, services: Services) -> None:
    shop.post("/messages", MESSAGE, Idempotency_Key="order-17")

    response = shop.post("/messages", {**MESSAGE, "subject": "another"}, Idempotency_Key="order-17")

    problem(response, 422, "key-reused")
    assert services.outbox.get(2) is None


def test_a_key_is_its_applications_own(shop: Program, program: Make) -> None:
    other = program(Scope.SEND, name="portal")

    answers = [each.post("/messages", MESSAGE, Idempotency_Key="1") for each in (shop, other)]

    assert [(each.json or {})["id"] for each in answers] == [1, 2]


def test_a_key_holds_when_the_token_was_replaced(shop: Program, program: Make, services: Services) -> None:
    first = shop.post("/messages", MESSAGE, Idempotency_Key="1")
    services.tokens.revoke("shop", by=actor(), now=clock.now())

    second = program(Scope.SEND).post("/messages", MESSAGE, Idempotency_Key="1")

    assert first.json == second.json


def test_a_refused_message_leaves_its_key_free(shop: Program) -> None:
    problem(shop.post("/messages", {**MESSAGE, "to": "nobody"}, Idempotency_Key="1"), 422, "invalid")

    assert shop.post("/messages", MESSAGE, Idempotency_Key="1").status_code == 202


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, '"', 'a"b', "é"])
def test_a_key_is_one_visible_line(shop: Program, key: str) -> None:
    problem(shop.post("/messages", MESSAGE, Idempotency_Key=key), 400)


# When it leaves


def estimate(response: Any) -> timedelta | None:
    found = response.json["estimated_at"]
    return datetime.fromisoformat(found) - clock.now() if found else None


def test_the_estimate_follows_the_interval_and_the_queue(shop: Program, services: Services, saved: Settings) -> None:
    services.heartbeats.beat("1-a", message=None, now=clock.now())

    first, second, third = (estimate(shop.post("/messages", MESSAGE)) for _ in range(3))

    assert first is not None
    assert second is not None
    assert third is not None
    assert first <= timedelta(0)
    assert timedelta(seconds=5) < second <= timedelta(seconds=6)
    assert timedelta(seconds=11) < third <= timedelta(seconds=12)


def test_urgent_mail_is_estimated_before_the_queue(shop: Program, services: Services, saved: Settings) -> None:
    services.heartbeats.beat("1-a", message=None, now=clock.now())
    for _ in range(5):
        shop.post("/messages", MESSAGE)

    urgent = estimate(shop.post("/messages", {**MESSAGE, "priority": "high"}))

    assert urgent is not None
    assert urgent <= timedelta(0)


@pytest.mark.parametrize("why", ["paused", "no worker", "not set up"])
def test_nothing_is_estimated_while_nothing_leaves(shop: Program, services: Services, why: str) -> None:
    if why != "not set up":
        complete = Settings(from_address="a@example.org", smtp_host="smtp.example.org", smtp_auth=False)
        services.settings.save(complete, base=0, by=actor("ken"), now=clock.now())
    if why != "no worker":
        services.heartbeats.beat("1-a", message=None, now=clock.now())
    if why == "paused":
        services.pace.pause(by=actor("ken"), now=clock.now())

    assert estimate(shop.post("/messages", MESSAGE)) is None


# What became of it


def test_an_application_sees_its_own_messages_and_no_others(shop: Program, program: Make) -> None:
    other = program(Scope.SEND, name="portal")
    where = shop.post("/messages", MESSAGE).location.removeprefix("/api/v1")

    assert shop.get(where).status_code == 200
    problem(other.get(where), 404)
    problem(other.post(f"{where}/cancel"), 404)
    problem(other.post(f"{where}/retry"), 404)


def test_a_reader_sees_all_and_changes_nothing(shop: Program, program: Make) -> None:
    reader = program(Scope.READ, name="reader")
    shop.post("/messages", MESSAGE)

    assert (reader.get("/messages/1").json or {})["recipients"][0]["address"] == "hanako@example.org"
    problem(reader.post("/messages/1/cancel"), 403, "missing-scope")


def test_the_list_goes_on_after_a_page(shop: Program, program: Make) -> None:
    reader = program(Scope.READ, name="reader")
    for _ in range(5):
        shop.post("/messages", MESSAGE)

    first = reader.get("/messages?limit=3").json or {}
    rest = reader.get(f"/messages?limit=3&before={first['older']}").json or {}

    assert [each["id"] for each in first["messages"] + rest["messages"]] == [5, 4, 3, 2, 1]
    assert rest["older"] is None


def test_the_list_is_filtered_and_searched(shop: Program, program: Make) -> None:
    reader = program(Scope.READ, name="reader")
    for name in ("a", "b", "c"):
        shop.post("/messages", {**MESSAGE, "to": f"{name}@example.org"})
    shop.post("/messages/2/cancel")

    def found(query: str) -> list[int]:
        return [each["id"] for each in (reader.get(f"/messages?{query}").json or {})["messages"]]

    assert found("state=queued") == [3, 1]
    assert found("q=b%40example.org") == [2]
    assert found("state=queued&q=b%40example.org") == []


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=1001", "limit=x", "limit=", "limit=1e3", "limit=%2B5", "limit=５", "limit=1&limit=2"),
        *("before=0", "before=99999999999999999999", "state=lost", "offset=3", "q=" + "x" * 201),
    ],
)
def test_a_query_that_is_not_understood_is_refused(program: Make, query: str) -> None:
    document = problem(program(Scope.READ).get(f"/messages?{query}"), 422, "invalid")

    assert document["errors"][0]["parameter"] == query.partition("=")[0]


def test_a_number_that_no_message_has_is_not_found(admin: Program) -> None:
    for number in ("0", "7", str(2**63), "9" * 40):
        problem(admin.get(f"/messages/{number}"), 404)


def test_a_message_is_taken_back_once(shop: Program) -> None:
    shop.post("/messages", MESSAGE)

    assert (shop.post("/messages/1/cancel").json or {})["state"] == "cancelled"
    problem(shop.post("/messages/1/cancel"), 409, "not-possible")
    problem(shop.post("/messages/1/retry"), 409, "not-possible")


def test_a_recipient_is_corrected(shop: Program) -> None:
    shop.post("/messages", MESSAGE)

    problem(shop.post("/messages/1/retry", {"recipient": "nobody"}), 422, "invalid")
    again = shop.post("/messages/1/retry", {"recipient": "taro@example.org"})

    assert [each["address"] for each in (again.json or {})["recipients"]] == ["taro@example.org"]


def test_a_full_outbox_says_so(shop: Program, services: Services) -> None:
    services.shared_commit._enqueuer._most = 1
    shop.post("/messages", MESSAGE)

    response = shop.post("/messages", MESSAGE)

    problem(response, 503, "outbox-full")
    assert int(response.headers["Retry-After"]) > 0


def test_the_api_and_the_command_tell_the_same(shop: Program, services: Services) -> None:
    from panel.outbox.entry import whole_to_json

    shop.post("/messages", MESSAGE)
    entry = services.outbox.get(1)
    assert entry

    told = {**json.loads(json.dumps(whole_to_json(entry))), "estimated_at": None}
    assert shop.get("/messages/1").json == {**told, "headers": None, "attachments": None, "redirected_to": None}


def test_the_page_of_a_message_names_its_application(shop: Program, browser: Browser) -> None:
    shop.post("/messages", MESSAGE)

    assert "by HTTP · shop (token)" in browser.get("/outbox/1").text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"notify": ["never"]}, ["never"]),
        ({"notify": ["success", "failure"]}, ["failure", "success"]),
        ({"notify": []}, ["failure", "delay"]),
        ({}, ["failure", "delay"]),
    ],
)
@pytest.mark.parametrize("message", [MESSAGE, {"raw": "To: hanako@example.org\r\n\r\nHi\r\n"}])
def test_a_program_says_when_to_report(
    shop: Program, program: Make, given: Mapping[str, Any], shown: list[str], message: Mapping[str, Any]
) -> None:
    assert shop.post("/messages", {**message, **given}).status_code == 202

    reader = program(Scope.READ, name="reader")
    [listed] = (reader.get("/messages").json or {})["messages"]
    assert (shop.get("/messages/1").json or {})["notify"] == listed["notify"] == shown


@pytest.mark.parametrize(
    ("notify", "pointer"),
    [
        (["never", "failure"], "/notify"),
        (["always"], "/notify/0"),
        ("failure", "/notify"),
        (["failure", "delay", "success", "failure"], "/notify"),
    ],
)
def test_another_word_for_when_to_report_is_named(shop: Program, notify: object, pointer: str) -> None:
    assert (
        problem(shop.post("/messages", {**MESSAGE, "notify": notify}), 422, "invalid")["errors"][0]["pointer"]
        == pointer
    )
