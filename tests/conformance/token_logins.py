"""Dovecot as a login service alone, which asks an authorization server what an access token is good for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.conformance.dovecot import COMMON
from tests.conformance.process import ServerProcess

CONFIGURATION = (
    COMMON
    + """
protocols =
ssl = no
auth_mechanisms = xoauth2 oauthbearer

passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
service auth {{
  unix_listener {home}/auth {{
    mode = 0666
  }}
}}
"""
)

PASSDB = """
introspection_mode = post
introspection_url = {introspection_url}
username_attribute = username
active_attribute = active
active_value = true
scope = smtp
"""


@dataclass(frozen=True, slots=True)
class TokenLogins:
    """A running login service: its socket, and its log."""

    auth_socket: Path
    process: ServerProcess

    @property
    def log(self) -> str:
        return self.process.log

    def stop(self) -> None:
        self.process.stop()


def start(program: str, home: Path, *, introspection_url: str) -> TokenLogins:
    """Start Dovecot without a protocol of mail; the address has the name and the secret of its client in it."""
    (home / "oauth2").write_text(PASSDB.format(introspection_url=introspection_url))
    configuration = home / "dovecot.conf"
    configuration.write_text(CONFIGURATION.format(home=home))
    process = ServerProcess([program, "-F", "-c", configuration], log=home / "dovecot.log", output=home / "dovecot.out")
    process.wait_for_greeting(home / "auth")
    return TokenLogins(home / "auth", process)
