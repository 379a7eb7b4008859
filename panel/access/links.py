"""One-time links, by which somebody who was invited, or has forgotten a password, sets one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from panel import clock
from panel.access import passwords
from panel.access.accounts import Account, add_account, checked_name, refuse_known, require_local, write_password
from panel.access.rights import Role
from panel.access.sessions import digest
from panel.storage.actor import Actor
from panel.storage.database import Database, Reader, Row, Writer
from panel.storage.journal import Action, append

LINK_LIFE = timedelta(days=1)


class LinkKind(StrEnum):
    """What a link is for."""

    INVITATION = "invitation"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Link:
    """What a link leads to; the token itself is nowhere."""

    kind: LinkKind
    account: str
    role: str  # of who is invited
    made_by: str
    made_at: datetime

    @property
    def ends_at(self) -> datetime:
        """Give when it stops working."""
        return self.made_at + LINK_LIFE


class Links:
    """The links that may still be used; each account has one, the newest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def invite(self, name: str, role: Role, *, by: Actor, now: datetime) -> str:
        """Give the token of a link that makes an account of this name, or raise `AccountRefused`."""
        name = checked_name(name)
        with self._database.writing() as write:
            refuse_known(write, name)
            token = _make(write, Link(LinkKind.INVITATION, name, role, by.name, now))
            append(
                write,
                by,
                Action.ACCOUNT_INVITED,
                object=f"account/{name}",
                changed={"role": role},
                told={"changed_account": name, "role": role},
                now=now,
            )
        return token

    def reset(self, name: str, *, by: Actor, now: datetime) -> str:
        """Give the token of a link that sets an account's password anew, or raise `AccountRefused`."""
        with self._database.writing() as write:
            require_local(write, name)
            token = _make(write, Link(LinkKind.RESET, name, "", by.name, now))
            what = f"account/{name}"
            append(write, by, Action.RESET_LINK_MADE, object=what, told={"changed_account": name}, now=now)
        return token

    def withdraw(self, name: str, *, by: Actor, now: datetime) -> LinkKind | None:
        """End the link of an account or of who is invited, and say of which kind it was; None where there is none."""
        with self._database.writing() as write:
            row = write.row("DELETE FROM links WHERE account = ? RETURNING kind", (name,))
            if row is None:
                return None
            kind, what = LinkKind(row["kind"]), f"account/{name}"
            if kind is LinkKind.INVITATION:
                append(write, by, Action.INVITATION_WITHDRAWN, object=what, told={"changed_account": name}, now=now)
            else:
                append(write, by, Action.RESET_LINK_WITHDRAWN, object=what, told={"changed_account": name}, now=now)
        return kind

    def withdraw_all(self) -> None:
        """End every link: in a backup stand those, too, that were used or withdrawn since it was made."""
        with self._database.writing() as write:
            write.run("DELETE FROM links")

    def invitations(self, now: datetime) -> list[Link]:
        """List who is invited and has not come yet, by name."""
        return self._that_work(LinkKind.INVITATION, now)

    def resets(self, now: datetime) -> list[Link]:
        """List the links for a new password that nobody has used yet, by name."""
        return self._that_work(LinkKind.RESET, now)

    def _that_work(self, kind: LinkKind, now: datetime) -> list[Link]:
        oldest = clock.stamp(now - LINK_LIFE)
        return [_link(row) for row in self._database.rows(_OF_A_KIND, (kind, oldest))]

    def find(self, token: str, now: datetime) -> Link | None:
        """Give what a token leads to; None where it is wrong, used, replaced or too old."""
        return _find(self._database, token, now)

    def use(self, token: str, password: str, *, by: Actor, now: datetime) -> Account | None:
        """Set the password and give the account, once; None where the link does not work.

        Raise `AccountRefused` for a password that cannot be one; the link goes on working then.
        """
        hashed = passwords.hashed(password)
        with self._database.writing() as write:
            link = _find(write, token, now)
            if link is None:
                return None
            write.run("DELETE FROM links WHERE account = ?", (link.account,))
            if link.kind is LinkKind.RESET:
                return write_password(write, link.account, hashed, by=by, now=now)
            return add_account(write, Account(link.account, Role(link.role)), hashed, by=by, now=now)


_INSERT = "INSERT INTO links (digest, kind, account, role, made_by, made_at) VALUES (?, ?, ?, ?, ?, ?)"
_WORKS = (
    "SELECT * FROM links WHERE digest = ? AND made_at > ? "
    "AND (kind = 'reset') = EXISTS (SELECT 1 FROM accounts WHERE accounts.name = links.account)"
)
_OF_A_KIND = "SELECT * FROM links WHERE kind = ? AND made_at > ? ORDER BY account"


def _make(write: Writer, link: Link) -> str:
    """Keep a link in place of the one before and of those that are too old, and give its token."""
    token = secrets.token_urlsafe(32)
    oldest, made_at = clock.stamp(link.made_at - LINK_LIFE), clock.stamp(link.made_at)
    write.run("DELETE FROM links WHERE account = ? OR made_at <= ?", (link.account, oldest))
    write.run(_INSERT, (digest(token), link.kind, link.account, link.role, link.made_by, made_at))
    return token


def _find(read: Reader, token: str, now: datetime) -> Link | None:
    """Find a link that works: an invitation as long as nobody has that name, the other kind as long as somebody has."""
    row = read.row(_WORKS, (digest(token), clock.stamp(now - LINK_LIFE)))
    return _link(row) if row else None


def _link(row: Row) -> Link:
    made_at = clock.moment(row["made_at"])
    return Link(LinkKind(row["kind"]), row["account"], row["role"], row["made_by"], made_at)
