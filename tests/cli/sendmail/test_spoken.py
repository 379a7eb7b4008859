"""`mail-panel sendmail -bs`: a whole process, its exit codes, and the way of other users."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from pwd import getpwuid

import pytest

from panel.mail.limits import MAX_BYTES
from panel.services import Services
from tests.cli.sendmail.conftest import PROGRAM, Run
from tests.support.handing_in import Door, open_door
from tests.support.holding import holding
from tests.support.limits import NOBODY
from tests.support.paths import ROOT
from tests.support.places import variables_of
from tests.support.scripted import ScriptedServer, greets, hangs_up, takes
from tests.support.servers import Loop
from tests.support.serving import free_port

BEGINS = "EHLO app\r\nMAIL FROM:<shop@example.org>\r\nRCPT TO:<hanako@example.org>\r\nDATA\r\n"
MESSAGE = f"{BEGINS}Subject: a\r\n\r\nHello\r\n.\r\n"
KEPT = re.compile(r"250 2\.0\.0 Ok: message [0-9]+ is in the outbox")
SOON = "from panel.cli.sendmail import command; command.PATIENCE_SECONDS = 0.3\n"
AS_NOBODY = (  # who may not read where this Python lies: what is needed is loaded before
    "import encodings.idna, os, sqlite3, panel.cli.sendmail.spoken, panel.cli.sendmail.waiting\n"
    f"os.setgid({NOBODY})\nos.setuid({NOBODY})\n{PROGRAM}"
)


def said(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    return done.stdout.decode().splitlines()


@pytest.mark.both_doors
def test_messages_are_in_the_outbox_in_the_name_of_who_runs_it(run: Run, services: Services) -> None:
    done = run("-bs", "-odb", "-oem", given=f"{MESSAGE}RSET\r\n{MESSAGE}QUIT\r\n")

    assert (done.returncode, done.stderr) == (0, b"")
    assert len([*filter(KEPT.fullmatch, said(done))]) == 2
    assert {(each.door, each.account) for each in services.outbox.list().entries} == {
        ("sendmail", getpwuid(os.getuid()).pw_name)
    }


def test_a_message_from_elsewhere_answers_to_whom_it_names(run: Run, services: Services) -> None:
    done = run("-bs", given=MESSAGE.replace("Subject: a", "From: Shop <other@example.org>\r\nSubject: a"))

    assert (done.returncode, done.stderr) == (0, b"")  # an end between messages is no fault
    [row] = services.database.rows("SELECT reply_to, message_id FROM messages")
    assert row["reply_to"] == '"Shop" <other@example.org>'
    assert row["message_id"].endswith("@shop.example>")


@pytest.mark.parametrize("name", ["root", "root@localhost"])
def test_a_name_of_this_machine_is_what_it_is_to_the_command(run: Run, services: Services, name: str) -> None:
    """But that no aliases are asked: who speaks SMTP has a program that knows addresses."""
    spoken = run("-bs", given=f"{MESSAGE.replace('hanako@example.org', name)}QUIT\r\n")
    [reply] = [line for line in said(spoken) if " 5.1.3 " in line or KEPT.match(line)]
    given = run(name, given="Subject: a\n\nHello\n")

    assert ("is a local name" in reply) == (b"is a local name" in given.stderr) == (name == "root")
    assert len(services.outbox.list().entries) == (0 if name == "root" else 2)


def test_what_breaks_off_is_not_taken_and_said(run: Run, services: Services) -> None:
    done = run("-bs", given=MESSAGE[:-3])

    assert done.returncode == 74
    assert b"before the final dot" in done.stderr
    assert not services.outbox.list().entries


@pytest.mark.parametrize(
    "given",
    [
        "Subject: a\nTo: a@example.org\n\nHello\n",
        pytest.param(f"{MESSAGE}GET / HTTP/1.1\r\n", marks=pytest.mark.long),
    ],
)
def test_what_is_no_smtp_is_no_success(run: Run, services: Services, given: str) -> None:
    """Alpine gives a message as it is to whatever its `sendmail-path` names, and looks at the exit code alone."""
    done = run("-bs", given=given)

    assert done.returncode == 65
    assert b"sendmail -t -i" in done.stderr
    assert len(services.outbox.list().entries) == given.count("DATA")


@pytest.mark.data_file("whether it is there")
def test_what_keeps_it_from_beginning_is_said_in_the_greeting_and_on_standard_error(run: Run) -> None:
    done = run("-bs", given=MESSAGE)

    assert done.returncode == 78
    assert said(done)[0].startswith("421 4.3.0 There is no ")
    assert done.stderr.decode().strip().removeprefix("mail-panel: ") == said(done)[0].removeprefix("421 4.3.0 ")


@pytest.mark.data_file("its lock and its disk")
def test_an_outbox_that_is_busy_refuses_that_message_alone(run: Run, services: Services) -> None:
    with holding(services.database):
        done = run("-bs", given=f"{MESSAGE}NOOP\r\n", program=SOON + PROGRAM)

    assert done.returncode == 0
    assert [line[:9] for line in said(done)[-2:]] == ["451 4.3.2", "250 2.0.0"]
    assert not services.outbox.list().entries


def test_a_client_that_dies_leaves_what_was_taken_and_no_more(services: Services, tmp_path: Path) -> None:
    environment = {**variables_of(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM, "-bs"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(MESSAGE.encode())
        process.stdin.flush()
        while not KEPT.match(process.stdout.readline().decode()):
            pass
        process.stdout.close()
        process.stdin.write(BEGINS.encode())
        process.stdin.close()

    assert process.returncode == 74
    assert len(services.outbox.list().entries) == 1


@pytest.fixture
def stranger(run: Run, tmp_path: Path) -> Run:
    """The command as a user who may not read the panel's files."""
    if os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    tmp_path.chmod(0o755)
    return lambda *words, **more: run(*words, program=SOON + AS_NOBODY, **more)


@pytest.fixture
def listener(services: Services, loop: Loop) -> Iterator[Door]:
    """The listener of the panel at that home."""
    with open_door(services.database, loop) as listener:
        yield listener


@pytest.mark.data_file("who may write to it is the machine's affair")
def test_another_users_session_is_one_with_the_running_panel(listener: Door, stranger: Run) -> None:
    done = stranger("-bs", given=f"{MESSAGE}{MESSAGE}", port=listener.port)

    assert (done.returncode, done.stderr) == (0, b"")  # an end between messages is no fault
    assert len([*filter(KEPT.fullmatch, said(done))]) == 2
    assert [entry.door for entry in listener.entries()] == ["smtp", "smtp"]


@pytest.mark.data_file("who may write to it is the machine's affair")
def test_what_breaks_off_is_no_success_for_another_user_either(listener: Door, stranger: Run) -> None:
    done = stranger("-bs", given=MESSAGE[:-3], port=listener.port)

    assert done.returncode == 74
    assert b"before the final dot" in done.stderr
    assert not listener.entries()


@pytest.mark.data_file("who may write to it is the machine's affair")
def test_what_is_no_smtp_is_no_success_for_another_user_either(listener: Door, stranger: Run) -> None:
    assert stranger("-bs", given="Subject: a\n\nHello\n", port=listener.port).returncode == 65


@pytest.mark.data_file("who may write to it is the machine's affair")
def test_replies_of_any_number_and_a_large_message_pass_each_other(
    listener: Door, stranger: Run, is_long: bool
) -> None:
    """Each side goes on whatever the other does: neither waits for one that waits for it."""
    times, text = 50_000 if is_long else 10_000, "x" * 998 + "\r\n"
    lines = 5_000 if is_long else 1_000
    done = stranger(
        "-bs",
        given="NOOP\r\n" * times + f"{BEGINS}Subject: a\r\n\r\n{text * lines}.\r\nQUIT\r\n",
        port=listener.port,
    )

    assert done.returncode == 0
    assert said(done).count("250 2.0.0 OK") == times
    assert said(done)[-1] == "221 2.0.0 Bye"
    assert listener.bodies() == [(text * lines).encode()]
    assert len(text) * lines < MAX_BYTES


@pytest.mark.data_file("who may write to it is the machine's affair")
@pytest.mark.parametrize(("listens", "code", "words"), [(False, 77, "MAIL_PANEL_SMTP_LISTEN"), (True, 69, "running")])
def test_another_user_is_told_why_it_cannot_begin(
    services: Services, stranger: Run, listens: bool, code: int, words: str
) -> None:
    done = stranger("-bs", given=MESSAGE, port=free_port() if listens else None)

    assert done.returncode == code
    assert words in said(done)[0]
    assert said(done)[0].startswith("421 4.3.0 ")
    assert not services.outbox.list().entries


@pytest.mark.data_file("who may write to it is the machine's affair")
@pytest.mark.parametrize("more", [b"", b"NOOP\r\n" * 100_000], ids=["silent", "speaking"])
def test_a_panel_that_is_gone_in_the_middle_is_no_success(services: Services, stranger: Run, more: bytes) -> None:
    with ScriptedServer(*greets(), *takes("MAIL"), hangs_up) as panel:
        environment = {**variables_of(services.config.home), "PYTHONPATH": str(ROOT)}
        environment["MAIL_PANEL_SMTP_LISTEN"] = f"127.0.0.1:{panel.port}"
        command = [sys.executable, "-c", AS_NOBODY, "-bs"]
        with subprocess.Popen(
            command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        ) as process:
            assert process.stdin
            assert process.stderr
            process.stdin.write(b"EHLO app\r\nMAIL FROM:<>\r\n")
            with suppress(BrokenPipeError):
                process.stdin.write(more)
            told = process.stderr.read()  # to its end, while standard input is open still

    assert process.returncode == 69
    assert b"hung up" in told


def test_what_waits_is_listed_by_the_name_mailq(run: Run, services: Services, tmp_path: Path) -> None:
    run("a@example.org")
    named = f"import sys; sys.argv[0] = '{tmp_path}/mailq'\n{PROGRAM}"

    listed = run(program=named)

    assert listed.returncode == 0
    assert "\tqueued\ta@example.org\ta" in listed.stdout.decode()
    assert said(listed)[-1].startswith("1 queued")


@pytest.mark.data_file("who may write to it is the machine's affair")
def test_who_may_not_see_what_waits_is_told_which_command_does(services: Services, stranger: Run) -> None:
    done = stranger("-bp")

    assert done.returncode == 77
    assert b"mail-panel outbox list" in done.stderr


def test_newaliases_has_nothing_to_do(run: Run) -> None:
    named = f"import sys; sys.argv[0] = '/usr/bin/newaliases'\n{PROGRAM}"

    for done in (run(program=named), run("-I")):
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"/etc/aliases" in done.stdout
