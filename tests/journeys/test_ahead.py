"""What leaves at a moment is claimed ahead of it, and given back where something else comes first: never early."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from panel import clock
from panel.clock import Instant
from panel.mail.message.submission import Priority
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.sender import Sender
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.state import State
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, OneByOne, at, broken, mail, taken
from tests.support.sending import Office
from tests.support.servers import Loop, SmtpServer, Watched
from tests.support.waiting import wait_until

INTERVAL_MS = 400


@pytest.fixture
def server(loop: Loop) -> SmtpServer:
    return SmtpServer().start(loop)


@pytest.fixture(autouse=True)
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Claim long before the moment, and connect for each message: what a server hears shows how far things are."""
    monkeypatch.setattr("panel.outbox.delivery.worker.AHEAD_MS", 300)
    monkeypatch.setattr("panel.outbox.pace.patience.MOST_MS", 0)


def count(server: SmtpServer, command: str) -> int:
    return sum(each.split()[0] == command for each in server.commands)


def gaps(server: SmtpServer) -> list[float]:
    return [begun - ended for ended, begun in zip(server.ended, server.begun[1:], strict=False)]


def at_second_hello(server: SmtpServer, act: Callable[[], object]) -> threading.Event:
    """Do something once the session for the second message is opened, ahead of its moment; tell when it is done."""
    done = threading.Event()

    def look(_: str) -> None:
        if count(server, "EHLO") == 2 and not done.is_set():
            assert len(server.begun) == 1
            act()
            done.set()

    server.commands = Watched(look)
    return done


def is_given_back(office: Office) -> bool:
    row = office.database.row("SELECT holder FROM pace")
    return row is not None and row["holder"] is None


def enqueue_two(office: Office, server: SmtpServer) -> int:
    office.use(server, send_interval_ms=INTERVAL_MS)
    office.enqueue(number=0)
    return office.enqueue(number=1)


def test_the_session_is_opened_ahead_and_nothing_is_early(office: Office, server: SmtpServer) -> None:
    enqueue_two(office, server)
    opened = at_second_hello(server, lambda: None)

    with office.working():
        server.wait_for(2)

    assert opened.is_set()
    assert gaps(server)[0] >= INTERVAL_MS / 1000


def test_nothing_is_claimed_more_than_a_second_ahead(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    claim_window = Claims.claim_window

    def watched(
        claims: Claims, worker: str, terms: Terms, at: Instant, *, most: int, ahead_ms: int
    ) -> list[Claim] | Wait:
        asked.append(ahead_ms)
        return claim_window(claims, worker, terms, at, most=most, ahead_ms=ahead_ms)

    monkeypatch.setattr(Claims, "claim_window", watched)
    monkeypatch.setattr(Sender, "opening_ms", 5_000)

    with office.working():
        wait_until(lambda: asked)

    assert {*asked} == {1_000}


def test_a_pause_has_it_given_back(office: Office, server: SmtpServer) -> None:
    second = enqueue_two(office, server)
    paused = at_second_hello(server, lambda: office.pace.pause(by=actor("test"), now=clock.now()))

    with office.working():
        assert paused.wait(20)
        wait_until(lambda: is_given_back(office))
        entry = office.entry(second)
        assert (entry.state, entry.uncertain, len(server.begun)) == (State.QUEUED, False, 1)
        office.pace.resume(by=actor(), now=NOW)
        server.wait_for(2)

    assert gaps(server)[0] >= INTERVAL_MS / 1000


def test_what_is_more_urgent_goes_in_its_place(office: Office, server: SmtpServer) -> None:
    second = enqueue_two(office, server)
    urgent: list[int] = []
    at_second_hello(server, lambda: urgent.append(office.enqueue(number=2, priority=Priority.HIGH)))

    with office.working():
        server.wait_for(2)
        wait_until(lambda: office.entry(urgent[0]).state is State.SENT)
        assert office.entry(second).state is not State.SENT
        server.wait_for(3)

    assert min(gaps(server)) >= INTERVAL_MS / 1000


def test_after_a_save_it_goes_by_the_new_settings(office: Office, server: SmtpServer, loop: Loop) -> None:
    other = SmtpServer().start(loop)
    enqueue_two(office, server)
    at_second_hello(server, lambda: office.use(other))

    with office.working():
        other.wait_for(1)

    assert (len(server.begun), len(server.messages), len(other.messages)) == (1, 1, 1)


def test_a_test_goes_first(office: Office, server: SmtpServer) -> None:
    second = enqueue_two(office, server)
    terms = Terms.of(office.store.current())
    asked = at_second_hello(server, lambda: office.pace.begin_test("test/1", terms, clock.instant()))

    with office.working():
        assert asked.wait(20)
        wait_until(lambda: office.pace.begin_test("test/1", terms, clock.instant()) is None)
        assert (office.entry(second).state, len(server.begun)) == (State.QUEUED, 1)
        office.pace.end_test("test/1", terms, clock.instant())
        server.wait_for(2)

    assert gaps(server)[0] >= 2 * INTERVAL_MS / 1000  # the test began an interval of its own


def test_who_is_stopped_gives_it_back(office: Office, server: SmtpServer) -> None:
    second = enqueue_two(office, server)
    opened = at_second_hello(server, lambda: None)

    with office.working():
        assert opened.wait(20)

    entry = office.entry(second)
    assert (entry.state, entry.uncertain, entry.tried, len(server.begun)) == (State.QUEUED, False, (), 1)
    assert is_given_back(office)


def test_what_is_cancelled_meanwhile_does_not_go(office: Office, server: SmtpServer) -> None:
    second = enqueue_two(office, server)
    cancelled = at_second_hello(server, lambda: office.outbox.cancel(second, by=actor(), now=clock.now()))

    with office.working():
        assert cancelled.wait(20)
        wait_until(lambda: is_given_back(office))
        office.enqueue(number=2)
        server.wait_for(2)

    assert office.entry(second).state is State.CANCELLED
    assert b"<1@" not in server.messages[1].raw


def test_a_session_that_cannot_be_opened_ahead_is_tried_once_and_told(office: Office, server: SmtpServer) -> None:
    second = enqueue_two(office, server)
    at_second_hello(server, lambda: server.replies.update(EHLO="554 5.3.2 Closed"))

    with office.working():
        wait_until(lambda: office.entry(second).tried)

    (tried,) = office.entry(second).tried
    assert (tried.outcome, tried.reply) == ("held", "554 5.3.2 Closed")
    assert (count(server, "EHLO"), len(server.begun)) == (2, 1)


# What a claim ahead of its moment is


PACED = Terms(1, interval_ms=6_000)


def ahead(database: Database, *, terms: Terms = PACED, seconds: float = 0.0, ahead_ms: int = 0) -> Claim | Wait:
    claims = Claims(database, chance=lambda: 0.5)
    got = claims.claim_window("w", terms, at(seconds), most=20, ahead_ms=ahead_ms)
    return got if isinstance(got, Wait) else one(got)


def one(claims: list[Claim]) -> Claim:
    (claim,) = claims
    return claim


def after_the_first(database: Database, terms: Terms = PACED) -> Office:
    """Send one of three messages, so that the interval goes on until 6.001 s."""
    office = Office.open(database)
    office.outbox.enqueue_all([mail(number=number) for number in range(3)], by=actor(), now=NOW)
    claims = OneByOne(database, chance=lambda: 0.5)
    first = claims.claim("w", terms, at())
    assert isinstance(first, Claim)
    claims.settle(first, taken(first), at())
    return office


def test_no_longer_ahead_than_asked(database: Database) -> None:
    after_the_first(database)

    assert ahead(database, seconds=5.985, ahead_ms=15) == Wait(Reason.PACE, 16)
    claim = ahead(database, seconds=5.986, ahead_ms=15)
    assert isinstance(claim, Claim)
    assert (claim.ahead, claim.began.steady_ms) == (True, at(6.001).steady_ms)


def test_what_may_leave_now_is_not_ahead(database: Database) -> None:
    after_the_first(database)

    claim = ahead(database, seconds=6.001, ahead_ms=15)

    assert isinstance(claim, Claim)
    assert not claim.ahead


def test_a_limit_that_ends_later_than_the_interval_counts(database: Database) -> None:
    terms = Terms(1, interval_ms=6_000, max_per_hour=1)
    after_the_first(database, terms)

    assert ahead(database, terms=terms, seconds=5.99, ahead_ms=15) == Wait(Reason.HOUR, 3_594_011)
    claim = ahead(database, terms=terms, seconds=3_599.99, ahead_ms=15)
    assert isinstance(claim, Claim)
    assert claim.began.steady_ms == at(3_600.001).steady_ms


def test_nobody_else_gets_it_meanwhile(database: Database) -> None:
    after_the_first(database)
    ahead(database, seconds=5.99, ahead_ms=15)

    other = Claims(database).claim_window("other", PACED, at(5.995), most=20, ahead_ms=15)

    assert isinstance(other, Wait)
    assert other.reason is Reason.BUSY


def test_who_dies_with_a_claim_ahead_has_sent_nothing(database: Database) -> None:
    office = after_the_first(database)
    claim = ahead(database, seconds=5.99, ahead_ms=15)
    assert isinstance(claim, Claim)

    assert ahead(database, seconds=40) == Wait(Reason.PACE, 6_001)  # its server has had it before it, perhaps

    assert [(office.entry(number).state, office.entry(number).uncertain) for number in (2, 3)] == [
        (State.QUEUED, False)
    ] * 2
    again = ahead(database, seconds=50)
    assert isinstance(again, Claim)
    assert again.number == claim.number


def test_who_dies_after_its_content_was_begun_may_have_sent_it(database: Database) -> None:
    office = after_the_first(database)
    claims = Claims(database, chance=lambda: 0.5)
    claim = one(claims.claim_window("w", PACED, at(5.99), most=20, ahead_ms=15))
    assert office.entry(claim.number).state is State.QUEUED

    assert claims.begin(claim, at(6.002))
    assert office.entry(claim.number).state is State.SENDING
    ahead(database, seconds=40)

    assert office.entry(claim.number).uncertain


def test_what_is_another_workers_by_now_is_not_begun(database: Database) -> None:
    after_the_first(database)
    claims = Claims(database, chance=lambda: 0.5)
    claim = one(claims.claim_window("w", PACED, at(5.99), most=20, ahead_ms=15))
    ahead(database, seconds=40)  # its lease ran out
    again = ahead(database, seconds=50)

    assert isinstance(again, Claim)
    assert not claims.begin(claim, at(50))


def test_a_server_that_refuses_it_before_its_content_is_recorded(database: Database) -> None:
    office = after_the_first(database)
    claims = Claims(database, chance=lambda: 0.5)
    claim = one(claims.claim_window("w", PACED, at(5.99), most=20, ahead_ms=15))

    lost, _ = claims.settle_window([claim], [broken(claim, Stage.MAIL, "550 5.7.1 No")], PACED, at(6.1))

    entry = office.entry(claim.number)
    assert (lost, entry.state, [each.outcome for each in entry.tried]) == ([], State.FAILED, ["failed"])
