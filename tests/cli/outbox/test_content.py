"""`mail-panel outbox content`: the message as it is for a file, and nothing of it that commands a terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from panel.config import Config
from panel.mail.message.submission import Submission
from panel.services import open_services
from tests.cli.conftest import Run, See, prepared
from tests.support.actors import actor
from tests.support.mail import NOW

HOSTILE = (
    "Message-ID: <1@app.example.org>\r\nSubject: \x1b]0;owned\x07\r\n\tfolded\r\n\r\n"
    "Grüße\x1b[2J \u202eevil\x0bnext\r\n"
)


@pytest.fixture
def number(run: Run, tmp_path: Path) -> int:
    """The number of a message with controls of a terminal in it."""
    submission = Submission(("hanako@example.org",), HOSTILE.encode(), "<1@app.example.org>", "x")
    return open_services(Config(home=tmp_path / "home")).outbox.enqueue(submission, by=actor(), now=NOW).number


def test_a_terminal_is_shown_controls_in_words(see: See, number: int) -> None:
    shown = see("outbox", "content", str(number))

    assert {each for each in shown if not each.isprintable()} == {"\n"}
    for words in (r"\u001b]0;owned\u0007", "        folded", r"Grüße\u001b[2J", r"\u202eevil", r"\u000bnext"):
        assert words in shown


def test_a_file_gets_the_message_as_it_is(tmp_path: Path, number: int) -> None:
    command = [sys.executable, "-m", "panel", "outbox", "content", str(number)]

    done = subprocess.run(command, env=prepared(tmp_path / "home"), capture_output=True, check=True)

    assert done.stdout == HOSTILE.encode()
