"""What left in the last hour, minute by minute."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from panel import clock
from panel.diagnosis.bounces.report import Fate
from panel.mail.smtp.protocol import Stage
from panel.outbox import statistics
from panel.outbox.bounces.store import Bounces
from panel.outbox.course import Bar, Span, course_began, tries_since
from panel.outbox.delivery.claim import Claim
from panel.outbox.outbox import Outbox
from panel.outbox.statistics import LAST, Today, Traffic
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, TERMS, OneByOne, at, broken, mail, taken
from tests.support.reports import report, status_of


def traffic(database: Database, now: datetime) -> Traffic:
    return statistics.traffic(database, now, tries_since(database, course_began(Span.HOUR, now)))


def today(database: Database, since: datetime) -> Today:
    """Tell of the day the same, whether the tries that are at hand begin before it or within it."""
    told = {
        statistics.today(database, since, tries_since(database, since + each), since + each)
        for each in (timedelta(hours=-2), timedelta(), timedelta(seconds=90), timedelta(days=2))
    }
    [found] = told
    return found


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

    found = today(seven, NOW)

    assert (found.sent, found.failed, found.bounced) == (5, 2, 0)


def test_what_came_back_is_counted_on_the_day_on_which_it_first_did(database: Database) -> None:
    """Two messages of three came back; of one for two recipients, of the other once more on the next day."""
    for number, to in ((1, ("taro@example.net", "jiro@example.net")), (2, ("taro@example.net", "jiro@example.net"))):
        Outbox(database).enqueue(mail(*to, number=number), by=actor(), now=NOW)
    with database.writing() as write:
        write.run("UPDATE messages SET state = 'sent', ended_at = ?", (clock.stamp(NOW),))
    told = ((0, 1, "taro"), (0, 1, "jiro"), (0, 2, "taro"), (26, 2, "jiro"))
    for hours, number, name in told:
        body = report(status_of(f"{name}@example.net"), message_id=mail(number=number).message_id)
        at = NOW + timedelta(hours=hours)
        assert Bounces(database).take(body, by=actor(), now=at).noted, (hours, number, name)

    assert today(database, NOW).bounced == 2
    assert today(database, NOW + timedelta(hours=24)).bounced == 0


@pytest.mark.data_file("SQLite says how it reads")
def test_what_came_back_long_ago_is_not_looked_at(database: Database) -> None:
    plan = database.rows(f"EXPLAIN QUERY PLAN {statistics._BOUNCED_SINCE}", (Fate.BOUNCED, "", ""))

    read = [row["detail"] for row in plan]
    assert any("attempts_reported (outcome=? AND at>?)" in each for each in read), read
    assert not any("SCAN messages" in each or "SCAN attempts" in each for each in read), read
