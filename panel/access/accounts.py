"""Who may enter, and as what; the last administrator whom the panel itself knows stays one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from panel import clock
from panel.access import passwords
from panel.access.passwords import AccountRefused
from panel.access.rights import Role
from panel.i18n import N_, Text
from panel.storage.actor import Actor
from panel.storage.database import Database, Row, Writer
from panel.storage.journal import Action, append

LOCAL = "local"  # whom the panel knows by itself

MOST_OF_A_NAME = 64
_NAME = re.compile(r"[\w][\w.@+-]{0,63}\Z")


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
    seen_at: datetime | None = None  # last, to the minute

    @property
    def local(self) -> bool:
        """Say whether the panel itself knows them, by a password."""
        return self.via == LOCAL


class Accounts:
    """The accounts; each change is one transaction, in which who makes it can be noted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def any(self) -> bool:
        """Say whether there is an account with a password yet; before that, only the one-time link enters."""
        return self._database.row(ANY) is not None

    def knows(self, name: str) -> bool:
        """Say whether there is an account of this very name, as it was given."""
        return self._database.row("SELECT 1 FROM accounts WHERE name = ?", (name,)) is not None

    def list(self) -> list[Account]:
        """List the accounts by name."""
        return [account_of(row) for row in self._database.rows("SELECT * FROM accounts ORDER BY name")]

    def add(self, name: str, password: str, *, by: Actor, role: Role = Role.ADMINISTRATOR, now: datetime) -> Account:
        """Make an account, or raise `AccountRefused`; the first one is an administrator's."""
        made, digest = Account(checked_name(name), role), passwords.hashed(password)
        with self._database.writing() as write:
            return add_account(write, made, digest, by=by, now=now)

    def require_password(self, name: str) -> None:
        """Raise `AccountRefused` where there is no such account, or one that has no password here."""
        with self._database.writing() as write:
            require_local(write, name)

    def set_password(self, name: str, password: str, *, by: Actor, now: datetime) -> None:
        """Change a password and end every session of the account, or raise `AccountRefused`."""
        digest = passwords.hashed(password)
        with self._database.writing() as write:
            write_password(write, name, digest, by=by, now=now)

    def set_role(self, name: str, role: Role, *, by: Actor, now: datetime) -> None:
        """Give an account another role; a lesser one ends its sessions.

        Raise `AccountRefused` where there is no such account, and where nobody else would be an administrator.
        """
        with self._database.writing() as write:
            before = require(write, name)
            if role is before.role and before.local:
                return
            if role.less_than(before.role):
                refuse_last_administrator(write, before)
                end_access(write, name)
            write.run("UPDATE accounts SET role = ?, granted = ? WHERE name = ?", (role, role, name))
            note_role(write, before, role, by=by, now=now)

    def remove(self, name: str, *, by: Actor, now: datetime) -> None:
        """Remove an account with its sessions and links, or raise `AccountRefused`: the last administrator stays."""
        with self._database.writing() as write:
            refuse_last_administrator(write, require(write, name))
            end_access(write, name)
            write.run("DELETE FROM accounts WHERE name = ?", (name,))
            what = f"account/{name}"
            append(write, by, Action.ACCOUNT_REMOVED, object=what, told={"changed_account": name}, now=now)

    def remember(
        self, name: str, *, locale: str | None = None, recipient: str | None = None, timezone: str | None = None
    ) -> None:
        """Keep what the account chose last: `locale` as in `ja`, `recipient` an address; None leaves what is kept."""
        with self._database.writing() as write:
            write.run(_REMEMBER, (locale, recipient, timezone, name))


ONE_BY_NAME = "SELECT * FROM accounts WHERE name = ?"
ANY = "SELECT 1 FROM accounts WHERE via = 'local' LIMIT 1"
_REMEMBER = (
    "UPDATE accounts SET locale = coalesce(?, locale), recipient = coalesce(?, recipient), "
    "timezone = coalesce(?, timezone) WHERE name = ?"
)


def checked_name(name: str) -> str:
    """Give a name without blanks around it, or raise `AccountRefused` where it can be no account's."""
    name = name.strip()
    if not _NAME.match(name):
        raise AccountRefused(
            "name",
            Text(
                N_(
                    "A user name is at most %(most)d letters, digits and . _ @ + -, beginning with a letter or a digit."
                ),
                {"most": MOST_OF_A_NAME},
            ),
        )
    return name


def insert_account(write: Writer, account: Account, digest: str, now: datetime) -> Account:
    """Make an account in the caller's transaction and give it, the first one as an administrator's."""
    if not write.row(ANY):
        account = replace(account, role=Role.ADMINISTRATOR)
    inserted = write.changed(
        "INSERT INTO accounts (name, password, role, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
        (account.name, digest, account.role, clock.stamp(now)),
    )
    if not inserted:
        raise AccountRefused("name", Text(_KNOWN, {"name": account.name}))
    return replace(account, created_at=now)


def add_account(write: Writer, account: Account, digest: str, *, by: Actor, now: datetime) -> Account:
    """Make an account as `insert_account` does, and note who makes it."""
    made = insert_account(write, account, digest, now)
    note_added(write, made, by=by, now=now)
    return made


def note_added(write: Writer, account: Account, *, by: Actor, now: datetime) -> None:
    """Note that an account was made."""
    append(
        write,
        by,
        Action.ACCOUNT_ADDED,
        object=f"account/{account.name}",
        changed={"role": [None, account.role], "via": account.via},
        told={"changed_account": account.name, "role": account.role},
        now=now,
    )


def note_role(write: Writer, before: Account, role: Role, *, by: Actor, now: datetime) -> None:
    """Note that an account has another role."""
    append(
        write,
        by,
        Action.ROLE_CHANGED,
        object=f"account/{before.name}",
        changed={"role": [before.role, role]},
        told={"changed_account": before.name, "role": role},
        now=now,
    )


def write_password(write: Writer, name: str, digest: str, *, by: Actor, keep: bytes = b"", now: datetime) -> Account:
    """Change a password in the caller's transaction, and end what the old one has opened but for one session."""
    account = require_local(write, name)
    write.run("UPDATE accounts SET password = ? WHERE name = ?", (digest, name))
    end_access(write, name, keep=keep)
    what = f"account/{name}"
    append(write, by, Action.PASSWORD_CHANGED, object=what, told={"changed_account": name}, now=now)
    return account


_KNOWN = N_("There is already an account named %(name)s.")
_WITHOUT_PASSWORD = N_("%(name)s signs in through the proxy, and has no password here.")


def require(write: Writer, name: str) -> Account:
    """Give an account as this transaction finds it, or raise `AccountRefused`."""
    if row := write.row(ONE_BY_NAME, (name,)):
        return account_of(row)
    raise AccountRefused("name", Text(N_("There is no account named %(name)s."), {"name": name}))


def note_seen(write: Writer, name: str, now: datetime) -> None:
    """Keep when an account was seen last; a minute is near enough."""
    write.run("UPDATE accounts SET seen_at = ? WHERE name = ?", (clock.stamp(now), name))


def require_local(write: Writer, name: str) -> Account:
    """Give an account that has a password, as this transaction finds it, or raise `AccountRefused`."""
    account = require(write, name)
    if not account.local:
        raise AccountRefused("name", Text(_WITHOUT_PASSWORD, {"name": name}))
    return account


def refuse_known(write: Writer, name: str) -> None:
    """Raise `AccountRefused` where there is an account of this name."""
    if write.row("SELECT 1 FROM accounts WHERE name = ?", (name,)):
        raise AccountRefused("name", Text(_KNOWN, {"name": name}))


def account_of(row: Row) -> Account:
    """Read an account from its row."""
    return Account(
        name=row["name"],
        role=Role(row["role"]),
        locale=row["locale"],
        recipient=row["recipient"] or "",
        created_at=clock.moment(row["created_at"]),
        via=row["via"],
        timezone=row["timezone"],
        seen_at=clock.moment_or_none(row["seen_at"]),
    )


def refuse_last_administrator(write: Writer, account: Account) -> None:
    """Raise where nobody else whom the panel itself knows would be an administrator: a proxy may be gone one day."""
    is_one = account.local and account.role is Role.ADMINISTRATOR
    if is_one and not write.row(_ANOTHER_ONE, (account.name, Role.ADMINISTRATOR, LOCAL)):
        raise AccountRefused("name", Text(N_("This is the last administrator. Add another one first.")))


_ANOTHER_ONE = "SELECT 1 FROM accounts WHERE name <> ? AND role = ? AND via = ? LIMIT 1"


def end_access(write: Writer, name: str, *, keep: bytes = b"") -> None:
    """End the sessions of an account but one, and the links that lead to it or that it has made."""
    write.run("DELETE FROM sessions WHERE account = ? AND digest <> ?", (name, keep))
    write.run("DELETE FROM links WHERE account = ? OR made_by = ?", (name, name))
