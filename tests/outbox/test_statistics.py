"""What left in the last hour, minute by minute."""

from __future__ import annotations

from datetime import timedelta

import pytest

from panel import clock
from panel.mail.smtp.protocol import Stage
from panel.outbox.course import Bar, Span
from panel.outbox.delivery.claim import Claim
from panel.outbox.outbox import Outbox
from panel.outbox.statistics import LAST, Today, today, traffic
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, TERMS, OneByOne, at, broken, mail, taken


def attempt(database: Database, seconds: float, *, refused: bool = False) -> None:
    """Try to send one message at that moment."""
    Outbox(database).enqueue(mail(), by=actor(), now=NOW)
    claims = OneByOne(database)
    claim = claims.claim("worker", TERMS, at(seconds))
    assert isinstance(claim, Claim)
    result = broken(claim, Stage.RCPT, "550 5.1.1 No such user") if refused else taken(claim)
    claims.settle(claim, result, at(seconds))


def test_the_last_hour_is_counted(database: Database) -> None:
    for seconds, refused in ((0, False), (59, False), (60, True), (180, False)):
        attempt(database, seconds, refused=refused)

    seen = traffic(database, NOW + timedelta(seconds=185))

    assert (seen.hour.span, len(seen.hour.bars), seen.sent, seen.lost) == (Span.HOUR, 60, 3, 1)
    assert seen.hour.bars[-1] == Bar(NOW + timedelta(minutes=3), sent=1)


def test_minutes_are_forgotten_with_the_log(database: Database) -> None:
    attempt(database, 0)

    Outbox(database).purge(bodies_before=NOW, log_before=NOW + timedelta(days=1))

    assert traffic(database, NOW).sent == 0


def test_the_last_tries_are_told_in_their_order_whether_they_have_rows_or_not(database: Database) -> None:
    said = [False, True, False, False, True, False]
    for seconds, refused in enumerate(said):
        attempt(database, seconds, refused=refused)
        seen = traffic(database, NOW + timedelta(seconds=100))
        outcomes = ["failed" if each else "sent" for each in said[seconds::-1]][:LAST]
        assert [each.outcome for each in seen.last] == outcomes
        assert seen.proven_version == TERMS.version


def test_a_failure_after_all_older_ones_were_purged_is_still_the_newest(database: Database) -> None:
    for seconds, refused in enumerate((True, False, False)):
        attempt(database, seconds, refused=refused)
    with database.writing() as write:
        write.run("DELETE FROM messages WHERE state = 'failed'")

    attempt(database, 10, refused=True)

    assert [each.outcome for each in traffic(database, NOW).last] == ["failed", "sent", "sent"]


@pytest.fixture
def seven(database: Database) -> Database:
    """Seven messages, an hour apart; the fourth came in at `NOW`."""
    for number in range(7):
        at = NOW + timedelta(hours=number - 3)
        Outbox(database).enqueue(mail(number=number), by=actor(), now=at)
    return database


def test_nothing_has_happened_in_an_empty_outbox(database: Database) -> None:
    assert today(database, NOW) == Today()


def test_what_was_taken_before_the_day_is_not_counted(seven: Database) -> None:
    found = [today(seven, NOW + timedelta(hours=each)).taken for each in (-9, -3, 0, 3, 4)]

    assert found == [7, 7, 4, 1, 0]
    assert today(seven, NOW).taken_at == NOW + timedelta(hours=3)


def test_what_was_removed_from_the_log_is_passed_over(seven: Database) -> None:
    with seven.writing() as write:
        write.run("DELETE FROM messages WHERE number < 3")

    assert [today(seven, NOW + timedelta(hours=each)).taken for each in (-3, 0, 2)] == [5, 4, 2]


def test_what_left_is_counted_by_how_it_ended(seven: Database) -> None:
    with seven.writing() as write:
        for minute, outcome, number in ((0, "sent", 5), (1, "failed", 2), (2, "deferred", 9), (-1, "sent", 100)):
            at = clock.stamp(NOW + timedelta(minutes=minute))[:16]
            write.run("INSERT INTO minutes VALUES (?, ?, '', ?)", (at, outcome, number))
        write.run("UPDATE messages SET bounced_at = ? WHERE number IN (2, 3)", (clock.stamp(NOW),))

    found = today(seven, NOW)

    assert (found.sent, found.failed, found.bounced) == (5, 2, 2)
