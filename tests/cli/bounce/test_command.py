"""`mail-panel bounce -`: what a mail server's pipe hands in, and with which code it ends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from panel.cli.bounce.command import MOST_BOUNCE_BYTES
from panel.config import Config
from panel.services import Services, open_services
from tests.support.actors import actor
from tests.support.handing_in import open_door
from tests.support.limits import BOUNCE_AS_NOBODY
from tests.support.mail import NOW, mail
from tests.support.needs import needs_root
from tests.support.paths import DOCS, ROOT
from tests.support.places import variables_of
from tests.support.reports import VACATION, report, status_of
from tests.support.rows import move
from tests.support.servers import Loop

Stranger = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """A home with one message that was sent."""
    services = open_services(Config(home=tmp_path / "home"))
    number = services.outbox.enqueue(mail(), by=actor("shop"), now=NOW).number
    with services.database.writing() as write:
        move(write, number, "sent")
    yield services
    services.database.close()


def bounce(services: Services, given: bytes, *words: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    environment = {"PATH": os.environ["PATH"], **variables_of(services.config.home), **variables}
    command = [sys.executable, "-m", "panel", "bounce", *(words or ("-",))]
    return subprocess.run(command, input=given, capture_output=True, env=environment, check=False)


def test_a_bounce_is_noted(services: Services) -> None:
    done = bounce(services, report())

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"matched: message 1, hanako@example.org: bounced.\n"
    entry = services.outbox.get(1)
    assert entry
    assert entry.bounced_at
    [row] = services.database.rows("SELECT account, via FROM audit WHERE action = 'bounced'")
    assert row["account"].endswith(" (command line)")
    assert row["via"] == "cli"


def test_as_a_pipe_of_an_alias_gives_it(services: Services) -> None:
    """Postfix writes a line of an mbox before the header (local(8))."""
    given = b"From MAILER-DAEMON  Mon Nov 23 09:00:07 2026\nDelivered-To: bounce@app.example.org\n" + report()

    assert bounce(services, given).stdout.startswith(b"matched: ")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", b"dropped (other).\n"),
        (VACATION, b"dropped (automatic).\n"),
        (report(status_of("x@y"), status_of("z@y"), message_id="<x@y>"), b"unmatched.\n"),
        (bytes(range(256)) * 10, b"dropped (other).\n"),
        (b"Subject: x\n" * 40_000, b"dropped (unreadable).\n"),
    ],
)
def test_it_ends_well_whatever_the_text_is(services: Services, given: bytes, said: bytes) -> None:
    done = bounce(services, given)

    assert (done.returncode, done.stdout, done.stderr) == (0, said, b"")


def test_a_report_with_all_of_a_large_message_is_read_to_its_end(services: Services) -> None:
    """A pipe that is closed early would make the mail server send a bounce of the bounce."""
    given = report() + b"x" * 76 * 3 * (MOST_BOUNCE_BYTES // 76)

    done = bounce(services, given)

    assert (done.returncode, done.stdout) == (0, b"matched: message 1, hanako@example.org: bounced.\n")


def test_it_is_tried_again_while_it_cannot_be_stored(services: Services) -> None:
    home = services.config.home

    for variables in (variables_of(home / "elsewhere"), {"MAIL_PANEL_DATABASE": "postgresql://x"}):
        done = bounce(services, report(), **variables)
        assert done.returncode == os.EX_TEMPFAIL
        assert done.stderr.startswith(b"mail-panel: ")


@pytest.fixture
def stranger(services: Services, tmp_path: Path) -> Stranger:
    """The command as a user who may not write to the panel's files, as that of an alias's pipe."""
    needs_root("another user")
    services.database.close()
    tmp_path.chmod(0o755)

    def run(given: bytes, **variables: str) -> subprocess.CompletedProcess[bytes]:
        environment = {"PYTHONPATH": str(ROOT), **variables_of(services.config.home), **variables}
        command = [sys.executable, "-c", BOUNCE_AS_NOBODY, "-"]
        return subprocess.run(command, input=given, capture_output=True, env=environment, check=False)

    return run


@pytest.mark.data_file("who may write to it is the machine's affair")
def test_another_user_is_told_of_the_listener(stranger: Stranger) -> None:
    done = stranger(report())

    assert done.returncode == os.EX_TEMPFAIL
    assert b"MAIL_PANEL_SMTP_LISTEN" in done.stderr


@pytest.mark.data_file("who may write to it is the machine's affair")
def test_another_users_report_goes_through_the_running_panel(
    services: Services, stranger: Stranger, loop: Loop
) -> None:
    with open_door(services.database, loop) as door:
        listen = f"127.0.0.1:{door.port}"
        taken = stranger(report(), MAIL_PANEL_SMTP_LISTEN=listen)
        dropped = stranger(b"Subject: dots\n\n.\n..\nFrom me\n", MAIL_PANEL_SMTP_LISTEN=listen)
    gone = stranger(report(), MAIL_PANEL_SMTP_LISTEN=listen)

    assert (taken.returncode, taken.stdout, taken.stderr) == (0, b"matched.\n", b"")
    assert (dropped.returncode, dropped.stdout) == (0, b"dropped.\n")
    assert gone.returncode == os.EX_TEMPFAIL
    entry = services.outbox.get(1)
    assert entry
    assert entry.bounced_at
    assert len(services.outbox.list().entries) == 1


@pytest.mark.parametrize("words", [["x"], ["-", "x"], ["--json"]])
def test_other_words_are_a_mistake_of_whoever_calls(services: Services, words: list[str]) -> None:
    assert bounce(services, report(), *words).returncode == os.EX_USAGE


def test_help_says_how_a_mail_server_calls_it(services: Services) -> None:
    done = bounce(services, b"", "--help")

    assert done.returncode == 0
    assert b'panel-bounce: "|mail-panel bounce -"' in done.stdout


def test_it_loads_no_click_and_what_finds_causes_only_for_what_is_ours(services: Services) -> None:
    program = (
        "import sys; from panel.cli.bounce.command import run; run(['-']); "
        "print([name for name in sys.modules if name == 'click' or name.startswith('panel.diagnosis.rules')])"
    )
    environment = {**os.environ, **variables_of(services.config.home)}

    done = subprocess.run(
        [sys.executable, "-c", program], input=VACATION, capture_output=True, env=environment, check=True
    )

    assert done.stdout.splitlines()[-1] == b"[]"


def test_the_manual_shows_the_pipe_that_this_is() -> None:
    page = (DOCS / "howto" / "bounces.md").read_text("utf-8")

    assert re.search(r'^panel-bounce: "\|.*/mail-panel bounce -"$', page, re.MULTILINE)
