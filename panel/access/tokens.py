"""What applications sign in with: random tokens, shown once and kept as digests, each with its scopes and its end."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING

from panel import clock
from panel.access.field_refused import FieldRefused
from panel.access.rights import Right, Scope
from panel.access.submission.token_limits import NO_LIMITS, TokenLimits
from panel.errors import DatabaseError
from panel.i18n import N_, Text
from panel.storage.actor import Actor
from panel.storage.database import Database, Row
from panel.storage.journal import Action, append, difference

if TYPE_CHECKING:
    from panel.access.submission.token_use import LimitedToken  # few tokens have limits

MARK = "mp_"  # by which a token is found in a log or a repository
_MAX_NAME = 64
LONGEST_DAYS = 3650
MOST_LIMIT = 10_000_000
LIMITS_MARK = "token-limits"

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_SHAPE = re.compile(r"(mp_[a-z0-9]{8})_[a-z0-9]{32}")  # 160 bits of chance
_NAME = re.compile(r"(?!mp_)\w[\w.@+-]{0,63}")
_SEEN = timedelta(minutes=5)  # not a write for every request
_NOBODY = bytes(32)


class TokenRefused(FieldRefused):
    """A value that cannot be a token's; `field` is `name`, `scope`, `expires`, or that of a limit."""


class NoSuchToken(TokenRefused):
    """No token of that name or beginning is valid, or no longer."""


@dataclass(frozen=True, slots=True)
class Token:
    """One application's access; `id` is the beginning of the token, which is no secret."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    limits: TokenLimits = NO_LIMITS

    @property
    def limited(self) -> str:
        """Give the beginning of a token that has limits, under which it is counted."""
        return self.id if self.limits else ""

    @property
    def account(self) -> str:
        """Give who acts, as the outbox, the history and the limits of tests know it; no person has such a name."""
        return f"{self.name} (token)"

    def may(self, right: Right) -> bool:
        """Say whether the token is good for this."""
        return any(scope.may(right) for scope in self.scopes)

    def state(self, now: datetime) -> str:
        """Give `valid`, `expired` or `revoked`."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= now else "valid"


class Tokens:
    """The tokens; of each only a digest is kept, and the end of those that are revoked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        name: str,
        scopes: Iterable[Scope],
        *,
        by: Actor,
        expires_at: datetime | None = None,
        limits: TokenLimits = NO_LIMITS,
        now: datetime,
    ) -> str:
        """Make a token and give it, this once; raise `TokenRefused` for a name, a scope or one that there is."""
        name, granted = _checked(name, frozenset(scopes))
        prefix, words, ends = MARK + _random(8), " ".join(sorted(granted)), clock.stamp_or_none(expires_at)
        token = f"{prefix}_{_random(32)}"
        row = (prefix, name, _digest(token), words, clock.stamp(now), by.name, ends, *limits)
        with self._database.writing() as write:
            if not write.changed(_INSERT, row):
                raise TokenRefused("name", Text(N_("There is already a token named %(name)s."), {"name": name}))
            append(
                write,
                by,
                Action.TOKEN_CREATED,
                object=f"token/{prefix}",
                changed={"name": name, "scopes": words, "expires_at": ends, **_set(limits)},
                told={"token": name, "scopes": words},
                now=now,
            )
        self._mark(limits)
        return token

    def list(self) -> list[Token]:
        """List the tokens, the newest first, with those that are no longer valid."""
        return [_token(row) for row in self._database.rows("SELECT * FROM tokens ORDER BY created_at DESC, id")]

    def accept(self, text: str, now: datetime) -> Token | None:
        """Give whose token this is, or None where it is unknown, expired or revoked; note that it was used."""
        found = _SHAPE.fullmatch(text)
        row = self._database.row("SELECT * FROM tokens WHERE id = ?", (found[1],)) if found else None
        known = compare_digest(_digest(text), row["digest"] if row else _NOBODY)
        if row is None or not known:
            return None
        token = _token(row)
        if token.state(now) != "valid":
            return None
        self._note_use(token, now)
        self._mark(token.limits)
        return token

    def limit(self, which: str, limits: Mapping[str, int | None], *, by: Actor, now: datetime) -> Token:
        """Have the valid token with this name or beginning hand in so much and no more, or raise `NoSuchToken`.

        A limit that is not named stays.
        """
        with self._database.writing() as write:
            row = write.row(_VALID, (which, which))
            if row is None:
                raise _no_such(which)
            before = _token(row)
            after = before.limits._replace(**limits)
            write.run(_LIMIT, (*after, before.id))
            append(
                write,
                by,
                Action.TOKEN_LIMITED,
                object=f"token/{before.id}",
                changed={"name": before.name, **difference(before.limits._asdict(), after._asdict())},
                told={
                    "token": before.name,
                    "messages_per_minute": after.messages_per_minute,
                    "recipients_per_day": after.recipients_per_day,
                },
                now=now,
            )
        self._mark(after)
        return replace(before, limits=after)

    def limited(self, now: datetime) -> Sequence[LimitedToken]:
        """List what the valid tokens with limits have handed in; where nobody ever set one, nothing is read."""
        if not self._database.is_marked(LIMITS_MARK):
            return []
        from panel.access.submission.token_use import limited

        return limited(self._database, now)

    def revoke(self, which: str, *, by: Actor, now: datetime) -> Token:
        """End the token with this name or this beginning, at once; raise `NoSuchToken` where there is none."""
        which = found[1] if (found := _SHAPE.fullmatch(which)) else which
        with self._database.writing() as write:
            row = write.row(_REVOKE, (clock.stamp(now), which, which))
            if row is None:
                raise _no_such(which)
            revoked = _token(row)
            append(
                write,
                by,
                Action.TOKEN_REVOKED,
                object=f"token/{revoked.id}",
                changed={"name": revoked.name},
                told={"token": revoked.name},
                now=now,
            )
        return revoked

    def _mark(self, limits: TokenLimits) -> None:
        """Leave a mark that there are limits, which a copy of the data file comes without."""
        if limits and not self._database.is_marked(LIMITS_MARK):
            self._database.mark(LIMITS_MARK)

    def _note_use(self, token: Token, now: datetime) -> None:
        if token.last_used_at and now - token.last_used_at < _SEEN:
            return
        with suppress(DatabaseError), self._database.writing() as write:  # the next request may note it
            write.run("UPDATE tokens SET last_used_at = ? WHERE id = ?", (clock.stamp(now), token.id))


_NO_TOKEN = N_("There is no valid token named %(name)s.")
_INSERT = (
    "INSERT INTO tokens (id, name, digest, scopes, created_at, created_by, expires_at, messages_per_minute, "
    "recipients_per_day) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING"
)
_VALID = "SELECT * FROM tokens WHERE (name = ? OR id = ?) AND revoked_at IS NULL"
_LIMIT = "UPDATE tokens SET messages_per_minute = ?, recipients_per_day = ? WHERE id = ?"
_REVOKE = "UPDATE tokens SET revoked_at = ? WHERE (name = ? OR id = ?) AND revoked_at IS NULL RETURNING *"


def _no_such(which: str) -> NoSuchToken:
    return NoSuchToken("name", Text(_NO_TOKEN, {"name": which[:_MAX_NAME]}))


def _set(limits: TokenLimits) -> dict[str, int]:
    """Give the limits that there are."""
    return {name: most for name, most in limits._asdict().items() if most is not None}


def expiry(text: str, now: datetime) -> datetime:
    """Read for how long a token is to hold, such as `90d` or `12h`, and give when it ends; raise `TokenRefused`."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([dh])", text.strip())
    life = timedelta(hours=int(found[1]) * (24 if found[2] == "d" else 1)) if found else timedelta(0)
    if not timedelta(0) < life <= timedelta(days=LONGEST_DAYS):
        raise TokenRefused(
            "expires", Text(N_("Enter a time like 90d or 12h, at most %(most)d days."), {"most": LONGEST_DAYS})
        )
    return now + life


def limits_in(texts: Mapping[str, str]) -> dict[str, int | None]:
    """Read limits as they are typed, blank for any number, or raise `TokenRefused`."""
    return {name: _limit(name, texts[name].strip()) for name in TokenLimits._fields if name in texts}


def _limit(name: str, text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch("[0-9]{1,8}", text) or not 1 <= int(text) <= MOST_LIMIT:
        wrong = Text(N_("Enter a number from 1 to %(most)d, or nothing for no limit."), {"most": MOST_LIMIT})
        raise TokenRefused(name, wrong)
    return int(text)


def _checked(name: str, scopes: frozenset[Scope]) -> tuple[str, frozenset[Scope]]:
    name = name.strip()
    if not _NAME.fullmatch(name):
        text = N_(
            "A token's name is at most %(most)d letters, digits and . _ @ + -, beginning with a letter or a digit."
        )
        raise TokenRefused("name", Text(text, {"most": _MAX_NAME}))
    if not scopes:
        raise TokenRefused("scope", Text(N_("Say what the token is for: send, read, admin or content.")))
    return name, scopes


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _digest(token: str) -> bytes:
    """Digest a random token: with 160 bits of chance in it, no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _token(row: Row) -> Token:
    return Token(
        id=row["id"],
        name=row["name"],
        scopes=frozenset(map(Scope, row["scopes"].split())),
        created_at=clock.moment(row["created_at"]),
        created_by=row["created_by"],
        expires_at=clock.moment_or_none(row["expires_at"]),
        revoked_at=clock.moment_or_none(row["revoked_at"]),
        last_used_at=clock.moment_or_none(row["last_used_at"]),
        limits=TokenLimits.of(row),
    )
