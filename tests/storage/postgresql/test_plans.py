"""Where very much has been sent, what is asked most is read by its index."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from panel import clock
from panel.clock import Instant
from panel.outbox.delivery.claims import Claims
from panel.outbox.listing.filters import Filters
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Terms
from panel.outbox.state import Listed
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, mail

MANY = 50_000
FEW = 1_000
_FILL = """
INSERT INTO messages (number, state, urgency, due_at, queued_at, since, ended_at, subject, message_id, reply_to, size,
    door, account, rcpt_to)
SELECT number, 'sent', 1, ?, ?, ?, ?, 'Subject', '<' || number || '@old.example.org>', '', 1000, 'api', 'shop',
    '["old@example.org"]'
FROM generate_series(1000, ?) AS numbers (number)
"""
Act = Callable[[Outbox], object]


@pytest.fixture
def full(database: Database) -> Outbox:
    """An outbox from which very much was sent, and in which a little waits."""
    then = clock.stamp(NOW - timedelta(days=1))
    with database.writing() as write:
        write.changed(_FILL, (*[then] * 4, MANY))
        write.run("UPDATE totals SET number = ? WHERE what = 'number' AND name = 'last'", (MANY,))
        write.run("UPDATE totals SET number = ? WHERE what = 'messages' AND name = 'sent'", (MANY - 999,))
    outbox = Outbox(database)
    for number in range(20):
        outbox.enqueue(mail(number=number), by=actor(), now=NOW)
    database.rows("ANALYZE messages")
    return outbox


def claim(outbox: Outbox) -> object:
    return Claims(outbox._database).claim_window("w", Terms(0), Instant(NOW, 10_000, "test"), most=10)


@pytest.mark.parametrize(
    "act",
    [
        claim,
        lambda outbox: outbox.get(MANY // 2),
        lambda outbox: outbox.oldest(),
        lambda outbox: outbox.unseen_failures(),
        lambda outbox: outbox.list(),
        lambda outbox: outbox.list(before=MANY // 2),
        lambda outbox: outbox.list(state=Listed.QUEUED),
        lambda outbox: outbox.list(state=Listed.FAILED),
        lambda outbox: outbox.list(q="<0@app.example.org>"),
        lambda outbox: outbox.list(q="hanako@example.org"),
        lambda outbox: outbox.next_up(Filters(Listed.QUEUED)),
        lambda outbox: outbox.enqueue(mail(number=99), by=actor(), now=NOW),
    ],
)
def test_what_is_asked_most_reads_few_rows(full: Outbox, database: Database, act: Act) -> None:
    before = rows_read(database)

    act(full)

    assert rows_read(database) - before < FEW


def rows_read(database: Database) -> int:
    """Give how many rows and places of indexes were read of the messages so far, by whatever way."""
    database.rows("SELECT pg_stat_force_next_flush()")
    [[read]] = database.rows(_READ)
    return int(read)


_READ = """
SELECT (SELECT coalesce(seq_tup_read, 0) FROM pg_stat_user_tables WHERE relid = 'messages'::regclass)
    + (SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes WHERE relid = 'messages'::regclass)
"""
