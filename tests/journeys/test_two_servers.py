"""A worker with two servers: what the first does wrong, where mail goes then, and how it comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes

import pytest

from panel import clock
from panel.checks.trial.order import Order
from panel.checks.trial.report import Outcome, Report
from panel.checks.trial.run import TrialRun
from panel.clock import Instant
from panel.mail.net.policy import Policy
from panel.outbox.pace.pace import Reason, Terms
from panel.outbox.pace.route import Choice, Way
from panel.outbox.pace.slot import Slot
from panel.outbox.state import State
from tests.support.actors import actor
from tests.support.sending import Office, leading_to
from tests.support.servers import Loop, Message, SmtpServer
from tests.support.waiting import wait_until

MINUTES = 10


class Time:
    """The clocks of this machine, and so many seconds more: clocks of their own, which no server's overrule."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> Instant:
        now = clock.instant()
        ms = round(self.seconds * 1000)
        return Instant(now.wall + timedelta(milliseconds=ms), now.steady_ms + ms, "the test's")


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def second(loop: Loop) -> SmtpServer:
    return SmtpServer().start(loop)


@pytest.fixture
def two(office: Office, server: SmtpServer, second: SmtpServer, time: Time) -> Office:
    """Give an office with both servers; its time is the test's."""
    office.now = lambda: time().wall
    use(office, server, second)
    return office


def use(office: Office, server: SmtpServer, second: SmtpServer, **changes: object) -> None:
    settings = leading_to(server).with_second(leading_to(second))
    settings = replace(settings, second=True, second_after_minutes=MINUTES)
    office.store.save(replace(settings, **changes), base=office.store.newest(), by=actor("test"), now=clock.now())


def id_of(message: Message) -> str:
    return str(message_from_bytes(message.raw)["Message-ID"])


def run(office: Office, time: Time, seconds: float | None = None) -> Reason:
    """Let a worker send what it may at this moment, or so many seconds from the beginning."""
    time.seconds = time.seconds if seconds is None else seconds
    return office.worker(time=time).run_once().reason


def terms_of(office: Office) -> Terms:
    return Terms.of(office.store.current())


def route(office: Office, time: Time) -> Way:
    return office.pace.route(terms_of(office), time()).way


def try_second(office: Office) -> Report:
    """Run a test send by the second server of the settings in force."""
    version, terms = office.store.current(), terms_of(office)
    settings = version.settings.by_second
    assert terms.second
    trial = TrialRun(
        Order(settings, "hanako@example.org", version=version.number, by=actor()),
        store=office.trials,
        policy=Policy(),
        slot=Slot(office.pace, terms.second, office.store.fingerprint(settings)),
        fingerprint=office.store.fingerprint(settings),
        now=clock.now(),
    )
    return trial.run()


def test_mail_leaves_by_the_second_from_the_same_sender(
    two: Office, server: SmtpServer, second: SmtpServer, time: Time
) -> None:
    server.replies["MAIL"] = "550 5.7.1 Sender address rejected: not owned by user"
    number = two.enqueue()
    assert run(two, time, 0) is Reason.HELD
    assert run(two, time, 590) is Reason.HELD

    assert run(two, time, 601) is Reason.EMPTY

    assert (two.entry(number).state, two.entry(number).server) == (State.SENT, "second")
    assert [each.mail_from for each in second.messages] == ["report@example.org"]
    assert id_of(second.messages[0]) == two.entry(number).message_id
    assert "From: report@example.org" in second.messages[0].raw.decode()
    assert not server.messages
    assert route(two, time) is Way.SECOND


def test_the_first_comes_back_by_itself_once_it_takes_a_message(
    two: Office, server: SmtpServer, second: SmtpServer, time: Time
) -> None:
    server.replies["EHLO"] = server.replies["HELO"] = "421 4.3.2 Shutting down"
    for number in range(3):
        two.enqueue(number=number)
    run(two, time, 0)
    run(two, time, 601)
    assert len(second.messages) == 3

    two.enqueue(number=3)
    assert run(two, time, 700) is Reason.EMPTY
    assert len(second.messages) == 4  # the look in between cost the message nothing
    server.replies.clear()
    two.enqueue(number=4)
    two.enqueue(number=5)
    run(two, time, 2_000)

    assert (len(server.messages), len(second.messages)) == (2, 4)
    assert route(two, time) is Way.FIRST
    assert [two.entry(number).attempts for number in (1, 4, 5)] == [1, 1, 1]


def test_a_test_of_the_settings_in_force_that_succeeds_brings_mail_back(
    two: Office, server: SmtpServer, second: SmtpServer, time: Time
) -> None:
    server.replies["MAIL"] = "550 5.7.1 Sender address rejected: not owned by user"
    two.enqueue()
    run(two, time, 0)
    run(two, time, 601)
    assert route(two, time) is Way.SECOND
    server.replies.clear()

    assert two.test_send().outcome is Outcome.SUCCESS

    assert route(two, time) is Way.FIRST


def test_a_test_of_the_second_lets_the_second_go_and_not_the_first(
    two: Office, server: SmtpServer, second: SmtpServer, time: Time
) -> None:
    for each in (server, second):
        each.replies["MAIL"] = "550 5.7.1 Sender address rejected: not owned by user"
    two.enqueue()
    run(two, time, 0)
    run(two, time, 601)
    assert two.pace.state(terms_of(two), time()).hold is not None
    second.replies.clear()

    assert try_second(two).outcome is Outcome.SUCCESS

    state = two.pace.state(terms_of(two), time())
    assert (state.hold, state.route.way) == (None, Way.SECOND)
    assert state.pace.held is not None


def test_what_the_first_may_have_taken_leaves_by_the_second_later_and_is_marked(
    two: Office, server: SmtpServer, second: SmtpServer, time: Time
) -> None:
    server.lose_after_dot = True
    lost = two.enqueue(number=1)
    run(two, time, 0)
    server.replies["EHLO"] = server.replies["HELO"] = "421 4.3.2 Shutting down"
    other = two.enqueue(number=2)

    run(two, time, 5)
    run(two, time, 610)
    assert [id_of(each) for each in second.messages] == [two.entry(other).message_id]
    run(two, time, 1_210)

    assert id_of(second.messages[1]) == id_of(server.messages[0]) == two.entry(lost).message_id
    assert (two.entry(lost).state, two.entry(lost).uncertain, two.entry(lost).server) == (State.SENT, True, "second")
    assert [(each.outcome, each.server) for each in two.entry(lost).tried] == [
        ("uncertain", "first"),
        ("held", "first"),  # a look
        ("sent", "second"),
    ]
    assert not two.entry(other).uncertain


def test_two_workers_keep_the_interval_of_the_second_and_send_each_message_once(
    office: Office, server: SmtpServer, second: SmtpServer
) -> None:
    server.replies["MAIL"] = "550 5.7.1 Sender address rejected: not owned by user"
    use(office, server, second, second_after_minutes=0, second_send_interval_ms=40)
    expected = {office.entry(office.enqueue(number=number)).message_id for number in range(20)}

    with office.working(), office.working():
        second.wait_for(20)

    assert sorted(id_of(each) for each in second.messages) == sorted(expected)
    gaps = [begun - ended for ended, begun in zip(second.ended, second.begun[1:], strict=False)]
    assert min(gaps) >= 0.039
    assert sum(command.startswith("MAIL") for command in server.commands) == 1


def test_a_choice_by_hand_is_followed_at_once_and_until_the_next(
    office: Office, server: SmtpServer, second: SmtpServer
) -> None:
    use(office, server, second)
    with office.working():
        office.enqueue(number=1)
        server.wait_for(1)
        office.pace.choose(Choice.SECOND, clock.instant(), by=actor())
        office.enqueue(number=2)
        second.wait_for(1)
        office.pace.choose(Choice.AUTO, clock.instant(), by=actor())
        office.enqueue(number=3)
        server.wait_for(2)

    assert len(second.messages) == 1


def test_mail_that_is_held_goes_on_by_the_second_at_a_choice(
    office: Office, server: SmtpServer, second: SmtpServer
) -> None:
    server.replies["MAIL"] = "550 5.7.1 Sender address rejected: not owned by user"
    use(office, server, second)
    office.enqueue()
    with office.working():
        wait_until(lambda: office.pace.state(terms_of(office), clock.instant()).hold)
        office.pace.choose(Choice.SECOND, clock.instant(), by=actor())
        second.wait_for(1)


def test_a_refusal_for_the_rate_stays_with_its_server(
    two: Office, server: SmtpServer, second: SmtpServer, time: Time
) -> None:
    server.replies["MAIL"] = "451 4.7.1 Too many messages, slow down"
    two.enqueue()

    assert run(two, time, 0) is Reason.REST
    assert run(two, time, 3_000) is Reason.REST

    assert not second.commands


def test_a_refused_recipient_fails_at_the_first_alone(
    two: Office, server: SmtpServer, second: SmtpServer, time: Time
) -> None:
    server.replies["RCPT"] = "550 5.1.1 No such user"
    number = two.enqueue()

    run(two, time, 0)

    assert two.entry(number).state is State.FAILED
    assert not second.commands


def test_a_second_that_is_turned_off_leaves_mail_to_the_first(
    two: Office, server: SmtpServer, second: SmtpServer, time: Time
) -> None:
    server.replies["MAIL"] = "550 5.7.1 Sender address rejected: not owned by user"
    two.enqueue()
    run(two, time, 0)
    run(two, time, 601)
    alone = replace(two.store.current().settings, second=False)
    two.store.save(alone, base=two.store.newest(), by=actor("test"), now=clock.now())
    server.replies.clear()

    two.enqueue()
    run(two, time, 700)

    assert (len(server.messages), len(second.messages)) == (1, 1)
