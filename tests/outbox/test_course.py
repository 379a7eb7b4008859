"""What became of the tries of a span, bar by bar."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from panel import clock
from panel.outbox.course import Bar, Span, course
from panel.storage.database import Database

NOW = datetime(2026, 11, 26, 10, 36, 20, tzinfo=UTC)
TOKYO, DELHI = timedelta(hours=9), timedelta(hours=5, minutes=30)


def note(database: Database, moment: datetime, outcome: str, number: int, cause: str = "") -> None:
    with database.writing() as write:
        write.run("INSERT INTO minutes VALUES (?, ?, ?, ?)", (clock.stamp(moment)[:16], outcome, cause, number))


def note_newest(database: Database, moment: datetime, tries: list[tuple[str, str, int]]) -> None:
    """Leave the newest minute with the clock, where a worker has it."""
    with database.writing() as write:
        minute = clock.stamp(moment)[:16]
        write.run("UPDATE pace SET minute = ?, minute_tries = ?", (minute, json.dumps(tries)))


def test_every_way_to_end_has_its_part_of_a_bar(database: Database) -> None:
    moment = NOW - timedelta(minutes=3)
    for outcome, number, cause in (
        ("sent", 5, ""),
        ("deferred", 2, "mailbox_full"),
        ("failed", 1, "recipient_unknown"),
        ("held", 1, "login_refused"),
        ("uncertain", 1, "worker_lost"),
    ):
        note(database, moment, outcome, number, cause)

    seen = course(database, Span.HOUR, NOW)

    assert seen.bars[-4] == Bar(datetime(2026, 11, 26, 10, 33, tzinfo=UTC), sent=5, later=4, lost=1)
    assert sum(each.tries for each in seen.bars) == 10
    assert seen.causes == (("mailbox_full", 2), ("login_refused", 1), ("recipient_unknown", 1), ("worker_lost", 1))


def test_the_newest_minute_is_counted_with_the_others(database: Database) -> None:
    note(database, NOW - timedelta(minutes=1), "sent", 3)
    note_newest(database, NOW, [("sent", "", 2), ("failed", "recipient_unknown", 1)])

    assert [(each.sent, each.lost) for each in course(database, Span.HOUR, NOW).bars[-2:]] == [(3, 0), (2, 1)]
    assert (course(database, Span.MONTH, NOW).bars[-1].sent, course(database, Span.MONTH, NOW).causes) == (
        5,
        (("recipient_unknown", 1),),
    )


@pytest.mark.parametrize("span", Span)
@pytest.mark.parametrize("ahead", [timedelta(), TOKYO, DELHI, timedelta(hours=-8)])
def test_the_bars_cover_the_span_without_a_gap_and_hold_every_try_in_it_once(
    database: Database, span: Span, ahead: timedelta
) -> None:
    width = timedelta(milliseconds=span.width_ms)
    for back in range(span.bars - 1):
        note(database, NOW - width * back, "sent", 1)

    seen = course(database, span, NOW, ahead=ahead)

    starts = [each.start for each in seen.bars]
    assert len(starts) == span.bars
    assert {after - before for before, after in pairwise(starts)} == {width}
    assert starts[-1] <= NOW < seen.end
    assert [each.sent for each in seen.bars] == [0, *[1] * (span.bars - 1)]


def test_what_was_tried_before_the_first_bar_is_left_out(database: Database) -> None:
    first = course(database, Span.DAY, NOW).bars[0].start
    note(database, first - timedelta(minutes=1), "sent", 7)
    note(database, first, "sent", 1)

    assert sum(each.sent for each in course(database, Span.DAY, NOW).bars) == 1


def test_the_bars_begin_where_the_readers_clock_is_even(database: Database) -> None:
    assert {each.start.hour for each in course(database, Span.MONTH, NOW, ahead=TOKYO).bars} == {3, 15}
    assert {each.start.hour % 2 for each in course(database, Span.WEEK, NOW, ahead=TOKYO).bars} == {1}
    assert {each.start.minute for each in course(database, Span.MONTH, NOW, ahead=DELHI).bars} == {0}
