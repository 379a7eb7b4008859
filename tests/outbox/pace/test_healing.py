"""A hold that heals: what is tried again by itself, how seldom, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.clock import Instant
from panel.mail.smtp.protocol import Failure, Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.result import DeliveryResult, returned, unjudged
from panel.outbox.outbox import Outbox
from panel.outbox.pace.healing import SELDOM_MS, Again, wait_ms
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.pace.rate import DAY_MS, HOUR_MS, MINUTE_MS
from panel.outbox.pace.store import PaceStore, TriedJustNow
from panel.outbox.state import State
from panel.storage.database import Database
from panel.storage.opening import open_database
from tests.support.actors import actor
from tests.support.mail import NOW, TERMS, OneByOne, at, broken, mail, taken
from tests.support.sending import Office
from tests.support.servers import PASSWORD, USER, Authority, SmtpServer

REFUSED = "535 5.7.8 authentication failed"
LOST = "535 5.7.8 Error: authentication failed: Connection lost to authentication server"
TOO_MANY = "454 4.7.0 Too many login attempts, please try again later"
MINUTE = 60.0
SELDOM = [each / 1000 for each in SELDOM_MS]


@pytest.fixture
def claims(database: Database) -> OneByOne:
    for _ in range(30):
        Outbox(database).enqueue(mail(), by=actor(), now=NOW)
    return OneByOne(database, chance=lambda: 0.5)


def claim(claims: OneByOne, seconds: float, terms: Terms = TERMS, worker: str = "w", boot: str = "first") -> Claim:
    got = claims.claim(worker, terms, at(seconds, boot=boot))
    assert isinstance(got, Claim), got
    return got


def refuse(claims: OneByOne, seconds: float, said: str = REFUSED, **given: str) -> None:
    """Let one login be refused."""
    got = claim(claims, seconds, **given)
    claims.settle(got, broken(got, Stage.AUTH, said), at(seconds, boot=given.get("boot", "first")))


def send(claims: OneByOne, seconds: float = 0.0) -> None:
    got = claim(claims, seconds)
    claims.settle(got, taken(got), at(seconds))


def wait(claims: OneByOne, seconds: float, *, boot: str = "first", terms: Terms = TERMS) -> Wait:
    got = claims.claim("other", terms, at(seconds, boot=boot))
    assert isinstance(got, Wait), got
    return got


def tries(claims: OneByOne, said: str, *, most: int = 40) -> list[float]:
    """Refuse each login that is tried by itself; give the seconds between them."""
    seconds, gaps = 0.0, list[float]()
    refuse(claims, seconds, said)
    while len(gaps) < most and (ms := wait(claims, seconds).ms) is not None:
        gaps.append(ms / 1000)
        seconds += ms / 1000
        refuse(claims, seconds, said)
    return gaps


def test_a_refused_login_that_has_worked_is_tried_six_times_in_four_days_and_no_more(claims: OneByOne) -> None:
    send(claims)

    assert tries(claims, REFUSED) == [15 * MINUTE, 60 * MINUTE, 240 * MINUTE, *[24 * 60 * MINUTE] * 3]


def test_a_refused_login_that_never_worked_is_not_tried_again(claims: OneByOne) -> None:
    assert tries(claims, REFUSED) == []


def test_what_worked_with_older_settings_says_nothing_about_newer_ones(claims: OneByOne) -> None:
    send(claims)
    got = claim(claims, 1, Terms(version=2))
    claims.settle(got, broken(got, Stage.AUTH, REFUSED), at(1))

    assert wait(claims, 2, terms=Terms(version=2)) == Wait(Reason.HELD)


def test_too_many_logins_heal_after_rests_that_grow_also_where_none_had_worked(claims: OneByOne) -> None:
    assert tries(claims, TOO_MANY) == SELDOM


def test_a_login_that_never_worked_is_tried_a_few_times_where_words_alone_say_that_it_could_not_be_checked(
    claims: OneByOne,
) -> None:
    assert tries(claims, LOST) == SELDOM


def test_a_login_that_could_not_be_checked_is_tried_for_as_long_as_it_takes(claims: OneByOne) -> None:
    send(claims)

    gaps = tries(claims, LOST)

    assert len(gaps) == 40
    assert gaps[:6] == [2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 16 * MINUTE, 32 * MINUTE, 60 * MINUTE]


def test_no_five_logins_fall_within_the_ten_minutes_of_fail2ban() -> None:
    first = [wait_ms(Again.LATER, each) or 0 for each in range(1, 5)]

    assert sum(first) > 10 * MINUTE_MS


def test_the_message_that_is_tried_loses_no_attempt(claims: OneByOne, database: Database) -> None:
    send(claims)
    tries(claims, REFUSED)

    assert {each.attempts for each in Outbox(database).list(state=State.QUEUED).entries} == {0}


def test_one_login_a_try_whoever_asks(claims: OneByOne) -> None:
    send(claims)
    refuse(claims, 0)
    due = SELDOM[0]

    got = claim(claims, due)

    assert wait(claims, due) == Wait(Reason.HELD, HOUR_MS)  # nobody tries beside it
    claims.settle(got, broken(got, Stage.AUTH, REFUSED), at(due))
    assert wait(claims, due) == Wait(Reason.HELD, HOUR_MS)


def test_a_worker_that_dies_in_a_try_is_not_followed_by_the_next_at_once(claims: OneByOne) -> None:
    send(claims)
    refuse(claims, 0)
    seconds, logins = 0.0, 0
    while (ms := wait(claims, seconds).ms) is not None:
        seconds += ms / 1000
        logins += isinstance(claims.claim(f"dies-{logins}", TERMS, at(seconds)), Claim)

    assert logins == len(SELDOM)


def test_a_restart_of_the_machine_keeps_the_time_of_the_next_try(claims: OneByOne) -> None:
    send(claims)
    refuse(claims, 0)

    assert wait(claims, 60, boot="second") == Wait(Reason.HELD, 14 * MINUTE_MS)


def test_after_a_restart_with_a_wrong_clock_nothing_waits_for_years(claims: OneByOne) -> None:
    send(claims)
    refuse(claims, 0)
    past = at(60, boot="second")._replace(wall=NOW.replace(year=1999))

    got = claims.claim("other", TERMS, past)

    assert isinstance(got, Wait)
    assert (got.ms or 0) <= DAY_MS


def test_an_outage_before_does_not_use_the_tries_up(claims: OneByOne) -> None:
    send(claims)
    seconds = 0.0
    for _ in range(20):
        got = claim(claims, seconds)
        claims.settle(got, broken(got, Stage.CONNECT, cause="connect_timeout"), at(seconds))
        seconds += (wait(claims, seconds).ms or 0) / 1000
    refuse(claims, seconds)

    assert wait(claims, seconds) == Wait(Reason.HELD, 15 * MINUTE_MS)


def test_a_server_that_goes_away_between_gives_no_login_for_free(claims: OneByOne) -> None:
    send(claims)
    refuse(claims, 0)
    seconds, logins, is_away = 0.0, 0, False
    while (ms := wait(claims, seconds).ms) is not None:
        seconds += ms / 1000
        got = claim(claims, seconds)
        is_away = not is_away
        ends = broken(got, Stage.CONNECT, cause="connect_timeout") if is_away else broken(got, Stage.AUTH, REFUSED)
        logins += not is_away
        claims.settle(got, ends, at(seconds))

    assert logins == len(SELDOM)


def test_a_try_that_a_mistake_of_ours_ended_is_used_up(claims: OneByOne) -> None:
    send(claims)
    refuse(claims, 0)
    due = SELDOM[0]
    got = claim(claims, due)
    claims.settle(got, unjudged(Failure(Stage.DATA, "protocol_error"), got.submission.rcpt_to), at(due))

    assert wait(claims, due) == Wait(Reason.HELD, HOUR_MS)


@hypothesis.settings(max_examples=20)
@given(st.lists(st.sampled_from(["refused", "too many", "dies", "away", "stopped", "malformed", "lost"]), max_size=25))
def test_whatever_happens_in_between_a_hold_makes_no_more_than_its_logins(ends: list[str]) -> None:
    with TemporaryDirectory() as folder:
        database = open_database(Path(folder) / "panel.db")
        database.prepare()
        Outbox(database).enqueue_all([mail() for _ in range(len(ends) + 3)], by=actor(), now=NOW)
        claims = OneByOne(database, chance=lambda: 0.5)
        send(claims)
        refuse(claims, 0)

        assert sum(_logins(claims, ends)) <= len(SELDOM)
        database.close()


def _logins(claims: OneByOne, ends: list[str]) -> Iterator[bool]:
    """Let tries end in these ways, each on its day; say of each whether the server may have seen a login."""
    seconds = 0.0
    for number, end in enumerate(ends):
        while isinstance(got := claims.claim(f"w{number}", TERMS, at(seconds)), Wait):
            if got.ms is None:
                return
            seconds += got.ms / 1000
        if end != "dies":
            claims.settle(got, _judged(got, end), at(seconds))
        yield end in ("refused", "too many", "dies", "stopped")


def _judged(got: Claim, end: str) -> DeliveryResult:
    match end:
        case "away":
            return broken(got, Stage.CONNECT, cause="connect_timeout")
        case "stopped":
            return returned(got.submission.rcpt_to)
        case "malformed":
            return broken(got, Stage.MAIL, cause="message_malformed")
    return broken(got, Stage.AUTH, {"refused": REFUSED, "lost": LOST}.get(end, TOO_MANY))


def test_a_message_that_is_itself_at_fault_uses_no_try_up(claims: OneByOne) -> None:
    send(claims)
    refuse(claims, 0)
    due = SELDOM[0]
    got = claim(claims, due)
    claims.settle(got, broken(got, Stage.MAIL, cause="message_malformed"), at(due))

    refuse(claims, due)

    assert wait(claims, due) == Wait(Reason.HELD, HOUR_MS)


def test_a_login_that_works_again_ends_the_hold_whatever_becomes_of_the_message(claims: OneByOne) -> None:
    send(claims)
    refuse(claims, 0)
    due = SELDOM[0]
    got = claim(claims, due)
    claims.settle(got, broken(got, Stage.RCPT, "550 5.1.1 No such user")._replace(opened=True), at(due))

    send(claims, due)


def test_a_server_that_leaves_at_mail_is_looked_at_less_and_less_often(claims: OneByOne) -> None:
    seconds, waits = 0.0, list[int | None]()
    for _ in range(3):
        got = claim(claims, seconds)
        claims.settle(got, broken(got, Stage.MAIL, "421 4.3.2 Shutting down")._replace(opened=True), at(seconds))
        waits.append(wait(claims, seconds).ms)
        seconds += (waits[-1] or 0) / 1000

    assert waits == [30_000, 60_000, 120_000]


def test_who_asks_for_a_try_gets_one_and_the_tries_begin_anew(claims: OneByOne, database: Database) -> None:
    send(claims)
    pace = PaceStore(database)
    assert not pace.try_now(TERMS, at(0), by=actor())
    tries(claims, REFUSED)
    late = sum(SELDOM) + 1
    assert wait(claims, late) == Wait(Reason.HELD)

    assert pace.try_now(TERMS, at(late), by=actor())

    refuse(claims, late)
    assert wait(claims, late) == Wait(Reason.HELD, 15 * MINUTE_MS)


def test_who_asks_for_a_try_of_a_login_that_could_not_be_checked_gets_one(claims: OneByOne, database: Database) -> None:
    send(claims)
    refuse(claims, 0, LOST)

    assert PaceStore(database).try_now(TERMS, at(1), by=actor())

    refuse(claims, 1, LOST)
    assert wait(claims, 1) == Wait(Reason.HELD, 2 * MINUTE_MS)


def test_who_asks_for_a_try_of_settings_that_never_worked_gets_one(claims: OneByOne, database: Database) -> None:
    refuse(claims, 0)

    assert PaceStore(database).try_now(TERMS, at(1), by=actor())

    refuse(claims, 1)
    assert wait(claims, 2) == Wait(Reason.HELD)


def test_who_asks_again_and_again_gets_fewer_logins_than_lock_an_account(claims: OneByOne, database: Database) -> None:
    """fail2ban bans at five within ten minutes; the refusal that began the hold is one."""
    refuse(claims, 0)
    pace, logins = PaceStore(database), 1

    for second in range(1, 600):
        with suppress(TriedJustNow):
            pace.try_now(TERMS, at(second), by=actor())
        got = claims.claim("1-a", TERMS, at(second))
        if isinstance(got, Claim):
            claims.settle(got, broken(got, Stage.AUTH, REFUSED), at(second))
            logins += 1

    assert 3 <= logins < 5


def test_who_asks_too_early_is_told_when_and_may_ask_then(claims: OneByOne, database: Database) -> None:
    refuse(claims, 0)
    pace = PaceStore(database)
    assert pace.try_now(TERMS, at(1), by=actor())
    assert pace.try_now(TERMS, at(2), by=actor())  # it has not been tried yet: nothing is asked twice
    refuse(claims, 3)

    with pytest.raises(TriedJustNow) as caught:
        pace.try_now(TERMS, at(11), by=actor())

    assert caught.value.seconds == 230
    assert wait(claims, 240.9) == Wait(Reason.HELD)
    assert pace.try_now(TERMS, at(241), by=actor())
    assert isinstance(claims.claim("1-a", TERMS, at(241)), Claim)


def test_a_look_that_costs_no_login_may_be_asked_for_soon_again(claims: OneByOne, database: Database) -> None:
    got = claims.claim("1-a", TERMS, at(0))
    assert isinstance(got, Claim)
    claims.settle(got, broken(got, Stage.CONNECT, cause="connect_timeout"), at(0))
    pace = PaceStore(database)

    assert pace.try_now(TERMS, at(1), by=actor())
    got = claims.claim("1-a", TERMS, at(1))
    assert isinstance(got, Claim)
    claims.settle(got, broken(got, Stage.CONNECT, cause="connect_timeout"), at(1))

    with pytest.raises(TriedJustNow):
        pace.try_now(TERMS, at(2), by=actor())
    assert pace.try_now(TERMS, at(6), by=actor())


# With a server that asks for a login


@pytest.fixture
def office(database: Database, submission: SmtpServer, authority: Authority) -> Office:
    office = Office.open(database)
    office.use(
        submission,
        smtp_host="localhost",
        tls=True,
        smtp_auth=True,
        smtp_user=USER,
        smtp_password=PASSWORD,
        ca_certificate=authority.pem,
    )
    return office


def logins(server: SmtpServer) -> int:
    return sum(command.startswith("AUTH") for command in server.commands)


def test_one_535_in_the_middle_heals_without_anybody(office: Office, submission: SmtpServer) -> None:
    now = [at(0)]
    worker = office.worker(time=lambda: now[0])
    office.enqueue()
    assert worker.run_once().reason is Reason.EMPTY
    submission.replies["AUTH"] = REFUSED
    office.enqueue()
    assert worker.run_once() == Wait(Reason.HELD, 15 * MINUTE_MS)

    now[0] = at(SELDOM[0] - 1)
    assert worker.run_once().reason is Reason.HELD
    assert logins(submission) == 2
    submission.replies.clear()
    now[0] = at(SELDOM[0])
    assert worker.run_once().reason is Reason.EMPTY

    assert (len(submission.messages), logins(submission)) == (2, 3)


def test_a_test_with_the_settings_in_force_shows_that_their_login_works(office: Office, submission: SmtpServer) -> None:
    office.test_send()
    submission.replies["AUTH"] = REFUSED
    office.enqueue()

    assert (office.worker().run_once().ms or 0) > 14 * MINUTE_MS


def test_a_test_that_is_refused_after_its_login_shows_that_the_login_works(
    office: Office, submission: SmtpServer
) -> None:
    submission.replies["RCPT"] = "550 5.1.1 No such user"
    office.test_send()
    submission.replies["AUTH"] = REFUSED
    office.enqueue()

    assert (office.worker().run_once().ms or 0) > 14 * MINUTE_MS


def test_a_test_whose_login_is_refused_shows_nothing(office: Office, submission: SmtpServer) -> None:
    submission.replies["AUTH"] = REFUSED
    office.test_send()
    office.enqueue()

    assert office.worker().run_once() == Wait(Reason.HELD)


def test_two_workers_and_a_restart_make_no_more_logins_than_one(office: Office, submission: SmtpServer) -> None:
    now: list[Instant] = [at(0)]
    office.enqueue()
    office.worker(time=lambda: now[0]).run_once()
    submission.replies["AUTH"] = REFUSED
    office.enqueue()
    for hours in range(0, 24 * 6):  # in the first hour there are two
        now[0] = at(hours * 3600)
        for _ in range(2):
            office.worker(time=lambda: now[0]).run_once()

    assert logins(submission) == 1 + 1 + len(SELDOM)
