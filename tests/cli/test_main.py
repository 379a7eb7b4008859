"""What holds for every command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.mark.parametrize(
    "words",
    [("outbox", "list"), ("token", "list"), ("user", "list"), ("settings", "show"), ("keys", "check"), ("backup", "b")],
)
def test_what_asks_of_a_home_makes_none(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    elsewhere = tmp_path / "elsewhere"

    asked = run(*words, MAIL_PANEL_HOME=str(elsewhere))

    assert asked.returncode == 78
    assert str(elsewhere) in asked.stderr
    assert not elsewhere.exists()


def test_a_command_leaves_no_log_beside_the_database(run: Run, tmp_path: Path) -> None:
    """What is in the -wal file is not in a copy of the database alone; the last one to close it leaves none."""
    home = tmp_path / "alone"
    values = ("from_address=report@example.org", "smtp_host=localhost", "smtp_auth=no")
    for words in (("settings", "set", *values), ("settings", "show")):
        done = run(*words, MAIL_PANEL_HOME=str(home))
        assert done.returncode == 0, done.stderr
        assert [each.name for each in home.iterdir() if "-wal" in each.name] == [], words


def test_what_a_command_says_arrives_whole_where_it_ends_at_once(run: Run) -> None:
    said = run("explain", "--help").stdout + run("settings", "show", "--json").stdout

    assert "Show this message and exit." in said
    assert json.loads(said[said.index("{") :])
