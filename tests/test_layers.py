"""The core works where the web application's packages are not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT_WEB = """
import sys
for name in ("flask", "werkzeug", "wtforms", "flask_wtf", "jinja2"):
    sys.modules[name] = None
"""


def run(program: str, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT_WEB + program, *arguments]
    environment = {"MAIL_PANEL_HOME": str(home), "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def test_the_command_line_works_without_flask(tmp_path: Path) -> None:
    program = "from panel.cli.main import main\nmain()"

    saved = run(
        program, "settings", "set", "from_address=a@example.org", "smtp_host=mx.example", "smtp_auth=no", home=tmp_path
    )
    shown = run(program, "settings", "show", home=tmp_path)

    assert saved.returncode == 0, saved.stderr
    assert "smtp_host=mx.example" in shown.stdout


BELOW = ["panel.checks.trial.run", "panel.server.demo", "panel.server.web_server", "panel.services"]


@pytest.mark.parametrize("module", BELOW)
def test_what_stands_below_the_doors_loads_without_flask(module: str, tmp_path: Path) -> None:
    loaded = run(f"import {module}", home=tmp_path)

    assert loaded.returncode == 0, loaded.stderr


def test_this_test_would_notice(tmp_path: Path) -> None:
    loaded = run("import panel.web", home=tmp_path)

    assert "ModuleNotFoundError" in loaded.stderr
