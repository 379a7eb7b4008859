"""The clock keeps the interval and the caps over workers, tests, restarts and whatever happens to the wall clock."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from panel.mail.net.deadline import Deadline
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.claims import Claims
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Reason, Terms, Wait, server_of
from panel.outbox.pace.rate import HOUR_MS, MINUTE_MS, interval_for
from panel.outbox.pace.server_state import MARGIN
from panel.outbox.pace.slot import Slot, TooSoon
from panel.outbox.pace.store import PaceStore
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, TERMS, OneByOne, at, broken, mail, taken

pytestmark = pytest.mark.both_doors

SIX = Terms(1, interval_ms=6_000)


@pytest.fixture
def claims(database: Database) -> OneByOne:
    outbox = Outbox(database)
    outbox.enqueue_all([mail(number=number) for number in range(200)], by=actor(), now=NOW)
    return OneByOne(database, chance=lambda: 0.5)


@pytest.fixture
def pace(database: Database) -> PaceStore:
    return PaceStore(database)


def send(claims: OneByOne, seconds: float = 0, terms: Terms = SIX, *, boot: str = "first", ends: float = 0) -> Claim:
    """Send the next message, from one moment to so many seconds later."""
    claimed = claims.claim("w", terms, at(seconds, boot=boot))
    assert isinstance(claimed, Claim), claimed
    claims.settle(claimed, taken(claimed), at(seconds + ends, boot=boot))
    return claimed


def wait(claims: OneByOne, seconds: float, terms: Terms = SIX, **clocks: object) -> Wait | None:
    claimed = claims.claim("w", terms, at(seconds, **clocks))
    return claimed if isinstance(claimed, Wait) else None


def refuse(claims: OneByOne, seconds: float, said: str, terms: Terms = TERMS) -> None:
    claimed = claims.claim("w", terms, at(seconds))
    assert isinstance(claimed, Claim), claimed
    claims.settle(claimed, broken(claimed, Stage.MAIL, said), at(seconds))


def test_the_interval_begins_when_the_message_has_ended(claims: OneByOne) -> None:
    send(claims, 0, ends=2.5)

    assert wait(claims, 8.5) == Wait(Reason.PACE, 1)
    assert wait(claims, 8.501) is None


def test_another_worker_waits_for_the_same_slot(claims: OneByOne) -> None:
    send(claims)

    assert claims.claim("other", SIX, at(1)) == Wait(Reason.PACE, 5_001)


def test_a_change_of_the_interval_counts_from_the_next_message_on(claims: OneByOne) -> None:
    send(claims)

    assert wait(claims, 1, Terms(2, interval_ms=60_000)) == Wait(Reason.PACE, 59_001)
    assert wait(claims, 1, Terms(3, interval_ms=500)) is None


@pytest.mark.parametrize("jump", [-86_400, -1, 1, 86_400])
def test_setting_the_wall_clock_moves_no_slot(claims: OneByOne, jump: float) -> None:
    send(claims)

    assert wait(claims, 5, wall=jump) == Wait(Reason.PACE, 1_001)
    assert wait(claims, 6.001, wall=jump) is None


@pytest.mark.parametrize("jump", [-86_400, 0, 86_400])
def test_after_a_restart_of_the_machine_a_whole_interval_is_waited_for(claims: OneByOne, jump: float) -> None:
    send(claims)

    assert wait(claims, 5, wall=jump, boot="second") == Wait(Reason.PACE, 6_000)
    assert wait(claims, 11, wall=jump, boot="second") is None


def test_a_servers_clock_that_was_set_back_costs_a_whole_interval_and_no_more(claims: OneByOne) -> None:
    send(claims, boot="pg-1")

    assert wait(claims, -180, boot="pg-1") == Wait(Reason.PACE, 6_000)
    assert wait(claims, -175, boot="pg-1") == Wait(Reason.PACE, 1_000)
    assert wait(claims, -174, boot="pg-1") is None


def test_a_servers_clock_that_was_set_back_gives_nobodys_turn_to_another(claims: OneByOne) -> None:
    send(claims, 10, TERMS, boot="pg-1")
    claims.claim("w", TERMS, at(10.1, boot="pg-1"))

    assert claims.claim("other", TERMS, at(-180, boot="pg-1")) == Wait(Reason.BUSY, 20_099)


def test_another_server_begins_with_a_whole_interval(claims: OneByOne) -> None:
    send(claims, boot="pg-1")

    assert wait(claims, 5, boot="pg-2") == Wait(Reason.PACE, 6_000)


@pytest.mark.parametrize("seconds", [-170, 11, 190])
def test_another_server_waits_for_who_has_the_clock(claims: OneByOne, seconds: float) -> None:
    claims.claim("w", TERMS, at(10, boot="pg-1"))

    assert claims.claim("other", TERMS, at(seconds, boot="pg-2")) == Wait(Reason.BUSY, 20_000)


def test_an_old_moment_ends_nobodys_lease(claims: OneByOne) -> None:
    """A worker may read the clocks, and then wait for the data file while another one sends."""
    send(claims, 10, TERMS)
    claims.claim("w", TERMS, at(10))

    assert claims.claim("other", TERMS, at(5)) == Wait(Reason.BUSY, 25_000)


def test_an_old_moment_takes_no_interval_back(claims: OneByOne, pace: PaceStore) -> None:
    send(claims, 10)

    pace.end_test("test/1", SIX, at(8))

    assert wait(claims, 15) == Wait(Reason.PACE, 1_001)


def test_a_cap_rolls(claims: OneByOne) -> None:
    terms = Terms(1, max_per_hour=3)
    for minute in (0, 10, 20):
        send(claims, minute * 60, terms)

    assert wait(claims, 30 * 60, terms) == Wait(Reason.HOUR, 30 * MINUTE_MS + 1)
    assert wait(claims, 60 * 60 + 0.001, terms) is None


def test_a_cap_counts_a_slow_message_from_its_end(claims: OneByOne) -> None:
    terms = Terms(1, max_per_hour=1)
    send(claims, 0, terms, ends=50)

    assert wait(claims, 3_600, terms) == Wait(Reason.HOUR, 50_001)


def test_a_cap_binds_a_test_send_and_counts_it(claims: OneByOne, pace: PaceStore) -> None:
    terms = Terms(1, max_per_hour=1)
    assert pace.begin_test("test/1", terms, at(0)) is None
    pace.end_test("test/1", terms, at(9))

    assert wait(claims, 10, terms) == Wait(Reason.HOUR, HOUR_MS - 999)
    assert pace.begin_test("test/2", terms, at(10)) == Wait(Reason.HOUR, HOUR_MS - 999)
    with pytest.raises(TooSoon):
        Slot(pace, terms, "f", time=lambda: at(10)).refuse_far()


def test_a_test_that_never_came_to_mail_counts_nowhere(claims: OneByOne, pace: PaceStore) -> None:
    terms = Terms(1, interval_ms=6_000, max_per_hour=1)
    assert pace.begin_test("test/1", terms, at(0)) is None
    pace.end_test("test/1", terms, at(1), counts=False)

    assert wait(claims, 2, terms) is None


def test_a_cap_that_is_entered_later_counts_what_was_sent_before(claims: OneByOne) -> None:
    for second in range(3):
        send(claims, second, TERMS)

    assert wait(claims, 3, Terms(2, max_per_day=3)) == Wait(Reason.DAY, 24 * HOUR_MS - 2_999)


def test_the_windows_survive_a_clock_that_was_wrong_before_the_restart(claims: OneByOne) -> None:
    terms = Terms(1, max_per_hour=1)
    send(claims, 0, terms)

    ms = wait(claims, 1, terms, wall=-10 * 365 * 86_400, boot="second")
    assert ms == Wait(Reason.HOUR, HOUR_MS)


def test_what_did_not_come_to_the_server_uses_nothing_up(claims: OneByOne) -> None:
    terms = Terms(1, max_per_hour=1)
    claimed = claims.claim("w", terms, at())
    assert isinstance(claimed, Claim)
    claims.settle(claimed, broken(claimed, Stage.CONNECT, cause="connect_timeout"), at())

    send(claims, 60, terms)


def test_a_pause_lets_nothing_leave(claims: OneByOne, pace: PaceStore) -> None:
    pace.pause(by=actor("hanako"), now=NOW)
    assert wait(claims, 0) == Wait(Reason.PAUSED)

    pace.resume(by=actor(), now=NOW)
    assert wait(claims, 0) is None


def test_a_test_send_takes_its_turn_and_begins_an_interval(claims: OneByOne, pace: PaceStore) -> None:
    send(claims)
    assert pace.begin_test("test/1", SIX, at(2)) == Wait(Reason.PACE, 4_001)
    assert pace.begin_test("test/1", SIX, at(6.001)) is None
    assert wait(claims, 7) == Wait(Reason.BUSY, 39_001)

    pace.end_test("test/1", SIX, at(8))

    assert wait(claims, 9) == Wait(Reason.PACE, 5_001)


def test_a_test_send_that_waits_goes_before_the_queue(claims: OneByOne, pace: PaceStore) -> None:
    send(claims)
    assert pace.begin_test("test/1", SIX, at(5.9))

    assert wait(claims, 6.001) == Wait(Reason.BUSY, 899)
    assert pace.begin_test("test/1", SIX, at(6.3)) is None


def test_a_test_send_that_asks_no_more_holds_nothing_up(claims: OneByOne, pace: PaceStore) -> None:
    send(claims)
    assert pace.begin_test("test/1", SIX, at(5.9))

    assert wait(claims, 6.9) is None


def test_a_test_send_waits_an_interval_after_a_lease_that_ran_out(claims: OneByOne, pace: PaceStore) -> None:
    claims.claim("w", SIX, at())

    assert pace.begin_test("test/1", SIX, at(21)) == Wait(Reason.PACE, 6_001)


def test_a_test_send_waits_an_interval_and_no_lease_after_a_dead_worker(
    claims: OneByOne, pace: PaceStore, database: Database
) -> None:
    pipe = database.notifier.waiter("w")
    claims.claim("w", SIX, at())
    assert pace.begin_test("test/1", SIX, at(1)) == Wait(Reason.BUSY, 19_000)

    os.close(pipe._reader)
    os.close(pipe._writer)

    assert pace.begin_test("test/1", SIX, at(1)) == Wait(Reason.PACE, 6_001)


def test_a_test_send_is_not_kept_waiting_for_long(claims: OneByOne, pace: PaceStore) -> None:
    send(claims)

    with pytest.raises(TooSoon):
        Slot(pace, Terms(1, interval_ms=60_000), "f", time=lambda: at(2)).refuse_far()


def test_a_pause_does_not_bind_a_test_send(claims: OneByOne, pace: PaceStore) -> None:
    pace.pause(by=actor("hanako"), now=NOW)

    assert pace.begin_test("test/1", SIX, at()) is None


def test_a_rate_refusal_rests_then_goes_on_at_what_the_server_took(claims: OneByOne, pace: PaceStore) -> None:
    for _ in range(12):
        send(claims, 0, TERMS)
    refuse(claims, 1, "450 4.7.1 Error: too much mail from 203.0.113.9")

    assert wait(claims, 2, TERMS) == Wait(Reason.REST, 59_000)
    assert pace.state(TERMS, at(2)).suggested_ms == 5_500  # 12 a minute, and a tenth to be sure
    send(claims, 61, TERMS)
    assert wait(claims, 62, TERMS) == Wait(Reason.PACE, 4_501)


def test_the_servers_own_words_say_the_interval(claims: OneByOne, pace: PaceStore) -> None:
    refuse(claims, 0, "450 4.7.1 Error: too much mail, at most 30 messages per minute")

    assert pace.state(TERMS, at(1)).suggested_ms == 2_200


def test_a_second_refusal_slows_further(claims: OneByOne, pace: PaceStore) -> None:
    refuse(claims, 0, "450 4.7.1 Error: too much mail, at most 30 messages per minute")
    refuse(claims, 61, "450 4.7.1 Error: too much mail, at most 30 messages per minute")

    assert pace.state(TERMS, at(62)).suggested_ms == 3_300
    assert wait(claims, 62, TERMS) == Wait(Reason.REST, 119_000)


def test_a_save_forgets_what_refusals_taught(claims: OneByOne) -> None:
    refuse(claims, 0, "450 4.7.1 Error: too much mail from 203.0.113.9")

    assert wait(claims, 1, Terms(2)) is None


def test_a_used_up_quota_rests_longer(claims: OneByOne) -> None:
    refuse(claims, 0, "550 5.4.5 Daily user sending limit exceeded")

    assert wait(claims, 0, TERMS) == Wait(Reason.REST, 15 * MINUTE_MS)


OURS = Terms(1, interval_ms=60_000, server="ours.example.org")
OTHER = Terms(0, interval_ms=30_000, server="other.example.net")


def slot_elsewhere(pace: PaceStore, seconds: float, *, ours: Terms = OURS, other: Terms = OTHER) -> Slot:
    slot = Slot(pace, ours, "f", time=lambda: at(seconds))
    slot.lead_to(other.server, interval_ms=other.interval_ms)
    return slot


def test_a_test_of_another_server_waits_for_nothing_of_ours(claims: OneByOne, pace: PaceStore) -> None:
    send(claims, 0, OURS)

    slot_elsewhere(pace, 1).refuse_far()
    slot_elsewhere(pace, 1).take(1, Deadline(1))


def test_a_test_of_another_server_goes_beside_a_message_that_is_under_way(claims: OneByOne, pace: PaceStore) -> None:
    claimed = claims.claim("w", OURS, at())
    slot = slot_elsewhere(pace, 1)

    slot.take(1, Deadline(1))
    slot.end(counts=True)

    assert isinstance(claimed, Claim)
    claims.settle(claimed, taken(claimed), at(2))  # the lease stands


def test_a_test_of_another_server_costs_ours_no_interval_and_no_cap(claims: OneByOne, pace: PaceStore) -> None:
    terms = Terms(1, interval_ms=60_000, max_per_hour=1, server="ours.example.org")
    slot = slot_elsewhere(pace, 0, ours=terms)

    slot.take(1, Deadline(1))
    slot.end(counts=True)

    assert wait(claims, 0.5, terms) is None


@pytest.mark.parametrize(("counts", "left"), [(True, 30_001), (False, None)])
def test_another_server_has_an_interval_of_its_own(pace: PaceStore, counts: bool, left: int | None) -> None:
    first = slot_elsewhere(pace, 0)
    first.take(1, Deadline(1))
    assert pace.begin_elsewhere(OTHER, at(0)) == Wait(Reason.PACE, 30_000), "one is under way"
    first.end(counts=counts)

    assert pace.slot_elsewhere(OTHER, at(0)) == (Wait(Reason.PACE, left) if left else None)
    assert pace.slot_elsewhere(Terms(0, interval_ms=30_000, server="third.example.net"), at(0)) is None


def test_what_was_tested_and_is_saved_then_keeps_its_interval(claims: OneByOne, pace: PaceStore) -> None:
    send(claims, 0, OURS)
    slot = slot_elsewhere(pace, 10)
    slot.take(1, Deadline(1))
    slot.end(counts=True)
    saved = Terms(2, interval_ms=30_000, server=OTHER.server)

    assert pace.state(saved, at(20)).wait == Wait(Reason.PACE, 20_001)
    assert wait(claims, 20, saved) == Wait(Reason.PACE, 20_001)


def test_each_server_keeps_its_interval_over_a_change_and_back(claims: OneByOne, pace: PaceStore) -> None:
    send(claims, 0, OURS)
    saved = Terms(2, interval_ms=30_000, server=OTHER.server)
    send(claims, 1, saved)

    back = Terms(3, interval_ms=60_000, server=OURS.server)

    assert wait(claims, 10, back) == Wait(Reason.PACE, 50_001)
    assert pace.begin_elsewhere(OTHER, at(10)) == Wait(Reason.PACE, 21_001)


def test_an_unlearnt_save_does_not_put_the_end_of_a_message_to_the_new_server(
    claims: OneByOne, pace: PaceStore
) -> None:
    """The worker has a message in hand, while another one reads the new settings."""
    claimed = claims.claim("w", OURS, at())
    saved = Terms(2, interval_ms=30_000, server=OTHER.server)
    assert isinstance(claimed, Claim)
    assert isinstance(claims.claim("v", saved, at(1)), Wait)

    claims.settle(claimed, taken(claimed), at(2))

    assert wait(claims, 3, saved) is None


FULL = Terms(1, max_per_hour=2, max_per_day=3, server="ours.example.org")


def full_elsewhere(version: int) -> Terms:
    return replace(FULL, version=version, server=OTHER.server)


def test_a_cap_that_is_used_up_holds_nothing_back_at_a_new_server(claims: OneByOne, pace: PaceStore) -> None:
    send(claims, 0, FULL)
    send(claims, 1, FULL)
    assert wait(claims, 2, FULL) == Wait(Reason.HOUR, HOUR_MS - 1_999)
    saved = full_elsewhere(2)

    assert pace.state(saved, at(2)).wait is None
    assert pace.slot(saved, at(2)) is None
    send(claims, 2, saved)
    send(claims, 3, saved)
    assert wait(claims, 4, saved) == Wait(Reason.HOUR, HOUR_MS - 1_999), "its own"


def test_a_change_of_the_server_and_back_forgets_nothing_that_was_sent(claims: OneByOne, pace: PaceStore) -> None:
    send(claims, 0, FULL)
    send(claims, 10, full_elsewhere(2))
    send(claims, 20, full_elsewhere(2))
    back = replace(FULL, version=3)
    send(claims, 30, back)

    assert wait(claims, 40, back) == Wait(Reason.HOUR, HOUR_MS - 39_999)
    assert pace.state(full_elsewhere(4), at(40)).wait == Wait(Reason.HOUR, HOUR_MS - 29_999)
    send(claims, 3_700, back)
    assert wait(claims, 3_701, back) == Wait(Reason.DAY, 24 * HOUR_MS - 3_700_999)


def test_a_window_has_room_for_what_a_new_server_takes(database: Database, claims: OneByOne) -> None:
    send(claims, 0, FULL)
    send(claims, 1, FULL)

    claimed = Claims(database).claim_window("w", full_elsewhere(2), at(2), most=2)

    assert isinstance(claimed, list)
    assert len(claimed) == 2


def test_a_test_of_another_server_counts_there(claims: OneByOne, pace: PaceStore) -> None:
    for counts in (True, False):
        slot = slot_elsewhere(pace, 0 if counts else 60, ours=FULL)
        slot.take(1, Deadline(1))
        slot.end(counts=counts)
    send(claims, 100, full_elsewhere(2))

    assert wait(claims, 101, full_elsewhere(2)) == Wait(Reason.HOUR, HOUR_MS - 100_999)


@pytest.mark.parametrize("counts", [True, False])
def test_a_test_ends_at_its_own_server_whatever_was_saved_or_tested_meanwhile(
    claims: OneByOne, pace: PaceStore, counts: bool
) -> None:
    ours = replace(FULL, interval_ms=6_000, max_per_hour=1, max_per_day=None)
    saved = replace(ours, version=2, server=OTHER.server)
    assert pace.begin_test("test/1", ours, at(0)) is None
    elsewhere = slot_elsewhere(pace, 0, ours=ours)
    elsewhere.take(2, Deadline(1))
    elsewhere.end(counts=True)
    assert wait(claims, 1, saved)

    pace.end_test("test/1", ours, at(2), counts=counts)

    assert pace.state(saved, at(3)).wait == Wait(Reason.PACE, 3_001)
    assert pace.state(saved, at(10)).wait == Wait(Reason.HOUR, HOUR_MS - 9_999)
    assert pace.state(ours, at(3)).wait == (Wait(Reason.PACE, 5_001) if counts else None)
    assert pace.state(ours, at(10)).wait == (Wait(Reason.HOUR, HOUR_MS - 7_999) if counts else None)


def test_what_a_server_took_in_a_minute_says_nothing_of_another(claims: OneByOne, pace: PaceStore) -> None:
    for second in range(30):
        send(claims, second, replace(FULL, max_per_hour=None, max_per_day=None))
    saved = Terms(2, server=OTHER.server)
    send(claims, 30, saved)

    refuse(claims, 31, "450 4.7.1 Rate limit exceeded", saved)

    assert pace.state(saved, at(31)).suggested_ms == interval_for(1, MARGIN)


def test_after_a_restart_another_server_is_left_alone_for_a_whole_interval(pace: PaceStore) -> None:
    slot = slot_elsewhere(pace, 0)
    slot.take(1, Deadline(1))
    slot.end(counts=True)

    assert pace.begin_elsewhere(OTHER, at(5, boot="second", wall=-86_400)) == Wait(Reason.PACE, 30_000)


def test_servers_that_were_tested_once_are_not_kept_for_ever(pace: PaceStore, database: Database) -> None:
    for day in range(3):
        slot = slot_elsewhere(pace, day * 90_000, other=Terms(0, server=f"{day}.example.net"))
        slot.take(1, Deadline(1))
        slot.end(counts=True)

    assert [row["server"] for row in database.rows("SELECT server FROM ends")] == ["2.example.net"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("smtp.example.org", 587), ("SMTP.example.org.", 465), True),
        (("smtp.example.org", 587), ("smtp.example.org", 25), True),
        (("smtp.example.org", 587), ("smtp2.example.org", 587), False),
        (("127.0.0.1", 5025), ("127.0.0.1", 5026), False),
        (("127.0.0.1", 5025), ("127.0.0.1", 25), False),
    ],
)
def test_the_usual_ports_of_a_host_are_one_server(one: tuple[str, int], other: tuple[str, int], same: bool) -> None:
    assert (server_of(*one) == server_of(*other)) is same
