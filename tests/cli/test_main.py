"""What holds for every command."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.__main__ import LaterInspect
from tests.cli.conftest import Run
from tests.support.places import variables_of

LOADS_A_COMMAND = """
import sys
from panel.__main__ import NOT_CALLED, Later, _put_off
_put_off(NOT_CALLED)
import panel.cli.main, panel.cli.trial
assert not {name for name in NOT_CALLED if not isinstance(sys.modules[name], Later)}
"""


@pytest.mark.data_file("whether it is there")
@pytest.mark.parametrize(
    "words",
    [("outbox", "list"), ("token", "list"), ("user", "list"), ("settings", "show"), ("keys", "check"), ("backup", "b")],
)
def test_what_asks_of_a_home_makes_none(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    elsewhere = tmp_path / "elsewhere"

    asked = run(*words, **variables_of(elsewhere))

    assert asked.returncode == 78
    assert str(elsewhere) in asked.stderr
    assert not elsewhere.exists()


def test_a_command_leaves_no_log_beside_the_database(run: Run, tmp_path: Path) -> None:
    """What is in the -wal file is not in a copy of the database alone; the last one to close it leaves none."""
    home = tmp_path / "alone"
    values = ("from_address=report@example.org", "smtp_host=localhost", "smtp_auth=no")
    for words in (("settings", "set", *values), ("settings", "show")):
        done = run(*words, **variables_of(home))
        assert done.returncode == 0, done.stderr
        assert [each.name for each in home.iterdir() if "-wal" in each.name] == [], words


def test_a_variable_that_nothing_reads_is_told_once_and_with_the_one_that_was_meant(run: Run) -> None:
    done = run("outbox", "list", MAIL_PANEL_KEP_LOG="7", MAIL_PANEL_XYZZY="1", _MAIL_PANEL_OTHER="1")

    assert (done.returncode, done.stdout) == (0, "The outbox is empty.\n")
    assert done.stderr.splitlines() == [
        "mail-panel: MAIL_PANEL_KEP_LOG is no variable of this program, and has no effect. "
        "Did you mean MAIL_PANEL_KEEP_LOG?",
        "mail-panel: MAIL_PANEL_XYZZY is no variable of this program, and has no effect.",
    ]
    assert run("outbox", "list", MAIL_PANEL_KEEP_LOG="7").stderr == ""


def test_what_a_command_says_arrives_whole_where_it_ends_at_once(run: Run) -> None:
    said = run("explain", "--help").stdout + run("settings", "show", "--json").stdout

    assert "Show this message and exit." in said
    assert json.loads(said[said.index("{") :])


def test_what_a_command_does_not_call_is_not_loaded() -> None:
    subprocess.run([sys.executable, "-c", LOADS_A_COMMAND], check=True, timeout=60)


@given(st.text(" a.\té"), st.sampled_from(["", "\n", "\n  and more\n  of it\n"]))
def test_the_words_of_an_option_are_cleaned_as_inspect_does_it(line: str, more: str) -> None:
    assert LaterInspect("inspect").cleandoc(line + more) == inspect.cleandoc(line + more)
