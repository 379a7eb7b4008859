"""The worker sends for real: at the pace, over kept sessions, without losing mail to faults of others."""

from __future__ import annotations

import itertools
import re
from email import message_from_bytes
from io import StringIO
from itertools import chain, pairwise

import pytest

from panel import clock, logs
from panel.checks.trial.report import Outcome
from panel.clock import Instant
from panel.mail.message.submission import Submission
from panel.outbox.pace.pace import Reason, Wait
from panel.outbox.pace.patience import certificate_end, name_of
from panel.outbox.state import State
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.holding import Holder, hurry
from tests.support.mail import at, mail
from tests.support.scripted import ScriptedServer, greets, hears, hears_message, says, takes
from tests.support.sending import Office, leading_to
from tests.support.servers import PASSWORD, USER, Authority, Loop, SmtpServer, Watched


def gaps(server: SmtpServer) -> list[float]:
    """Give the seconds from the answer to each message to the beginning of the next, as the server saw them."""
    return [begun - ended for ended, begun in zip(server.ended, server.begun[1:], strict=False)]


def test_a_message_arrives_as_it_was_handed_in_from_the_configured_sender(office: Office, server: SmtpServer) -> None:
    given = mail("hanako@example.org", "taro@example.org")
    office.outbox.enqueue(
        Submission(given.rcpt_to, given.message, given.message_id, reply_to="app@example.net"),
        by=actor(),
        now=clock.now(),
    )

    office.worker().run_once()

    (arrived,) = server.messages
    assert (arrived.mail_from, arrived.rcpt_to) == ("report@example.org", given.rcpt_to)
    head = message_from_bytes(arrived.raw)
    assert (head["From"], head["Reply-To"]) == ("report@example.org", "app@example.net")
    assert head["Message-ID"] == given.message_id


def test_at_interval_0_one_session_carries_all(office: Office, server: SmtpServer) -> None:
    for number in range(5):
        office.enqueue(number=number)

    assert office.worker().run_once().reason is Reason.EMPTY

    assert len(server.messages) == 5
    assert sum(command.startswith("EHLO") for command in server.commands) == 1


def test_with_an_interval_the_server_never_sees_a_shorter_gap(office: Office, server: SmtpServer) -> None:
    office.use(server, send_interval_ms=120)
    for number in range(6):
        office.enqueue(number=number)

    with office.working(), office.working():
        server.wait_for(6)

    assert len(server.messages) == 6
    assert min(gaps(server)) >= 0.120


def test_workers_tests_and_a_restart_share_one_pace(office: Office, server: SmtpServer) -> None:
    office.use(server, send_interval_ms=100)
    for number in range(5):
        office.enqueue(number=number)

    with office.working():
        with office.working():
            server.wait_for(2)
        assert office.test_send().outcome is Outcome.SUCCESS
    with office.working():
        server.wait_for(6)

    assert len(server.messages) == 6
    assert min(gaps(server)) >= 0.100


def test_a_test_of_another_server_does_not_wait_for_the_saved_ones_clock(
    office: Office, server: SmtpServer, loop: Loop
) -> None:
    other = SmtpServer().start(loop)
    office.use(server, send_interval_ms=86_400_000)
    assert office.test_send().outcome is Outcome.SUCCESS  # the saved server's interval has begun

    assert office.test_send(leading_to(other)).outcome is Outcome.SUCCESS

    assert len(other.messages) == len(server.messages) == 1


def test_a_busy_queue_leaves_a_slot_to_each_test(office: Office, server: SmtpServer) -> None:
    office.use(server, send_interval_ms=60)
    for number in range(300):
        office.enqueue(number=number)

    with office.working(), office.working():
        for _ in range(3):
            assert office.test_send().outcome is Outcome.SUCCESS

    assert len(server.messages) < 300  # the queue was busy all the time
    assert min(gaps(server)) >= 0.060


def test_a_test_is_not_sent_beside_a_message_that_hangs(
    office: Office, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panel.outbox.pace.slot.WAITS_MS", 50)
    office.enqueue()
    server.may_answer.clear()

    with office.working():
        assert server.dot_came.wait(10)
        report = office.test_send()
        server.may_answer.set()

    assert (report.outcome, report.notices[-1], report.stages) == (Outcome.STOPPED, "no_turn", ())
    assert len(server.messages) == 1


def test_a_successful_test_of_the_settings_in_force_lets_the_queue_go(office: Office, server: SmtpServer) -> None:
    server.replies["MAIL"] = "550 5.7.1 Sender address rejected: not owned by user report"
    office.enqueue()
    worker = office.worker()
    assert worker.run_once().reason is Reason.HELD

    server.replies.clear()
    assert office.test_send().outcome is Outcome.SUCCESS

    assert worker.run_once().reason is Reason.EMPTY
    assert len(server.messages) == 2


class Window:
    """A server that takes twelve messages in sixty seconds of a clock that the test moves."""

    def __init__(self, server: SmtpServer) -> None:
        self.server = server
        self.seconds = 0.0
        self.taken: list[float] = []
        self.refused = 0
        server.commands = Watched(self.judge)

    def judge(self, command: str) -> None:
        if not command.startswith("MAIL"):
            return
        self.server.replies.pop("MAIL", None)
        if sum(self.seconds - at < 60 for at in self.taken) < 12:
            self.taken.append(self.seconds)
        else:
            self.refused += 1
            self.server.replies["MAIL"] = "450 4.7.1 Error: too much mail from 127.0.0.1"


@pytest.mark.parametrize(("interval_ms", "refusals"), [(5_500, 0), (0, 1)])
def test_a_server_that_takes_twelve_a_minute_gets_everything(
    office: Office, server: SmtpServer, interval_ms: int, refusals: int
) -> None:
    window = Window(server)
    office.use(server, send_interval_ms=interval_ms)
    for number in range(30):
        office.enqueue(number=number)
    worker = office.worker(time=lambda: at(window.seconds))

    while (wait := worker.run_once()).ms is not None:
        window.seconds += wait.ms / 1000

    assert len(server.messages) == 30
    assert window.refused == refusals


def test_two_workers_are_never_at_the_server_at_once(office: Office, server: SmtpServer) -> None:
    for number in range(30):
        office.enqueue(number=number)

    with office.working(), office.working():
        server.wait_for(30)

    assert len({message.raw for message in server.messages}) == 30
    events = sorted([(at, 1) for at in server.begun] + [(at, -1) for at in server.ended])
    assert all(first[1] != second[1] for first, second in pairwise(events))


def test_a_sleeping_worker_wakes_at_once_when_mail_comes(office: Office, server: SmtpServer) -> None:
    with office.working():
        office.enqueue()
        server.wait_for(1, seconds=10)  # its own look at the clock would come after a minute


def test_a_save_is_in_force_with_the_next_message(office: Office, server: SmtpServer, loop: Loop) -> None:
    other = SmtpServer().start(loop)
    office.use(server, send_interval_ms=86_400_000)
    office.enqueue(number=1)
    office.enqueue(number=2)

    with office.working():
        server.wait_for(1)
        office.use(other)
        other.wait_for(1)


def test_a_refused_login_is_tried_once_until_somebody_saves(
    office: Office, submission: SmtpServer, authority: Authority
) -> None:
    login = {"smtp_host": "localhost", "tls": True, "smtp_auth": True, "smtp_user": USER}
    office.use(submission, **login, smtp_password="wrong", ca_certificate=authority.pem)
    number = office.enqueue()
    worker = office.worker()

    for _ in range(3):
        assert worker.run_once().reason is Reason.HELD
    assert sum(command.startswith("AUTH") for command in submission.commands) == 1

    office.use(submission, **login, smtp_password=PASSWORD, ca_certificate=authority.pem)
    worker.run_once()
    assert (office.entry(number).state, office.entry(number).attempts) == (State.SENT, 1)


def test_a_session_tells_until_when_the_certificate_holds(
    office: Office, submission: SmtpServer, authority: Authority
) -> None:
    office.use(submission, smtp_host="localhost", tls=True, ca_certificate=authority.pem)
    office.enqueue()

    office.worker().run_once()

    ends = certificate_end(office.database, name_of("localhost", submission.port))
    assert ends
    assert clock.moment(ends) > clock.now()


def test_a_451_defers_and_goes_out_later(office: Office, server: SmtpServer) -> None:
    server.replies["."] = "451 4.3.0 Try again"
    number = office.enqueue()
    worker = office.worker()
    worker.run_once()
    assert office.entry(number).state is State.DEFERRED

    server.replies.clear()
    with office.working(worker):
        server.wait_for(1)

    assert [each.outcome for each in office.entry(number).tried] == ["deferred", "sent"]


def test_a_refused_message_stops_no_other(office: Office, server: SmtpServer) -> None:
    server.replies["RCPT"] = "550 5.1.1 No such user"
    failed = office.enqueue()
    worker = office.worker()
    worker.run_once()
    server.replies.clear()
    sent = office.enqueue()

    worker.run_once()

    assert [office.entry(number).state for number in (failed, sent)] == [State.FAILED, State.SENT]


def test_a_kept_session_that_the_server_ends_is_opened_again(office: Office, server: SmtpServer) -> None:
    def end_once(command: str) -> None:
        """Say 421 to the third MAIL."""
        mails = sum(each.startswith("MAIL") for each in server.commands)
        if command.startswith("MAIL") and mails == 3:
            server.replies["MAIL"] = "421 4.7.0 Too many messages in this connection"
        else:
            server.replies.pop("MAIL", None)

    server.commands = Watched(end_once)
    numbers = [office.enqueue(number=number) for number in range(4)]

    office.worker().run_once()

    assert [office.entry(number).state for number in numbers] == [State.SENT] * 4
    assert [len(office.entry(number).tried) for number in numbers] == [1] * 4
    assert sum(command.startswith("EHLO") for command in server.commands) == 2


def test_a_connection_lost_after_the_final_dot_repeats_the_same_message(office: Office, server: SmtpServer) -> None:
    number = office.enqueue()
    server.lose_after_dot = True
    worker = office.worker()
    worker.run_once()
    assert office.entry(number).uncertain

    server.lose_after_dot = False
    with office.working(worker):
        server.wait_for(2)

    first, second = server.messages
    assert first.raw == second.raw


def test_stopping_finishes_the_message_in_hand(office: Office, server: SmtpServer) -> None:
    number = office.enqueue()
    server.may_answer.clear()

    with office.working() as worker:
        assert server.dot_came.wait(10)
        worker.stop()
        server.may_answer.set()

    assert office.entry(number).state is State.SENT


def test_stopping_returns_a_message_that_is_not_handed_over(office: Office, loop: Loop) -> None:
    silent = loop.silence()
    office.use(SmtpServer(port=silent.port))
    number = office.enqueue()

    with office.working():
        assert silent.called.wait(10)

    assert (office.entry(number).state, office.entry(number).attempts) == (State.QUEUED, 0)
    assert [each.outcome for each in office.entry(number).tried] == ["returned"]


def test_a_message_without_settings_waits_for_them(database: Database, server: SmtpServer) -> None:
    office = Office.open(database)
    office.enqueue()

    with office.working():
        office.use(server)
        server.wait_for(1)


def test_a_message_goes_back_unsent_when_the_database_cannot_say_whose_it_is(
    office: Office, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is half over at DATA, and somebody holds the file: it is let go with the third look at the clock."""
    hurry(monkeypatch)
    office.database.close()  # the connection that it has is more patient
    number = office.enqueue()
    holder = Holder(office.database)
    looks = iter(range(9))

    def time() -> Instant:
        if holder.held and next(looks) == 2:
            holder.let_go()
        return at(11 if holder.held else 0)

    server.commands = Watched(lambda command: "MAIL" in command and len(server.commands) == 2 and holder.hold())
    worker = office.worker(time=time)
    assert worker.run_once() == Wait(Reason.BUSY, 1_000)
    assert (office.entry(number).state, server.messages) == (State.QUEUED, [])

    assert worker.run_once().reason is Reason.EMPTY
    assert [each.outcome for each in office.entry(number).tried] == ["sent"]
    assert (office.entry(number).uncertain, len(server.messages)) == (False, 1)


def test_a_worker_that_lost_its_lease_sends_nothing(office: Office, server: SmtpServer) -> None:
    number = office.enqueue()
    worker = office.worker(lease_ms=0)

    worker.run_once()

    assert server.messages == []
    assert office.entry(number).state is not State.SENT


def test_the_time_that_recording_takes_is_no_part_of_the_interval(office: Office, server: SmtpServer) -> None:
    office.use(server, send_interval_ms=1_000)
    office.enqueue(number=1)
    office.enqueue(number=2)
    reads = itertools.count()

    wait = office.worker(time=lambda: at(next(reads) / 100)).run_once()

    assert (wait.reason, wait.ms) == (Reason.PACE, 1_001 - 10)  # 10 ms pass between two looks at the clock


REFUSED = [takes("MAIL"), [hears("RCPT TO:<taro"), says("550 5.1.1 No such user")]]
LATER = [hears("RCPT TO:<jiro"), says("450 4.2.2 Mailbox full")]


@pytest.mark.parametrize("taken", [True, False])
def test_each_recipient_who_was_refused_is_in_the_log(
    database: Database, caplog: pytest.LogCaptureFixture, taken: bool
) -> None:
    """Also where the server took the message for another one."""
    office = Office.open(database)
    others = [*takes("RCPT TO:<hanako"), *takes("DATA", "354 Go on"), hears_message, says("250 Ok")] if taken else []
    to = ["taro@example.org", "jiro@example.org", *(["hanako@example.org"] if taken else [])]

    with ScriptedServer(*greets(), *chain(*REFUSED), *LATER, *others) as server, caplog.at_level("INFO", "panel"):
        office.use(server)
        number = office.enqueue(*to)
        office.worker().run_once()

    told = [(each.message, each.__dict__["fields"]) for each in caplog.records if "fields" in each.__dict__]
    refused = [fields for event, fields in told if event == "recipient_refused"]
    assert sum(event == "accepted" for event, _ in told) == taken
    assert [(each["recipient"], each["state"], each["cause"]) for each in refused] == [
        ("taro@example.org", "failed", "recipient_unknown"),
        ("jiro@example.org", "waiting", "recipient_mailbox_full"),
    ]
    assert refused[0] | {"message": number, "reply": "550 5.1.1 No such user"} == refused[0]


class Commits(StringIO):
    """A log that looks, at each write, which of its messages are settled on the disk."""

    def __init__(self, office: Office) -> None:
        super().__init__()
        self.office = office
        self.writes: list[list[tuple[int, State]]] = []

    def write(self, text: str) -> int:
        numbers = [int(each) for each in re.findall(r"accepted message=(\d+)", text)]
        self.writes.append([(number, self.office.entry(number).state) for number in numbers])
        return super().write(text)


@pytest.mark.usefixtures("own_log")
def test_what_is_logged_as_accepted_is_committed_and_a_window_is_one_write(database: Database, loop: Loop) -> None:
    office = Office.open(database)
    office.use(SmtpServer().start(loop))
    numbers = [office.enqueue(number=each) for each in range(25)]
    written = Commits(office)
    logs.configure("text", written)

    office.worker(window=20).run_once()

    assert [each for write in written.writes for each in write] == [(number, State.SENT) for number in numbers]
    assert len(written.writes) < 10
