"""What a message holds, by page, API and command: one message, read, and sent again as a new one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from panel import clock
from panel.access.rights import Scope
from panel.config import Config
from panel.mail.message.submission import Submission
from panel.services import Services, open_services
from panel.web import create_app
from tests.cli.conftest import Run, run  # noqa: F401 - a fixture
from tests.support.actors import actor
from tests.support.hostile_mail import mixed
from tests.support.rows import move
from tests.web.api.conftest import Program


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """The services on the home that `run` uses."""
    return open_services(Config(home=tmp_path / "home", locale="en"))


@pytest.fixture
def reader(services: Services) -> Program:
    """A program that may read what messages hold."""
    token = services.tokens.create("reader", [Scope.CONTENT], by=actor(), now=clock.now())
    return Program(create_app(services.config, services), token, "reader")


def put(services: Services, *rcpt_to: str) -> int:
    submission = Submission(rcpt_to or ("taro@example.net",), mixed(), "<1@app.example.org>", "月次")
    return services.outbox.enqueue(submission, by=actor("shop", "api"), now=clock.now()).number


def erase(services: Services, number: int) -> None:
    with services.database.writing() as write:
        move(write, number, "sent", recipients_are="sent")
        write.run("UPDATE messages SET content = NULL")


def noted(services: Services) -> list[tuple[str, str]]:
    rows = services.database.rows("SELECT via, changed FROM audit WHERE action = 'message_read' ORDER BY number")
    return [(row["via"], json.loads(row["changed"])["part"]) for row in rows]


def test_a_program_reads_header_files_and_the_whole_message(services: Services, reader: Program) -> None:
    number = put(services)

    told, whole = reader.get(f"/messages/{number}").json, reader.get(f"/messages/{number}/content")

    assert {"name": "Subject", "value": "月次"} in told["headers"]
    assert told["attachments"][1] == {
        "name": "月次レポート_11月.pdf",
        "content_type": "application/pdf",
        "size": 1000,
    }
    assert whole.data.endswith(mixed())
    assert whole.headers["Content-Type"] == "message/rfc822"
    assert whole.headers["Content-Disposition"].startswith("attachment; ")
    assert noted(services) == [("token", "raw")]


def test_another_program_is_told_of_neither(services: Services) -> None:
    number = put(services)
    token = services.tokens.create("all", [Scope.ADMIN], by=actor(), now=clock.now())
    program = Program(create_app(services.config, services), token)

    told = program.get(f"/messages/{number}").json

    assert (told["headers"], told["attachments"]) == (None, None)
    assert program.get(f"/messages/{number}/content").status_code == 403
    assert program.post(f"/messages/{number}/resend").status_code == 403
    assert noted(services) == []


def test_a_program_sends_a_message_again_once_for_a_key(services: Services, reader: Program) -> None:
    number = put(services, "taro@example.net", "hanako@example.org")

    first, second = (
        reader.post(f"/messages/{number}/resend", {"to": ["hanako@example.org"]}, Idempotency_Key="k") for _ in range(2)
    )

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json["id"] == second.json["id"] == number + 1
    assert first.headers["Location"] == f"/api/v1/messages/{number + 1}"
    assert second.headers["Idempotency-Replayed"] == "true"
    again = services.outbox.get(number + 1)
    assert again is not None
    assert [each.address for each in again.recipients] == ["hanako@example.org"]
    other = reader.post(f"/messages/{number}/resend", {"to": ["taro@example.net"]}, Idempotency_Key="k")
    assert (other.status_code, other.json["type"].rpartition(":")[2]) == (422, "key-reused")


def test_what_is_gone_is_gone_for_programs(services: Services, reader: Program) -> None:
    number = put(services)
    erase(services, number)

    answers = [
        reader.get(f"/messages/{number}/content"),
        reader.post(f"/messages/{number}/resend", {"to": ["a@b.org"]}),
    ]

    assert [each.status_code for each in answers] == [410, 410]
    assert {each.json["type"].rpartition(":")[2] for each in answers} == {"text-gone"}


def test_nobody_else_can_be_named(services: Services, reader: Program) -> None:
    number = put(services)

    answer = reader.post(f"/messages/{number}/resend", {"to": ["mallory@example.com"]})

    assert (answer.status_code, answer.json["type"].rpartition(":")[2]) == (409, "not-possible")


def test_the_command_prints_a_message_and_sends_it_again(run: Run, services: Services) -> None:  # noqa: F811 - the fixture
    number = put(services, "taro@example.net", "hanako@example.org")

    printed = run("outbox", "content", str(number))
    sent = run("outbox", "resend", str(number), "--to", "taro@example.net")
    refused = run("outbox", "resend", str(number), "--to", "mallory@example.com")

    assert printed.stdout.encode() == mixed().replace(b"\r\n", b"\n")
    assert sent.stdout.startswith(f"{number + 1}\t")
    assert refused.returncode == 65
    assert "Choose to which of its recipients" in refused.stderr
    assert noted(services) == [("cli", "raw")]


def test_the_command_says_what_is_gone(run: Run, services: Services) -> None:  # noqa: F811 - the fixture
    number = put(services)
    erase(services, number)

    assert "not there any more" in run("outbox", "content", str(number)).stderr
    assert "not there any more" in run("outbox", "resend", str(number), "--to", "taro@example.net").stderr
