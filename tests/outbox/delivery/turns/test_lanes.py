"""Which messages leave by which of two servers: claimed, settled and taken back while one takes no mail."""

from __future__ import annotations

import json
from typing import Any

import pytest

from panel import logs
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.entry import Entry
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Pace, Reason, Terms, Wait
from panel.outbox.pace.rate import MINUTE_MS
from panel.outbox.pace.route import Choice, Way, Which
from panel.outbox.pace.row import SELECT, pace_of_row
from panel.outbox.pace.store import PaceStore
from panel.outbox.state import State
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, OneByOne, at, broken, mail, taken

AFTER_MS = 10 * MINUTE_MS
FIRST, SECOND = Which.FIRST, Which.SECOND


def both(version: int = 1, *, first_ms: int = 0, second_ms: int = 0, **of_second: Any) -> Terms:
    """Give the terms of two servers."""
    second = Terms(version, second_ms, server="b.example.org", which=SECOND, after_ms=AFTER_MS, **of_second)
    return Terms(version, first_ms, server="a.example.org", second=second, after_ms=AFTER_MS)


TERMS = both()
SWITCHED = 601.0  # seconds, when mail that was held at 0 leaves by the second


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


@pytest.fixture
def claims(database: Database) -> OneByOne:
    return OneByOne(database, chance=lambda: 0.5)


def enqueue(outbox: Outbox, *rcpt_to: str) -> int:
    return outbox.enqueue(mail(*rcpt_to), by=actor(), now=NOW).number


def claim(claims: OneByOne, seconds: float, terms: Terms = TERMS, worker: str = "w") -> Claim:
    claimed = claims.claim(worker, terms, at(seconds))
    assert isinstance(claimed, Claim), claimed
    return claimed


def waited(claims: OneByOne, seconds: float, terms: Terms = TERMS) -> Wait:
    wait = claims.claim("w", terms, at(seconds))
    assert isinstance(wait, Wait), wait
    return wait


def send(claims: OneByOne, seconds: float, terms: Terms = TERMS) -> Which:
    """Send a message, and say by which server."""
    claimed = claim(claims, seconds, terms)
    claims.settle(claimed, taken(claimed), at(seconds))
    return claimed.terms.which


def fail(claims: OneByOne, seconds: float, terms: Terms = TERMS, **how: Any) -> Claim:
    """Have a server not be there for a message, or what else is said."""
    claimed = claim(claims, seconds, terms)
    given = {"stage": Stage.CONNECT, "cause": "connection_refused"} | how
    claims.settle(claimed, broken(claimed, **given), at(seconds))
    return claimed


def lose(claims: OneByOne, seconds: float, terms: Terms = TERMS) -> Claim:
    """Have the reply to the final dot get lost."""
    return fail(claims, seconds, terms, stage=Stage.DATA, cause="connection_lost", uncertain=True)


def refuse_login(claims: OneByOne, seconds: float, terms: Terms = TERMS) -> Claim:
    return fail(claims, seconds, terms, stage=Stage.AUTH, cause="", said="535 5.7.8 No")


def entry(outbox: Outbox, number: int) -> Entry:
    found = outbox.get(number)
    assert found
    return found


def pace_of(database: Database) -> Pace:
    return pace_of_row(database.row(SELECT))


def bound(database: Database, number: int) -> tuple[str | None, str | None]:
    row = database.row("SELECT bound, bound_until FROM messages WHERE number = ?", (number,))
    assert row
    return row["bound"], row["bound_until"]


def test_mail_leaves_by_the_second_after_so_long_a_hold_and_tells_so(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox)
    refuse_login(claims, 0)
    assert waited(claims, 100) == Wait(Reason.HELD, 500_000)

    assert send(claims, SWITCHED) is SECOND

    sent = entry(outbox, number)
    assert (sent.state, sent.server) == (State.SENT, "second")
    assert [(each.outcome, each.server) for each in sent.tried] == [("held", "first"), ("sent", "second")]


def test_the_state_of_the_sender_is_read_without_a_write(outbox: Outbox, claims: OneByOne, database: Database) -> None:
    enqueue(outbox)
    refuse_login(claims, 0)
    before = tuple(database.row(SELECT) or ())

    state = PaceStore(database).state(TERMS, at(SWITCHED))

    assert (state.route.way, state.route.since) == (Way.SECOND, "2026-11-23T09:10:00.000Z")
    assert (state.wait, state.hold, state.terms) == (None, None, TERMS.second)
    assert state.pace.held is not None
    assert tuple(database.row(SELECT) or ()) == before


def test_the_first_is_looked_at_with_one_message_and_comes_back_when_it_takes_it(
    outbox: Outbox, claims: OneByOne
) -> None:
    for _ in range(6):
        enqueue(outbox)
    fail(claims, 0)
    for second in (31, 100, 300, 601):
        fail(claims, second)  # the first, held ever since
    assert send(claims, 601) is SECOND
    assert send(claims, 602) is SECOND

    assert send(claims, 602 + 15 * 60) is FIRST
    assert send(claims, 603 + 15 * 60) is FIRST


def test_a_look_that_fails_costs_one_message_nothing(outbox: Outbox, claims: OneByOne, database: Database) -> None:
    number = enqueue(outbox)
    fail(claims, 0)
    fail(claims, SWITCHED)

    assert send(claims, SWITCHED) is SECOND
    sent = entry(outbox, number)
    assert (sent.attempts, sent.uncertain) == (1, False)
    assert PaceStore(database).state(TERMS, at(SWITCHED)).route.way is Way.SECOND


def test_a_hold_that_is_not_looked_at_by_itself_stays_with_the_second(
    outbox: Outbox, claims: OneByOne, database: Database
) -> None:
    for _ in range(3):
        enqueue(outbox)
    refuse_login(claims, 0)

    assert send(claims, 86_400) is SECOND
    assert PaceStore(database).try_now(TERMS, at(86_401), by=actor())
    assert send(claims, 86_402) is FIRST


def test_a_session_that_comes_past_its_login_does_not_bring_mail_back_alone(
    outbox: Outbox, claims: OneByOne, database: Database
) -> None:
    for _ in range(4):
        enqueue(outbox)
    send(claims, 0)
    refuse_login(claims, 1)  # one that had worked: looked at after a quarter of an hour
    assert send(claims, SWITCHED + 1) is SECOND

    look = claim(claims, 902)
    assert look.terms.which is FIRST
    unknown = broken(look, Stage.RCPT, "550 5.1.1 No such user")._replace(opened=True)
    claims.settle(look, unknown, at(903))

    assert PaceStore(database).state(TERMS, at(903)).route.way is Way.SECOND
    assert send(claims, 903) is FIRST  # which costs no login now
    assert PaceStore(database).state(TERMS, at(904)).route.way is Way.FIRST


def test_a_rest_and_a_cap_of_the_first_do_not_change_the_server(outbox: Outbox, claims: OneByOne) -> None:
    enqueue(outbox)
    fail(claims, 0, stage=Stage.MAIL, cause="", said="451 4.7.1 Too many messages, slow down")

    assert waited(claims, 59).reason is Reason.REST


def test_a_rest_of_the_second_does_not_slow_the_first(outbox: Outbox, claims: OneByOne) -> None:
    for _ in range(3):
        enqueue(outbox)
    refuse_login(claims, 0)
    assert fail(claims, SWITCHED, stage=Stage.MAIL, cause="", said="451 4.7.1 Too many messages, slow down")
    assert waited(claims, SWITCHED + 1).reason is Reason.REST

    saved = both(2)

    assert send(claims, SWITCHED + 2, saved) is FIRST


def test_each_server_has_its_interval_and_its_caps(outbox: Outbox, claims: OneByOne) -> None:
    for _ in range(5):
        enqueue(outbox)
    terms = both(first_ms=60_000, second_ms=2_000, max_per_hour=2)
    refuse_login(claims, 0, terms)

    assert send(claims, SWITCHED, terms) is SECOND
    assert waited(claims, SWITCHED + 1, terms) == Wait(Reason.PACE, 1_001)
    assert send(claims, SWITCHED + 3, terms) is SECOND
    assert waited(claims, SWITCHED + 6, terms).reason is Reason.HOUR


def test_windows_by_the_second_hold_many_messages(outbox: Outbox, claims: OneByOne) -> None:
    for _ in range(5):
        enqueue(outbox)
    refuse_login(claims, 0)

    window = claims.claim_window("w", TERMS, at(SWITCHED), most=20)

    assert isinstance(window, list)
    assert len(window) == 5
    assert {each.terms.which for each in window} == {SECOND}


def test_where_both_are_held_both_are_looked_at(outbox: Outbox, claims: OneByOne) -> None:
    enqueue(outbox)
    for second in (0, 31, 100, 300, SWITCHED):
        fail(claims, second)
    assert fail(claims, SWITCHED).terms.which is SECOND

    assert fail(claims, SWITCHED + 0.1).terms.which is FIRST
    assert waited(claims, SWITCHED + 1).reason is Reason.HELD
    assert send(claims, SWITCHED + 31) is SECOND


def test_what_the_first_may_have_taken_waits_for_it_and_leaves_by_the_second_later(
    outbox: Outbox, claims: OneByOne, database: Database
) -> None:
    number, other = enqueue(outbox), enqueue(outbox)
    lose(claims, 0)
    assert bound(database, number) == ("first", "2026-11-23T09:10:00.000Z")
    refuse_login(claims, 1)

    assert claim_and_settle(claims, SWITCHED + 1) == (other, SECOND)
    wait = waited(claims, SWITCHED + 2)
    assert wait.ms is not None
    assert 598_000 <= wait.ms <= 600_000  # as long again
    assert claim_and_settle(claims, 1_202) == (number, SECOND)
    sent = entry(outbox, number)
    assert (sent.state, sent.uncertain, sent.server) == (State.SENT, True, "second")
    assert sent.message_id == mail().message_id


def claim_and_settle(claims: OneByOne, seconds: float, terms: Terms = TERMS) -> tuple[int, Which]:
    claimed = claim(claims, seconds, terms)
    claims.settle(claimed, taken(claimed), at(seconds))
    return claimed.number, claimed.terms.which


def test_it_leaves_by_the_first_where_that_is_back_before(outbox: Outbox, claims: OneByOne, database: Database) -> None:
    number = enqueue(outbox)
    lose(claims, 0)
    enqueue(outbox)
    refuse_login(claims, 1)
    assert send(claims, SWITCHED + 1) is SECOND

    PaceStore(database).try_now(TERMS, at(700), by=actor())

    assert claim_and_settle(claims, 701) == (number, FIRST)
    assert entry(outbox, number).server == "first"


def test_a_message_changes_its_server_once(outbox: Outbox, claims: OneByOne, database: Database) -> None:
    number = enqueue(outbox)
    lose(claims, 0)
    enqueue(outbox)
    refuse_login(claims, 1)
    assert send(claims, SWITCHED + 1) is SECOND
    assert lose(claims, 1_202).number == number  # by the second now
    assert bound(database, number) == ("second", None)
    PaceStore(database).release()

    enqueue(outbox)
    assert send(claims, 1_203) is FIRST  # the first is back
    assert lose(claims, 5_000).number == number
    assert bound(database, number) == ("second", None)  # in doubt again, and no other server for that
    assert claim_and_settle(claims, 20_000) == (number, SECOND)


def test_what_the_second_may_have_taken_waits_for_the_second(
    outbox: Outbox, claims: OneByOne, database: Database
) -> None:
    number = enqueue(outbox)
    refuse_login(claims, 0)
    assert lose(claims, SWITCHED).terms.which is SECOND
    PaceStore(database).release()

    other = enqueue(outbox)
    assert claim_and_settle(claims, SWITCHED + 1) == (other, FIRST)
    assert claim_and_settle(claims, SWITCHED + 120) == (number, SECOND)


def test_what_waits_for_the_second_leaves_by_the_first_where_that_is_gone(
    outbox: Outbox, claims: OneByOne, database: Database
) -> None:
    number = enqueue(outbox)
    refuse_login(claims, 0)
    lose(claims, SWITCHED)
    PaceStore(database).release()

    for second in (721, 760, 830, 960, 1_200.5):  # it is due again, and the second is not there
        assert fail(claims, second).terms.which is SECOND

    assert claim_and_settle(claims, 1_202) == (number, FIRST)


def test_a_message_that_waits_for_the_other_server_keeps_nobody_busy(outbox: Outbox, claims: OneByOne) -> None:
    enqueue(outbox)
    lose(claims, 0)
    enqueue(outbox)
    refuse_login(claims, 1)
    send(claims, SWITCHED + 1)

    wait = waited(claims, 700)

    assert wait.ms is not None
    assert wait.ms > 400_000


def test_the_messages_of_a_worker_that_died_wait_for_the_server_that_it_sent_to(
    outbox: Outbox, claims: OneByOne, database: Database
) -> None:
    number = enqueue(outbox)
    refuse_login(claims, 0)
    assert claim(claims, SWITCHED, worker="dead").terms.which is SECOND

    PaceStore(database).release()
    again = claim(claims, SWITCHED + 30)

    assert (again.number, again.terms.which, again.binding.server) == (number, SECOND, SECOND)
    assert entry(outbox, number).tried[-1].server == "second"
    assert entry(outbox, number).uncertain


def test_a_message_that_goes_back_unsent_has_not_changed_its_server(
    outbox: Outbox, claims: OneByOne, database: Database
) -> None:
    number = enqueue(outbox)
    lose(claims, 0)
    enqueue(outbox)
    refuse_login(claims, 1)
    send(claims, SWITCHED + 1)

    claimed = claim(claims, 1_202)
    claims.settle_window([claimed], [], None, at(1_203))
    assert bound(database, number)[0] == "first"
    assert fail(claims, 1_204).number == number  # the second is not there either

    assert bound(database, number)[0] == "first"


def test_a_retry_by_hand_frees_a_message(outbox: Outbox, claims: OneByOne, database: Database) -> None:
    number = enqueue(outbox)
    lose(claims, 0)

    outbox.retry(number, by=actor(), now=NOW)

    assert bound(database, number) == (None, None)
    assert entry(outbox, number).server is None


def test_without_a_second_what_is_bound_leaves_by_the_first(outbox: Outbox, claims: OneByOne) -> None:
    number = enqueue(outbox)
    refuse_login(claims, 0)
    lose(claims, SWITCHED)  # by the second

    assert claim_and_settle(claims, SWITCHED + 600, Terms(2, server="a.example.org")) == (number, FIRST)


@pytest.mark.parametrize("choice", [Choice.FIRST, Choice.SECOND])
def test_a_choice_by_hand_holds_until_the_next(
    outbox: Outbox, claims: OneByOne, database: Database, choice: Choice
) -> None:
    pace = PaceStore(database)
    for _ in range(3):
        enqueue(outbox)

    pace.choose(choice, at(0), by=actor())
    assert send(claims, 1) == choice
    pace.choose(Choice.AUTO, at(2), by=actor())

    assert send(claims, 3) is FIRST


def test_while_the_second_is_chosen_nobody_looks_at_the_first(
    outbox: Outbox, claims: OneByOne, database: Database
) -> None:
    enqueue(outbox)
    fail(claims, 0)
    PaceStore(database).choose(Choice.SECOND, at(1), by=actor())

    assert send(claims, 10_000) is SECOND


def test_while_the_first_is_chosen_mail_waits_for_it(outbox: Outbox, claims: OneByOne, database: Database) -> None:
    enqueue(outbox)
    refuse_login(claims, 0)
    PaceStore(database).choose(Choice.FIRST, at(1), by=actor())

    assert waited(claims, 10_000) == Wait(Reason.HELD)


def test_a_save_is_a_fresh_start_for_both(outbox: Outbox, claims: OneByOne) -> None:
    for _ in range(2):
        enqueue(outbox)
    refuse_login(claims, 0)
    refuse_login(claims, SWITCHED)  # the second

    assert send(claims, SWITCHED + 1, both(2)) is FIRST


def test_a_switch_and_a_return_are_told_in_the_log_once(
    outbox: Outbox, claims: OneByOne, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("json")
    for _ in range(4):
        enqueue(outbox)
    refuse_login(claims, 0)
    send(claims, SWITCHED)
    send(claims, SWITCHED + 1)
    PaceStore(database).release()
    send(claims, SWITCHED + 2)

    lines = [json.loads(each) for each in capsys.readouterr().err.splitlines()]
    told = [(each["event"], each["server"]) for each in lines if each["event"].startswith("server_")]
    assert told == [("server_switched", "second"), ("server_returned", "first")]


def test_the_second_keeps_nothing_in_the_row_of_a_panel_without_one(
    outbox: Outbox, claims: OneByOne, database: Database
) -> None:
    enqueue(outbox)
    refuse_login(claims, 0, Terms(1, server="a.example.org"))

    row = database.row(SELECT)
    assert row
    assert row["second_state"] is None
    assert pace_of(database).second is None
