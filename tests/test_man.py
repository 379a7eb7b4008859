"""The manual pages: what programs for them say of them, and what a reader sees."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from docs import write_man
from tests.support.needs import needs

WITHOUT_DATE = 'missing date, using "": TH'  # it would be another one at each writing
FILES = sorted(write_man.files())


def named(path: Path) -> str:
    return path.name


def said(*command: str | Path) -> str:
    """Run a program, and give all that it says."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("page", FILES, ids=named)
def test_mandoc_and_groff_have_nothing_to_say_of_a_page(page: Path) -> None:
    lint = said(needs("mandoc", "mandoc"), "-T", "lint", "-W", "warning", page).splitlines()
    warned = said(needs("groff", "groff-base"), "-man", "-K", "utf8", "-T", "utf8", "-ww", "-z", page).splitlines()

    assert [line for line in lint if WITHOUT_DATE not in line] == []
    assert [line for line in warned if "cannot adjust line" not in line] == []  # a usage that is wider than the page


def shown(name: str) -> str:
    """Give a page as a reader sees it, in words."""
    [page] = [each for each in FILES if each.name == name]
    text = said(needs("mandoc", "mandoc"), "-T", "ascii", "-O", "width=100", page)
    return " ".join(text.replace("_\b", "").split())


def plain(name: str) -> str:
    """Give the same without what is printed twice to be bold."""
    words = shown(name)
    while "\b" in words:
        place = words.index("\b")
        words = words[: place - 1] + words[place + 1 :]
    return words


def test_a_page_says_what_the_help_says() -> None:
    page = plain("mail-panel-outbox.1")

    assert "mail-panel-outbox - see the mail that is to be sent and that was sent, and steer it" in page
    assert "mail-panel outbox list [OPTIONS] List the messages, the newest first" in page
    assert "--search TEXT A number, address, Message-ID, or part of a subject." in page
    assert "mail-panel outbox list --state failed" in page


def test_the_page_of_the_program_has_its_codes_its_variables_and_the_other_pages() -> None:
    page = plain("mail-panel.1")

    assert "64 the command line is wrong" in page
    assert "MAIL_PANEL_LOCALE the language where a visitor asks for none: ja or en. Default: ja." in page
    assert "mail-panel-sendmail(8)" in page
    assert {f"{each.stem}({each.suffix[1:]})" for each in FILES} - {"mail-panel(1)"} <= {
        word.rstrip(",") for word in page.split()
    }


def test_sendmail_has_the_page_of_a_sendmail() -> None:
    page = plain("mail-panel-sendmail.8")

    assert "mail-panel sendmail [-t] [-i] [-f ADDRESS] [-F NAME] [RECIPIENT ...]" in page
    assert "-f ADDRESS whom answers reach where the message has no From (also -r)" in page
    assert "printf 'Subject: Backup\\n\\nDone.\\n' | mail-panel sendmail hanako@example.org" in page
