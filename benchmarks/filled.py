"""Fills an outbox as months of sending leave it: nearly all was sent, some failed, the newest wait."""

from __future__ import annotations

from datetime import timedelta

from panel import clock
from panel.clock import Instant
from panel.storage.database import Database

WAITING = 400  # the newest; every fourth of them is deferred
LATELY = 400  # left within the last hour, whatever the size


def fill(database: Database, size: int, at: Instant) -> None:
    """Write so many messages in one transaction; every tenth of those that left has failed."""
    left, early = size - WAITING, size - WAITING - LATELY
    before, lately = (clock.stamp(at.wall - timedelta(minutes=each)) for each in (90, 30))
    with database.writing() as write:
        write.run(_MESSAGES, (size, left, early, before, lately))
        for statement in _WHAT_BELONGS_TO_THEM:
            write.run(statement)
        write.run(
            "INSERT INTO sendings (server, nth, at_ms, many) "
            "SELECT '', number, ? + number, 1 FROM messages WHERE number <= ?",
            (at.steady_ms - size, left),
        )
        write.run("UPDATE totals SET number = ? WHERE what = 'number' AND name = 'last'", (size,))
        write.run("UPDATE totals SET number = ? WHERE what = 'number' AND name = 'oldest'", (left + 1,))


_MESSAGES = """
    INSERT INTO messages (number, state, urgency, due_at, queued_at, since, ended_at, subject, message_id, reply_to,
        size, door, account, attempts, reply, ms, version, rcpt_to, content)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
    SELECT n,
        CASE WHEN n > ?2 THEN iif(n % 4, 'queued', 'deferred') ELSE iif(n % 10, 'sent', 'failed') END,
        1, ?4, ?4, ?4, CASE WHEN n <= ?3 THEN ?4 WHEN n <= ?2 THEN ?5 END,
        'Report ' || n, printf('<%08x@app.example.org>', n * 2654435761 % 4294967296), '', 1024, 'http', 'app', n <= ?2,
        '250 2.0.0 Ok', iif(n <= ?2, 20, NULL), 1, '["user' || n || '@example.net"]',
        iif(n > ?2 OR n % 10 = 0, zeroblob(1024), NULL)
    FROM numbers
"""
_WHAT_BELONGS_TO_THEM = (
    """
    INSERT INTO recipients (message, place, address, state)
    SELECT number, 0, 'user' || number || '@example.net', 'failed' FROM messages WHERE state = 'failed'
    """,
    """
    INSERT INTO attempts (message, number, at, ms, outcome, version, reply)
    SELECT number, 1, ended_at, 20, state, 1, '250 2.0.0 Ok' FROM messages WHERE state = 'failed'
    """,
    """
    INSERT INTO terms SELECT message_id, number FROM messages UNION
    SELECT 'user' || number || '@example.net', number FROM messages
    """,
    """
    INSERT INTO totals SELECT 'messages', state, count(*) FROM messages WHERE true GROUP BY state
    ON CONFLICT (what, name) DO UPDATE SET number = excluded.number
    """,
    "INSERT INTO totals SELECT 'attempts', state, count(*) FROM messages WHERE ended_at IS NOT NULL GROUP BY state",
    """
    INSERT INTO minutes SELECT substr(ended_at, 1, 16), state, '', count(*) FROM messages
    WHERE ended_at IS NOT NULL GROUP BY 1, 2
    """,
)
