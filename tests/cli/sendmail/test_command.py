"""`mail-panel sendmail`: what mail programs say to a sendmail, and what it answers."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from email import message_from_bytes, policy
from email.header import Header
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

import pytest

from panel.cli.sendmail import command as sendmail
from panel.cli.sendmail.command import PATIENCE_SECONDS, WITH_VALUE, WITHOUT_VALUE, Arguments, Misused, asked
from panel.mail.limits import MAX_BYTES
from panel.mail.message.normalize import HOPS, MAX_HOPS
from panel.outbox.enqueue import MOST_WAITING
from panel.outbox.entry import Entry
from panel.services import Services
from panel.storage.sqlite.database import BUSY_MS
from tests.cli.sendmail.conftest import MESSAGE, PROGRAM, Run
from tests.support.engines import set_step, step
from tests.support.holding import holding
from tests.support.limits import SENDMAIL_AS_NOBODY
from tests.support.paths import ROOT
from tests.support.places import variables_of
from tests.support.servers import SmtpServer
from tests.support.serving import free_port

SAYS_LOADED = f"import panel.cli.sendmail.command, sys\nsys.stderr.write('loaded')\nsys.stderr.flush()\n{PROGRAM}"
SOON = "from panel.cli.sendmail import command; command.PATIENCE_SECONDS = 0.3\n"  # nobody has 30 seconds here
HASTY = f"{SOON}{PROGRAM}"


def taken(services: Services) -> tuple[Entry, EmailMessage, str]:
    """Give the one message of the outbox, as it is kept, and whom answers reach."""
    [entry] = services.outbox.list().entries
    row = services.database.row("SELECT content, reply_to FROM messages")
    assert row
    message = message_from_bytes(row["content"], policy=policy.default)
    assert isinstance(message, EmailMessage)
    return entry, message, row["reply_to"]


def recipients(services: Services) -> list[str]:
    return [each.address for each in taken(services)[0].recipients]


def refused(done: subprocess.CompletedProcess[bytes], services: Services | None = None) -> str:
    """Give the one sentence on standard error; nothing is kept."""
    assert done.stdout == b""
    [line] = done.stderr.decode().splitlines()
    assert services is None or not services.outbox.list().entries
    return line


@pytest.mark.both_doors
def test_a_message_is_in_the_outbox_when_it_ends(run: Run, services: Services) -> None:
    done = run("hanako@example.org")

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    entry, message, reply_to = taken(services)
    assert (entry.door, entry.state, entry.subject, reply_to) == ("sendmail", "queued", "a", "")
    assert entry.message_id.endswith("@shop.example>")
    assert message.get_content() == "Hello\r\n"


def test_t_takes_the_recipients_of_the_header_and_those_of_the_command_line(run: Run, services: Services) -> None:
    header = "To: a@example.org, B <b@example.org>\nCc: c@example.org\nBcc: d@example.org\n"

    assert run("-t", "e@example.org", "a@example.org", given=header + MESSAGE).returncode == 0

    assert sorted(recipients(services)) == [f"{name}@example.org" for name in "abcde"]
    assert "Bcc" not in taken(services)[1]


def test_without_t_the_header_names_nobody(run: Run, services: Services) -> None:
    run("a@example.org", given=f"To: b@example.org\n{MESSAGE}")

    assert recipients(services) == ["a@example.org"]


def test_a_message_that_is_sent_again_goes_to_whom_it_is_sent_again(run: Run, services: Services) -> None:
    run("-t", given=f"Resent-To: new@example.org\nTo: old@example.org\n{MESSAGE}")

    assert recipients(services) == ["new@example.org"]


@pytest.mark.parametrize("words", [["-f", "shop@example.org", "-F", "店"], ["-fshop@example.org", "-F店"]])
def test_f_and_name_stand_in_for_a_from_that_is_missing(run: Run, services: Services, words: list[str]) -> None:
    assert run(*words, "a@example.org").returncode == 0

    assert taken(services)[2] == "=?utf-8?b?5bqX?= <shop@example.org>"


@pytest.mark.parametrize("name", ["a\nBcc: eve@example.org", "=?utf-8?q?=0A?=", "a\u2028b"])
def test_a_name_with_a_line_end_in_it_is_refused(run: Run, services: Services, name: str) -> None:
    found = run("-f", "shop@example.org", "-F", name, "a@example.org")

    assert found.returncode == os.EX_USAGE
    assert found.stderr.startswith(b"mail-panel: -F ")
    assert not services.outbox.counts().waiting


def test_f_gives_way_to_the_from_of_the_message(run: Run, services: Services) -> None:
    run("-f", "www-data@vm.example", "a@example.org", given=f"From: Shop <shop@example.org>\n{MESSAGE}")

    assert taken(services)[2] == '"Shop" <shop@example.org>'


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_lone_dot_ends_the_message_unless_it_is_ignored(run: Run, services: Services, end: str) -> None:
    message = end.join(["Subject: a", "", "one", ".", "two", ""])

    run("a@example.org", given=message)
    run("-i", "b@example.org", given=message)

    bodies = [
        row["content"].partition(b"\r\n\r\n")[2] for row in services.database.rows("SELECT content FROM messages")
    ]
    assert bodies == [b"one\r\n", b"one\r\n.\r\ntwo\r\n"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("-ti", Arguments(reads_header=True, ends_at_dot=False)),
        ("-oi -t", Arguments(reads_header=True, ends_at_dot=False)),
        ("-o i -t", Arguments(reads_header=True, ends_at_dot=False)),
        ("-O IgnoreDots=true -t", Arguments(reads_header=True, ends_at_dot=False)),
        ("a@b.example -t", Arguments(("a@b.example",), reads_header=True)),
        ("-t -i -fa@b.example", Arguments(reads_header=True, ends_at_dot=False, address="a@b.example")),
        ("-itfa@b.example", Arguments(reads_header=True, ends_at_dot=False, address="a@b.example")),
        ("-r a@b.example -FName c@d.example", Arguments(("c@d.example",), address="a@b.example", name="Name")),
        ("-i -- -t a@b.example", Arguments(("-t", "a@b.example"), ends_at_dot=False)),
        ("-oem -odb -oee -ep -bm -Am -B 8BITMIME -R hdrs -V id a@b.example", Arguments(("a@b.example",))),
        ("-N never a@b.example", Arguments(("a@b.example",), notify="never")),
        ("-Nsuccess,failure -t", Arguments(reads_header=True, notify="failure,success")),
        ("-GUvnm -L tag -h 3 -p esmtp -X log -O DeliveryMode=b a@b.example", Arguments(("a@b.example",))),
        ("-bs -odb -oem", Arguments(mode="s")),
        ("-b p", Arguments(mode="p")),
        ("-bi", Arguments(mode="i")),
        ("-I", Arguments(mode="i")),
        ("-t --help", Arguments(help=True)),
    ],
)
def test_words_are_read_as_sendmail_programs_read_them(words: str, expected: Arguments) -> None:
    assert asked(words.split()) == expected


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        ("-bd", "serve"),
        ("-bv a@b.example", "--check"),
        ("-bt", "standard input"),
        *(("-bsi", "-bs is not known"), ("-bms", "-bm is not known")),
        ("-q", "worker"),
        ("-q15m", "worker"),
        ("-C /etc/mail/sendmail.cf", "MAIL_PANEL_HOME"),
        ("-Z", "--help"),
        ("--bogus", "--help"),
        ("-f", "value"),
    ],
)
def test_what_it_does_not_do_is_refused_with_what_to_do_instead(words: str, instead: str) -> None:
    with pytest.raises(Misused, match=instead):
        asked(words.split())


def test_every_letter_is_decided_once() -> None:
    letters = [*WITHOUT_VALUE, *WITH_VALUE]

    assert len(letters) == len({*letters})


@pytest.mark.parametrize(
    ("words", "given", "code", "said"),
    [
        (["-bs", "a@example.org"], MESSAGE, 64, "-bs"),
        (["-bs", "-t"], MESSAGE, 64, "-bs"),
        ([], MESSAGE, 64, "-t"),
        (["-t"], MESSAGE, 65, "To, Cc or Bcc"),
        (["a@example.org"], f"{HOPS}: {MAX_HOPS + 1}\n{MESSAGE}", 65, "circle"),
        (["a@example.org"], b"x" * (MAX_BYTES + 10), 65, "larger"),
        (["a@example.org"], "", 66, "standard input"),
        (["a b@example..org"], MESSAGE, 67, "mail address"),
        (["a@example.org", "no-such-local-name"], MESSAGE, 67, "/etc/aliases"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_one_code(
    run: Run, services: Services, words: list[str], given: str | bytes, code: int, said: str
) -> None:
    done = run(*words, given=given)

    assert done.returncode == code
    assert said in refused(done, services)


def test_help_is_on_standard_output(run: Run) -> None:
    done = run("--help")

    assert done.returncode == 0
    assert b"Usage" in done.stdout


@pytest.mark.data_file("whether it is there")
def test_where_there_is_no_database_none_is_made(run: Run, tmp_path: Path) -> None:
    done = run("a@example.org")

    assert done.returncode == 78
    assert "MAIL_PANEL_HOME" in refused(done)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(("number", "said"), [(3, "older"), (99, "newer")])
def test_a_database_of_another_version_is_left_alone(run: Run, services: Services, number: int, said: str) -> None:
    set_step(services.database, number)

    done = run("a@example.org")

    assert done.returncode == 78
    assert said in refused(done)
    assert step(services.database) == number


def test_the_key_is_not_needed(run: Run, services: Services) -> None:
    services.config.key_path.unlink()

    assert run("a@example.org").returncode == 0
    assert not services.config.key_path.exists()


@pytest.mark.data_file("its lock and its disk")
def test_a_locked_database_is_no_success_for_anybody(run: Run, services: Services) -> None:
    with holding(services.database):
        done = run("a@example.org", program=HASTY)

    assert done.returncode == 74
    assert "Try again" in refused(done, services)


def test_a_data_file_that_others_write_to_is_waited_for_longer_than_by_anybody_else() -> None:
    """Nobody is there to try again: what calls a sendmail, such as cron, forgets the message."""
    assert BUSY_MS < 1000 * PATIENCE_SECONDS == 30_000


@pytest.mark.both_doors
def test_a_data_file_that_is_free_again_takes_the_message(run: Run, services: Services) -> None:
    with ThreadPoolExecutor(1) as pool:
        with holding(services.database):
            done = pool.submit(run, "a@example.org")
            wait([done], 1.0)
        assert done.result(30).returncode == 0

    assert len(services.outbox.list().entries) == 1


@pytest.mark.data_file("its lock and its disk")
def test_a_full_disk_is_said(run: Run, services: Services) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"

    done = run("a@example.org", given=MESSAGE + "x" * 400_000, program=limit + PROGRAM)

    assert done.returncode == 74
    assert "disk" in refused(done, services)


def test_a_full_outbox_is_said(run: Run, services: Services) -> None:
    services.database.rows("UPDATE totals SET number = ? WHERE what = 'messages' AND name = 'queued'", (MOST_WAITING,))

    done = run("a@example.org")

    assert done.returncode == 74
    assert "full" in refused(done, services)


def test_standard_input_that_cannot_be_read_is_no_message(run: Run, services: Services) -> None:
    for program in (f"import os; os.close(0); os.open('/', 0)\n{PROGRAM}", f"import sys; sys.stdin = None\n{PROGRAM}"):
        assert run("a@example.org", program=program).returncode == 66


def test_what_nobody_foresaw_is_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    code = sendmail.run([None])  # type: ignore[list-item]  # no word that a shell could give

    assert code == 70
    assert capsys.readouterr().err.count("\n") == 1


def interrupted(process: subprocess.Popen[bytes]) -> None:
    """Interrupt it until it ends: whoever was started in the background ignores the first, until it says otherwise."""
    for _ in range(300):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
            return


def test_a_command_that_is_killed_while_it_reads_leaves_nothing(services: Services, tmp_path: Path) -> None:
    environment = {**variables_of(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SAYS_LOADED, "a@example.org"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write(MESSAGE.encode())
        process.stdin.flush()
        process.stderr.read(len("loaded"))
        interrupted(process)
        process.stdin.close()

    assert process.returncode == -signal.SIGINT
    assert not services.outbox.list().entries


def test_whenever_it_is_killed_a_message_is_whole_or_not_there(services: Services, tmp_path: Path) -> None:
    environment = {**variables_of(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    ended, chance = 0, random.Random(7)
    for _ in range(20):
        command = [sys.executable, "-c", SAYS_LOADED, "a@example.org", "b@example.org"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        assert process.stdin
        assert process.stderr
        process.stdin.write(MESSAGE.encode())
        process.stdin.close()
        process.stderr.read(len("loaded"))
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.random() * 0.02)
        process.kill()
        process.stderr.close()
        ended += process.wait(30) == 0

    kept = services.database.rows("SELECT content IS NOT NULL AS has_body FROM messages")
    assert ended <= len(kept) == len(services.outbox.list(q="b@example.org").entries)
    assert all(row["has_body"] for row in kept)


@pytest.fixture
def stranger(services: Services, run: Run, tmp_path: Path) -> Run:
    """The command as a user who may not write to the panel's files."""
    if os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    services.database.close()
    tmp_path.chmod(0o755)
    program = f"{SOON}{SENDMAIL_AS_NOBODY}"
    return lambda *words, **more: run(*words, program=program, **more)


@pytest.mark.data_file("who may write to it is the machine's affair")
def test_another_user_is_told_what_to_do(services: Services, stranger: Run) -> None:
    done = stranger("a@example.org")

    assert done.returncode == 77
    assert "MAIL_PANEL_SMTP_LISTEN" in refused(done, services)


@pytest.mark.data_file("who may write to it is the machine's affair")
def test_another_users_message_goes_through_the_running_panel(
    services: Services, stranger: Run, server: SmtpServer
) -> None:
    done = stranger(
        *("-t", "-f", "www-data@example.org", "-F", "Shop"),
        given=f"To: a@example.org\nBcc: b@example.org\n{MESSAGE}",
        port=server.port,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    [message] = server.messages
    assert message.rcpt_to == ("a@example.org", "b@example.org")
    read = message_from_bytes(message.raw)
    assert parseaddr(read["Reply-To"])[1] == "www-data@example.org"
    assert parseaddr(read["From"])[0] == "Shop"
    assert b"Bcc" not in message.raw


@pytest.mark.data_file("who may write to it is the machine's affair")
@pytest.mark.parametrize(
    ("command", "reply", "code"),
    [
        (".", "554 5.6.0 No", 65),
        ("RCPT", "452 4.3.1 Full", 74),
        (".", "451 4.3.2 Busy", 74),
        ("MAIL", "530 5.7.0 Log in", 77),
    ],
)
def test_what_the_running_panel_refuses_is_told(
    stranger: Run, server: SmtpServer, command: str, reply: str, code: int
) -> None:
    server.replies[command] = reply

    done = stranger("a@example.org", port=server.port)

    assert done.returncode == code
    assert reply[4:] in refused(done)


@pytest.mark.data_file("who may write to it is the machine's affair")
def test_a_panel_that_does_not_run_is_said(stranger: Run) -> None:
    done = stranger("a@example.org", port=free_port())

    assert done.returncode == 69
    assert "running" in refused(done)


@pytest.mark.parametrize("charset", ["cp932", "euc_jp"])
def test_a_name_is_read_in_the_charset_of_its_shell(run: Run, services: Services, charset: str) -> None:
    name = os.fsdecode("お知らせ係".encode(charset))

    assert run("-f", "shop@example.org", "-F", name, "a@example.org").returncode == 0

    assert taken(services)[2] == f"{Header('お知らせ係', 'utf-8').encode()} <shop@example.org>"
