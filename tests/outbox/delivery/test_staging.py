"""Mail of a staging system on its way: to whom it goes, and what that says of those it was for."""

from __future__ import annotations

import re
from email import message_from_bytes

import pytest

from panel import logs
from panel.outbox.entry import Entry
from panel.outbox.state import State
from tests.support.sending import Office
from tests.support.servers import Loop, SmtpServer

CATCHER = "staging@example.com"


@pytest.fixture(params=[(), ("PIPELINING",)], ids=["one by one", "pipelined"])
def server(loop: Loop, request: pytest.FixtureRequest) -> SmtpServer:
    return SmtpServer(offers=request.param).start(loop)


def reached(server: SmtpServer) -> list[str]:
    """Give everybody whom the server was ever told of."""
    said = (re.match(r"RCPT TO:<([^>]*)>", command) for command in server.commands)
    return [found[1] for found in said if found]


def outcomes(entry: Entry) -> dict[str, str]:
    return {each.address: each.state for each in entry.recipients}


def test_all_mail_goes_to_one_address_and_counts_for_those_it_was_for(office: Office, server: SmtpServer) -> None:
    office.use(server, redirect_to=CATCHER)
    number = office.enqueue("hanako@example.net", "用戸@example.net")

    office.worker().run_once()

    entry = office.entry(number)
    assert reached(server) == [CATCHER]
    assert entry.state is State.SENT
    assert outcomes(entry) == {"hanako@example.net": "sent", "用戸@example.net": "sent"}


def test_what_waits_already_goes_there_too_and_stays_as_it_was(office: Office, server: SmtpServer) -> None:
    office.use(server)
    number = office.enqueue("hanako@example.net")
    office.use(server, redirect_to=CATCHER)

    office.worker().run_once()

    [message] = server.messages
    assert message_from_bytes(message.raw)["X-Original-To"] == "hanako@example.net"
    assert reached(server) == [CATCHER]
    assert [each.address for each in office.entry(number).recipients] == ["hanako@example.net"]


def test_once_it_ends_mail_goes_to_its_recipients(office: Office, server: SmtpServer) -> None:
    office.use(server, redirect_to=CATCHER)
    office.enqueue("hanako@example.net")
    worker = office.worker()
    worker.run_once()

    office.use(server)
    office.enqueue("taro@example.net")
    worker.run_once()

    assert reached(server) == [CATCHER, "taro@example.net"]
    assert message_from_bytes(server.messages[1].raw)["X-Original-To"] is None


@pytest.mark.parametrize(
    ("reply", "state"), [("550 5.1.1 No such user", State.FAILED), ("450 4.2.1 Busy", State.DEFERRED)]
)
def test_a_refused_address_is_the_outcome_of_each_recipient(
    office: Office, server: SmtpServer, reply: str, state: State
) -> None:
    office.use(server, redirect_to=CATCHER)
    server.replies["RCPT"] = reply
    number = office.enqueue("hanako@example.net", "taro@example.net")

    office.worker().run_once()

    entry = office.entry(number)
    assert entry.state is state
    assert [(each.address, each.reply) for each in entry.recipients] == [
        ("hanako@example.net", reply),
        ("taro@example.net", reply),
    ]
    assert {*reached(server)} == {CATCHER}


def test_a_redirect_beyond_ascii_needs_a_server_that_takes_it(office: Office, server: SmtpServer) -> None:
    office.use(server, redirect_to="用戸@example.com")
    number = office.enqueue("hanako@example.net")

    office.worker().run_once()

    entry = office.entry(number)
    assert reached(server) == []
    assert (entry.state, entry.cause) == (State.FAILED, "recipient_rejected")


@pytest.mark.usefixtures("own_log")
def test_the_log_says_it_at_the_start_and_of_each_message(
    office: Office, server: SmtpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("text")
    office.use(server, redirect_to=CATCHER)
    office.enqueue("hanako@example.net")

    office.worker().run_once()

    said = [line for line in capsys.readouterr().err.splitlines() if CATCHER in line]
    assert [line.split()[2] for line in said] == ["staging", "accepted"], said
