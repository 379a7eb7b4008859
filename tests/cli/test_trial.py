"""`mail-panel test`: what a shell and a script learn of a test send."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.servers import PASSWORD, USER, Authority, SmtpServer

RECIPIENT = "taro@example.net"
NOT_USED = {
    *("panel.cli.settings", "panel.settings.files.export", "panel.settings.validation", "panel.mail.smtp.pop3"),
    *("panel.checks.trial.alternatives", "panel.checks.trial.failure", "panel.web", "sqlite_utils", "dns", "idna"),
    *("_strptime", "tempfile", "bisect", "smtplib", "email.message", "concurrent.futures", "asyncio"),
}
KEYS = [
    *(
        "number",
        "outcome",
        "mode",
        "version",
        "server",
        "started_at",
        "ms",
        "recipient",
        "stages",
        "address",
        "tls",
        "auth",
        "queue_id",
        "size_max",
    ),
    *("failure", "notices", "transcript", "wait"),
]


@pytest.fixture
def saved(run: Run, submission: SmtpServer, authority: Authority, tmp_path: Path) -> SmtpServer:
    """A server, its settings saved as version 1."""
    (tmp_path / "ca.pem").write_text(authority.pem)
    texts = ["from_address=report@example.org", "smtp_host=localhost", f"smtp_port={submission.port}"]
    secrets = [f"smtp_user={USER}", "smtp_password=@-", f"ca_certificate=@{tmp_path / 'ca.pem'}"]
    assert run("settings", "set", *texts, *secrets, given=PASSWORD).returncode == 0
    return submission


def test_a_message_that_is_accepted_ends_with_0(run: Run, saved: SmtpServer) -> None:
    done = run("test", RECIPIENT)

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Accepted.")
    assert saved.messages[0].rcpt_to == (RECIPIENT,)


@pytest.mark.parametrize(
    ("language", "said"),
    [("C", "Would be accepted."), ("ja_JP.UTF-8", "メールサーバーはこのメールを受け付けます（送信はしていません）。")],
)
def test_a_check_hands_nothing_over_and_says_so(run: Run, saved: SmtpServer, language: str, said: str) -> None:
    done = run("test", RECIPIENT, "--check", LANG=language)

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, said)
    assert saved.messages == []


@pytest.mark.data_file("a server needs more")
def test_a_test_that_succeeds_loads_nothing_that_it_does_not_use(run: Run, saved: SmtpServer, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\nleave = os._exit\nos._exit = lambda code: (print(*sys.modules, flush=True), leave(code))"
    )

    *_, last = run("test", RECIPIENT, PYTHONPATH=str(tmp_path)).stdout.splitlines()

    loaded = {*last.split()}
    assert "panel.checks.trial.run" in loaded
    assert loaded & NOT_USED == set()
    assert not any(name.startswith("panel.diagnosis") for name in loaded)


def test_the_report_is_json_with_the_public_keys_and_no_secret(run: Run, saved: SmtpServer) -> None:
    done = run("test", RECIPIENT, "--json")

    report = json.loads(done.stdout)
    assert list(report) == KEYS
    assert (report["outcome"], report["version"], report["queue_id"]) == ("success", 1, "4F1C2A")
    assert [each["stage"] for each in report["stages"]][:3] == ["pop", "resolve", "connect"]
    assert PASSWORD not in done.stdout


def test_a_check_delivers_nothing(run: Run, saved: SmtpServer) -> None:
    done = run("test", RECIPIENT, "--check")

    assert done.returncode == 0
    assert saved.messages == []


def test_a_refused_login_ends_with_77_and_says_what_to_do(run: Run, saved: SmtpServer) -> None:
    done = run("test", RECIPIENT, "--set", "smtp_password=@-", given="wrong", LANGUAGE="en")

    assert done.returncode == 77
    assert "login_refused: " in done.stdout
    assert "  - " in done.stdout
    assert "wrong" not in done.stdout.partition("login_refused")[0]


@pytest.mark.parametrize(
    ("command", "reply", "code"),
    [("RCPT", "550 5.1.1 No such user", 76), ("RCPT", "451 4.7.1 Greylisted", 75), (".", "554 5.7.1 Spam", 76)],
)
def test_a_refusal_ends_with_a_code_that_says_whether_to_try_again(
    run: Run, saved: SmtpServer, command: str, reply: str, code: int
) -> None:
    saved.replies[command] = reply

    assert run("test", RECIPIENT).returncode == code


def test_a_server_that_is_not_reached_ends_with_69(run: Run, saved: SmtpServer) -> None:
    elsewhere = ["--set", "smtp_port=1", "--set", "smtp_password=@-"]

    assert run("test", RECIPIENT, *elsewhere, given=PASSWORD).returncode == 69


def test_the_saved_password_goes_to_no_other_server(run: Run, saved: SmtpServer) -> None:
    done = run("test", RECIPIENT, "--set", "smtp_host=127.0.0.1")

    assert done.returncode == 65
    assert saved.commands == []


def test_nothing_is_tested_before_anything_is_set_up(run: Run) -> None:
    done = run("test", RECIPIENT)

    assert done.returncode == 78
    assert "mail-panel settings set" in done.stderr


def test_a_wrong_recipient_is_bad_data(run: Run, saved: SmtpServer) -> None:
    assert run("test", "nobody").returncode == 65
    assert saved.commands == []


def test_a_test_waits_for_its_slot_and_says_so(run: Run, saved: SmtpServer) -> None:
    assert run("settings", "set", "send_interval_ms=1500").returncode == 0
    assert run("test", RECIPIENT).returncode == 0
    run("outbox", "pause")

    done = run("test", RECIPIENT, LANGUAGE="en")

    assert (done.returncode, len(saved.messages)) == (0, 2)


@pytest.mark.parametrize(("interval", "options"), [("60000", ["--no-wait"]), ("86400000", [])])
def test_a_test_that_does_not_wait_says_the_seconds_and_ends_with_75(
    run: Run, saved: SmtpServer, interval: str, options: list[str]
) -> None:
    assert run("settings", "set", f"send_interval_ms={interval}").returncode == 0
    assert run("test", RECIPIENT).returncode == 0

    done = run("test", RECIPIENT, *options)
    told = run("test", RECIPIENT, *options, "--json")

    assert (done.returncode, told.returncode, len(saved.messages)) == (75, 75, 1)
    assert re.search(r"Not sent: .* [0-9]+ s, until 20..-", done.stdout)
    assert json.loads(told.stdout)["wait"]["reason"] == "pace"
    assert run("test", RECIPIENT, *options, "--check").returncode == 0


def test_the_second_server_is_tested_by_itself(run: Run, saved: SmtpServer, server: SmtpServer) -> None:
    assert run("test", RECIPIENT, "--server", "second").returncode == 78
    words = f"second_smtp_host=127.0.0.1 second_smtp_port={server.port} second_smtp_auth=no second_tls=no"
    assert run("settings", "set", "second=yes", *words.split()).returncode == 0
    run("settings", "set", "smtp_port=1", "smtp_password=@-", given="of a server that is away")

    done = run("test", RECIPIENT, "--server", "second", "--json")

    report = json.loads(done.stdout)
    assert (done.returncode, report["server"], report["outcome"], report["auth"]) == (0, "second", "success", None)
    assert run("test", RECIPIENT).returncode == 69
    refused = run("test", RECIPIENT, "--server", "second", "--set", "second_smtp_port=1", "--json")
    assert (refused.returncode, json.loads(refused.stdout)["failure"]["field"]) == (69, "second_smtp_port")
