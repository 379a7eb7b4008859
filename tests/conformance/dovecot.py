"""Dovecot of the distribution: POP3 in its three forms, and the login service that Postfix asks."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.certificates import KeyPair
from tests.conformance.people import Person
from tests.conformance.process import ServerProcess, free_ports

COMMON = """
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/dovecot.log
auth_verbose = yes
# The server of a test has seen nobody before, and makes nobody wait.
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""
CONFIGURATION = (
    COMMON
    + """protocols = pop3
listen = 127.0.0.1

ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5

passdb {{
  driver = passwd-file
  args = scheme=PLAIN.b64 username_format=%u {home}/passwords
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={home}/mail/%u
}}
mail_location = maildir:~/Maildir

service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service pop3 {{
  executable = pop3 pop3-postlogin
}}
service pop3-postlogin {{
  executable = script-login {home}/postlogin
  user = nobody
  unix_listener pop3-postlogin {{
  }}
}}
service auth {{
  unix_listener {home}/auth {{
    mode = 0666
  }}
}}
"""
)

# Dovecot gives the client's address to the script as IP.
POSTLOGIN = """#!/bin/sh
: > "{window}/$IP"
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Dovecot:
    """A running Dovecot: its ports, and the socket at which it checks logins for others."""

    pop3: int
    pop3s: int
    auth_socket: Path
    process: ServerProcess

    @property
    def log(self) -> str:
        return self.process.log

    def stop(self) -> None:
        self.process.stop()


def start(program: str, home: Path, *, window: Path, key_pair: KeyPair, people: Iterable[Person]) -> Dovecot:
    """Start Dovecot with a configuration and ports of its own; POP logins are noted in the window's folder."""
    pop3, pop3s = free_ports(2)
    _write_passwords(home / "passwords", people)
    _write_postlogin(home / "postlogin", window)
    _make_writable(home / "mail")
    configuration = home / "dovecot.conf"
    configuration.write_text(
        CONFIGURATION.format(home=home, certificate=key_pair.certificate, key=key_pair.key, pop3=pop3, pop3s=pop3s)
    )
    process = ServerProcess([program, "-F", "-c", configuration], log=home / "dovecot.log", output=home / "dovecot.out")
    process.wait_for_greeting(pop3)
    return Dovecot(pop3, pop3s, home / "auth", process)


def _write_passwords(path: Path, people: Iterable[Person]) -> None:
    """Write one line a person; base64 keeps a colon or a quote in a password from meaning anything."""
    lines = [f"{each.address}:{base64.b64encode(each.password.encode()).decode()}::::::\n" for each in people]
    path.write_text("".join(lines))
    path.chmod(0o644)


def _write_postlogin(path: Path, window: Path) -> None:
    _make_writable(window)
    path.write_text(POSTLOGIN.format(window=window))
    path.chmod(0o755)


def _make_writable(folder: Path) -> None:
    """Make a folder for the user that mail belongs to, whoever that is."""
    folder.mkdir()
    folder.chmod(0o1777)
