"""What holds for every command."""

from __future__ import annotations

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
