"""Who may enter: accounts, sessions that end on the server, and the first one-time link."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from panel import clock
from panel.access import passwords
from panel.access.passwords import AccountRefused
from panel.access.rights import Role
from panel.errors import PanelError
from panel.i18n import N_, Text
from panel.storage.database import Database, Row, Writer

IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(days=7)
SETUP_LINK_LIFE = timedelta(days=1)

FAILURE_WINDOW = timedelta(minutes=15)
FAILURES_OF_ACCOUNT_AND_ADDRESS = 5
FAILURES_OF_ADDRESS = 20

LOCAL = "local"  # whom the panel knows by itself

_MAX_NAME = 64
_NAME = re.compile(r"[\w][\w.@+-]{0,63}\Z")


class LoginRefused(PanelError):
    """A wrong name or password: which of them is not said."""


class TooManyFailures(PanelError):
    """So many wrong passwords that no further one is looked at for a while."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may enter; `via` says who knows them: the panel (`local`), a proxy, or the application around us."""

    name: str
    role: Role
    locale: str | None = None
    recipient: str = ""  # of the last test send
    created_at: datetime | None = None
    via: str = LOCAL
    timezone: str = ""  # by its IANA name; the machine's where it is blank


class Accounts:
    """The accounts, their sessions, and the failed logins that are counted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def any(self) -> bool:
        """Say whether there is an account yet; before that, only the one-time link enters."""
        return self._database.row("SELECT 1 FROM accounts LIMIT 1") is not None

    def knows(self, name: str) -> bool:
        """Say whether there is an account of this very name, as it was given."""
        return self._database.row("SELECT 1 FROM accounts WHERE name = ?", (name,)) is not None

    def list(self) -> list[Account]:
        """List the accounts by name."""
        return [account_of(row) for row in self._database.rows("SELECT * FROM accounts ORDER BY name")]

    def add(self, name: str, password: str, *, role: Role = Role.ADMINISTRATOR, now: datetime) -> Account:
        """Make an account, or raise `AccountRefused`; the first one is an administrator's."""
        name = _checked_name(name)
        digest = passwords.hashed(password)
        with self._database.writing() as write:
            if not write.row("SELECT 1 FROM accounts LIMIT 1"):
                role = Role.ADMINISTRATOR
            _insert_account(write, name, digest, role, now)
        return Account(name, role, created_at=now)

    def set_password(self, name: str, password: str) -> None:
        """Change a password and end every session of the account, or raise `AccountRefused`."""
        digest = passwords.hashed(password)
        with self._database.writing() as write:
            if not write.run("UPDATE accounts SET password = ? WHERE name = ? AND via = 'local'", (digest, name)):
                known = write.row("SELECT 1 FROM accounts WHERE name = ?", (name,))
                raise AccountRefused("name", Text(_WITHOUT_PASSWORD if known else _UNKNOWN, {"name": name}))
            write.run("DELETE FROM sessions WHERE account = ?", (name,))

    def set_role(self, name: str, role: Role) -> None:
        """Give an account another role, or raise `AccountRefused`; a lesser one ends its sessions."""
        with self._database.writing() as write:
            known = _known(write, name)
            if role.less_than(known.role):
                refuse_last_administrator(write, known)
                write.run("DELETE FROM sessions WHERE account = ?", (name,))
            write.run("UPDATE accounts SET role = ?, granted = ? WHERE name = ?", (role, role, name))

    def remove(self, name: str) -> None:
        """Remove an account and its sessions, or raise `AccountRefused`."""
        with self._database.writing() as write:
            refuse_last_administrator(write, _known(write, name))
            write.run("DELETE FROM sessions WHERE account = ?", (name,))
            write.run("DELETE FROM accounts WHERE name = ?", (name,))

    def remember(self, name: str, *, locale: str | None = None, recipient: str | None = None) -> None:
        """Keep what the account chose last: `locale` as in `ja`, `recipient` an address; None leaves what is kept."""
        with self._database.writing() as write:
            if locale is not None:
                write.run("UPDATE accounts SET locale = ? WHERE name = ?", (locale, name))
            if recipient is not None:
                write.run("UPDATE accounts SET recipient = ? WHERE name = ?", (recipient, name))

    # The first administrator

    def make_setup_link(self, now: datetime) -> str | None:
        """Make the token of a one-time link, the only one that is valid, or None where an account exists."""
        token = secrets.token_urlsafe(32)
        with self._database.writing() as write:
            if write.row("SELECT 1 FROM accounts LIMIT 1"):
                return None
            write.run("DELETE FROM setup_links")
            write.run("INSERT INTO setup_links (digest, made_at) VALUES (?, ?)", (_digest(token), clock.stamp(now)))
        return token

    def knows_setup_link(self, token: str, now: datetime) -> bool:
        """Say whether this link may still make the first administrator: it works once, for a day."""
        return not self.any() and self._database.row(_SETUP_LINK, _setup_link(token, now)) is not None

    def set_up(self, token: str, name: str, password: str, now: datetime) -> Account | None:
        """Make the first administrator and use the link up; None where the link is not valid.

        Raise `AccountRefused` for a name or a password that cannot be one; the link stays valid then.
        """
        name = _checked_name(name)
        digest = passwords.hashed(password)
        with self._database.writing() as write:
            if write.row("SELECT 1 FROM accounts LIMIT 1") or not write.row(_SETUP_LINK, _setup_link(token, now)):
                return None
            write.run("DELETE FROM setup_links")
            _insert_account(write, name, digest, Role.ADMINISTRATOR, now)
        return Account(name, Role.ADMINISTRATOR, created_at=now)

    # Sessions

    def log_in(self, name: str, password: str, *, address: str, now: datetime) -> Account:
        """Give the account, or raise `LoginRefused` or `TooManyFailures`.

        An attempt counts as failed until it has succeeded, so that many at once are no way around the limit. An unknown
        name takes as long as a known one.
        """
        name, group = name.strip()[:_MAX_NAME], _address_group(address)
        self._count_attempt(name, group, now)
        row = self._database.row("SELECT * FROM accounts WHERE name = ?", (name,))
        known = passwords.verify(password, (row and row["password"]) or passwords.NOBODY)
        if row is None or not known:
            raise LoginRefused(N_("The user name or password is wrong."))
        with self._database.writing() as write:
            write.run("DELETE FROM login_failures WHERE account = ? AND address = ?", (name, group))
        return account_of(row)

    def open_session(self, account: Account, *, address: str, now: datetime) -> str:
        """Give the token of a new session; only its digest is kept."""
        token = secrets.token_urlsafe(32)
        with self._database.writing() as write:
            write.run("DELETE FROM sessions WHERE seen_at < ? OR opened_at < ?", _session_limits(now))
            write.run(
                "INSERT INTO sessions (digest, account, address, opened_at, seen_at) VALUES (?, ?, ?, ?, ?)",
                (_digest(token), account.name, address, clock.stamp(now), clock.stamp(now)),
            )
        return token

    def session(self, token: str, now: datetime) -> Account | None:
        """Give the account of a session that is still open; being seen keeps it open."""
        idle, absolute = _session_limits(now)
        row = self._database.row(
            "SELECT accounts.*, sessions.seen_at FROM sessions JOIN accounts ON accounts.name = sessions.account "
            "WHERE digest = ? AND seen_at >= ? AND opened_at >= ?",
            (_digest(token), idle, absolute),
        )
        if row is None:
            return None
        if now - clock.moment(row["seen_at"]) > timedelta(minutes=1):  # not a write for every request
            with self._database.writing() as write:
                write.run("UPDATE sessions SET seen_at = ? WHERE digest = ?", (clock.stamp(now), _digest(token)))
        return account_of(row)

    def close_session(self, token: str) -> None:
        """End a session at once; one that is not open is passed over."""
        with self._database.writing() as write:
            write.run("DELETE FROM sessions WHERE digest = ?", (_digest(token),))

    def _count_attempt(self, name: str, address: str, now: datetime) -> None:
        with self._database.writing() as write:
            write.run("DELETE FROM login_failures WHERE at < ?", (clock.stamp(now - FAILURE_WINDOW),))
            failures = [row["account"] for row in write.rows(_FAILURES, (address,))]
            if len(failures) >= FAILURES_OF_ADDRESS or failures.count(name) >= FAILURES_OF_ACCOUNT_AND_ADDRESS:
                raise TooManyFailures(N_("Too many wrong passwords. Wait 15 minutes, then try again."))
            write.run(
                "INSERT INTO login_failures (account, address, at) VALUES (?, ?, ?)", (name, address, clock.stamp(now))
            )


_FAILURES = "SELECT account FROM login_failures WHERE address = ?"
_UNKNOWN = N_("There is no account named %(name)s.")
_WITHOUT_PASSWORD = N_("%(name)s signs in through the proxy, and has no password here.")
_SETUP_LINK = "SELECT 1 FROM setup_links WHERE digest = ? AND made_at >= ?"


def _checked_name(name: str) -> str:
    name = name.strip()
    if not _NAME.match(name):
        raise AccountRefused(
            "name",
            Text(
                N_(
                    "A user name is at most %(most)d letters, digits and . _ @ + -, beginning with a letter or a digit."
                ),
                {"most": _MAX_NAME},
            ),
        )
    return name


def _known(write: Writer, name: str) -> Account:
    row = write.row("SELECT * FROM accounts WHERE name = ?", (name,))
    if row is None:
        raise AccountRefused("name", Text(_UNKNOWN, {"name": name}))
    return account_of(row)


def refuse_last_administrator(write: Writer, account: Account) -> None:
    """Keep the last administrator that the panel knows by itself: a proxy may be gone one day."""
    if (account.role, account.via) == (Role.ADMINISTRATOR, LOCAL) and not write.row(_OTHER, (*_OTHERS, account.name)):
        raise AccountRefused("name", Text(N_("This is the last administrator. Add another one first.")))


_OTHERS = (Role.ADMINISTRATOR, LOCAL)
_OTHER = "SELECT 1 FROM accounts WHERE role = ? AND via = ? AND name <> ?"


def _insert_account(write: Writer, name: str, digest: str, role: Role, now: datetime) -> None:
    inserted = write.run(
        "INSERT INTO accounts (name, password, role, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
        (name, digest, role, clock.stamp(now)),
    )
    if not inserted:
        raise AccountRefused("name", Text(N_("There is already an account named %(name)s."), {"name": name}))


def account_of(row: Row) -> Account:
    """Give the account of a row."""
    return Account(
        name=row["name"],
        role=Role(row["role"]),
        locale=row["locale"],
        recipient=row["recipient"] or "",
        created_at=clock.moment(row["created_at"]),
        via=row["via"],
        timezone=row["timezone"],
    )


def _setup_link(token: str, now: datetime) -> tuple[bytes, str]:
    return _digest(token), clock.stamp(now - SETUP_LINK_LIFE)


def _session_limits(now: datetime) -> tuple[str, str]:
    return clock.stamp(now - IDLE), clock.stamp(now - ABSOLUTE)


def _digest(token: str) -> bytes:
    """Digest a random token: with 256 bits of chance in it, no salt is needed."""
    return hashlib.sha256(token.encode()).digest()


def _address_group(address: str) -> str:
    """Count an IPv6 network of 64 bits as one address: its owner has all of them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)
