"""Windows on their way: what stops one, what a session's end means, and when a fresh session begins."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from email.utils import parseaddr

import pytest

from panel import clock
from panel.mail.message.normalize import normalize
from panel.mail.message.submission import FROM_NAME
from panel.outbox.entry import Entry
from panel.outbox.pace.pace import Reason
from panel.outbox.state import State
from panel.settings.model import FromNameRule, PopTlsMode
from tests.support.actors import actor
from tests.support.scripted import ScriptedServer, says, takes
from tests.support.sending import Office
from tests.support.servers import Loop, SmtpServer


@pytest.fixture(params=[(), ("PIPELINING",)], ids=["one by one", "pipelined"])
def server(loop: Loop, request: pytest.FixtureRequest) -> SmtpServer:
    return SmtpServer(offers=request.param).start(loop)


class Script(list[str]):
    """The commands as they come; before each is answered, `act` is told how often it has come so far."""

    def __init__(self, act: Callable[[str, int], None]) -> None:
        super().__init__()
        self._act = act

    def append(self, command: str) -> None:
        super().append(command)
        name = command.split()[0]
        self._act(name, sum(each.startswith(name) for each in self))


def refuse(server: SmtpServer, command: str, reply: str, when: Callable[[int], bool]) -> None:
    """Let the server refuse a command whenever the number of times it has come fits."""

    def act(name: str, times: int) -> None:
        if name == command and when(times):
            server.replies[command] = reply
        elif name == command:
            server.replies.pop(command, None)

    server.commands = Script(act)


def fill(office: Office, messages: int) -> list[int]:
    return [office.enqueue(number=number) for number in range(messages)]


def entries(office: Office, numbers: list[int]) -> list[Entry]:
    return [office.entry(number) for number in numbers]


def sessions(server: SmtpServer) -> int:
    return sum(command.startswith("EHLO") for command in server.commands)


def test_a_window_goes_out_in_order_over_one_session(office: Office, server: SmtpServer) -> None:
    numbers = fill(office, 50)

    assert office.worker().run_once().reason is Reason.EMPTY

    assert [message.raw.rstrip().rpartition(b"\n")[2] for message in server.messages] == [
        str(number).encode() for number in range(50)
    ]
    assert {entry.state for entry in entries(office, numbers)} == {State.SENT}
    assert sessions(server) == 1


def test_a_refused_recipient_stops_no_other_message_of_the_window(office: Office, server: SmtpServer) -> None:
    numbers = fill(office, 30)
    refuse(server, "RCPT", "550 5.1.1 No such user", lambda times: times % 7 == 0)

    office.worker().run_once()

    states = [entry.state for entry in entries(office, numbers)]
    assert [place for place, state in enumerate(states, 1) if state is State.FAILED] == [7, 14, 21, 28]
    assert len(server.messages) == 26
    assert sessions(server) == 1


def test_a_rate_refusal_puts_the_rest_back_untouched(office: Office, server: SmtpServer) -> None:
    numbers = fill(office, 30)
    refuse(server, "MAIL", "450 4.7.1 Error: too much mail from 192.0.2.1", lambda times: times >= 20)

    assert office.worker().run_once().reason is Reason.REST

    found = entries(office, numbers)
    assert [entry.state for entry in found] == [State.SENT] * 19 + [State.DEFERRED] + [State.QUEUED] * 10
    assert all(entry.attempts == 0 for entry in found[19:])
    assert all(entry.tried == () for entry in found[20:])


def test_a_fault_of_the_settings_puts_the_rest_back_untouched(office: Office, server: SmtpServer) -> None:
    numbers = fill(office, 30)
    refuse(server, "MAIL", "550 5.7.1 Sender address rejected: not owned by user report", lambda times: times >= 20)

    assert office.worker().run_once().reason is Reason.HELD

    found = entries(office, numbers)
    assert [entry.state for entry in found] == [State.SENT] * 19 + [State.QUEUED] * 11
    assert all(entry.tried == () for entry in found[20:])


def test_a_server_that_ends_the_session_gets_the_rest_over_a_new_one(office: Office, server: SmtpServer) -> None:
    numbers = fill(office, 30)
    refuse(server, "MAIL", "421 4.3.2 Shutting down", lambda times: times == 20)

    office.worker().run_once()

    assert [len(entry.tried) for entry in entries(office, numbers)] == [1] * 30
    assert len(server.messages) == 30
    assert sessions(server) == 2


@pytest.mark.parametrize(
    "full",
    [
        "452 4.4.5 Maximum number of messages per session exceeded.",
        "550 5.7.0 Too many messages in this connection",  # for good, as it says; a new session takes it all the same
    ],
)
def test_how_much_a_session_carries_is_learnt(office: Office, server: SmtpServer, full: str) -> None:
    numbers = fill(office, 30)
    in_session = [0]

    def act(name: str, _times: int) -> None:
        if name == "EHLO":
            in_session[0] = 0
        if name == "MAIL":
            in_session[0] += 1
            server.replies.pop("MAIL", None)
            if in_session[0] > 10:
                server.replies["MAIL"] = full

    server.commands = Script(act)

    assert office.worker().run_once().reason is Reason.EMPTY

    assert [len(entry.tried) for entry in entries(office, numbers)] == [1] * 30
    assert sessions(server) == 3
    assert sum(command.startswith("MAIL") for command in server.commands) <= 30 + 2  # refused once, and asked ahead


def test_a_session_carries_no_more_than_it_says(office: Office, server: SmtpServer) -> None:
    server.offers = (*server.offers, "LIMITS MAILMAX=7")
    fill(office, 20)

    office.worker().run_once()

    assert len(server.messages) == 20
    assert sessions(server) == 3
    assert sum(command.startswith("MAIL") for command in server.commands) == 20


def test_recipients_beyond_the_limit_get_a_further_message_at_once(office: Office, server: SmtpServer) -> None:
    server.offers = (*server.offers, "LIMITS RCPTMAX=2")
    rcpt_to = tuple(f"{name}@example.org" for name in ("hanako", "taro", "jiro", "saburo", "shiro"))
    number = office.enqueue(*rcpt_to)

    office.worker().run_once()

    assert [message.rcpt_to for message in server.messages] == [rcpt_to[:2], rcpt_to[2:4], rcpt_to[4:]]
    assert office.entry(number).state is State.SENT
    assert all(recipient.state == "sent" for recipient in office.entry(number).recipients)


def test_stopping_ends_the_message_in_hand_and_puts_the_rest_back(office: Office, server: SmtpServer) -> None:
    numbers = fill(office, 1)
    worker = office.worker()
    worker.run_once()
    numbers += fill(office, 10)
    server.dot_came.clear()
    server.may_answer.clear()

    with office.working(worker):
        assert server.dot_came.wait(10)
        worker.stop()
        server.may_answer.set()

    found = entries(office, numbers)
    assert [entry.state for entry in found] == [State.SENT] * 2 + [State.QUEUED] * 9
    assert all(entry.attempts == 0 and not entry.uncertain for entry in found[2:])
    assert len(server.messages) == 2


def change_before_the_third(office: Office, server: SmtpServer, change: Callable[[], None]) -> None:
    """Send four messages, and change something when the third is begun."""
    numbers = fill(office, 4)

    def act(name: str, times: int) -> None:
        if name == "MAIL" and times == 3:
            change()

    server.commands = Script(act)
    office.worker().run_once()
    assert [office.entry(number).state for number in numbers[:2]] == [State.SENT] * 2


def test_a_save_is_in_force_within_a_window(office: Office, server: SmtpServer, loop: Loop) -> None:
    other = SmtpServer().start(loop)

    change_before_the_third(office, server, lambda: office.use(other))

    assert (len(server.messages), len(other.messages)) == (2, 2)


def test_a_pause_holds_within_a_window(office: Office, server: SmtpServer) -> None:
    change_before_the_third(office, server, lambda: office.pace.pause(by=actor("test"), now=clock.now()))

    assert len(server.messages) == 2
    assert office.outbox.counts().waiting == 2


def test_what_somebody_else_has_taken_is_not_sent(office: Office, server: SmtpServer) -> None:
    def lose() -> None:
        with office.database.writing() as write:
            write.run("UPDATE pace SET holder = 'other/1.1'")

    change_before_the_third(office, server, lose)

    assert len(server.messages) == 2


def test_a_connection_lost_after_the_dot_makes_one_message_uncertain(office: Office, server: SmtpServer) -> None:
    numbers = fill(office, 5)
    server.lose_after_dot = True

    def act(name: str, times: int) -> None:
        if name == "EHLO" and times == 2:
            server.lose_after_dot = False

    server.commands = Script(act)
    with office.working():
        server.wait_for(6)

    found = entries(office, numbers)
    assert [entry.uncertain for entry in found] == [True, False, False, False, False]
    assert {entry.state for entry in found} == {State.SENT}


POP = [says("+OK"), *takes("USER", "+OK"), *takes("PASS", "+OK"), *takes("QUIT", "+OK")]


def use_pop(office: Office, server: SmtpServer, pop: ScriptedServer) -> None:
    login = {"pop_host": "127.0.0.1", "pop_port": pop.port, "pop_user": "report", "pop_password": "secret"}
    office.use(server, pop_before_smtp=True, pop_tls_mode=PopTlsMode.NONE, **login)


def test_a_pop_login_is_renewed_before_it_ends(
    office: Office, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panel.outbox.delivery.sender.POP_SECONDS", 0)
    fill(office, 3)

    with ScriptedServer(*POP) as pop:
        use_pop(office, server, pop)
        office.worker(window=1).run_once()

    assert len(server.messages) == 3
    assert pop.connections == 3


def test_a_pop_login_that_has_ended_is_made_again_and_blames_nobody(office: Office, server: SmtpServer) -> None:
    numbers = fill(office, 5)
    refuse(server, "RCPT", "554 5.7.1 <hanako@example.org>: Relay access denied", lambda times: times == 3)

    with ScriptedServer(*POP) as pop:
        use_pop(office, server, pop)
        office.worker().run_once()

    assert [len(entry.tried) for entry in entries(office, numbers)] == [1] * 5
    assert pop.connections == 2


@pytest.mark.parametrize(("rule", "name"), [("fixed", "Report"), ("submitted", "Shop")])
def test_whose_name_stands_before_the_address_is_a_rule(
    office: Office, server: SmtpServer, rule: str, name: str
) -> None:
    office.use(server, from_name="Report", from_name_rule=FromNameRule(rule))
    taken = normalize(b"From: Shop <shop@example.org>\n\nHi\n", rcpt_to=["a@example.net"], now=clock.now(), host="h")
    office.outbox.enqueue(taken, by=actor(), now=clock.now())

    office.worker().run_once()

    [message] = server.messages
    assert parseaddr(message_from_bytes(message.raw)["From"])[0] == name
    assert FROM_NAME.encode() not in message.raw
