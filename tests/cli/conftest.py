"""The command as a shell runs it: in processes of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from panel.home import DATABASE_NAME
from panel.storage.database import Database

Run = Callable[..., subprocess.CompletedProcess[str]]

COMPLETE = ["from_address=report@example.org", "smtp_host=smtp.example.org", "smtp_user=report"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run commands in a home that is there already."""
    (tmp_path / "home").mkdir(mode=0o700)
    Database(tmp_path / "home" / DATABASE_NAME).prepare()
    environment = {"PATH": os.environ["PATH"], "MAIL_PANEL_HOME": str(tmp_path / "home"), "LANG": "C.UTF-8"}

    def run(*words: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "panel", *words]
        return subprocess.run(
            command, input=given, capture_output=True, text=True, env={**environment, **more}, check=False
        )

    return run
