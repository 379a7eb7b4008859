"""Somebody at a shell who may not read the panel's home: every command as such a user runs it, in one process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.support.needs import find
from tests.support.paths import ROOT
from tests.support.places import variables_of

# Each command in a child of its own: what a process has open, or has loaded, is no other one's.
_PROGRAM = """
import importlib, io, json, os, pkgutil, sys, tempfile
import panel.cli
for module in pkgutil.walk_packages(panel.cli.__path__, "panel.cli."):
    importlib.import_module(module.name)
from panel.cli.main import main

for words in json.load(sys.stdin):
    said = tempfile.TemporaryFile()
    child = os.fork()
    if not child:
        read, write = os.pipe()
        os.write(write, b"Subject: x\\n\\ncorrect horse battery\\n")
        os.close(write)
        os.dup2(read, 0), os.dup2(said.fileno(), 1), os.dup2(said.fileno(), 2)
        sys.stdin, sys.argv = open(0), ["mail-panel", *words]
        sys.stdout, sys.stderr = open(1, "w"), open(2, "w", buffering=1)
        code = 1
        try:
            main()
        except SystemExit as left:
            code = left.code or 0
        sys.stdout.flush()
        os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said.seek(0)
    print(json.dumps([code, said.read().decode()]), flush=True)
"""
_WITHOUT_RIGHTS = "--bounding-set=-dac_override,-dac_read_search"  # root reads what it may by the modes alone, then


def run_uninvited(commands: Mapping[str, Iterable[str]], home: Path) -> dict[str, tuple[int, str]]:
    """Run commands with their arguments where the home is closed; give the exit code and what was said."""
    mode = home.stat().st_mode
    home.chmod(0)
    environment = {"PATH": os.environ["PATH"], **variables_of(home), "LANG": "C.UTF-8"}
    try:
        ended = subprocess.run(
            [*_as_others(), sys.executable, "-c", _PROGRAM],
            input=json.dumps([[*name.split(), *more] for name, more in commands.items()]),
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=environment,
            check=True,
        )
    finally:
        home.chmod(mode)
    return dict(zip(commands, map(tuple, map(json.loads, ended.stdout.splitlines())), strict=True))


def _as_others() -> list[str]:
    """Give what makes root like everybody else."""
    if os.geteuid() != 0:
        return []
    setpriv = find("setpriv")
    return [setpriv, _WITHOUT_RIGHTS] if setpriv else pytest.skip("needs setpriv (Debian package: util-linux)")
