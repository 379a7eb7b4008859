"""Installs the programs that the tests talk to, as root on Debian.

`dev.py test` calls it before anything else is there, so it needs Python alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.paths import ROOT

PACKAGES = (
    "alpine",
    "chromium",
    "curl",
    "debootstrap",
    "dovecot-pop3d",
    "faketime",
    "firefox-esr",
    "fish",
    "fonts-noto-cjk",
    "git-email",
    "groff-base",
    "iproute2",
    "libatomic1",
    "libmailtools-perl",  # git-email's
    "libphp-phpmailer",
    "mandoc",
    "msmtp",
    "nginx-light",
    "nmh",
    "pgbouncer",
    "php-cli",
    "php-swiftmailer",
    "php-symfony-mailer",
    "postfix",
    "postgresql",
    "s-nail",
    "strace",
    "swaks",
    "zsh",
    # what those need that are unpacked
    "libcurl4",
    "libdb5.3",
    "libgnutls-dane0",
    "libidn12",
    "libnsl2",
    "libpcre2-8-0",
)
FOR_LONG = (  # frameworks and languages, for `--long` alone
    "default-jdk-headless",
    "golang-go",
    "libmail-java",
    "libspring-context-support-java",
    "mariadb-server-core",
    "php-laravel-framework",
    "php-mysql",
    "python3-django",
    "ruby-actionmailer",
)
EXIM, APACHE, CADDY, WORDPRESS, ALERTMANAGER = (
    ROOT / ".cache" / name for name in ("exim4", "apache2", "caddy", "wordpress", "alertmanager")
)
UNPACKED = {  # beside what is installed: Exim and Postfix exclude each other, and nothing is to be started by itself
    EXIM: ("exim4-daemon-light",),
    APACHE: (
        *("apache2-bin", "libapache2-mod-auth-openidc"),
        *("libapr1", "libaprutil1", "libcjose0", "libhiredis0.14", "libjansson4"),
    ),
    CADDY: ("caddy",),
}
UNPACKED_FOR_LONG = {  # one would bring a server of the web, the other would be started
    WORDPRESS: ("wordpress",),
    ALERTMANAGER: ("prometheus-alertmanager",),
}


def may_install() -> bool:
    """Say whether this is root on Debian."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and bool(shutil.which("apt-get"))


def install_servers(say: Callable[[str], None], *, for_long: bool = False) -> None:
    """Install the servers and the browser that the tests talk to, where we may; and what the long ones need, too."""
    packages = (*PACKAGES, *FOR_LONG) if for_long else PACKAGES
    if not shutil.which("dpkg-query"):
        say(f"not Debian: tests that need {', '.join(packages)} are skipped where they are missing")
        return
    missing = _missing(packages)
    if not missing:
        return
    if not may_install():
        say(f"missing: {' '.join(missing)}. Tests that need them are skipped (as root they would be installed).")
        return
    say(f"installing {' '.join(missing)}")
    apt_install(missing)


def unpack_servers(say: Callable[[str], None], *, for_long: bool = False) -> None:
    """Put servers beside those that are installed, where we may; and what the long tests need, too."""
    wanted = {**UNPACKED, **UNPACKED_FOR_LONG} if for_long else UNPACKED
    missing = {folder: packages for folder, packages in wanted.items() if not folder.exists()}
    if not missing or not may_install():
        return
    _call("apt-get", "-q", "update")
    for folder, packages in missing.items():
        say(f"unpacking {' '.join(packages)}")
        _unpack(packages, folder)
    if EXIM not in missing:
        return
    (EXIM / "usr" / "sbin" / "exim4").chmod(0o755)  # not set-user-ID: the tests start it as root
    if subprocess.run(["getent", "passwd", "Debian-exim"], capture_output=True, check=False).returncode:
        user = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        _call(*user, "--shell", "/usr/sbin/nologin", "Debian-exim")  # its package would do so


def _unpack(packages: Sequence[str], folder: Path) -> None:
    """Unpack them beside the folder, and move them there when it is whole."""
    beside = folder.with_suffix(".new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as downloaded:
        apt = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *packages]
        subprocess.run(apt, check=True, cwd=downloaded, stdout=subprocess.DEVNULL)
        for package in Path(downloaded).glob("*.deb"):
            _call("dpkg-deb", "--extract", str(package), str(beside))
    beside.rename(folder)


def apt_install(packages: list[str]) -> None:
    """Install packages without the servers in them being started: the tests start their own."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "UCF_FORCE_CONFFOLD": "1"}
    apt = ["apt-get", "-q", "-y", "-o", "Dpkg::Options::=--force-confold", "--no-install-recommends"]
    _call("apt-get", "-q", "update", environment=environment)
    _want_no_cluster()
    with _no_daemons():
        _call(*apt, "install", *packages, environment=environment)


def _missing(packages: Sequence[str]) -> list[str]:
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages]
    known = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    return [name for name in packages if f"{name} installed" not in known]


def _call(*command: str, environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def _want_no_cluster() -> None:
    """Have PostgreSQL's package make no data of its own, which each start of the machine would serve."""
    wishes = Path("/etc/postgresql-common/createcluster.conf")
    if not wishes.exists():
        wishes.parent.mkdir(exist_ok=True)
        wishes.write_text("create_main_cluster = false\n")


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
