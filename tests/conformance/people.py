"""Who has an account at the test servers, and where these stand."""

from __future__ import annotations

from dataclasses import dataclass

MAIL_HOST = "mail.example.org"  # the servers' own name
OTHER_HOST = "imap.example.net"  # whose certificate one of them shows by mistake
APP_HOST = "app01.example.org"  # what a well configured application says in EHLO
HERE = ("example.org", "example.net")  # the domains that the servers are responsible for
ELSEWHERE = "someone@example.com"  # reached by relaying only
MESSAGE_SIZE_LIMIT = 100_000  # bytes
RECIPIENT_LIMIT = 5
NOBODY = "nobody@example.org"  # the one mailbox that does not exist here


@dataclass(frozen=True, slots=True)
class Person:
    """An account: its address is its login name too."""

    address: str
    password: str


TANAKA = Person("tanaka@example.org", "Tr0ub4dor&3")
SUZUKI = Person("suzuki@example.org", 'パスワード 1"%<&')
PEOPLE = (TANAKA, SUZUKI)
