"""What becomes of a message: claimed with the clock, settled by its delivery result, taken back from the dead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from panel.mail.message.submission import Priority
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery import result
from panel.outbox.delivery.claim import Claim, LeaseLost
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.retry import Retry
from panel.outbox.delivery.settle import MOST_DEATHS
from panel.outbox.entry import Entry
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.pace.store import PaceStore
from panel.outbox.state import State
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, TERMS, OneByOne, at, broken, mail, taken
from tests.support.rows import bodies


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


@pytest.fixture
def claims(database: Database) -> OneByOne:
    return OneByOne(database, chance=lambda: 0.5)


def enqueue(outbox: Outbox, *rcpt_to: str, **given: object) -> int:
    return outbox.enqueue(mail(*rcpt_to, **given), by=actor(), now=NOW).number


def claim(claims: OneByOne, seconds: float = 0, terms: Terms = TERMS) -> Claim:
    claimed = claims.claim("w", terms, at(seconds))
    assert isinstance(claimed, Claim), claimed
    return claimed


def waited(claims: OneByOne, seconds: float = 0, terms: Terms = TERMS) -> Wait:
    wait = claims.claim("w", terms, at(seconds))
    assert isinstance(wait, Wait), wait
    return wait


def entry(outbox: Outbox, number: int) -> Entry:
    found = outbox.get(number)
    assert found
    return found


def test_a_claimed_message_is_whole_and_under_way(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox, "hanako@example.org", "taro@example.org")

    claimed = claim(claims)

    assert (claimed.number, claimed.submission) == (number, mail("hanako@example.org", "taro@example.org"))
    assert entry(outbox, number).state is State.SENDING
    assert claims.claim("other", TERMS, at(1)) == Wait(Reason.BUSY, 19_000)


def test_what_is_urgent_goes_first_then_what_came_first(outbox: Outbox, claims: OneByOne) -> None:
    first, second = enqueue(outbox), enqueue(outbox)
    urgent = enqueue(outbox, priority=Priority.HIGH)

    order = []
    while isinstance(claimed := claims.claim("w", TERMS, at()), Claim):
        order.append(claimed.number)
        claims.settle(claimed, taken(claimed), at())

    assert order == [urgent, first, second]


def test_an_accepted_message_is_sent_and_its_body_gone(outbox: Outbox, claims: OneByOne, database: Database) -> None:
    number = enqueue(outbox)
    claimed = claim(claims)

    claims.settle(claimed, taken(claimed), at(0.25))

    found = entry(outbox, number)
    assert (found.state, found.attempts, found.reply) == (State.SENT, 1, "250 2.0.0 Ok: queued as 4F1C2A")
    assert [(each.outcome, each.ms) for each in found.tried] == [("sent", 250)]
    assert bodies(database) == {}


def test_one_refused_recipient_does_not_keep_the_others_from_it(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox, "hanako@example.org", "taro@example.org", "jiro@example.org")
    claimed = claim(claims)

    claims.settle(claimed, taken(claimed, taro="550 5.1.1 No such user", jiro="450 4.2.0 Greylisted"), at())

    found = entry(outbox, number)
    assert found.state is State.DEFERRED
    assert [each.state for each in found.recipients] == ["sent", "failed", "waiting"]
    assert claim(claims, 10_000).submission.rcpt_to == ("jiro@example.org",)


def test_a_message_that_not_all_have_got_failed(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox, "hanako@example.org", "taro@example.org")
    claimed = claim(claims)

    claims.settle(claimed, taken(claimed, taro="550 5.1.1 No such user"), at())

    assert entry(outbox, number).state is State.FAILED
    outbox.retry(number, by=actor(), now=NOW, recipient="jiro@example.org")
    assert claim(claims).submission.rcpt_to == ("jiro@example.org",)


def test_too_many_recipients_go_on_at_once(outbox: Outbox, claims: OneByOne) -> None:
    enqueue(outbox, "hanako@example.org", "taro@example.org")
    claimed = claim(claims)

    claims.settle(claimed, taken(claimed, taro="452 4.5.3 Too many recipients"), at())

    assert claim(claims).submission.rcpt_to == ("taro@example.org",)


def test_a_451_defers_longer_each_time(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox)
    seconds, waits = 0.0, []

    for _ in range(4):
        claimed = claim(claims, seconds)
        claims.settle(claimed, broken(claimed, Stage.DATA, "451 4.3.0 Try again"), at(seconds))
        waits.append((entry(outbox, number).due_at - at(seconds).wall) / timedelta(minutes=1))
        seconds += waits[-1] * 60

    assert waits == [1, 2, 4, 8]


def test_a_temporary_refusal_in_final_words_is_tried_again(outbox: Outbox, claims: OneByOne) -> None:
    alone = enqueue(outbox)
    claimed = claim(claims)
    claims.settle(claimed, broken(claimed, Stage.RCPT, "450 4.1.1 User unknown"), at())
    among = enqueue(outbox, "hanako@example.org", "taro@example.org")
    claimed = claim(claims, 30)  # before the first is due again
    claims.settle(claimed, taken(claimed, taro="450 4.1.1 User unknown"), at(30))

    assert entry(outbox, alone).state is not State.FAILED
    assert entry(outbox, among).state is State.DEFERRED


def test_a_deferred_message_waits_until_it_is_due(outbox: Outbox, claims: OneByOne) -> None:
    enqueue(outbox)
    claimed = claim(claims)
    claims.settle(claimed, broken(claimed, Stage.DATA, "451 4.3.0 Try again"), at())

    assert waited(claims, 59) == Wait(Reason.EMPTY, 1_001)
    assert claim(claims, 60).tries == 1


def test_a_message_is_given_up_after_three_days(outbox: Outbox, database: Database) -> None:
    claims = OneByOne(database, retry=Retry(least_tries=1))
    number = enqueue(outbox)
    late = 3 * 24 * 3600

    claimed = claim(claims, late)
    claims.settle(claimed, broken(claimed, Stage.DATA, "451 4.3.0 Try again"), at(late))

    assert entry(outbox, number).state is State.FAILED
    assert entry(outbox, number).recipients[0].state == "failed"


def test_a_jump_of_the_wall_clock_gives_nothing_up(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox)
    claimed = claim(claims)

    claims.settle(claimed, broken(claimed, Stage.DATA, "451 4.3.0 Try again"), at(wall=30 * 24 * 3600))

    assert entry(outbox, number).state is State.DEFERRED


def test_a_wall_clock_that_was_wrong_puts_nothing_off_for_years(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox)
    claimed = claim(claims)
    years = 20 * 365 * 24 * 3600
    claims.settle(claimed, broken(claimed, Stage.DATA, "451 4.3.0 Try again"), at(wall=years))

    assert waited(claims, 1) == Wait(Reason.EMPTY, 1)

    assert claim(claims, 1).number == number


def test_a_message_at_which_every_worker_dies_is_given_up_in_the_end(outbox: Outbox, database: Database) -> None:
    claims = OneByOne(database, retry=Retry(give_up_ms=0, least_tries=3))
    number = enqueue(outbox)
    for hour in range(6):  # taken, and taken back; the first time it is due at once
        claims.claim("w", TERMS, at(hour * 3600))

    assert claims.claim("w", TERMS, at(6 * 3600)) == Wait(Reason.EMPTY)
    assert (entry(outbox, number).state, entry(outbox, number).cause) == (State.FAILED, "worker_lost")
    assert outbox.retry(number, by=actor(), now=NOW).state is State.QUEUED


def test_a_refused_login_holds_all_and_blames_nobody(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox)
    claimed = claim(claims)

    claims.settle(claimed, broken(claimed, Stage.AUTH, "535 5.7.8 authentication failed"), at())

    found = entry(outbox, number)
    assert (found.state, found.attempts, found.tried[0].outcome) == (State.QUEUED, 0, "held")
    assert waited(claims, 10 * 24 * 3600) == Wait(Reason.HELD)  # never again by itself


def test_a_save_lets_a_held_queue_go(outbox: Outbox, claims: OneByOne) -> None:
    enqueue(outbox)
    claimed = claim(claims)
    claims.settle(claimed, broken(claimed, Stage.AUTH, "535 5.7.8 authentication failed"), at())

    assert claim(claims, 1, Terms(version=2))


def test_a_worker_that_has_not_heard_of_the_save_does_not_let_it_go_again(outbox: Outbox, claims: OneByOne) -> None:
    enqueue(outbox)
    claimed = claim(claims, 0, Terms(version=2))
    claims.settle(claimed, broken(claimed, Stage.AUTH, "535 5.7.8 authentication failed"), at())

    assert waited(claims, 1, Terms(version=1)) == Wait(Reason.HELD)


def test_a_successful_test_lets_a_held_queue_go(outbox: Outbox, claims: OneByOne, database: Database) -> None:
    enqueue(outbox)
    claimed = claim(claims)
    claims.settle(claimed, broken(claimed, Stage.AUTH, "535 5.7.8 authentication failed"), at())

    PaceStore(database).release()

    assert claim(claims, 1)


def test_an_unreachable_server_is_looked_at_again_ever_more_rarely(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox)
    seconds, waits = 0.0, []

    for _ in range(3):
        claimed = claim(claims, seconds)
        claims.settle(claimed, broken(claimed, Stage.CONNECT, cause="connection_refused"), at(seconds))
        waits.append(waited(claims, seconds).ms or 0)
        seconds += waits[-1] / 1000

    assert waits == [30_000, 60_000, 120_000]
    assert entry(outbox, number).attempts == 0


def test_a_server_that_greets_with_421_blames_no_message(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox)
    claimed = claim(claims)

    claims.settle(claimed, broken(claimed, Stage.GREETING, "421 4.3.2 Closing down"), at())

    assert entry(outbox, number).attempts == 0
    assert waited(claims).reason is Reason.HELD


def test_a_held_queue_keeps_its_order(outbox: Outbox, claims: OneByOne) -> None:
    first, _second = enqueue(outbox), enqueue(outbox)
    claimed = claim(claims)
    claims.settle(claimed, broken(claimed, Stage.CONNECT, cause="connect_timeout"), at())

    assert claim(claims, 60).number == first


def test_a_message_that_we_did_not_hand_over_goes_back(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox)
    claimed = claim(claims)

    claims.settle(claimed, result.returned(claimed.submission.rcpt_to), at())

    assert (entry(outbox, number).state, entry(outbox, number).attempts) == (State.QUEUED, 0)


def test_a_connection_lost_after_the_final_dot_is_uncertain(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox)
    claimed = claim(claims)

    claims.settle(claimed, broken(claimed, Stage.DATA, cause="connection_lost", uncertain=True), at())

    found = entry(outbox, number)
    assert (found.state, found.uncertain, found.tried[0].outcome) == (State.DEFERRED, True, "uncertain")


def test_what_a_dead_worker_had_in_hand_is_uncertain_and_goes_again(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox)
    first = claim(claims)

    again = claim(claims, 21)

    assert again.number == number
    assert again.submission.message == first.submission.message
    assert entry(outbox, number).uncertain
    assert [each.cause for each in entry(outbox, number).tried] == ["worker_lost"]


def test_the_clock_waits_an_interval_after_a_dead_worker(outbox: Outbox, claims: OneByOne) -> None:
    enqueue(outbox)
    terms = Terms(1, interval_ms=6_000)
    claim(claims, 0, terms)

    assert waited(claims, 21, terms) == Wait(Reason.PACE, 6_001)


def test_a_worker_that_was_taken_for_dead_cannot_hand_over(outbox: Outbox, claims: OneByOne) -> None:
    enqueue(outbox)
    frozen = claim(claims)
    claim(claims, 21)

    with pytest.raises(LeaseLost):
        claims.check(frozen, at(22))
    with pytest.raises(LeaseLost):
        claims.settle(frozen, taken(frozen), at(22))


def test_a_late_answer_still_counts_while_nobody_else_has_the_message(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox)
    slow = claim(claims, 0, Terms(1, interval_ms=6_000))
    waited(claims, 21, Terms(1, interval_ms=6_000))

    claims.settle(slow, taken(slow), at(22))

    assert entry(outbox, number).state is State.SENT


def test_a_renewed_lease_stands(outbox: Outbox, claims: OneByOne) -> None:
    enqueue(outbox)
    claimed = claim(claims)

    claims.renew(claimed, at(15))

    claims.check(claimed, at(30))
    assert waited(claims, 34).reason is Reason.BUSY


def test_a_restart_of_the_machine_ends_every_lease(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox)
    claim(claims)

    again = claims.claim("w", TERMS, at(5, boot="second"))

    assert isinstance(again, Claim)
    assert again.number == number


def test_the_next_message_is_taken_in_the_same_transaction(outbox: Outbox, claims: OneByOne) -> None:
    first, second = enqueue(outbox), enqueue(outbox)
    claimed = claim(claims)

    following = claims.settle_and_claim(claimed, taken(claimed), TERMS, at())

    assert isinstance(following, Claim)
    assert (claimed.number, following.number) == (first, second)


def test_after_a_dead_worker_a_window_holds_one_message_and_grows_again(database: Database) -> None:
    outbox, claims = Outbox(database), Claims(database, chance=lambda: 0.5)
    for number in range(60):
        enqueue(outbox, number=number)
    assert len(window(claims, 0)) == 20  # and its worker dies

    sizes, seconds, in_hand = [], 21.0, window(claims, 21)
    while in_hand:
        sizes.append(len(in_hand))
        seconds += 10
        claims.settle_window(in_hand, [taken(each) for each in in_hand], None, at(seconds))
        in_hand = window(Claims(database), seconds)  # in whichever process

    assert sizes == [1, 1, 1, 1, 1, 1, 2, 4, 8, 16, 20, 4]


def test_the_more_often_workers_die_the_longer_windows_hold_one_message(database: Database) -> None:
    outbox, claims = Outbox(database), Claims(database)
    for number in range(60):
        enqueue(outbox, number=number)
    window(claims, 0)

    in_hand = [len(window(claims, 100 * each)) for each in range(1, 5)]  # each of them dies

    assert in_hand == [1, 1, 1, 1]
    claims.settle_window(window(claims, 500), [], None, at(501))
    for seconds in (510, 520):
        in_hand = window(claims, seconds)
        claims.settle_window(in_hand, [taken(each) for each in in_hand], None, at(seconds))
    assert len(window(claims, 530)) == 1  # more than a minute later


def window(claims: Claims, seconds: float) -> list[Claim]:
    got = claims.claim_window("w", TERMS, at(seconds), most=20)
    return got if isinstance(got, list) else []


def test_a_message_of_which_worker_after_worker_dies_fails_as_malformed(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox)
    for hour in range(3 * MOST_DEATHS):  # taken, and taken back
        claims.claim("w", TERMS, at(hour * 3600))

    found = entry(outbox, number)
    assert (found.state, found.cause, found.uncertain) == (State.FAILED, "message_malformed", True)
    assert "worker after worker" in (found.reply or "")
    assert len(found.tried) == MOST_DEATHS
    assert outbox.retry(number, by=actor(), now=at(86_400).wall).state is State.QUEUED
    assert isinstance(claims.claim("w", TERMS, at(86_400)), Claim)
    claims.claim("w", TERMS, at(90_000))
    assert entry(outbox, number).state is not State.FAILED  # it is counted anew
