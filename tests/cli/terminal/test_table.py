"""Lists on a terminal, and the same ones for a program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from panel import clock
from panel.cli.terminal.width import width_of
from panel.config import Config
from panel.services import Services, open_services
from tests.cli.conftest import COMPLETE, Run, See
from tests.support.actors import actor
from tests.support.mail import NOW, mail
from tests.support.rows import move

SUBJECTS = ("月次レポート（2026年11月）ができました", "Your order", "\x1b[2J\u202eevil")


@pytest.fixture
def services(run: Run, tmp_path: Path) -> Services:
    """The home that `run` uses, with three messages in it, one of which has failed."""
    services = open_services(Config(home=tmp_path / "home"))
    for number, subject in enumerate(SUBJECTS, 1):
        services.outbox.enqueue(mail(f"hanako{number}@example.org"), by=actor(), now=NOW)
        with services.database.writing() as write:
            write.run("UPDATE messages SET subject = ? WHERE number = ?", (subject, number))
    with services.database.writing() as write:
        move(write, 2, "failed", recipients_are="failed")
        write.run("UPDATE messages SET cause = 'recipient_unknown', reply = '550 5.1.1 No' WHERE number = 2")
    return services


def starts(line: str) -> list[int]:
    """Give the columns of the terminal at which the words of a line begin, where two blanks or more part them."""
    return [width_of(line[: found.start()]) for found in re.finditer(r"(?:(?<=  )|^)\S", line)]


@pytest.mark.usefixtures("services")
def test_columns_stand_under_their_heads_beside_wide_characters(see: See) -> None:
    head, *rows = see("outbox", "list", columns=140).splitlines()

    assert re.split(r" {2,}", head) == ["Number", "Queued at +00:00", "State", "Recipients", "Subject", "Cause"]
    for row in rows[:3]:
        assert {*starts(row)[1:]} <= {*starts(head)}, row
    assert "recipient_unknown" in rows[1]
    assert rows[3] == "2 queued, 1 failed"


@pytest.mark.usefixtures("services")
def test_heads_are_in_the_language_of_the_shell(see: See) -> None:
    head = see("outbox", "list", columns=140, LANG="ja_JP.UTF-8").splitlines()[0]

    assert re.split(r" {2,}", head) == ["番号", "受付 +09:00", "状態", "宛先", "件名", "原因"]


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize("columns", [80, 96, 100, 132])
def test_no_line_is_wider_than_the_terminal(see: See, columns: int) -> None:
    lines = see("outbox", "list", columns=columns).splitlines()

    assert max(map(width_of, lines)) <= columns
    assert any("…" in line for line in lines) or columns > 120


@pytest.mark.usefixtures("services")
def test_a_terminal_too_narrow_for_a_table_shows_each_fact_whole(see: See) -> None:
    seen = see("outbox", "list", columns=60)

    first = seen.split("\n\n")[0]
    assert re.findall(r"^(\w[\w +:]*?) {2,}", first, re.MULTILINE) == [
        *("Number", "Queued at +00:00", "State", "Recipients", "Subject", "Cause")
    ]
    assert f"Subject           {SUBJECTS[0]}\n" in seen
    assert see("outbox", "list", COLUMNS="60") == seen


@pytest.mark.usefixtures("services")
def test_a_subject_moves_no_cursor_and_turns_no_line_around(run: Run, see: See) -> None:
    for said in (see("outbox", "list", columns=132), see("outbox", "list", columns=60), run("outbox", "list").stdout):
        assert "\x1b" not in said
        assert "\u202e" not in said
        assert "\\u001b[2J\\u202e" in said


def test_a_program_gets_lines_with_tabs_and_no_head(run: Run, services: Services) -> None:
    lines = run("outbox", "list", LANG="ja_JP.UTF-8", TZ="Asia/Tokyo").stdout.splitlines()

    at = clock.stamp(NOW)
    assert lines == [
        f"3\t{at}\tqueued\thanako3@example.org\t\\u001b[2J\\u202eevil",
        f"2\t{at}\tfailed\thanako2@example.org\tYour order  recipient_unknown 550 5.1.1 No",
        f"1\t{at}\tqueued\thanako1@example.org\t{SUBJECTS[0]}",
        "2 queued, 1 failed",
    ]


def test_every_list_has_heads(run: Run, see: See) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")
    run("user", "add", "hanako", "--password-file", "-", given="correct horse battery")
    run("token", "create", "shop", "--scope", "send")
    run("alert", "add", "ping", "url=@-", given="https://hooks.example.org/a")

    heads = {
        words: see(*words.split(), columns=160).splitlines()[0].split("  ")[0]
        for words in ("settings history", "user list", "token list", "alert list", "audit")
    }

    assert heads == {
        "settings history": "Version",
        "user list": "Name",
        "token list": "Token",
        "alert list": "Number",
        "audit": "Number",
    }


def test_an_empty_list_has_none(run: Run, see: See) -> None:
    assert see("token", "list") == run("token", "list").stdout == ""
    assert see("outbox", "list") == run("outbox", "list").stdout == "The outbox is empty.\n"


def test_the_history_says_how_many_are_older(run: Run, see: See) -> None:
    for interval in (1000, 2000, 3000):
        run("settings", "set", *COMPLETE, "smtp_auth=no", f"send_interval_ms={interval}")

    done = run("settings", "history", "--limit", "1")

    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["3"]
    assert done.stderr == "… 2 older\n"
    assert run("settings", "history").stderr == ""
    assert see("settings", "history", "--limit", "2", columns=100).endswith("… 1 older\n")
