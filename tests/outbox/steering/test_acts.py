"""What is done with one message by hand, and that it is as before when that is undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Wait
from panel.outbox.state import State
from panel.outbox.steering.acts import UNDO_MINUTES, NotPossible
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, TERMS, OneByOne, at, broken, mail, taken
from tests.support.rows import bodies, check_counts, move

HANAKO, TARO = "hanako@example.org", "taro@example.org"
LATE = timedelta(minutes=UNDO_MINUTES)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


@pytest.fixture
def claims(database: Database) -> OneByOne:
    return OneByOne(database)


def enqueue(outbox: Outbox, *rcpt_to: str) -> int:
    return outbox.enqueue(mail(*rcpt_to or (HANAKO,)), by=actor(), now=NOW).number


def rows(database: Database, number: int) -> list[tuple[object, ...]]:
    """Give all that is written of a message, but for the note of how to undo."""
    message = database.rows("SELECT * FROM messages WHERE number = ?", (number,))
    recipients = database.rows("SELECT * FROM recipients WHERE message = ? ORDER BY place", (number,))
    named = [dict(row) for row in (*message, *recipients)]
    return [tuple(value for name, value in row.items() if name not in ("undo", "holder")) for row in named]


def told_apart(outbox: Outbox, database: Database, state: State) -> int:
    """Leave a message that one has got, one has not, and one waits for."""
    number = enqueue(outbox, HANAKO, TARO, "jiro@example.org")
    with database.writing() as write:
        move(write, number, state, recipients_are="failed", attempts=3, due_at="2026-11-24T12:00:00.000Z", cause="x")
        write.run("UPDATE recipients SET state = 'sent' WHERE message = ? AND place = 0", (number,))
        if state is State.DEFERRED:
            write.run("UPDATE recipients SET state = 'waiting' WHERE message = ? AND place = 2", (number,))
    return number


@pytest.mark.parametrize("state", [State.DEFERRED, State.FAILED])
@pytest.mark.parametrize("act", ["retry", "cancel"])
def test_a_message_is_as_it_was_when_an_act_is_undone(
    outbox: Outbox, database: Database, state: State, act: str
) -> None:
    number = told_apart(outbox, database, state)
    if state is State.FAILED:
        outbox.see(number, by=actor(), now=NOW)
    before = rows(database, number)
    if (act, state) == ("cancel", State.FAILED):
        return

    done = getattr(outbox, act)(number, by=actor(), now=NOW + timedelta(hours=1))
    assert done.undo_until == NOW + timedelta(hours=1) + LATE
    assert rows(database, number) != before
    outbox.undo(number, by=actor(), now=NOW + timedelta(hours=1, seconds=9))

    assert rows(database, number) == before
    check_counts(outbox, [number])


def test_what_is_brought_back_leaves_once(outbox: Outbox, database: Database, claims: OneByOne) -> None:
    number = enqueue(outbox)
    outbox.cancel(number, by=actor(), now=NOW)
    assert isinstance(claims.claim("w", TERMS, at()), Wait)

    outbox.undo(number, by=actor(), now=NOW)

    claim = claims.claim("w", TERMS, at())
    assert isinstance(claim, Claim)
    assert claim.submission.message == mail(HANAKO).message
    claims.settle(claim, taken(claim), at())
    assert isinstance(claims.claim("w", TERMS, at(60)), Wait)


def test_what_waits_longest_is_found_again_when_it_is_brought_back(outbox: Outbox, database: Database) -> None:
    number = enqueue(outbox)
    outbox.cancel(number, by=actor(), now=NOW)
    with database.writing() as write:
        write.run("UPDATE totals SET number = 1000 WHERE what = 'number' AND name = 'oldest'")

    outbox.undo(number, by=actor(), now=NOW)

    assert outbox.counts().oldest == NOW


@pytest.mark.parametrize("late", [LATE, 2 * LATE])
def test_a_text_is_not_brought_back_when_its_time_is_over(outbox: Outbox, late: timedelta) -> None:
    number = enqueue(outbox)
    outbox.cancel(number, by=actor(), now=NOW)

    with pytest.raises(NotPossible):
        outbox.undo(number, by=actor(), now=NOW + late)


def test_a_text_that_is_erased_is_not_brought_back(outbox: Outbox, database: Database) -> None:
    number = enqueue(outbox)
    outbox.cancel(number, by=actor(), now=NOW)
    outbox.erase_cancelled(now=NOW + LATE)

    with pytest.raises(NotPossible):
        outbox.undo(number, by=actor(), now=NOW)  # by a clock that was set back

    assert bodies(database) == {}
    assert outbox.get(number).state is State.CANCELLED


def test_what_was_undone_is_not_undone_twice(outbox: Outbox) -> None:
    number = enqueue(outbox)
    outbox.cancel(number, by=actor(), now=NOW)
    outbox.undo(number, by=actor(), now=NOW)

    with pytest.raises(NotPossible):
        outbox.undo(number, by=actor(), now=NOW)


def test_a_message_that_was_tried_again_since_is_not_undone(
    outbox: Outbox, database: Database, claims: OneByOne
) -> None:
    number = enqueue(outbox)
    with database.writing() as write:
        move(write, number, State.FAILED, recipients_are="failed")
    outbox.retry(number, by=actor(), now=NOW)
    claim = claims.claim("w", TERMS, at())
    assert isinstance(claim, Claim)

    with pytest.raises(NotPossible):
        outbox.undo(number, by=actor(), now=NOW)  # it is under way
    claims.settle(claim, broken(claim, Stage.RCPT, "450 4.2.0 Later"), at())
    with pytest.raises(NotPossible):
        outbox.undo(number, by=actor(), now=NOW)

    assert outbox.get(number).state is State.DEFERRED


def test_a_message_with_another_address_is_not_undone(outbox: Outbox, database: Database) -> None:
    number = enqueue(outbox, HANAKO)
    with database.writing() as write:
        move(write, number, State.FAILED, recipients_are="failed")

    assert outbox.retry(number, by=actor(), now=NOW, recipient=TARO).undo_until is None


def test_a_failure_that_comes_again_is_not_seen_yet(outbox: Outbox, database: Database) -> None:
    number = enqueue(outbox)
    with database.writing() as write:
        move(write, number, State.FAILED, recipients_are="failed")
    assert outbox.see(number, by=actor("hanako"), now=NOW).seen_by == "hanako"
    assert outbox.see(number, by=actor("taro"), now=NOW).seen_by == "hanako"

    outbox.retry(number, by=actor(), now=NOW)

    assert outbox.get(number).seen_at is None


def test_only_a_failure_is_seen(outbox: Outbox) -> None:
    with pytest.raises(NotPossible):
        outbox.see(enqueue(outbox), by=actor(), now=NOW)
