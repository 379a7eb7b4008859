"""The programs that some tests talk to: where one is missing, its tests are skipped and name the package."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/sbin")  # servers stand here, and few people have it in PATH


def find(program: str, *folders: str | Path) -> str | None:
    """Look a program up in PATH, in the system's folders and in those given."""
    places = [os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS, *map(str, folders)]
    return shutil.which(program, path=os.pathsep.join(places))


def needs(program: str, package: str, *folders: str | Path) -> str:
    """Give the program's path, or skip the test; where CI is set a missing one is a failure."""
    found = find(program, *folders)
    if found:
        return found
    missing(f"{program} is not installed (Debian package: {package})")


def missing(reason: str) -> NoReturn:
    """Skip the test as something is missing; where CI is set, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def needs_root(program: str) -> None:
    """Skip the test unless it runs as root: some servers start as root only, and change to a user of their own."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip(f"{program} starts as root only")
