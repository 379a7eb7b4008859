"""Reports (DSN) that a mail server is asked for with each message, and one that offers them and takes no such word."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from panel.mail.dsn.envid import read_envid
from panel.outbox.state import State
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.sending import Office
from tests.support.servers import Loop, SmtpServer


@pytest.fixture(params=[(), ("PIPELINING",)], ids=["one by one", "pipelined"])
def server(loop: Loop, request: pytest.FixtureRequest) -> SmtpServer:
    return SmtpServer(offers=("DSN", *request.param), reports=True).start(loop)


@pytest.fixture
def boasting(server: SmtpServer) -> SmtpServer:
    """Have the server offer DSN and refuse its parameters: aiosmtpd knows none of them, and says 555."""
    server.reports = False
    return server


def heard(server: SmtpServer, name: str) -> list[str]:
    return [command for command in server.commands if command.startswith(name)]


def envid(server: SmtpServer, position: int) -> str:
    found = re.search(r" RET=HDRS ENVID=(\S+)\Z", heard(server, "MAIL")[position])
    assert found
    return found[1]


def test_each_message_is_to_be_reported_on_by_its_number(office: Office, server: SmtpServer) -> None:
    first, second = office.enqueue("taro@example.net", number=1), office.enqueue("a+b@example.net", number=2)

    office.worker().run_once()

    read = [read_envid(envid(server, position)) for position in (0, 1)]
    assert [each and (each.number, each.host) for each in read] == [(first, "example.org"), (second, "example.org")]
    assert read[0]
    assert read[0].is_of(office.entry(first).message_id)
    assert not read[0].is_of(office.entry(second).message_id)
    assert heard(server, "RCPT") == [
        "RCPT TO:<taro@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;taro@example.net",
        "RCPT TO:<a+b@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb@example.net",
    ]


def test_the_number_stays_over_attempts_and_a_change_of_the_settings(office: Office, server: SmtpServer) -> None:
    office.enqueue("taro@example.net")
    server.replies["."] = "451 4.3.0 Later"
    office.worker().run_once()
    server.replies.clear()

    office.use(server, bounce_address="bounces@example.com")
    with office.working():
        server.wait_for(1)

    assert envid(server, 0) == envid(server, -1)
    assert server.messages[0].mail_from == "bounces@example.com"


@pytest.mark.parametrize(
    ("notify", "said"),
    [("never", "NEVER"), ("failure,delay,success", "FAILURE,DELAY,SUCCESS"), (None, "FAILURE,DELAY")],
)
def test_a_message_says_when_it_is_to_be_reported_on(
    office: Office, server: SmtpServer, notify: str | None, said: str
) -> None:
    office.outbox.enqueue(mail("taro@example.net")._replace(notify=notify), by=actor(), now=office.now())

    office.worker().run_once()

    assert heard(server, "RCPT") == [f"RCPT TO:<taro@example.net> NOTIFY={said} ORCPT=rfc822;taro@example.net"]


def test_a_server_that_offers_none_is_asked_for_none(office: Office, server: SmtpServer) -> None:
    server.offers = tuple(each for each in server.offers if each != "DSN")
    office.enqueue("taro@example.net")

    office.worker().run_once()

    assert not [command for command in server.commands if "NOTIFY" in command or "ENVID" in command]
    assert len(server.messages) == 1


def test_the_bounce_address_is_whom_the_envelope_is_from(office: Office, server: SmtpServer) -> None:
    office.use(server, bounce_address="bounces@example.com")
    office.enqueue("taro@example.net")

    office.worker().run_once()

    assert server.messages[0].mail_from == "bounces@example.com"
    assert b"From: report@example.org" in server.messages[0].raw


def test_a_server_that_takes_no_such_word_gets_every_message_at_the_first_try(
    office: Office, boasting: SmtpServer, log: Callable[[], list[str]]
) -> None:
    numbers = [office.enqueue("taro@example.net", "jiro@example.net", number=number) for number in range(30)]

    office.worker().run_once()

    entries = [office.entry(number) for number in numbers]
    assert {entry.state for entry in entries} == {State.SENT}
    assert {len(entry.tried) for entry in entries} == {1}
    assert len(boasting.messages) == 30
    assert len(heard(boasting, "EHLO")) == 1
    assert len([each for each in heard(boasting, "MAIL") if "ENVID" in each]) <= 2  # one was on its way ahead
    assert len([line for line in log() if "reports_refused" in line]) == 1


def test_it_is_remembered_over_starts_until_the_next_save(office: Office, boasting: SmtpServer) -> None:
    office.enqueue()
    office.worker().run_once()
    boasting.commands.clear()

    office.enqueue(number=2)
    office.worker().run_once()
    assert not [each for each in heard(boasting, "MAIL") if "ENVID" in each]

    boasting.reports = True
    office.use(boasting, from_name="Report")
    office.enqueue(number=3)
    office.worker().run_once()
    assert [each for each in heard(boasting, "MAIL") if "ENVID" in each]


def test_each_server_is_remembered_by_its_name(office: Office, boasting: SmtpServer, loop: Loop) -> None:
    other = SmtpServer(offers=("DSN",), reports=True).start(loop)
    office.enqueue()
    office.worker().run_once()
    version = office.store.current()

    reports = office.worker()._claims.reports
    assert reports.are_refused(f"127.0.0.1:{boasting.port}", version.number)
    assert not reports.are_refused(f"127.0.0.1:{other.port}", version.number)
    assert not reports.are_refused(f"127.0.0.1:{boasting.port}", version.number + 1)


def test_a_recipient_that_is_unknown_is_blamed_all_the_same(office: Office, boasting: SmtpServer) -> None:
    number = office.enqueue("taro@example.net")
    boasting.replies["RCPT"] = "550 5.1.1 No such user"

    office.worker().run_once()

    assert office.entry(number).state is State.FAILED
    assert office.entry(number).cause == "recipient_unknown"


def test_a_test_send_is_to_be_reported_on_where_it_fails(office: Office, server: SmtpServer) -> None:
    office.use(server, bounce_address="bounces@example.com")

    report = office.test_send()

    assert report.outcome == "success"
    assert " RET=HDRS ENVID=test-" in heard(server, "MAIL")[0]
    assert heard(server, "RCPT") == ["RCPT TO:<hanako@example.org> NOTIFY=FAILURE ORCPT=rfc822;hanako@example.org"]
    assert server.messages[0].mail_from == "bounces@example.com"


def test_a_test_send_to_a_server_that_takes_no_such_word_succeeds(office: Office, boasting: SmtpServer) -> None:
    report = office.test_send()

    assert report.outcome == "success"
    assert any("ENVID" in line for line in report.transcript)
    assert len(boasting.messages) == 1
