"""Reports by HTTP: noted with the message, and a sender's with its own alone."""

from __future__ import annotations

from typing import Any

import pytest

from panel.access.rights import Scope
from panel.diagnosis.bounces.report import MOST_REPORT_BYTES
from panel.services import Services
from panel.storage.actor import Actor
from tests.support.mail import NOW, mail
from tests.support.reports import BACK, SAID, VACATION, report, status_of
from tests.support.rows import move
from tests.web.api.conftest import Make, Program

OF_TEST = report(envid="test-7@app.example.org", message_id="<x@y>")
MESSAGE = {"Content-Type": "message/rfc822"}


@pytest.fixture
def number(services: Services) -> int:
    """A message of the shop that was sent."""
    sent = services.outbox.enqueue(mail(), by=Actor("shop (token)", "api"), now=NOW).number
    with services.database.writing() as write:
        move(write, sent, "sent")
    return sent


def take(program: Program, data: bytes) -> dict[str, Any]:
    answer = program.ask("POST", "/bounces", data=data, headers=MESSAGE)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_a_report_is_noted(program: Make, services: Services, number: int) -> None:
    told = take(program(Scope.ADMIN), report())

    noted = {"id": number, "recipient": BACK, "report": "bounced", "cause": "recipient_unknown", "reply": SAID}
    assert told == {"outcome": "matched", "reason": None, "noted": [noted]}
    entry = services.outbox.get(number)
    assert entry
    assert entry.bounced_at


def test_as_json_it_is_the_same(program: Make, number: int) -> None:
    answer = program(Scope.ADMIN).post("/bounces", {"raw": report().decode()})

    assert answer.status_code == 200
    assert answer.json["noted"][0]["id"] == number


def test_a_sender_reports_on_its_own_mail_without_the_words_of_the_server(program: Make, number: int) -> None:
    other, own = program(Scope.SEND, name="blog"), program(Scope.SEND, name="shop")

    assert take(other, report(status_of(original=BACK))) == {"outcome": "unmatched", "reason": None, "noted": []}
    told = take(own, report())
    assert told["outcome"] == "matched"
    assert [each["reply"] for each in told["noted"]] == [None]


def test_who_only_reads_reports_nothing(program: Make, number: int) -> None:
    answer = program(Scope.READ).ask("POST", "/bounces", data=report(), headers=MESSAGE)

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (VACATION, "automatic"),
        (b"hello", "other"),
        (b"", "other"),
        (OF_TEST, "test"),
    ],
)
def test_what_is_dropped_says_why(program: Make, number: int, data: bytes, reason: str) -> None:
    assert take(program(Scope.ADMIN), data) == {"outcome": "dropped", "reason": reason, "noted": []}


def test_it_is_told_with_the_message_and_found_in_the_list(program: Make, number: int) -> None:
    admin = program(Scope.ADMIN)
    take(admin, report())

    shown = admin.get(f"/messages/{number}").json
    assert shown["state"] == "sent"
    assert [each["bounced_at"] for each in shown["recipients"]] == [shown["bounced_at"]]
    assert (shown["tried"][-1]["outcome"], shown["tried"][-1]["recipient"]) == ("bounced", BACK)
    assert [each["id"] for each in admin.get("/messages?state=bounced").json["messages"]] == [number]
    assert admin.get("/messages?state=bounced&q=nobody").json["messages"] == []


def test_a_reader_is_not_told_what_the_server_said(program: Make, number: int) -> None:
    take(program(Scope.ADMIN), report())

    shown = program(Scope.READ, name="monitor").get(f"/messages/{number}").json

    assert shown["recipients"][0]["reply"] is None
    assert shown["tried"][-1]["reply"] is None
    assert SAID not in str(shown)


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        (b"x" * (MOST_REPORT_BYTES + 1), MESSAGE, 413),
        (b"x" * (3 * MOST_REPORT_BYTES), MESSAGE, 413),
        (report(), {"Content-Type": "text/plain"}, 415),
        (b'{"raw": 1}', {}, 422),
        (b'{"raw": "x", "more": 1}', {}, 422),
        (b"{}", {}, 422),
        (b"", {}, 400),
        (b'{"raw": "\\ud800"}', {}, 400),
    ],
)
def test_what_cannot_be_read_is_refused(program: Make, data: bytes, headers: dict[str, str], status: int) -> None:
    assert program(Scope.ADMIN).ask("POST", "/bounces", data=data, headers=headers).status_code == status


def test_it_is_the_token_that_is_in_the_audit(program: Make, services: Services, number: int) -> None:
    take(program(Scope.SEND), report())

    [row] = services.database.rows("SELECT account, via FROM audit WHERE action = 'bounced'")
    assert (row["account"], row["via"]) == ("shop (token)", "token")
