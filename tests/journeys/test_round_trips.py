"""How often one waits for a database server: counted by a relay before it, as a network between would have it paid."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from panel import clock
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.result import DeliveryResult
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.state import State
from panel.storage.database import Database
from panel.storage.opening import open_database
from tests.support.actors import actor
from tests.support.far_away import Far, far_away
from tests.support.mail import TERMS, broken, mail, taken
from tests.support.postgres import PostgresServer

_schemas = count()


@dataclass(frozen=True)
class There:
    """An outbox on a server that a relay leads to, which has been used by all that is counted here."""

    database: Database
    relay: Far

    @property
    def claims(self) -> Claims:
        return Claims(self.database, chance=lambda: 0.5)

    def enqueue(self, messages: int = 1) -> None:
        mails = [mail(number=number) for number in range(messages)]
        Outbox(self.database).enqueue_all(mails, by=actor(), now=clock.now())

    def trips(self, act: Callable[[], object]) -> int:
        before = self.relay.trips.value
        act()
        return self.relay.trips.value - before


@pytest.fixture
def there(postgres: PostgresServer, tmp_path: Path) -> Iterator[There]:
    with far_away(postgres.port, seconds=0) as relay:
        database = open_database(tmp_path / "panel.db", postgres.url(f"trips{next(_schemas)}", port=relay.port))
        database.prepare()
        there = There(database, relay)
        there.enqueue()
        claims = there.claims
        settle(claims, claimed(claims))
        yield there
        database.close()
        clock.follow_none()


def claimed(claims: Claims, most: int = 3, terms: Terms = TERMS) -> list[Claim]:
    got = claims.claim_window("w", terms, clock.instant(), most=most)
    assert isinstance(got, list), got
    return got


def settle(
    claims: Claims, window: Sequence[Claim], results: Sequence[DeliveryResult] = (), terms: Terms | None = None
) -> list[Claim] | Wait:
    given = results or [taken(each) for each in window]
    lost, got = claims.settle_window(window, given, terms, clock.instant(), most=3)
    assert lost == []
    return got


def test_a_message_is_kept_in_two(there: There) -> None:
    assert there.trips(there.enqueue) == 2


def test_many_messages_are_kept_in_two(there: There) -> None:
    assert there.trips(lambda: there.enqueue(20)) == 2


def test_a_window_is_claimed_in_two(there: There) -> None:
    there.enqueue(5)

    assert there.trips(lambda: claimed(there.claims)) == 2


def test_where_nothing_is_due_that_is_known_after_two(there: There) -> None:
    assert there.trips(lambda: there.claims.claim_window("w", TERMS, clock.instant(), most=3)) == 2


def test_a_window_is_settled_and_the_next_one_claimed_in_two(there: There) -> None:
    there.enqueue(5)
    claims = there.claims
    first, got = claimed(claims), list[object]()

    trips = there.trips(lambda: got.append(settle(claims, first, terms=TERMS)))

    assert (trips, len(got)) == (2, 1)
    [second] = got
    assert isinstance(second, list)
    assert [each.number for each in second] == [5, 6]


def test_the_last_window_is_settled_in_two(there: There) -> None:
    there.enqueue(3)
    claims = there.claims
    window = claimed(claims)

    assert there.trips(lambda: settle(claims, window)) == 2
    assert Outbox(there.database).counts().by_state[State.SENT] == 4


def test_a_message_that_leaves_at_a_pace_is_settled_in_two(there: There) -> None:
    there.enqueue(2)
    claims, slow = there.claims, Terms(version=1, interval_ms=60_000)
    with there.database.writing() as write:
        write.run("UPDATE pace SET ended_ms = 0")
    window, got = claimed(claims, terms=slow), list[object]()

    assert there.trips(lambda: got.append(settle(claims, window, terms=slow))) == 2
    assert isinstance(got[0], Wait)
    assert got[0].reason is Reason.PACE


def test_before_a_message_is_sent_one_look_tells_all(there: There) -> None:
    there.enqueue()
    claims = there.claims
    [claim] = claimed(claims)

    assert there.trips(lambda: claims.check(claim, clock.instant())) == 1


def test_a_window_of_which_one_was_refused_takes_more_and_says_the_same(there: There) -> None:
    there.enqueue(3)
    claims = there.claims
    first, second, third = window = claimed(claims)
    results = [taken(first), broken(second, Stage.RCPT, "550 5.1.1 No such user"), taken(third)]

    trips = there.trips(lambda: settle(claims, window, results))

    assert trips > 2
    counts = Outbox(there.database).counts().by_state
    assert (counts[State.SENT], counts[State.FAILED]) == (3, 1)


def test_what_was_left_behind_is_not_claimed_as_it_was(there: There) -> None:
    there.enqueue(3)
    lost = claimed(there.claims)
    with there.database.writing() as write:
        write.run("UPDATE pace SET lease_ms = 0")

    got = there.claims.claim_window("other", TERMS, clock.instant(), most=3)

    assert isinstance(got, list)
    assert [(each.number, each.tries) for each in got] == [(lost[0].number, 1)]
    entry = Outbox(there.database).get(lost[0].number)
    assert entry
    assert entry.uncertain


def test_what_somebody_else_has_by_now_is_not_recorded(there: There) -> None:
    there.enqueue()
    claims = there.claims
    window = claimed(claims)
    with there.database.writing() as write:
        write.run("UPDATE pace SET lease_ms = 0")
    other = there.claims.claim_window("other", TERMS, clock.instant(), most=1)
    assert isinstance(other, list)

    lost, _ = claims.settle_window(window, [taken(window[0])], None, clock.instant())

    assert lost == [window[0].number]
    assert Outbox(there.database).counts().by_state[State.SENT] == 1
