#!/usr/bin/env python3
"""The two commands of this checkout. They need Python 3.11 or newer, and nothing else.

    python3 dev.py run     make .venv, install, and start the demo: a panel with a mail server of its own
    python3 dev.py test    make .venv, install what the tests need, and run every check; what follows goes to pytest
    python3 dev.py test --long    the same with the tests that take minutes: fuzzing, accidents, other people's programs

As root on Debian, `test` also installs the programs that the tests talk to.
Otherwise the tests that miss one are skipped and say so; with CI set, a missing one is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
DEBIAN = (
    "chromium",
    "curl",
    "dovecot-pop3d",
    "fonts-noto-cjk",
    "git-email",
    "libatomic1",
    "libmailtools-perl",  # git-email's
    "nginx-light",
    "php-cli",
    "postfix",
    "s-nail",
    "strace",
    "swaks",
    # what Exim needs: it cannot be installed beside Postfix, so it is unpacked
    "libdb5.3",
    "libgnutls-dane0",
    "libidn12",
    "libnsl2",
    "libpcre2-8-0",
)
EXIM = ROOT / ".cache" / "exim4"
CHECKS = (
    ("format", ["ruff", "format", "--check", "."]),
    ("lint", ["ruff", "check", "."]),
    ("types", ["mypy"]),
    ("floors", ["lint-imports", "--no-cache"]),
    ("tests", ["python", "-m", "pytest"]),
)


def say(text: str) -> None:
    print(f"dev.py: {text}", flush=True)


def call(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True, cwd=ROOT)


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@contextmanager
def no_daemons() -> Iterator[None]:
    """Keep packages from starting their servers: the tests start their own."""
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            policy.unlink()


def apt_install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-y", "-o", "Dpkg::Options::=--force-confold", "--no-install-recommends"]
    subprocess.run(["apt-get", "-q", "update"], check=True, env=environment, stdout=subprocess.DEVNULL)
    with no_daemons():
        subprocess.run([*apt, "install", *packages], check=True, env=environment, stdout=subprocess.DEVNULL)


def make_venv() -> None:
    """Make .venv, installing Debian's venv module where it is missing and we may."""
    if (BIN / "python").exists():
        return
    say(f"making {VENV.name}")
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if not (is_root() and shutil.which("apt-get")):
        raise SystemExit(
            "dev.py: this Python has no venv module. Install it (on Debian: apt install python3-venv) and run this "
            f"again.\n{made.stdout}{made.stderr}"
        )
    say("installing python3-venv")
    apt_install(["python3-venv"])
    call(sys.executable, "-m", "venv", VENV)


def install(what: str) -> None:
    say(f"installing {what}")
    call(BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", what)


def install_debian() -> None:
    """Install the servers and the browser that the tests talk to, where we may."""
    if not shutil.which("dpkg-query"):
        say(f"not Debian: tests that need {', '.join(DEBIAN)} are skipped where they are missing")
        return
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *DEBIAN]
    known = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    missing = [name for name in DEBIAN if f"{name} installed" not in known]
    if not missing:
        return
    if not is_root():
        say(f"missing: {' '.join(missing)}. Tests that need them are skipped (as root they would be installed).")
        return
    say(f"installing {' '.join(missing)}")
    apt_install(missing)


def unpack_exim() -> None:
    """Put Debian's Exim beside its Postfix: the packages exclude each other."""
    program = EXIM / "usr" / "sbin" / "exim4"
    if program.exists() or not (is_root() and shutil.which("apt-get")):
        return
    say("unpacking exim4-daemon-light")
    with tempfile.TemporaryDirectory() as folder:
        apt = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", "exim4-daemon-light"]
        subprocess.run(["apt-get", "-q", "update"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(apt, check=True, cwd=folder, stdout=subprocess.DEVNULL)
        [package] = Path(folder).glob("exim4-daemon-light_*.deb")
        EXIM.mkdir(parents=True, exist_ok=True)
        call("dpkg-deb", "--extract", package, EXIM)
    program.chmod(0o755)  # not set-user-ID: the tests start it as root
    if subprocess.run(["getent", "passwd", "Debian-exim"], capture_output=True, check=False).returncode:
        user = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        call(*user, "--shell", "/usr/sbin/nologin", "Debian-exim")  # its package would do so


def run(arguments: list[str]) -> None:
    """Start the demo in this process's place."""
    make_venv()
    install(".")
    os.execv(str(BIN / "mail-panel"), ["mail-panel", "demo", *arguments])


def test(arguments: list[str]) -> None:
    """Run every check; what is given goes to pytest."""
    make_venv()
    install(".[test]")
    install_debian()
    unpack_exim()
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    failed, minutes = [], {}
    for name, command in CHECKS:
        say(f"{name}: {' '.join(command)}")
        began = time.monotonic()
        program = [str(BIN / command[0]), *command[1:]]
        extra = arguments if name == "tests" else []
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
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        raise SystemExit(__doc__)
    try:
        commands[sys.argv[1]](sys.argv[2:])
    except subprocess.CalledProcessError as fault:
        raise SystemExit(f"dev.py: this failed: {' '.join(fault.cmd)}\n{fault.stderr or ''}") from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
