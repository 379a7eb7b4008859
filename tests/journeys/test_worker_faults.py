"""Whatever a mail server does in the middle of a dialogue: no message is lost, stuck, blamed or sent twice unmarked."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import pytest

from panel.outbox.delivery.retry import Retry
from panel.outbox.pace.pace import Reason, Wait
from panel.outbox.state import State
from tests.support.mail import at
from tests.support.scripted import MESSAGE, ScriptedServer, Step, greets, hangs_up, hears, resets, says, takes
from tests.support.sending import Office
from tests.support.servers import PASSWORD, USER, Authority, SmtpServer, Watched
from tests.support.serving import free_port

MORE_THAN_KERNELS_HOLD = 100_000  # lines
ALL = ("hanako@example.org", "taro@example.org", "jiro@example.org")


class Clockwork:
    """Workers whose clock the test moves: on by what there is to wait for."""

    def __init__(self, office: Office) -> None:
        self.seconds = 0.0
        self.waits: list[float] = []
        self._office = office
        office.now = lambda: at(self.seconds).wall

    def work(self) -> Wait:
        """Let a worker begin and send what may leave."""
        return self._office.worker(time=lambda: at(self.seconds)).run_once()

    def work_on(self, rounds: int = 1_000) -> Wait:
        """Work, and let the time pass that it says, until nothing is left to wait for."""
        for _ in range(rounds):
            wait = self.work()
            if wait.ms is None:
                return wait
            self.waits.append(wait.ms / 1000)
            self.seconds += wait.ms / 1000
        return wait


@pytest.fixture
def clockwork(office: Office) -> Clockwork:
    return Clockwork(office)


def server_for(*steps: Step) -> ScriptedServer:
    return ScriptedServer(*greets(), *steps)


def lead_to(office: Office, port: int) -> None:
    office.use(SmtpServer(port=port))


def test_greylisted_mail_comes_again_after_some_minutes_at_the_pace(
    office: Office, clockwork: Clockwork, server: SmtpServer
) -> None:
    office.retry = Retry()
    office.use(server, send_interval_ms=6_000)
    numbers = [office.enqueue(number=number) for number in range(3)]
    begun: list[float] = []

    def greylist(command: str) -> None:
        if command.startswith("MAIL"):
            begun.append(clockwork.seconds)
        server.replies["RCPT"] = "450 4.2.0 Greylisted, see http://postgrey.schweikert.ch/help/example.org.html"
        if clockwork.seconds >= 300:
            server.replies.clear()

    server.commands = Watched(greylist)
    clockwork.work_on()

    assert [office.entry(number).state for number in numbers] == [State.SENT] * 3
    assert [len(office.entry(number).tried) for number in numbers] == [2] * 3
    assert len(begun) == 6
    assert min(second - first for first, second in itertools.pairwise(begun)) >= 6
    assert begun[3] >= 300


def test_each_recipient_gets_it_once_whatever_becomes_of_the_others(
    office: Office, clockwork: Clockwork, server: SmtpServer
) -> None:
    said = {"taro@example.org": ["550 5.1.1 No such user"], "jiro@example.org": ["450 4.2.0 Later"]}

    def judge(command: str) -> None:
        server.replies.pop("RCPT", None)
        for address, replies in said.items():
            if command.startswith(f"RCPT TO:<{address}>") and replies:
                server.replies["RCPT"] = replies.pop()

    server.commands = Watched(judge)
    number = office.enqueue(*ALL)
    clockwork.work_on()

    assert Counter(to for message in server.messages for to in message.rcpt_to) == {ALL[0]: 1, ALL[2]: 1}
    assert [each.state for each in office.entry(number).recipients] == ["sent", "failed", "sent"]
    assert office.entry(number).state is State.FAILED


@pytest.mark.parametrize(
    ("before_the_dot", "lines"),
    [
        ([*takes("MAIL"), hangs_up], 0),
        ([*takes("MAIL"), *takes("RCPT"), hangs_up], 0),
        ([*takes("MAIL"), *takes("RCPT"), hears("DATA"), hangs_up], 0),
        ([*takes("MAIL"), *takes("RCPT"), *takes("DATA", "354 Go on"), resets], MORE_THAN_KERNELS_HOLD),
    ],
)
def test_a_connection_lost_before_the_final_dot_is_no_reason_to_doubt(
    office: Office, clockwork: Clockwork, server: SmtpServer, before_the_dot: list[Step], lines: int
) -> None:
    number = office.enqueue(lines=lines)
    with server_for(*before_the_dot) as breaking:
        lead_to(office, breaking.port)
        assert clockwork.work().ms

    office.use(server)
    clockwork.work_on()

    assert (office.entry(number).state, office.entry(number).uncertain) == (State.SENT, False)
    assert len(server.messages) == 1


def test_a_connection_lost_after_the_final_dot_is_marked(
    office: Office, clockwork: Clockwork, server: SmtpServer
) -> None:
    number = office.enqueue()
    with server_for(*MESSAGE, resets) as breaking:
        lead_to(office, breaking.port)
        clockwork.work()

    office.use(server)
    clockwork.work_on()

    assert (office.entry(number).state, office.entry(number).uncertain) == (State.SENT, True)


def test_a_server_that_leaves_after_its_250_has_the_message(office: Office, clockwork: Clockwork) -> None:
    numbers = [office.enqueue(number=number) for number in range(3)]

    with server_for(*MESSAGE, says("250 2.0.0 Ok"), hangs_up) as leaving:
        lead_to(office, leaving.port)
        assert clockwork.work_on() == Wait(Reason.EMPTY)

        assert leaving.connections == 3
    assert [(office.entry(each).state, office.entry(each).attempts) for each in numbers] == [(State.SENT, 1)] * 3


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA", "."])
def test_a_server_that_says_421_anywhere_fails_nothing(
    office: Office, clockwork: Clockwork, server: SmtpServer, command: str
) -> None:
    server.replies[command] = "421 4.3.2 Service shutting down"
    numbers = [office.enqueue(number=number) for number in range(3)]

    clockwork.work_on(rounds=20)
    assert {office.entry(number).state for number in numbers} <= {State.QUEUED, State.DEFERRED}

    server.replies.clear()
    clockwork.work_on()
    assert [office.entry(number).state for number in numbers] == [State.SENT] * 3
    assert len(server.messages) == 3


def test_no_password_is_sprayed_whoever_works_and_whatever_comes_in(
    office: Office, clockwork: Clockwork, submission: SmtpServer, authority: Authority
) -> None:
    login = {"smtp_host": "localhost", "tls": True, "smtp_auth": True, "smtp_user": USER}
    office.use(submission, **login, smtp_password="wrong", ca_certificate=authority.pem)
    office.enqueue()
    assert clockwork.work().reason is Reason.HELD

    for _ in range(3):
        office.enqueue()
        for hours in range(10):
            clockwork.seconds = hours * 3600.0
            assert clockwork.work() == Wait(Reason.HELD)
    assert logins(submission) == 1

    office.use(submission, **login, smtp_password="wrong again", ca_certificate=authority.pem)
    clockwork.work_on()
    assert logins(submission) == 2

    office.use(submission, **login, smtp_password=PASSWORD, ca_certificate=authority.pem)
    clockwork.work_on()
    assert len(submission.messages) == 4


def logins(server: SmtpServer) -> int:
    return sum(command.startswith("AUTH") for command in server.commands)


def test_a_test_of_other_settings_lets_nothing_go(
    office: Office, clockwork: Clockwork, submission: SmtpServer, server: SmtpServer, authority: Authority
) -> None:
    login = {"smtp_host": "localhost", "tls": True, "smtp_auth": True, "smtp_user": USER}
    office.use(submission, **login, smtp_password="wrong", ca_certificate=authority.pem)
    office.enqueue()
    assert clockwork.work().reason is Reason.HELD

    plain = replace(office.store.current().settings, smtp_port=server.port, smtp_auth=False, tls=False)
    office.test_send(plain)

    assert len(server.messages) == 1
    assert clockwork.work().reason is Reason.HELD


def test_an_unreachable_server_is_looked_for_ever_more_rarely_and_then_gets_all_in_order(
    office: Office, clockwork: Clockwork, server: SmtpServer
) -> None:
    lead_to(office, free_port())
    for number in range(3):
        office.enqueue(number=number)
    clockwork.work_on(rounds=8)
    assert clockwork.waits == [30, 60, 120, 240, 480, 900, 900, 900]

    office.use(server)
    assert clockwork.work_on() == Wait(Reason.EMPTY)
    assert [message.raw[-3:-2] for message in server.messages] == [b"0", b"1", b"2"]


def test_a_message_that_breaks_every_dialogue_stops_no_other_and_is_given_up(
    office: Office, clockwork: Clockwork, server: SmtpServer
) -> None:
    office.retry = Retry(give_up_ms=3_600_000, least_tries=5)

    def break_off(command: str) -> None:
        if command.startswith("MAIL"):
            server.replies.clear()
        if command == "RCPT TO:<poison@example.org>":
            server.replies["DATA"] = "421 4.3.0 I fall over this one"

    server.commands = Watched(break_off)
    poison = office.enqueue("poison@example.org")
    others = [office.enqueue(number=number) for number in range(5)]

    clockwork.work()
    assert [office.entry(number).state for number in others] == [State.SENT] * 5

    clockwork.work_on()
    assert office.entry(poison).state is State.FAILED
    assert len(office.entry(poison).tried) >= 5


def test_neither_new_nor_deferred_mail_starves(office: Office, clockwork: Clockwork, server: SmtpServer) -> None:
    office.use(server, send_interval_ms=10_000)
    office.retry = Retry()
    server.replies["RCPT"] = "450 4.2.0 Later"
    for number in range(30):
        office.enqueue(number=number)
    clockwork.work_on(rounds=30)

    server.commands = Watched(lambda _: server.replies.clear())
    news = [office.enqueue(number=100 + number) for number in range(30)]
    clockwork.work_on(rounds=40)

    states = Counter(office.entry(number).state for number in news)
    assert states[State.SENT] >= 5
    assert 40 - states[State.SENT] >= 5  # the others were deferred ones


@pytest.mark.parametrize("change", [{"from_address": "other@example.org"}, {"smtp_port": 0}])
def test_settings_that_change_while_a_message_is_sent_mix_with_nothing(
    office: Office, clockwork: Clockwork, server: SmtpServer, change: dict[str, object], loop: object
) -> None:
    """The message in hand ends as it began; the next one goes over a session of its own, all of it by the new ones."""
    other = SmtpServer().start(loop)
    office.enqueue(number=1)
    office.enqueue(number=2)

    def save(command: str) -> None:
        if command == "DATA" and not server.messages and office.store.newest() == 1:
            office.use(other if "smtp_port" in change else server, **{"from_address": "other@example.org"})

    server.commands = Watched(save)
    clockwork.work()

    first, second = [*server.messages, *other.messages]
    assert (first.mail_from, second.mail_from) == ("report@example.org", "other@example.org")
    assert b"report@example.org" in first.raw
    assert b"other@example.org" in second.raw
    assert sum(command.startswith("EHLO") for command in [*server.commands, *other.commands]) == 2
