"""Sessions, which end on the server: by time, by hand, and with what they stand on."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from panel import clock
from panel.access.accounts import Account, account_of, note_seen
from panel.storage.actor import Actor
from panel.storage.database import Database, Row
from panel.storage.journal import Action, append

IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(days=7)
MOST_AGENT = 256  # characters of what a browser says of itself


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One browser that is signed in; `id` is the beginning of a digest, which opens nothing."""

    id: str
    address: str
    agent: str
    opened_at: datetime
    seen_at: datetime
    own: bool  # of who looks


class Sessions:
    """The sessions of all accounts; of each token only its digest is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, account: Account, *, by: Actor, agent: str = "", now: datetime) -> str:
        """Give the token of a new session, at the address of who begins it."""
        token = secrets.token_urlsafe(32)
        with self._database.writing() as write:
            write.run("DELETE FROM sessions WHERE seen_at < ? OR opened_at < ?", _limits(now))
            write.run(
                "INSERT INTO sessions (digest, account, address, agent, opened_at, seen_at) VALUES (?, ?, ?, ?, ?, ?)",
                (digest(token), account.name, by.address, agent[:MOST_AGENT], clock.stamp(now), clock.stamp(now)),
            )
            note_seen(write, account.name, now)
            append(write, by, Action.SIGNED_IN, now=now)
        return token

    def note_entry(self, by: Actor, *, now: datetime) -> None:
        """Note that somebody enters whom a proxy knows, once a minute: a program may keep no cookie."""
        with self._database.writing() as write:
            recent = write.rows(_LAST_ROWS, (by.name,))
            if (Action.SIGNED_IN, by.address) not in {
                (row["action"], row["address"]) for row in recent if row["at"] > clock.stamp(now - _ONCE)
            }:
                append(write, by, Action.SIGNED_IN, now=now)

    def account(self, token: str, now: datetime) -> Account | None:
        """Give the account of a session that is still open; being seen keeps it open."""
        row = self._database.row(
            "SELECT accounts.*, sessions.seen_at AS session_seen_at "
            "FROM sessions JOIN accounts ON accounts.name = sessions.account "
            "WHERE digest = ? AND sessions.seen_at >= ? AND opened_at >= ?",
            (digest(token), *_limits(now)),
        )
        if row is None:
            return None
        if now - clock.moment(row["session_seen_at"]) > timedelta(minutes=1):  # not a write for every request
            with self._database.writing() as write:
                write.run("UPDATE sessions SET seen_at = ? WHERE digest = ?", (clock.stamp(now), digest(token)))
                note_seen(write, row["name"], now)
        return account_of(row)

    def last_proof(self, token: str) -> datetime | None:
        """Give when the password was last typed in a session, at its login or later; None where it is not open."""
        row = self._database.row(
            "SELECT coalesce(proven_at, opened_at) AS at FROM sessions WHERE digest = ?", (digest(token),)
        )
        return clock.moment(row["at"]) if row else None

    def prove(self, token: str, now: datetime) -> None:
        """Note that the password was typed again in a session."""
        with self._database.writing() as write:
            write.run("UPDATE sessions SET proven_at = ? WHERE digest = ?", (clock.stamp(now), digest(token)))

    def close(self, token: str, *, by: Actor | None = None, now: datetime) -> None:
        """End a session at once, where there is one, by who signs out; nobody does where another takes its place."""
        with self._database.writing() as write:
            write.run("DELETE FROM sessions WHERE digest = ?", (digest(token),))
            if by:
                append(write, by, Action.SIGNED_OUT, now=now)

    def of(self, name: str, token: str, now: datetime) -> list[OpenSession]:
        """List what an account has open, the newest sign of life first; `token` is that of who looks."""
        rows = self._database.rows(_OPEN, (name, *_limits(now)))
        return [_session(row, digest(token)) for row in rows]

    def end(self, name: str, id: str, *, by: Actor, now: datetime) -> bool:
        """End one session of an account by its id, and say whether it was open."""
        with self._database.writing() as write:
            found = [row["digest"] for row in write.rows("SELECT digest FROM sessions WHERE account = ?", (name,))]
            ended = write.changed_by_all(
                "DELETE FROM sessions WHERE digest = ?", [(each,) for each in found if _id(each) == id]
            )
            if ended:
                append(write, by, Action.SESSION_ENDED, object=f"account/{name}", changed={"session": id}, now=now)
        return bool(ended)

    def end_others(self, name: str, token: str, *, by: Actor, now: datetime) -> int:
        """End all sessions of an account but one, and say how many there were."""
        with self._database.writing() as write:
            ended = write.changed("DELETE FROM sessions WHERE account = ? AND digest <> ?", (name, digest(token)))
            if ended:
                append(write, by, Action.SESSION_ENDED, object=f"account/{name}", changed={"others": ended}, now=now)
        return ended

    def end_all(self) -> None:
        """End the sessions of all accounts: in a backup stand those, too, that were ended since it was made."""
        with self._database.writing() as write:
            write.run("DELETE FROM sessions")


_ONCE = timedelta(minutes=1)
_LAST_ROWS = "SELECT action, address, at FROM audit WHERE account = ? ORDER BY number DESC LIMIT 20"
_OPEN = "SELECT * FROM sessions WHERE account = ? AND seen_at >= ? AND opened_at >= ? ORDER BY seen_at DESC, digest"


def digest(token: str) -> bytes:
    """Digest a random token: with 256 bits of chance in it, no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _session(row: Row, own: bytes) -> OpenSession:
    return OpenSession(
        id=_id(row["digest"]),
        address=row["address"],
        agent=row["agent"],
        opened_at=clock.moment(row["opened_at"]),
        seen_at=clock.moment(row["seen_at"]),
        own=row["digest"] == own,
    )


def _id(digest: bytes) -> str:
    return digest.hex()[:16]


def _limits(now: datetime) -> tuple[str, str]:
    return clock.stamp(now - IDLE), clock.stamp(now - ABSOLUTE)
