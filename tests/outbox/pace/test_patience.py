"""What is known of a server's patience: for how long it is believed."""

from __future__ import annotations

from panel.outbox.pace import patience
from panel.outbox.pace.rate import DAY_MS, HOUR_MS
from panel.storage.database import Database


def test_what_was_learnt_is_believed_for_an_hour_and_grows_no_longer(database: Database) -> None:
    def bears(now: int) -> int:
        return patience.bears_ms(database, "a:25", now)

    with database.writing() as write:
        patience.learn_idle(write, "a:25", borne_ms=0, ended_ms=10_000, now=1_000)
    assert [bears(1_001), bears(1_000 + HOUR_MS), bears(0), patience.bears_ms(database, "b:25", 0)] == [
        8_000,
        patience.MOST_MS,
        patience.MOST_MS,  # the clock has been set anew
        patience.MOST_MS,
    ]

    with database.writing() as write:
        patience.learn_idle(write, "a:25", borne_ms=5_000, ended_ms=5_500, now=2_000)
        patience.learn_idle(write, "a:25", borne_ms=9_000, ended_ms=20_000, now=3_000)
    assert bears(3_001) == 5_000


def test_that_a_server_bears_one_session_is_believed_for_a_day(database: Database) -> None:
    with database.writing() as write:
        patience.learn_alone(write, "a:25", now=1_000)

    alone = [patience.is_alone(database, "a:25", now) for now in (1_001, 999 + DAY_MS, 1_000 + DAY_MS, 0)]
    assert alone == [True, True, False, False]
    assert not patience.is_alone(database, "b:25", 1_001)
