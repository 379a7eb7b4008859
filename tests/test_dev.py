"""The two commands of the checkout: what is typed wrong, and that a second start installs nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PYTHON = """#!/bin/sh
echo "$@" >> {folder}/called
test ! -e {folder}/fails
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose .venv notes what it is asked to do."""
    for name in ("dev.py", "pyproject.toml", "requirements.lock", "hatch_build.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "tests" / "support", tmp_path / "tests" / "support")
    (tmp_path / "tests" / "__init__.py").touch()
    for name, text in {
        "python": PYTHON.format(folder=tmp_path),
        "mail-panel": '#!/bin/sh\necho "started $@"\n',
    }.items():
        program = tmp_path / ".venv" / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    catalogue = tmp_path / "panel" / "locale" / "ja" / "LC_MESSAGES"
    catalogue.mkdir(parents=True)
    (catalogue / "panel.po").write_text('msgid "a"\nmsgstr "b"\n')
    (catalogue / "panel.mo").touch()
    return tmp_path


def dev(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, checkout / "dev.py", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def installed(checkout: Path) -> int:
    """Count how often pip was asked to install."""
    called = checkout / "called"
    return called.read_text().count("-m pip install") if called.exists() else 0


def test_a_second_start_installs_nothing_and_says_nothing(checkout: Path) -> None:
    first, second = dev(checkout, "run", "-v"), dev(checkout, "run")

    assert first.stdout == "dev.py: installing the panel and what it needs; this may take a minute\nstarted demo -v\n"
    assert second.stdout == "started demo\n"
    assert installed(checkout) == 1


@pytest.mark.parametrize(
    "changed", ["pyproject.toml", "requirements.lock", "hatch_build.py", "panel/locale/ja/LC_MESSAGES/panel.po"]
)
def test_what_an_installation_is_made_of_is_installed_anew(checkout: Path, changed: str) -> None:
    dev(checkout, "run")
    with (checkout / changed).open("a") as file:
        file.write("\n# more\n")

    dev(checkout, "run")

    assert installed(checkout) == 2


def test_what_is_made_is_made_again_where_it_is_gone(checkout: Path) -> None:
    dev(checkout, "run")
    (checkout / "panel/locale/ja/LC_MESSAGES/panel.mo").unlink()

    dev(checkout, "run")

    assert installed(checkout) == 2


def test_an_installation_that_failed_is_tried_again(checkout: Path) -> None:
    (checkout / "fails").touch()
    failed = dev(checkout, "run")
    (checkout / "fails").unlink()

    again = dev(checkout, "run")

    assert (failed.returncode, again.returncode) == (1, 0)
    assert "dev.py: this failed: " in failed.stderr
    assert installed(checkout) == 2


def test_a_word_that_is_nearly_right_is_told_with_the_right_one(checkout: Path) -> None:
    assert dev(checkout, "rnu").stderr == "dev.py: there is no command 'rnu'. Did you mean run?\n"
    assert dev(checkout, "zzz").stderr == "dev.py: there is no command 'zzz'. There are run and test.\n"
    assert "python3 dev.py run" in dev(checkout).stderr
