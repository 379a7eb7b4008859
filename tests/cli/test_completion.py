"""`mail-panel completion`: real shells complete what is typed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.needs import needs
from tests.support.terminal import typed_on_terminal

BASH = """
source <(mail-panel completion bash)
complete -p mail-panel
ask() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _mail_panel_completion mail-panel
    echo "= ${COMPREPLY[*]//$'\\n'/ }" | tr '\\n' ' '
    echo
}
"""
ASKED = {
    ("mail-panel", "set"): "settings",
    ("mail-panel", "settings", "s"): "set show",
    ("mail-panel", "outbox", "pu"): "purge",
    ("mail-panel", "outbox", "list", "--st"): "--state",
    ("mail-panel", "outbox", "list", "--state", "f"): "failed",
    ("mail-panel", "completion", "z"): "zsh",
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A shell that finds the program, and nobody's own files."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8", "TERM": "dumb"}


def run_shell(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout


def test_bash_completes(environment: dict[str, str]) -> None:
    asked = "".join(f"ask {' '.join(words)}\n" for words in ASKED)

    lines = run_shell(["bash", "--norc", "-c", BASH + asked], environment).splitlines()

    assert lines[0] == "complete -o nosort -F _mail_panel_completion mail-panel"
    assert [line.removeprefix("= ").strip() for line in lines[1:]] == [*ASKED.values()]


def test_fish_completes(environment: dict[str, str]) -> None:
    fish = needs("fish", "fish")
    words = "string replace -r '\\t.*' '' | string join ' '"  # behind a tab it says what a word is for
    asked = "".join(f"complete -C '{' '.join(each)}' | {words}\n" for each in ASKED)

    lines = run_shell([fish, "--no-config", "-c", f"mail-panel completion fish | source\n{asked}"], environment)

    assert lines.splitlines() == [*ASKED.values()]


def test_zsh_completes_what_is_typed_at_its_prompt(environment: dict[str, str], tmp_path: Path) -> None:
    zsh = needs("zsh", "zsh")
    setup = 'autoload -Uz compinit; compinit -u; eval "$(mail-panel completion zsh)"; PS1="ready> "\n'
    (tmp_path / ".zshrc").write_text(setup)

    seen = typed_on_terminal(
        [zsh, "-d", "-i"],
        environment,
        [("ready> ", "mail-panel outbox pu\t"), ("purge ", "\x15exit\n")],
    )

    assert "mail-panel outbox purge " in seen


def test_another_shell_is_refused_with_those_there_are(run: Run) -> None:
    refused = run("completion", "tcsh")

    assert (refused.returncode, refused.stdout) == (64, "")
    assert "bash, zsh, fish" in refused.stderr
