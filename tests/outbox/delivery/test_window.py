"""The whole room of windows: several messages in hand at once, claimed and settled together, as the pace has it."""

from __future__ import annotations

import pytest

from panel.mail.message.submission import Priority
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.turns.due import WINDOW_BYTES
from panel.outbox.entry import Entry
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.state import State
from panel.outbox.statistics import traffic
from panel.outbox.steering.acts import NotPossible
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, TERMS, at, broken, mail, taken
from tests.support.rows import check_counts

PACED = Terms(1, interval_ms=6_000)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


@pytest.fixture
def claims(database: Database) -> Claims:
    return Claims(database, chance=lambda: 0.5)


def fill(outbox: Outbox, messages: int, **given: object) -> list[int]:
    submissions = [mail(number=number, **given) for number in range(messages)]
    return [ticket.number for ticket in outbox.enqueue_all(submissions, by=actor(), now=NOW)]


def window(claims: Claims, seconds: float = 0, *, terms: Terms = TERMS, most: int = 5) -> list[Claim]:
    in_hand = claims.claim_window("w", terms, at(seconds), most=most)
    assert isinstance(in_hand, list), in_hand
    return in_hand


def entries(outbox: Outbox, numbers: list[int]) -> list[Entry]:
    found = [outbox.get(number) for number in numbers]
    return [each for each in found if each]


def test_a_window_is_what_came_first_and_no_more_than_asked(outbox: Outbox, claims: Claims) -> None:
    numbers = fill(outbox, 7)

    in_hand = window(claims)

    assert [claim.number for claim in in_hand] == numbers[:5]
    assert len({claim.holder for claim in in_hand}) == 1
    assert [claim.submission.message_id for claim in in_hand] == [f"<{each}@app.example.org>" for each in range(5)]
    assert outbox.counts().by_state[State.SENDING] == 5


def test_another_worker_waits_for_the_whole_window(outbox: Outbox, claims: Claims) -> None:
    fill(outbox, 7)
    window(claims)

    assert claims.claim_window("other", TERMS, at(1), most=5) == Wait(Reason.BUSY, 19_000)


def test_urgent_mail_goes_first_at_the_next_window(outbox: Outbox, claims: Claims) -> None:
    fill(outbox, 7)
    in_hand = window(claims)
    (urgent,) = fill(outbox, 1, priority=Priority.HIGH)

    _, following = claims.settle_window(in_hand, [taken(each) for each in in_hand], TERMS, at(), most=5)

    assert isinstance(following, list)
    assert following[0].number == urgent
    assert len(following) == 3


def test_with_an_interval_each_message_goes_alone(outbox: Outbox, claims: Claims) -> None:
    fill(outbox, 3)

    assert len(window(claims, terms=PACED)) == 1


@pytest.mark.parametrize("cap", ["max_per_hour", "max_per_day"])
def test_a_cap_is_never_passed_by_a_window(outbox: Outbox, claims: Claims, cap: str) -> None:
    terms = Terms(1, **{cap: 7})
    fill(outbox, 20)

    sizes = []
    got = claims.claim_window("w", terms, at(), most=5)
    while isinstance(got, list):
        sizes.append(len(got))
        _, got = claims.settle_window(got, [taken(each) for each in got], terms, at(), most=5)

    assert sizes == [5, 1, 1]
    assert got.reason.value == cap


def test_after_a_rate_refusal_the_next_message_goes_alone(outbox: Outbox, claims: Claims) -> None:
    fill(outbox, 8)
    in_hand = window(claims)
    refused = broken(in_hand[0], Stage.DATA, "450 4.7.1 Error: too much mail from 192.0.2.1", cause="rate_limited")
    claims.settle_window(in_hand, [refused], None, at())

    assert len(window(claims, 3_600)) == 1


def test_a_server_that_was_away_is_looked_at_with_one_message(outbox: Outbox, claims: Claims) -> None:
    fill(outbox, 8)
    in_hand = window(claims)
    claims.settle_window(in_hand, [broken(in_hand[0], Stage.CONNECT, cause="connection_refused")], None, at())

    assert len(window(claims, 31)) == 1


def test_large_messages_do_not_fill_the_memory(outbox: Outbox, claims: Claims, database: Database) -> None:
    numbers = fill(outbox, 4)
    with database.writing() as write:
        write.run("UPDATE messages SET size = ?", (WINDOW_BYTES // 2,))
        write.run("UPDATE messages SET size = ? WHERE number = ?", (WINDOW_BYTES * 2, numbers[3]))

    sizes = []
    for _ in range(3):
        in_hand = window(claims)
        sizes.append(len(in_hand))
        claims.settle_window(in_hand, [taken(each) for each in in_hand], None, at())

    assert sizes == [2, 1, 1]


def test_what_was_not_tried_goes_back_as_it_was(outbox: Outbox, claims: Claims, database: Database) -> None:
    numbers = fill(outbox, 3)
    before = entries(outbox, numbers)
    in_hand = window(claims)

    claims.settle_window(in_hand, [taken(in_hand[0])], None, at())

    assert entries(outbox, numbers)[1:] == before[1:]
    assert entries(outbox, numbers)[0].state is State.SENT
    assert len(database.rows("SELECT * FROM sendings")) == 1


def test_a_deferred_message_that_was_not_tried_keeps_its_tries(outbox: Outbox, claims: Claims) -> None:
    numbers = fill(outbox, 1)
    in_hand = window(claims)
    claims.settle_window(in_hand, [broken(in_hand[0], Stage.DATA, "451 4.3.0 Later")], None, at())
    before = entries(outbox, numbers)
    in_hand = window(claims, 100)

    claims.settle_window(in_hand, [], None, at(100))

    assert entries(outbox, numbers) == before


def test_a_window_that_was_not_touched_begins_no_interval(outbox: Outbox, claims: Claims) -> None:
    fill(outbox, 2)

    claims.settle_window(window(claims), [], None, at())

    assert len(window(claims, 0.001, terms=PACED)) == 1


def test_a_dead_workers_whole_window_is_uncertain_and_goes_again(outbox: Outbox, claims: Claims) -> None:
    numbers = fill(outbox, 3)
    first = window(claims)

    again = window(claims, 21)

    assert [claim.submission for claim in again] == [first[0].submission]  # one at a time after an unclean end
    assert all(entry.uncertain for entry in entries(outbox, numbers))


def test_a_late_window_counts_but_for_what_somebody_else_has(outbox: Outbox, claims: Claims) -> None:
    numbers = fill(outbox, 2)
    slow = window(claims)
    claims.claim_window("other", TERMS, at(21), most=1)

    lost, _ = claims.settle_window(slow, [taken(each) for each in slow], None, at(22))

    assert lost == numbers[:1]
    assert [entry.state for entry in entries(outbox, numbers)] == [State.SENDING, State.SENT]


def test_a_window_of_all_kinds_is_settled_as_each_by_itself(outbox: Outbox, claims: Claims, database: Database) -> None:
    numbers = fill(outbox, 4)
    got = window(claims)
    refusal = broken(got[1], Stage.RCPT, "550 5.1.1 No such user")

    claims.settle_window(got, [taken(got[0]), refusal, taken(got[2]), taken(got[3])], None, at(1))

    assert [each.state for each in entries(outbox, numbers)] == [State.SENT, State.FAILED, State.SENT, State.SENT]
    assert [each.outcome for each in traffic(database, at(1).wall, ()).last] == ["sent", "sent", "failed"]
    assert {row["message"] for row in database.rows("SELECT message FROM attempts")} == {numbers[1]}
    check_counts(outbox, numbers)


def test_a_message_in_hand_waits_in_no_list_and_is_sent_in_one(outbox: Outbox, claims: Claims) -> None:
    numbers = fill(outbox, 5)
    got = window(claims, most=2)

    assert [each.number for each in outbox.list(state=State.SENDING).entries] == [2, 1]
    assert [each.number for each in outbox.list(state=State.QUEUED).entries] == [5, 4, 3]
    assert [each.number for each in outbox.list(state=State.SENDING, q="hanako@example.org").entries] == [2, 1]
    for number in numbers[:2]:
        with pytest.raises(NotPossible):
            outbox.cancel(number, by=actor(), now=NOW)
        with pytest.raises(NotPossible):
            outbox.retry(number, by=actor(), now=NOW)
    assert outbox.ahead(outbox.list(state=State.QUEUED).entries) == {3: 0, 4: 1, 5: 2}
    claims.settle_window(got, [], None, at(1))
    assert [each.number for each in outbox.list(state=State.QUEUED).entries] == [5, 4, 3, 2, 1]
