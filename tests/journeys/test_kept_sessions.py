"""A session stays open between messages: over which waits, who ends it, and who else may send meanwhile."""

from __future__ import annotations

import os

import pytest

from panel import clock
from panel.checks.trial.report import Mode, Outcome
from panel.clock import Instant
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.worker import Worker
from panel.outbox.pace import patience
from panel.outbox.pace.pace import HEAD_START_MS, Reason, Wait
from tests.support.actors import actor
from tests.support.far_away import far_away
from tests.support.mail import at
from tests.support.sending import Office, bears_ms, noted
from tests.support.servers import Loop, SmtpServer, Watched
from tests.support.waiting import wait_until

PIPELINED = pytest.param(("PIPELINING",), id="pipelined")
EACH_WAY = pytest.mark.parametrize("server", [pytest.param((), id="one by one"), PIPELINED], indirect=True)


@pytest.fixture(params=[pytest.param((), id="one by one"), pytest.param(*PIPELINED.values, marks=pytest.mark.long)])
def server(loop: Loop, request: pytest.FixtureRequest) -> SmtpServer:
    """A server; where it matters in which way commands come, a test says so and runs in both."""
    return SmtpServer(offers=request.param).start(loop)


def count(server: SmtpServer, command: str) -> int:
    return sum(each.split()[0] == command for each in server.commands)


def gaps(server: SmtpServer) -> list[float]:
    return [begun - ended for ended, begun in zip(server.ended, server.begun[1:], strict=False)]


def send_one(office: Office, server: SmtpServer) -> None:
    """Send a message, and wait until its session rests."""
    office.enqueue()
    wait_until(lambda: server.messages and noted(office))


# How long it stays


@EACH_WAY
def test_one_session_carries_all_messages_at_an_interval(office: Office, server: SmtpServer) -> None:
    office.use(server, send_interval_ms=20)
    for number in range(30):
        office.enqueue(number=number)

    with office.working():
        server.wait_for(30)

    assert (count(server, "EHLO"), len(server.messages)) == (1, 30)
    assert min(gaps(server)) >= 0.020


def test_over_two_workers_there_is_one_session(office: Office, server: SmtpServer) -> None:
    office.use(server, send_interval_ms=20)
    for number in range(30):
        office.enqueue(number=number)

    with office.working(), office.working():
        server.wait_for(30)

    assert (count(server, "EHLO"), len(server.messages)) == (1, 30)
    assert min(gaps(server)) >= 0.020


def test_the_next_single_message_needs_no_new_session(office: Office, server: SmtpServer) -> None:
    with office.working(), office.working():
        for number in range(5):
            office.enqueue(number=number)
            server.wait_for(number + 1)
            wait_until(lambda: noted(office))

    assert count(server, "EHLO") == 1


@EACH_WAY
def test_before_a_wait_that_is_too_long_it_says_goodbye(
    office: Office, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panel.outbox.pace.patience.MOST_MS", 50)
    office.use(server, send_interval_ms=100)
    for number in range(3):
        office.enqueue(number=number)

    with office.working():
        server.wait_for(3)

    assert [each.split()[0] for each in server.commands] == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"] * 3


def test_the_end_of_its_rest_wakes_the_worker(
    office: Office, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panel.outbox.pace.patience.MOST_MS", 300)

    with office.working():
        send_one(office, server)
        wait_until(lambda: count(server, "QUIT"))  # its own look at the queue would come after a minute
        wait_until(lambda: noted(office) is None)


@EACH_WAY
def test_it_is_left_before_servers_end_it_for_its_age(
    office: Office, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panel.outbox.delivery.sender.WHOLE_SECONDS", 0)

    with office.working():
        send_one(office, server)
        office.enqueue()
        server.wait_for(2)

    assert [count(server, each) for each in ("EHLO", "QUIT")] == [2, 2]


@pytest.mark.parametrize(("offers", "trips"), [(("PIPELINING",), 2), ((), 4)])
def test_the_next_single_message_needs_few_round_trips(
    office: Office, loop: Loop, offers: tuple[str, ...], trips: int
) -> None:
    server = SmtpServer(offers=offers).start(loop)

    with far_away(server.port, seconds=0.1) as far, office.working():
        office.use(server, smtp_port=far.port)
        send_one(office, server)
        before = far.trips.value
        office.enqueue(number=2)
        server.wait_for(2)
        wait_until(lambda: noted(office) and not office.outbox.counts().waiting)

        assert far.trips.value - before == trips


# Who ends it


def test_run_once_leaves_no_session_behind(office: Office, server: SmtpServer) -> None:
    office.use(server, send_interval_ms=5)
    office.enqueue()

    office.worker().run_once()

    assert (server.commands[-1], noted(office)) == ("QUIT", None)


def test_stopping_says_goodbye(office: Office, server: SmtpServer) -> None:
    with office.working():
        send_one(office, server)

    wait_until(lambda: server.commands[-1] == "QUIT")
    assert noted(office) is None


def test_a_pause_ends_it(office: Office, server: SmtpServer) -> None:
    with office.working():
        send_one(office, server)
        office.pace.pause(by=actor("test"), now=clock.now())
        wait_until(lambda: count(server, "QUIT"))
        wait_until(lambda: noted(office) is None)


def test_a_save_ends_it_also_where_the_server_stays_the_same(office: Office, server: SmtpServer) -> None:
    with office.working():
        send_one(office, server)
        office.use(server, from_name="Report")
        wait_until(lambda: count(server, "QUIT"))
        office.enqueue()
        server.wait_for(2)

    assert count(server, "EHLO") == 2


@EACH_WAY
def test_a_message_after_a_save_never_goes_by_the_old_session(office: Office, server: SmtpServer, loop: Loop) -> None:
    other = SmtpServer().start(loop)

    with office.working():
        send_one(office, server)
        office.use(other)
        office.enqueue()
        other.wait_for(1)

    assert (len(server.messages), len(other.messages)) == (1, 1)


@EACH_WAY
def test_what_comes_after_a_save_goes_by_it(office: Office, server: SmtpServer, loop: Loop) -> None:
    """Somebody saves between the worker's look at the settings and its claim."""
    other = SmtpServer().start(loop)

    def time() -> Instant:
        if not office.outbox.counts().waiting and not other.messages:
            office.use(other)
            office.enqueue()
        return clock.instant()

    assert office.worker(time=time).run_once().reason is Reason.EMPTY

    assert (server.messages, len(other.messages)) == ([], 1)


@EACH_WAY
def test_a_save_ends_it_between_two_messages_that_follow_at_once(office: Office, server: SmtpServer) -> None:
    """The values are the same, their version is not."""
    for number in range(2):
        office.enqueue(number=number)
    server.commands = Watched(
        lambda command: command == "DATA" and not server.messages and office.use(server, from_name="Report")
    )

    office.worker(window=1).run_once()

    assert (len(server.messages), count(server, "EHLO")) == (2, 2)


@EACH_WAY
def test_a_refusal_after_a_rest_teaches_nothing(office: Office, server: SmtpServer) -> None:
    with office.working():
        send_one(office, server)
        server.replies["MAIL"] = "550 5.1.7 No such sender"
        refused = office.enqueue()
        wait_until(lambda: office.entry(refused).tried)

    assert bears_ms(office, server.port) == patience.MOST_MS


def test_what_a_server_bears_is_known_to_the_next_worker(office: Office, server: SmtpServer) -> None:
    office.use(server, send_interval_ms=200)
    Claims(office.database).learn_idle(f"127.0.0.1:{server.port}", clock.instant(), borne_ms=0, ended_ms=100)
    for number in range(2):
        office.enqueue(number=number)

    with office.working():
        server.wait_for(2)

    assert [count(server, each) for each in ("EHLO", "QUIT")] == [2, 2]


# Several who send


def another_rests(office: Office, name: str) -> None:
    with office.database.writing() as write:
        write.run("UPDATE pace SET open_by = ?, open_until_ms = anchor_ms + ?", (name, at(30).steady_ms))


def test_who_has_a_session_open_goes_first_for_a_moment(office: Office, server: SmtpServer) -> None:
    seconds = [0.0]
    worker = office.worker(time=lambda: at(seconds[0]))
    worker.run_once()  # sets the clock
    another_rests(office, "other")
    office.enqueue()

    with office.database.notifier.waiter("other") as waiter:
        assert worker.run_once() == Wait(Reason.BUSY, HEAD_START_MS)
        seconds[0] = HEAD_START_MS / 1000
        assert worker.run_once().reason is Reason.EMPTY
        waiter.wait(None)  # told to end its own

    assert len(server.messages) == 1


def test_who_is_asked_to_end_it_looks_once_more_whether_something_may_leave(
    office: Office, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, asked = Worker._round, list[Wait]()

    def look_and_be_asked(worker: Worker) -> Wait:
        wait = look(worker)
        if len(server.messages) == 1 and not asked:
            office.enqueue(number=2)  # nobody has seen it but the one that asks
            asked.append(office.worker().run_once())
        return wait

    monkeypatch.setattr(Worker, "_round", look_and_be_asked)
    with office.working():
        office.enqueue()
        server.wait_for(2)

    assert asked[0].reason is Reason.BUSY
    assert count(server, "EHLO") == 1


def test_nobody_waits_for_the_dead(office: Office, server: SmtpServer) -> None:
    worker = office.worker(time=lambda: at(0))
    worker.run_once()
    die_as_a_worker(office, "dead")
    another_rests(office, "dead")
    office.enqueue()

    assert worker.run_once().reason is Reason.EMPTY

    assert len(server.messages) == 1


def die_as_a_worker(office: Office, name: str) -> None:
    """Leave what a worker of this machine leaves that was killed: a pipe without a reader."""
    waiter = office.database.notifier.waiter(name)
    os.close(waiter._reader)
    os.close(waiter._writer)


def test_a_test_leaves_the_session_open(office: Office, server: SmtpServer) -> None:
    with office.working():
        send_one(office, server)
        assert office.test_send().outcome is Outcome.SUCCESS
        office.enqueue()
        server.wait_for(3)

    assert count(server, "EHLO") == 2


@pytest.mark.parametrize("mode", Mode)
def test_at_a_server_that_bears_one_session_each_test_has_its_own(
    office: Office, server: SmtpServer, mode: Mode
) -> None:
    """The first test finds it out; the next one asks the worker before it connects."""
    server.at_most = 1
    arrive = 2 if mode is Mode.SEND else 1

    with office.working():
        for number in range(2):
            office.enqueue(number=number)
            server.wait_for(number * arrive + 1)
            wait_until(lambda: noted(office))
            assert office.test_send(mode=mode).outcome is Outcome.SUCCESS

    assert len(server.messages) == 2 * arrive
    assert server.refused == 1


def test_the_refusal_of_a_second_session_is_remembered_from_mail_as_well(office: Office, server: SmtpServer) -> None:
    server.at_most = 0
    office.enqueue()

    assert office.worker().run_once().reason is not Reason.EMPTY

    (learnt,) = office.database.rows("SELECT * FROM servers WHERE alone_until_ms > 0")
    assert learnt["name"] == f"127.0.0.1:{server.port}"


def test_a_worker_takes_over_from_one_that_stops(office: Office, server: SmtpServer) -> None:
    office.use(server, send_interval_ms=5)
    for number in range(60):
        office.enqueue(number=number)

    with office.working():
        with office.working():
            server.wait_for(10)
        with office.working():
            server.wait_for(40)
    with office.working():
        server.wait_for(60)

    assert len(server.messages) == 60
    assert count(server, "EHLO") <= 4
