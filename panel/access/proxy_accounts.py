"""The accounts of who enters by a proxy: made at the first visit, without a password, beside the panel's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from panel import clock
from panel.access.accounts import Account, account_of, note_seen, refuse_last_administrator
from panel.access.passwords import AccountRefused
from panel.access.proxy_config import ProxyLogin
from panel.access.proxy_login import MOST_NAME, HeaderRefused, role_by_groups, why_no_name
from panel.access.rights import Role
from panel.errors import PanelError
from panel.i18n import N_, Text
from panel.storage.database import Database, Row, Writer


class NoRole(PanelError):
    """Somebody whom the proxy knows, and nobody has given a role."""

    def __init__(self, name: str) -> None:
        super().__init__(N_("You have no role in this panel. Ask its administrator for one."))
        self.name = name


class ProxyAccounts:
    """Who enters by a proxy."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self, name: str, groups: str, login: ProxyLogin, now: datetime) -> Account:
        """Give the account of a name and its groups as they are now, or raise `HeaderRefused` or `NoRole`.

        The role of the groups is kept to be shown in lists; it is not believed again once they do not say it.
        """
        row = self._row(name)
        if row and row["via"] != "proxy":
            raise HeaderRefused(login.user_header, _TAKEN.format(name=name))
        role = role_by_groups(groups, login) if login.role_header else _granted(row, login)
        if role is None:
            raise NoRole(name)
        if row is None or row["role"] != role or _is_long_ago(row["seen_at"], now):
            row = self._keep(name, role, now)
        return replace(account_of(row), role=role)

    def add(self, name: str, role: Role, now: datetime) -> Account:
        """Make the account of somebody before their first visit, or raise `AccountRefused`."""
        if why_no_name(name):
            raise AccountRefused("name", Text(_NO_NAME, {"most": MOST_NAME}))
        with self._database.writing() as write:
            if not _insert(write, name, role, now, granted=role):
                raise AccountRefused("name", Text(N_("There is already an account named %(name)s."), {"name": name}))
        return Account(name, role, created_at=now, via="proxy")

    def hand_over(self, name: str) -> None:
        """Let a local account enter by the proxy from now on, in its role; its password and its sessions end."""
        with self._database.writing() as write:
            row = write.row("SELECT * FROM accounts WHERE name = ? AND via = 'local'", (name,))
            if row is None:
                raise AccountRefused("name", Text(N_("There is no local account named %(name)s."), {"name": name}))
            refuse_last_administrator(write, account_of(row))
            write.run("DELETE FROM sessions WHERE account = ?", (name,))
            write.run("DELETE FROM links WHERE account = ?", (name,))
            write.run("UPDATE accounts SET via = 'proxy', password = '', granted = role WHERE name = ?", (name,))

    def has_administrator(self) -> bool:
        """Say whether a command has made somebody an administrator here."""
        found = "SELECT 1 FROM accounts WHERE via = 'proxy' AND granted = ? LIMIT 1"
        return self._database.row(found, (Role.ADMINISTRATOR,)) is not None

    def _row(self, name: str) -> Row | None:
        return self._database.row("SELECT * FROM accounts WHERE name = ?", (name,))

    def _keep(self, name: str, role: Role, now: datetime) -> Row:
        with self._database.writing() as write:
            if not _insert(write, name, role, now):
                write.run("UPDATE accounts SET role = ? WHERE name = ? AND via = 'proxy'", (role, name))
            note_seen(write, name, now)
            row = write.row("SELECT * FROM accounts WHERE name = ?", (name,))
        assert row
        return row


_TAKEN = "the name of a local account, which mail-panel user via {name} proxy hands over"
_NO_NAME = N_(
    "A name that a proxy shows has 1 to %(most)d characters, none of them a comma or a control, and no blank at an end."
)


def _granted(row: Row | None, login: ProxyLogin) -> Role | None:
    return Role(row["granted"]) if row and row["granted"] else login.default_role


def _is_long_ago(seen_at: str | None, now: datetime) -> bool:
    """Say whether it is more than a minute ago: not a write for every request."""
    return seen_at is None or now - clock.moment(seen_at) > timedelta(minutes=1)


def _insert(write: Writer, name: str, role: Role, now: datetime, *, granted: Role | None = None) -> bool:
    """Insert an account, and say whether there was none of this name."""
    return bool(
        write.run(
            "INSERT INTO accounts (name, password, role, granted, via, created_at) VALUES (?, '', ?, ?, 'proxy', ?) "
            "ON CONFLICT (name) DO NOTHING",
            (name, role, granted or "", clock.stamp(now)),
        )
    )
