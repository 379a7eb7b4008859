"""Messages of many callers that come during one commit share the next, and each caller hears of its own alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from panel.errors import DatabaseError, OutboxFull
from panel.mail.message.submission import Submission
from panel.outbox.enqueue import Enqueuer, Key, KeyReused, Ticket
from panel.outbox.outbox import Outbox
from panel.outbox.shared_commit import MOST_TOGETHER, Committed, CommittedOrFault, Group, SharedCommit
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.waiting import wait_until

SHOP, PORTAL = actor("shop", "api"), actor("portal", "api")


class Counted(Enqueuer):
    """Notes how many messages each transaction holds; the first one waits until `go`."""

    def __init__(self, database: Database, **known: Any) -> None:
        super().__init__(database, **known)
        self.together: list[int] = []
        self.began, self.go = threading.Event(), threading.Event()
        self.fault: BaseException | None = None

    def enqueue_all(self, submissions: Sequence[Submission], **given: Any) -> list[Ticket]:
        self.together.append(len(submissions))
        self.began.set()
        self.go.wait()
        if self.fault and len(self.together) == 1:
            raise self.fault
        return super().enqueue_all(submissions, **given)


@pytest.fixture
def enqueuer(database: Database) -> Counted:
    return Counted(database)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


@pytest.fixture
def commit(enqueuer: Counted) -> SharedCommit:
    return SharedCommit(enqueuer)


def group(name: str, *, key: str | None = None, digest: bytes = b"") -> Group:
    return Group([mail(subject=name)], SHOP, [Key(key, digest) if key else None])


Keep = Callable[..., "Future[Sequence[CommittedOrFault]]"]


@contextmanager
def callers(commit: SharedCommit, enqueuer: Counted) -> Iterator[Keep]:
    """Have each call made by a thread of its own, in this order; the first one is held up until all are in line."""
    with ThreadPoolExecutor(32) as threads:
        count = 0

        def keep(*groups: Group) -> Future[Sequence[CommittedOrFault]]:
            nonlocal count
            count += 1
            done = threads.submit(commit.keep, groups)
            wait_until(lambda: len(commit._line) == count)
            enqueuer.began.wait()
            return done

        yield keep
        enqueuer.go.set()


def tickets(done: Future[Sequence[CommittedOrFault]]) -> list[list[int]]:
    """Give the numbers of what was kept, for each group."""
    return [[each.number for each in kept.tickets] for kept in done.result() if not isinstance(kept, Exception)]


def test_what_comes_during_a_commit_shares_the_next(commit: SharedCommit, enqueuer: Counted) -> None:
    with callers(commit, enqueuer) as keep:
        done = [keep(group(f"{number}")) for number in range(20)]

    assert enqueuer.together == [1, 19]
    assert [tickets(each) for each in done] == [[[number]] for number in range(1, 21)]


def test_a_commit_has_room_for_so_many(commit: SharedCommit, enqueuer: Counted) -> None:
    half = [group("a")] * (MOST_TOGETHER // 2)
    with callers(commit, enqueuer) as keep:
        done = [keep(group("first")), keep(*half), keep(*half), keep(group("last"))]

    assert enqueuer.together == [1, MOST_TOGETHER, 1]
    assert [len(each.result()) for each in done] == [1, len(half), len(half), 1]


def test_each_sender_has_a_transaction(commit: SharedCommit, enqueuer: Counted, outbox: Outbox) -> None:
    enqueuer.go.set()

    kept = commit.keep([group("a"), Group([mail()], PORTAL), group("b")])

    numbers = [each.tickets[0].number for each in kept if isinstance(each, Committed)]
    entries = [outbox.get(number) for number in numbers]
    assert enqueuer.together == [2, 1]
    assert [each.account for each in entries if each] == ["shop", "portal", "shop"]


def test_who_is_refused_hears_of_it_alone(commit: SharedCommit, enqueuer: Counted) -> None:
    with callers(commit, enqueuer) as keep:
        first = keep(group("first", key="1", digest=b"a"))
        others = [keep(group(f"{number}")) for number in range(7)]
        reused = keep(group("another", key="1", digest=b"b"))

    [fault] = reused.result()
    assert isinstance(fault, KeyReused)
    assert tickets(first) == [[1]]
    assert [len(tickets(each)) for each in others] == [1] * 7


def test_two_with_one_key_in_one_commit_are_one_message(
    commit: SharedCommit, enqueuer: Counted, outbox: Outbox
) -> None:
    with callers(commit, enqueuer) as keep:
        done = [keep(group("first")), *(keep(group("same", key="1")) for _ in range(3))]

    kept = [each for place in done[1:] for each in place.result()]
    assert [[each.repeated for each in kept_.tickets] for kept_ in kept if isinstance(kept_, Committed)] == [
        [False],
        [True],
        [True],
    ]
    assert outbox.counts().waiting == 2


def test_a_group_is_kept_whole_or_not_at_all(database: Database, outbox: Outbox) -> None:
    commit = SharedCommit(Enqueuer(database, most=3))

    kept = commit.keep([group("a"), Group([mail(), mail(), mail()], SHOP), group("b")])

    assert [type(each) for each in kept] == [Committed, OutboxFull, Committed]
    assert outbox.counts().waiting == 2


def test_where_the_data_cannot_be_reached_all_hear_of_it_at_once(commit: SharedCommit, enqueuer: Counted) -> None:
    enqueuer.fault = DatabaseError("gone")
    enqueuer.go.set()

    kept = commit.keep([group("a"), group("b")])

    assert kept == [enqueuer.fault, enqueuer.fault]
    assert enqueuer.together == [2]


def test_who_is_broken_off_while_writing_for_others_leaves_nobody_waiting(
    commit: SharedCommit, enqueuer: Counted
) -> None:
    enqueuer.fault = KeyboardInterrupt()
    with callers(commit, enqueuer) as keep:
        done = [keep(group("first")), keep(group("second"))]

    with pytest.raises(KeyboardInterrupt):
        done[0].result()
    assert tickets(done[1]) == [[1]]


def test_all_that_many_threads_are_told_of_is_there(database: Database, outbox: Outbox) -> None:
    commit = SharedCommit(Enqueuer(database))
    with ThreadPoolExecutor(16) as threads:
        kept = [*threads.map(lambda number: commit.keep([group(f"{number}")]), range(300))]

    numbers = {
        each.number: subject
        for subject, [told] in enumerate(kept)
        if isinstance(told, Committed)
        for each in told.tickets
    }
    assert {number: f"{subject}" for number, subject in numbers.items()} == {
        row["number"]: row["subject"] for row in database.rows("SELECT number, subject FROM messages")
    }
    assert outbox.counts().waiting == 300
