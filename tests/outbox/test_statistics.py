"""What left in the last hour, minute by minute."""

from __future__ import annotations

from datetime import timedelta

from panel.mail.smtp.protocol import Stage
from panel.outbox.course import Bar, Span
from panel.outbox.delivery.claim import Claim
from panel.outbox.outbox import Outbox
from panel.outbox.statistics import LAST, traffic
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
