"""The command as a shell runs it: in processes of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from panel.home import DATABASE_NAME
from panel.storage.opening import open_database
from tests.support.places import variables_of
from tests.support.terminal import seen_on_terminal

Run = Callable[..., subprocess.CompletedProcess[str]]

See = Callable[..., str]

COMPLETE = ["from_address=report@example.org", "smtp_host=smtp.example.org", "smtp_user=report"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run commands in a home that is there already."""
    environment = prepared(tmp_path / "home")

    def run(*words: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "panel", *words]
        return subprocess.run(
            command, input=given, capture_output=True, text=True, env={**environment, **more}, check=False
        )

    return run


@pytest.fixture
def see(run: Run, tmp_path: Path) -> See:
    """See commands on a terminal, in the home that `run` uses."""
    environment = prepared(tmp_path / "home")

    def see(*words: str, columns: int = 80, **more: str) -> str:
        command = [sys.executable, "-m", "panel", *words]
        return seen_on_terminal(command, {**environment, **more}, columns=columns)

    return see


def prepared(home: Path) -> dict[str, str]:
    """Make a home, and give the environment of a shell that uses it."""
    home.mkdir(mode=0o700, exist_ok=True)
    database = open_database(home / DATABASE_NAME)
    database.prepare()
    database.close()
    return {"PATH": os.environ["PATH"], **variables_of(home), "LANG": "C.UTF-8"}
