"""Messages one after the other in one session: what is said ahead, and what becomes of it when something goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from panel.mail.message.envelope import Envelope
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.smtp.errors import DeliveryFailed
from panel.mail.smtp.protocol import Stage
from panel.mail.smtp.session import Session
from panel.mail.smtp.stages import Nobody, Watcher
from panel.mail.smtp.transaction import Receipt
from panel.settings.model import Settings
from tests.support.scripted import Peer, ScriptedServer, Step, greets, hangs_up, hears, hears_message, says, takes

FIRST, SECOND, THIRD = (
    Envelope("report@example.org", (f"{name}@example.net",), f"Subject: {name}\r\n\r\nHello.\r\n".encode())
    for name in ("hanako", "taro", "jiro")
)
TWO = SECOND._replace(rcpt_to=("taro@example.net", "jiro@example.net"))
OFFER = greets("PIPELINING")
GOODBYE = takes("QUIT", "221 2.0.0 Bye")
Outcome = Receipt | DeliveryFailed


def asks(recipients: int = 1) -> list[Step]:
    return [hears("MAIL"), *[hears("RCPT")] * recipients, hears("DATA")]


def answers(*replies: str) -> Step:
    return says("\n".join(replies))


ONE_IN_FLIGHT = [*OFFER, *asks(), answers("250 Ok", "250 Ok", "354 Go on"), hears_message]


def delivered(*steps: Step, envelopes: tuple[Envelope, ...] = (FIRST, SECOND)) -> tuple[list[Outcome], list[str]]:
    """Give what became of the messages, as far as the session went, and what the server heard.

    Both are the same whether the dialogue is kept or not.
    """
    outcomes, heard = _delivered(*steps, envelopes=envelopes, transcribed=True)
    unread, heard_unread = _delivered(*steps, envelopes=envelopes, transcribed=False)
    assert (told(unread), heard_unread) == (told(outcomes), heard)
    return unread, heard


def _delivered(*steps: Step, envelopes: tuple[Envelope, ...], transcribed: bool) -> tuple[list[Outcome], list[str]]:
    outcomes: list[Outcome] = []
    with ScriptedServer(*steps) as scripted, session_with(scripted, transcribed=transcribed) as session:
        session.open()
        for outcome in session.deliver_all(envelopes):
            outcomes.append(outcome)
            if isinstance(outcome, DeliveryFailed) and outcome.failure.cause == "connection_lost":
                break
    return outcomes, scripted.heard


def session_with(scripted: ScriptedServer, *, transcribed: bool = False, watcher: Watcher | None = None) -> Session:
    settings = Settings(
        from_address="report@example.org",
        smtp_host="127.0.0.1",
        smtp_port=scripted.port,
        smtp_auth=False,
        tls=False,
    )
    return Session(
        settings.server,
        policy=Policy(),
        deadline=Deadline(10),
        watcher=watcher,
        pipelining=True,
        transcribed=transcribed,
    )


def told(outcomes: list[Outcome]) -> list[str]:
    """Give the server's word on each message, or why there was none."""
    return [str(each.reply) if isinstance(each, Receipt) else _failure(each) for each in outcomes]


def _failure(fault: DeliveryFailed) -> str:
    failure = fault.failure
    return f"{failure.stage}: {failure.reply or failure.cause}{' uncertain' if failure.uncertain else ''}"


def test_the_next_message_is_begun_before_the_last_is_answered() -> None:
    outcomes, _ = delivered(
        *ONE_IN_FLIGHT,
        *asks(),
        answers("250 first", "250 Ok", "250 Ok", "354 Go on"),
        hears_message,
        answers("250 second"),
        *GOODBYE,
    )

    assert told(outcomes) == ["250 first", "250 second"]


def test_without_the_offer_each_command_waits_for_its_reply(server_without_pipelining: list[Step]) -> None:
    outcomes, _ = delivered(*greets(), *server_without_pipelining, *server_without_pipelining, *GOODBYE)

    assert told(outcomes) == ["250 Ok", "250 Ok"]


@pytest.fixture
def server_without_pipelining() -> list[Step]:
    return [*takes("MAIL"), *takes("RCPT"), *takes("DATA", "354 Go on"), hears_message, says("250 Ok")]


def test_a_refused_content_does_not_touch_the_next_message() -> None:
    outcomes, _ = delivered(
        *ONE_IN_FLIGHT,
        *asks(),
        answers("554 5.7.1 Spam", "250 Ok", "250 Ok", "354 Go on"),
        hears_message,
        answers("250 second"),
        *GOODBYE,
    )

    assert told(outcomes) == ["data: 554 5.7.1 Spam", "250 second"]


def test_a_next_message_that_is_refused_ahead_leaves_the_session_in_order() -> None:
    outcomes, _ = delivered(
        *ONE_IN_FLIGHT,
        *asks(),
        answers("250 first", "250 Ok", "550 5.1.1 Unknown", "503 5.5.1 No valid recipients"),
        *takes("RSET"),
        *asks(),
        answers("250 Ok", "250 Ok", "354 Go on"),
        hears_message,
        answers("250 third"),
        *GOODBYE,
        envelopes=(FIRST, SECOND, THIRD),
    )

    assert told(outcomes) == ["250 first", "rcpt: 550 5.1.1 Unknown", "250 third"]


def test_a_data_that_was_granted_for_nobody_is_no_message() -> None:
    outcomes, heard = delivered(
        *ONE_IN_FLIGHT,
        *asks(),
        answers("250 first", "250 Ok", "550 5.1.1 Unknown", "354 Go on"),
        *takes(".", "554 5.5.1 No valid recipients"),
        *takes("RSET"),
        *GOODBYE,
    )

    assert told(outcomes) == ["250 first", "rcpt: 550 5.1.1 Unknown"]
    assert heard[-3:] == [".", "RSET", "QUIT"]


def test_one_of_two_recipients_that_is_refused_ahead_is_named() -> None:
    outcomes, _ = delivered(
        *ONE_IN_FLIGHT,
        *asks(2),
        answers("250 first", "250 Ok", "450 4.2.0 Later", "250 Ok", "354 Go on"),
        hears_message,
        answers("250 second"),
        *GOODBYE,
        envelopes=(FIRST, TWO),
    )

    second = outcomes[1]
    assert isinstance(second, Receipt)
    assert list(second.refused) == ["taro@example.net"]


def test_a_refused_sender_is_not_followed_by_a_message() -> None:
    outcomes, _ = delivered(
        *ONE_IN_FLIGHT,
        *asks(),
        answers("250 first", "450 4.7.1 Too much mail", "503 No sender", "503 No sender"),
        *takes("RSET"),
        *GOODBYE,
    )

    assert told(outcomes) == ["250 first", "mail: 450 4.7.1 Too much mail"]


def test_a_refused_data_is_not_followed_by_a_message() -> None:
    outcomes, _ = delivered(
        *ONE_IN_FLIGHT,
        *asks(),
        answers("250 first", "250 Ok", "250 Ok", "451 4.3.0 Not now"),
        *takes("RSET"),
        *GOODBYE,
    )

    assert told(outcomes) == ["250 first", "data: 451 4.3.0 Not now"]


def test_a_server_that_leaves_has_taken_what_it_answered() -> None:
    leaving = "421 4.3.2 Shutting down"

    outcomes, heard = delivered(
        *ONE_IN_FLIGHT,
        *asks(),
        answers("250 first", leaving, leaving, leaving),
        hangs_up,
    )

    assert told(outcomes) == ["250 first", f"mail: {leaving}"]
    assert heard[-1] == "DATA"


def test_of_several_in_flight_only_the_one_after_its_dot_is_uncertain() -> None:
    outcomes, heard = delivered(
        *ONE_IN_FLIGHT,
        *asks(),
        hangs_up,
        envelopes=(FIRST, SECOND, THIRD),
    )

    assert told(outcomes) == ["data: connection_lost uncertain"]
    assert sum(line.startswith("MAIL") for line in heard) == 2


def test_a_message_that_does_not_fit_is_left_out_and_the_next_goes_on() -> None:
    large = SECOND._replace(message=b"Subject: large\r\n\r\n" + b"x" * 100 + b"\r\n")
    message = [*asks(), answers("250 Ok", "250 Ok", "354 Go on"), hears_message, says("250 Ok")]

    outcomes, _ = delivered(
        *greets("PIPELINING", "SIZE 100"), *message, *message, *GOODBYE, envelopes=(FIRST, large, THIRD)
    )

    assert told(outcomes) == ["250 Ok", "mail: message_too_large", "250 Ok"]


@contextmanager
def session_that_is_left(watcher: Watcher | None = None) -> Iterator[Session]:
    """Open a session whose server takes the first of two messages, grants the second, and then hears nothing more."""

    def is_left(peer: Peer) -> None:
        assert peer.socket.recv(100) == b""

    granted = answers("250 first", "250 Ok", "250 Ok", "354 Go on")
    with (
        ScriptedServer(*ONE_IN_FLIGHT, *asks(), granted, is_left) as scripted,
        session_with(scripted, watcher=watcher) as session,
    ):
        session.open()
        yield session


def test_who_stops_listening_says_nothing_more() -> None:
    with session_that_is_left() as session:
        next(session.deliver_all([FIRST, SECOND]))


def test_who_goes_back_before_the_content_says_nothing_more() -> None:
    class Watched(Nobody):
        contents = 0

        def begin(self, stage: Stage) -> None:
            self.contents += stage is Stage.DATA
            if stage is Stage.DATA and self.contents == 2:
                raise InterruptedError

    with session_that_is_left(Watched()) as session:
        outcomes = session.deliver_all([FIRST, SECOND])
        next(outcomes)
        with pytest.raises(InterruptedError):
            next(outcomes)


def test_replies_that_come_one_by_one_are_as_good() -> None:
    one_by_one = [says(each) for each in ("250 Ok", "250-Ok", "250 Ok", "354 Go on")]

    outcomes, _ = delivered(
        *OFFER, *asks(), *one_by_one, hears_message, says("250 first"), *GOODBYE, envelopes=(FIRST,)
    )

    assert told(outcomes) == ["250 first"]


REPORTED = [
    each._replace(notify="failure,delay", envid=f"{number}.00000000@x")
    for number, each in enumerate((FIRST, SECOND, THIRD))
]
WITH_DSN = greets("PIPELINING", "DSN")
NO_OPTION = "555 5.5.4 Unsupported option"


def test_a_server_that_takes_no_word_about_reports_gets_the_message_without_in_the_same_session() -> None:
    outcomes, heard = delivered(
        *WITH_DSN,
        *asks(),
        answers(NO_OPTION, "503 5.5.1 MAIL first", "503 5.5.1 RCPT first"),
        *takes("RSET"),
        *asks(),
        answers("250 Ok", "250 Ok", "354 Go on"),
        hears_message,
        *asks(),
        answers("250 first", "250 Ok", "250 Ok", "354 Go on"),
        hears_message,
        answers("250 second"),
        *GOODBYE,
        envelopes=(REPORTED[0], REPORTED[1]),
    )

    assert told(outcomes) == ["250 first", "250 second"]
    assert [line for line in heard if "ENVID" in line or "NOTIFY" in line] == [
        "MAIL FROM:<report@example.org> RET=HDRS ENVID=0.00000000@x",
        "RCPT TO:<hanako@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;hanako@example.net",
    ]


def test_the_message_after_next_was_sent_ahead_with_them_and_goes_again_too() -> None:
    outcomes, _ = delivered(
        *WITH_DSN,
        *asks(),
        answers("250 Ok", "250 Ok", "354 Go on"),
        hears_message,
        *asks(),
        answers("250 first", "250 Ok", "501 5.5.4 No such parameter", "503 5.5.1 No recipient"),
        *takes("RSET"),
        *asks(),
        answers("250 Ok", "250 Ok", "354 Go on"),
        hears_message,
        *asks(),
        answers("250 second", "250 Ok", "250 Ok", "354 Go on"),
        hears_message,
        answers("250 third"),
        *GOODBYE,
        envelopes=tuple(REPORTED),
    )

    assert told(outcomes) == ["250 first", "250 second", "250 third"]


def test_what_is_refused_without_them_too_is_the_word_on_the_message() -> None:
    refused = [*takes("MAIL", "501 5.5.4 Bad sender"), *takes("RSET")]
    with ScriptedServer(*greets("DSN"), *refused, *refused, *GOODBYE) as scripted, session_with(scripted) as session:
        session.open()
        [outcome] = session.deliver_all(REPORTED[:1])

        assert told([outcome]) == ["mail: 501 5.5.4 Bad sender"]
        assert not session.refuses_reports


def test_without_pipelining_a_recipient_is_named_again_in_the_same_transaction() -> None:
    outcomes, heard = delivered(
        *greets("DSN"),
        *takes("MAIL"),
        *takes("RCPT", NO_OPTION),
        *takes("RCPT"),
        *takes("RCPT", "550 5.1.1 Unknown"),
        *takes("DATA", "354 Go on"),
        hears_message,
        says("250 Ok"),
        *GOODBYE,
        envelopes=(REPORTED[0]._replace(rcpt_to=TWO.rcpt_to),),
    )

    assert told(outcomes) == ["250 Ok"]
    assert isinstance(outcomes[0], Receipt)
    assert {to: str(reply) for to, reply in outcomes[0].refused.items()} == {"jiro@example.net": "550 5.1.1 Unknown"}
    assert heard[-4:-2] == ["RCPT TO:<taro@example.net>", "RCPT TO:<jiro@example.net>"]


def test_of_two_recipients_the_one_that_may_be_refused_for_a_report_is_for_a_further_message() -> None:
    outcomes, _ = delivered(
        *WITH_DSN,
        *asks(recipients=2),
        answers("250 Ok", "250 Ok", "501 Bad ORCPT", "354 Go on"),
        hears_message,
        answers("250 Ok"),
        *GOODBYE,
        envelopes=(REPORTED[0]._replace(rcpt_to=TWO.rcpt_to),),
    )

    assert isinstance(outcomes[0], Receipt)
    assert outcomes[0].refused == {}
    assert outcomes[0].unsent == {"jiro@example.net": "too_many_recipients"}


@pytest.mark.parametrize("leaves", [[hangs_up], [*takes("MAIL", "421 4.7.0 Too many errors"), hangs_up]])
def test_a_server_that_leaves_over_them_is_not_asked_in_the_next_session(leaves: list[Step]) -> None:
    steps = [*greets("DSN"), *takes("MAIL", NO_OPTION), *takes("RSET"), *leaves]
    with ScriptedServer(*steps) as scripted, session_with(scripted) as session:
        session.open()
        [outcome] = session.deliver_all(REPORTED[:1])

        assert isinstance(outcome, DeliveryFailed)
        assert session.refuses_reports


def test_one_that_leaves_with_replies_still_to_come_is_not_asked_again_either() -> None:
    steps = [*WITH_DSN, *asks(), answers(NO_OPTION), hangs_up]
    with ScriptedServer(*steps) as scripted, session_with(scripted) as session:
        session.open()
        [outcome] = session.deliver_all(REPORTED[:1])

        assert told([outcome]) == ["mail: connection_lost"]
        assert session.refuses_reports


def test_a_check_goes_as_far_without_them() -> None:
    steps = [
        *greets("DSN"),
        *takes("MAIL"),
        *takes("RCPT", NO_OPTION),
        *takes("RCPT"),
        *takes("RSET"),
        *GOODBYE,
    ]
    with ScriptedServer(*steps) as scripted, session_with(scripted) as session:
        session.open()
        session.check(REPORTED[0])

    assert session.refuses_reports
