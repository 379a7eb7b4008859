#!/usr/bin/env python3
"""The two commands of this checkout. They need Python 3.11 or newer, and nothing else.

    python3 dev.py run     make .venv, install, and start the demo: a panel with a mail server of its own;
                           -v shows its log, --listen HOST:PORT says where it is
    python3 dev.py test    make .venv, install what the tests need, and run every check; what follows goes to pytest
    python3 dev.py test --long    the same with the tests that take minutes: fuzzing, accidents, other people's
                           programs; and all tests that touch the data once more, on a PostgreSQL server

As root on Debian, `test` also installs the programs that the tests talk to.
Otherwise the tests that miss one are skipped and say so; with CI set, a missing one is a failure.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.support import debian, node

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "installed.json"  # what was installed, by the digest of what it was made of
MADE_OF = ("pyproject.toml", "requirements*.lock", "hatch_build.py", "panel/locale/*/*/*.po", "static/*", "docs/**/*")
MADE = ROOT / "panel" / "locale" / "ja" / "LC_MESSAGES" / "panel.mo"
WHAT = {".": "the panel and what it needs", ".[test]": "the panel and what its checks need"}
LONG = "--long"
CHECKS = (
    ("format", ["ruff", "format", "--check", "."]),
    ("lint", ["ruff", "check", "."]),
    ("types", ["mypy"]),
    ("floors", ["lint-imports", "--no-cache"]),
    ("tests", ["python", "-m", "pytest", "-n", "auto", "--dist", "loadfile"]),
)
ON_SERVER = ("tests on a server", [*CHECKS[-1][1], "--database=postgresql"])  # with --long, each in its short form


def say(text: str) -> None:
    print(f"dev.py: {text}", flush=True)


def call(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True, cwd=ROOT)


def make_venv() -> None:
    """Make .venv, installing Debian's venv module where it is missing and we may."""
    if (BIN / "python").exists():
        return
    say(f"making {VENV.name}")
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if not debian.may_install():
        raise SystemExit(
            "dev.py: this Python has no venv module. Install it (on Debian: apt install python3-venv) and run this "
            f"again.\n{made.stdout}{made.stderr}"
        )
    say("installing python3-venv")
    debian.apt_install(["python3-venv"])
    call(sys.executable, "-m", "venv", VENV)


def install(what: str) -> None:
    """Install the checkout and what it needs, unless nothing of what that is made of has changed since."""
    installed, now = _installed(), _digest()
    if installed.get(what) == now and MADE.exists():
        return
    say(f"installing {WHAT[what]}; this may take a minute")
    call(BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", what)
    STAMP.write_text(json.dumps({**installed, ".": now, what: now}), "utf-8")


def _installed() -> dict[str, str]:
    try:
        read: dict[str, str] = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return read


def _digest() -> str:
    """Give one digest of the names and contents of all that an installation is made of; the code itself is linked."""
    found = hashlib.sha256()
    for path in sorted({path for pattern in MADE_OF for path in ROOT.glob(pattern) if path.is_file()}):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        found.update(f"{path.relative_to(ROOT)} {content}\n".encode())
    return found.hexdigest()


def run(arguments: list[str]) -> None:
    """Start the demo in this process's place."""
    make_venv()
    install(".")
    os.execv(str(BIN / "mail-panel"), ["mail-panel", "demo", *arguments])


def test(arguments: list[str]) -> None:
    """Run every check; what is given goes to pytest."""
    make_venv()
    install(".[test]")
    debian.install_servers(say, for_long=LONG in arguments)
    debian.unpack_servers(say, for_long=LONG in arguments)
    node.install(say, BIN / "python", for_long=LONG in arguments)
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    failed, minutes = [], {}
    for name, command in (*CHECKS, ON_SERVER) if LONG in arguments else CHECKS:
        say(f"{name}: {' '.join(command)}")
        began = time.monotonic()
        program = [str(BIN / command[0]), *command[1:]]
        extra = arguments if name == "tests" else []
        if name == ON_SERVER[0]:
            extra = [each for each in arguments if each != LONG]
        if subprocess.run([*program, *extra], cwd=ROOT, env=environment, check=False).returncode:
            failed.append(name)
        minutes[name] = (time.monotonic() - began) / 60
    say("minutes: " + ", ".join(f"{name} {taken:.1f}" for name, taken in minutes.items()))
    if failed:
        raise SystemExit(f"dev.py: failed: {', '.join(failed)}")
    say("all checks passed")


def main() -> None:
    if sys.version_info < (3, 11):
        raise SystemExit(f"dev.py: Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")
    commands = {"run": run, "test": test}
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        raise SystemExit(__doc__)
    if sys.argv[1] not in commands:
        meant = difflib.get_close_matches(sys.argv[1], commands, n=1)
        raise SystemExit(
            f"dev.py: there is no command {sys.argv[1]!r}."
            + (f" Did you mean {meant[0]}?" if meant else f" There are {' and '.join(commands)}.")
        )
    try:
        commands[sys.argv[1]](sys.argv[2:])
    except subprocess.CalledProcessError as fault:
        raise SystemExit(f"dev.py: this failed: {' '.join(fault.cmd)}\n{fault.stderr or ''}") from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
