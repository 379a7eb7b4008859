"""The accounts of who enters by a proxy: made at the first visit, without a password, beside the panel's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from panel import clock
from panel.access.accounts import (
    ONE_BY_NAME,
    Account,
    account_of,
    end_access,
    note_added,
    note_role,
    note_seen,
    refuse_known,
    refuse_last_administrator,
    require,
)
from panel.access.passwords import AccountRefused
from panel.access.proxy_config import ProxyLogin
from panel.access.proxy_login import MOST_NAME, HeaderRefused, role_by_groups, why_no_name
from panel.access.rights import Role
from panel.errors import PanelError
from panel.i18n import N_, Text
from panel.storage.actor import Actor
from panel.storage.database import Database, Row, Writer
from panel.storage.journal import Action, append


class NoRole(PanelError):
    """Somebody whom the proxy knows, and nobody has given a role."""

    def __init__(self, name: str) -> None:
        super().__init__(N_("You have no role in this panel. Ask its administrator for one."))
        self.name = name


class ProxyAccounts:
    """Who enters by a proxy."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self, by: Actor, groups: str, login: ProxyLogin, now: datetime) -> Account:
        """Give the account of who is shown and their groups as they are now, or raise `HeaderRefused` or `NoRole`.

        The role of the groups is kept to be shown in lists; it is not believed again once they do not say it.
        """
        row = self._database.row(ONE_BY_NAME, (by.name,))
        known = _refuse_local(account_of(row), login) if row else None
        role = role_by_groups(groups, login) if login.role_header else _granted(row, login)
        if role is None:
            raise NoRole(by.name)
        if known and known.role is role and known.seen_at and now - known.seen_at < _SEEN:
            return known
        return _refuse_local(self._keep(by._replace(role=role), role, now), login)

    def add(self, name: str, role: Role, *, by: Actor, now: datetime) -> Account:
        """Make the account of somebody before their first visit, or raise `AccountRefused`."""
        if why_no_name(name):
            raise AccountRefused("name", Text(_NO_NAME, {"most": MOST_NAME}))
        with self._database.writing() as write:
            refuse_known(write, name)
            _insert(write, name, role, by=by, now=now, granted=role)
        return Account(name, role, created_at=now, via="proxy")

    def hand_over(self, name: str, *, by: Actor, now: datetime) -> None:
        """Let a local account enter by the proxy from now on, in its role; its password and its sessions end."""
        with self._database.writing() as write:
            row = write.row(ONE_BY_NAME, (name,))
            if row is None or not account_of(row).local:
                raise AccountRefused("name", Text(N_("There is no local account named %(name)s."), {"name": name}))
            refuse_last_administrator(write, account_of(row))
            end_access(write, name)
            write.run("UPDATE accounts SET via = 'proxy', password = '', granted = role WHERE name = ?", (name,))
            append(
                write,
                by,
                Action.ACCOUNT_HANDED_OVER,
                object=f"account/{name}",
                changed={"via": ["local", "proxy"], "password": "changed"},
                told={"changed_account": name},
                now=now,
            )

    def has_administrator(self) -> bool:
        """Say whether a command has made somebody an administrator here."""
        found = "SELECT 1 FROM accounts WHERE via = 'proxy' AND granted = ? LIMIT 1"
        return self._database.row(found, (Role.ADMINISTRATOR,)) is not None

    def _keep(self, by: Actor, role: Role, now: datetime) -> Account:
        """Make or change the account of who is here, in whose own name that is noted."""
        with self._database.writing() as write:
            made = _insert(write, by.name, role, by=by, now=now)
            found = require(write, by.name)
            if found.local:  # which was made a moment ago
                return found
            if not made and found.role is not role:
                write.run("UPDATE accounts SET role = ? WHERE name = ?", (role, by.name))
                note_role(write, found, role, by=by, now=now)
            note_seen(write, by.name, now)
        return replace(found, role=role, seen_at=now)


_SEEN = timedelta(minutes=1)  # not a write for every request
_TAKEN = "the name of a local account, which mail-panel user via {name} proxy hands over"
_NO_NAME = N_(
    "A name that a proxy shows has 1 to %(most)d characters, none of them a comma or a control, and no blank at an end."
)


def _refuse_local(account: Account, login: ProxyLogin) -> Account:
    if account.local:
        raise HeaderRefused(login.user_header, _TAKEN.format(name=account.name))
    return account


def _granted(row: Row | None, login: ProxyLogin) -> Role | None:
    return Role(row["granted"]) if row and row["granted"] else login.default_role


def _insert(write: Writer, name: str, role: Role, *, by: Actor, now: datetime, granted: Role | None = None) -> bool:
    """Make an account, and say whether there was none of this name."""
    values = (name, role, granted or "", clock.stamp(now))
    if not write.changed(_INSERT, values):
        return False
    note_added(write, Account(name, role, via="proxy"), by=by, now=now)
    return True


_INSERT = (
    "INSERT INTO accounts (name, password, role, granted, via, created_at) VALUES (?, '', ?, ?, 'proxy', ?) "
    "ON CONFLICT (name) DO NOTHING"
)
