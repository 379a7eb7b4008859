"""Installs what the tests need of npm's packages; `dev.py test` calls it, so it needs Python alone."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

from tests.support.paths import ROOT

SOURCE = ROOT / "tests" / "support" / "oidc"
FOLDER = ROOT / ".cache" / "oidc"
PACKAGE = FOLDER / "node_modules" / "oidc-provider" / "package.json"
LISTS = ("package.json", "package-lock.json")


def install(say: Callable[[str], None]) -> None:
    """Put the authorization server of the tests where they look for it, in the very versions of the lock file."""
    npm = shutil.which("npm")
    if _is_there():
        return
    if not npm:
        say("no npm: tests that need an authorization server (node, npm's oidc-provider) are skipped")
        return
    say("installing npm's oidc-provider")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in LISTS:
        shutil.copy(SOURCE / name, FOLDER / name)
    subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--silent"], check=True, cwd=FOLDER)


def _is_there() -> bool:
    """Say whether it was installed, and by the lists that are valid now."""
    lists = [(SOURCE / name, FOLDER / name) for name in LISTS]
    return PACKAGE.exists() and all(old.exists() and old.read_bytes() == new.read_bytes() for new, old in lists)
