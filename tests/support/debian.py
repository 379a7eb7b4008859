"""Installs the programs that the tests talk to, as root on Debian.

`dev.py test` calls it before anything else is there, so it needs Python alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.paths import ROOT

PACKAGES = (
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


def may_install() -> bool:
    """Say whether this is root on Debian."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and bool(shutil.which("apt-get"))


def install_servers(say: Callable[[str], None]) -> None:
    """Install the servers and the browser that the tests talk to, where we may."""
    if not shutil.which("dpkg-query"):
        say(f"not Debian: tests that need {', '.join(PACKAGES)} are skipped where they are missing")
        return
    missing = _missing()
    if not missing:
        return
    if not may_install():
        say(f"missing: {' '.join(missing)}. Tests that need them are skipped (as root they would be installed).")
        return
    say(f"installing {' '.join(missing)}")
    apt_install(missing)


def unpack_exim(say: Callable[[str], None]) -> None:
    """Put Debian's Exim beside its Postfix: the packages exclude each other."""
    program = EXIM / "usr" / "sbin" / "exim4"
    if program.exists() or not may_install():
        return
    say("unpacking exim4-daemon-light")
    with tempfile.TemporaryDirectory() as folder:
        apt = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", "exim4-daemon-light"]
        _call("apt-get", "-q", "update")
        subprocess.run(apt, check=True, cwd=folder, stdout=subprocess.DEVNULL)
        [package] = Path(folder).glob("exim4-daemon-light_*.deb")
        EXIM.mkdir(parents=True, exist_ok=True)
        _call("dpkg-deb", "--extract", str(package), str(EXIM))
    program.chmod(0o755)  # not set-user-ID: the tests start it as root
    if subprocess.run(["getent", "passwd", "Debian-exim"], capture_output=True, check=False).returncode:
        user = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        _call(*user, "--shell", "/usr/sbin/nologin", "Debian-exim")  # its package would do so


def apt_install(packages: list[str]) -> None:
    """Install packages without the servers in them being started: the tests start their own."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-y", "-o", "Dpkg::Options::=--force-confold", "--no-install-recommends"]
    _call("apt-get", "-q", "update", environment=environment)
    with _no_daemons():
        _call(*apt, "install", *packages, environment=environment)


def _missing() -> list[str]:
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *PACKAGES]
    known = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    return [name for name in PACKAGES if f"{name} installed" not in known]


def _call(*command: str, environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


@contextmanager
def _no_daemons() -> Iterator[None]:
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
