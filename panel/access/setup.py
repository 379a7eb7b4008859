"""The one-time link of the first administrator: as long as nobody has an account, who holds it enters."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from panel import clock
from panel.access import passwords
from panel.access.accounts import ANY, Account, checked_name, insert_account
from panel.access.rights import Role
from panel.access.sessions import digest
from panel.storage.actor import Actor
from panel.storage.database import Database
from panel.storage.journal import Action, append

SETUP_LINK_LIFE = timedelta(days=1)


class Setup:
    """How the first account is made."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make_link(self, now: datetime) -> str | None:
        """Make the token of a one-time link, the only one that is valid, or None where an account exists."""
        token = secrets.token_urlsafe(32)
        with self._database.writing() as write:
            if write.row(ANY):
                return None
            write.run("DELETE FROM setup_links")
            write.run("INSERT INTO setup_links (digest, made_at) VALUES (?, ?)", (digest(token), clock.stamp(now)))
        return token

    def knows(self, token: str, now: datetime) -> bool:
        """Say whether this link may still make the first administrator: it works once, for a day."""
        return self._database.row(ANY) is None and self._database.row(_LINK, _link(token, now)) is not None

    def finish(self, token: str, name: str, password: str, *, by: Actor, now: datetime) -> Account | None:
        """Make the first administrator and use the link up; None where the link is not valid.

        Raise `AccountRefused` for a name or a password that cannot be one; the link stays valid then.
        """
        if not self.knows(token, now):  # before a password is hashed, which takes a while
            return None
        made = Account(checked_name(name), Role.ADMINISTRATOR)
        hashed = passwords.hashed(password)
        with self._database.writing() as write:
            if write.row(ANY) or not write.row(_LINK, _link(token, now)):
                return None
            write.run("DELETE FROM setup_links")
            append(write, by, Action.ADMINISTRATOR_MADE, object=f"account/{made.name}", now=now)
            return insert_account(write, made, hashed, now)


_LINK = "SELECT 1 FROM setup_links WHERE digest = ? AND made_at >= ?"


def _link(token: str, now: datetime) -> tuple[bytes, str]:
    return digest(token), clock.stamp(now - SETUP_LINK_LIFE)
