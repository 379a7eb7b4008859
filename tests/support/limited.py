"""Tokens with limits, and one of before there were any."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from panel.access.rights import Scope
from panel.access.submission.token_limits import TokenLimits
from panel.access.tokens import Tokens
from panel.errors import LimitReached
from panel.outbox.outbox import Outbox
from panel.storage.actor import Actor
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import mail

NOON = datetime(2026, 11, 28, 12, 0, 0, 500_000, tzinfo=UTC)
OLD_TOKEN_TEXT = "mp_abcdefgh_" + "a" * 32
OLD_TOKEN = (
    "INSERT INTO tokens (id, name, digest, scopes, created_at, created_by) "
    "VALUES (?, 'shop', ?, 'send', '2026-11-01T08:00:00.000Z', 'ken')"
)
OLD_TOKEN_ROW = (OLD_TOKEN_TEXT[:11], hashlib.sha256(OLD_TOKEN_TEXT.encode()).digest())


def with_limits(
    database: Database,
    messages_per_minute: int | None = None,
    recipients_per_day: int | None = None,
    *,
    name: str = "shop",
    now: datetime = NOON,
) -> Actor:
    """Make a token that may hand in so much, and give who comes with it."""
    limits = TokenLimits(messages_per_minute, recipients_per_day)
    text = Tokens(database).create(name, [Scope.SEND], by=actor("ken"), limits=limits, now=now)
    return Actor(f"{name} (token)", "api", limited=text[:11])


def knows_its_token_and_limits_it(database: Database, text: str) -> None:
    """Show that a token has no limits, and has one from when it is set."""
    tokens, outbox = Tokens(database), Outbox(database)
    token = tokens.accept(text, NOON)
    assert token
    assert (token.limits, token.limited, tokens.limited(NOON)) == (TokenLimits(), "", [])
    outbox.enqueue(mail(), by=Actor(token.account, "api", limited=token.limited), now=NOON)

    tokens.limit("shop", {"recipients_per_day": 1}, by=actor(), now=NOON)

    [limited] = tokens.limited(NOON)
    assert (limited.name, limited.limits, limited.use.recipients) == ("shop", TokenLimits(None, 1), 0)
    known = tokens.accept(text, NOON)
    assert known
    by = Actor(known.account, "api", limited=known.limited)
    outbox.enqueue(mail(), by=by, now=NOON)
    with pytest.raises(LimitReached):
        outbox.enqueue(mail(), by=by, now=NOON)
