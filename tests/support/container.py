"""A command of the panel as process 1, in a namespace of its own as in a container."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.support.needs import needs, needs_root
from tests.support.places import variables_of
from tests.support.waiting import WITHIN, wait_until


class Container:
    """Processes of their own; `first` is process 1 as this machine numbers it."""

    def __init__(self, home: Path, *words: str, variables: Mapping[str, str] | None = None) -> None:
        needs_root("unshare")
        apart = [needs("unshare", "util-linux"), "--pid", "--fork", "--mount-proc", "--kill-child"]
        self._command = [*apart, sys.executable, "-m", "panel", *words]
        self._environment = {"PATH": os.environ["PATH"], **variables_of(home), **(variables or {})}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, env=self._environment, stdout=subprocess.DEVNULL)
        self.first = wait_until(lambda: children(self._process.pid))[0]
        return self

    def __exit__(self, *fault: object) -> None:
        self._process.kill()
        self._process.wait(WITHIN)

    def wait(self) -> int:
        """Give the exit code of process 1 when it has ended."""
        return self._process.wait(WITHIN)

    def run(self, script: str) -> None:
        """Run a script of the shell beside process 1, as a runtime's `exec` does."""
        words = ["nsenter", "--target", str(self.first), "--pid", "--mount", "sh", "-c", script]
        subprocess.run(words, check=True)


def children(pid: int) -> list[int]:
    """Give the children of a process that lives, the first one first."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
