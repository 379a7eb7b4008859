"""What sending many again would do, told before it is done."""

from __future__ import annotations

import pytest

from panel.outbox.outbox import Outbox
from panel.outbox.state import State
from panel.outbox.steering.retry_plan import RetryPlan, failed_to_retry, plan_retry
from panel.storage.database import Database, Value
from tests.support.actors import actor
from tests.support.mail import NOW, mail
from tests.support.rows import move


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


def leave(outbox: Outbox, database: Database, state: State, **columns: Value) -> int:
    number = outbox.enqueue(mail(), by=actor(), now=NOW).number
    with database.writing() as write:
        move(write, number, state, **columns)
    return number


def test_what_was_refused_for_good_is_told_apart(outbox: Outbox, database: Database) -> None:
    later = leave(outbox, database, State.FAILED, cause="greylisted", reply="451 4.7.1 Later")
    twice = leave(outbox, database, State.FAILED, cause="worker_lost", uncertain=1)
    unknown = leave(outbox, database, State.FAILED, cause="recipient_unknown", reply="550 5.1.1 No")
    old = leave(outbox, database, State.FAILED, reply="554 5.7.1 No")
    deferred = leave(outbox, database, State.DEFERRED, cause="recipient_unknown")
    sent = leave(outbox, database, State.SENT)
    gone = leave(outbox, database, State.FAILED, content=None)

    plan = plan_retry(database, [later, twice, unknown, old, deferred, sent, gone, 99])

    assert plan == RetryPlan((later, twice, deferred), (unknown, old), twice=1, left=3)
    assert plan.numbers(refused=True) == (later, twice, unknown, old, deferred)
    assert failed_to_retry(database, refused=False) == [later, twice]
    assert failed_to_retry(database, refused=True) == [later, twice, unknown, old]
    assert failed_to_retry(database, 1, refused=False) == [later]


def test_what_is_withheld_and_let_go_by_it_is_counted(outbox: Outbox, database: Database) -> None:
    kept = [leave(outbox, database, State.WITHHELD) for _ in range(2)]
    later = leave(outbox, database, State.FAILED, cause="greylisted")

    assert plan_retry(database, [*kept, later]) == RetryPlan((*kept, later), withheld=2)
    assert plan_retry(database, [later]).withheld == 0


def test_all_failed_are_queued_but_what_was_refused_for_good(outbox: Outbox, database: Database) -> None:
    leave(outbox, database, State.FAILED, cause="greylisted")
    refused = leave(outbox, database, State.FAILED, cause="recipient_unknown")

    assert outbox.retry_failed(by=actor(), now=NOW) == 1
    assert outbox.get(refused).state is State.FAILED
    assert outbox.retry_failed(by=actor(), now=NOW, refused=True) == 1


def test_nothing_is_planned_of_nothing(database: Database) -> None:
    assert plan_retry(database, []) == RetryPlan()
