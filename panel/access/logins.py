"""Logins by a password: wrong ones are counted, and after some of them no further one is looked at for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from panel import clock
from panel.access import passwords
from panel.access.accounts import MOST_OF_A_NAME, ONE_BY_NAME, Account, account_of, write_password
from panel.access.sessions import digest
from panel.errors import PanelError
from panel.i18n import N_
from panel.storage.actor import Actor, address_group
from panel.storage.database import Database

FAILURE_WINDOW = timedelta(minutes=15)
FAILURES_OF_ACCOUNT_AND_ADDRESS = 5
FAILURES_OF_ADDRESS = 20


class LoginRefused(PanelError):
    """A wrong name or password: which of them is not said."""


class TooManyFailures(PanelError):
    """So many wrong passwords that no further one is looked at for a while."""


class Logins:
    """Who proves by a password who they are, and the failed attempts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def log_in(self, name: str, password: str, *, address: str, now: datetime) -> Account:
        """Give the account, or raise `LoginRefused` or `TooManyFailures`.

        An attempt counts as failed until it has succeeded, so that many at once are no way around the limit. An unknown
        name takes as long as a known one.
        """
        name, group = name.strip()[:MOST_OF_A_NAME], address_group(address)
        self._count_attempt(name, group, now)
        row = self._database.row(ONE_BY_NAME, (name,))
        known = passwords.verify(password, (row and row["password"]) or passwords.NOBODY)
        if row is None or not known:
            raise LoginRefused(_WRONG)
        with self._database.writing() as write:
            found = write.row(ONE_BY_NAME, (name,))
            if found is None or found["password"] != row["password"]:  # changed while it was looked at
                raise LoginRefused(_WRONG)
            write.run("DELETE FROM login_failures WHERE account = ? AND address = ?", (name, group))
        return account_of(found)

    def change_password(self, who: Account, old: str, new: str, *, by: Actor, keep: str, now: datetime) -> None:
        """Change a password for who knows it, and end all sessions of the account but the one with the token `keep`.

        Raise `LoginRefused` or `TooManyFailures` for the old one, and `AccountRefused` for the new one.
        """
        self.log_in(who.name, old, address=by.address, now=now)
        hashed = passwords.hashed(new)
        with self._database.writing() as write:
            write_password(write, who.name, hashed, by=by, keep=digest(keep), now=now)

    def _count_attempt(self, name: str, address: str, now: datetime) -> None:
        with self._database.writing() as write:
            write.run("DELETE FROM login_failures WHERE at < ?", (clock.stamp(now - FAILURE_WINDOW),))
            failures = [row["account"] for row in write.rows(_FAILURES, (address,))]
            if len(failures) >= FAILURES_OF_ADDRESS or failures.count(name) >= FAILURES_OF_ACCOUNT_AND_ADDRESS:
                raise TooManyFailures(N_("Too many wrong passwords. Wait 15 minutes, then try again."))
            write.run(
                "INSERT INTO login_failures (account, address, at) VALUES (?, ?, ?)", (name, address, clock.stamp(now))
            )


_WRONG = N_("The user name or password is wrong.")
_FAILURES = "SELECT account FROM login_failures WHERE address = ?"
