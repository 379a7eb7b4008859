"""A database that does not answer for an hour does not fill the log."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from panel.errors import DatabaseError
from panel.outbox.delivery.watching.outage import Outage


def events(lines: list[str]) -> list[str]:
    return [line.split()[2] for line in lines]


def test_it_is_told_of_at_once_each_minute_and_when_it_is_over(log: Callable[[], list[str]]) -> None:
    seconds = count(0, 2)
    outage = Outage(lambda: next(seconds))

    for _ in range(91):
        outage.tell(DatabaseError("It is gone."))
    outage.end()
    outage.end()

    assert events(log()) == ["database_failed"] * 4 + ["database_back"]


def test_the_next_one_is_told_of_at_once_again(log: Callable[[], list[str]]) -> None:
    outage = Outage(lambda: 0.0)

    for _ in range(2):
        outage.tell(DatabaseError("It is gone."))
        outage.end()

    assert events(log()) == ["database_failed", "database_back"] * 2
