"""The help of a group of commands."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Run

GROUPS = ((), ("settings",), ("outbox",), ("alert",), ("keys",), ("user",), ("token",), ("oauth",))


@pytest.mark.parametrize("words", GROUPS)
def test_no_line_of_the_help_is_cut(run: Run, words: tuple[str, ...]) -> None:
    for columns in ("60", "80"):
        shown = run(*words, "--help", COLUMNS=columns).stdout

        assert "..." not in shown.partition("Commands:")[2]
        assert max(map(len, shown.splitlines())) <= int(columns)
    listed = re.findall(r"^  ([\w-]+)  +", shown.partition("Commands:")[2], re.MULTILINE)
    for command in listed:
        assert run(*words, command, "--help").returncode == 0


def test_a_group_alone_shows_its_help(run: Run) -> None:
    alone = run("outbox")

    assert (alone.returncode, alone.stdout) == (64, "")
    assert alone.stderr == run("outbox", "--help").stdout
