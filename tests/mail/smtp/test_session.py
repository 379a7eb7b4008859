"""One SMTP session against servers that do right and wrong."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from panel.mail.message.envelope import Envelope, on_the_wire
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import Stopped
from panel.mail.net.policy import Policy
from panel.mail.smtp.errors import DeliveryFailed
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.mail.smtp.session import Session
from panel.mail.smtp.transaction import Receipt
from panel.settings.model import Settings, TlsMode
from tests.support.scripted import (
    ENVELOPE,
    MESSAGE,
    Peer,
    ScriptedServer,
    Step,
    begins_tls,
    greets,
    hangs_up,
    hears,
    hears_message,
    is_silent,
    resets,
    says,
    starts_tls,
    takes,
)
from tests.support.servers import PASSWORD, USER, Authority, Loop, SmtpServer

ENVELOPE_TO_TARO = Envelope("report@example.org", ("taro@example.net",), b"Subject: Test\r\n\r\nHello.\r\n")
PLAIN = Settings(
    from_address="report@example.org",
    smtp_host="127.0.0.1",
    smtp_auth=False,
    tls=False,
    local_hostname="app.example.org",
)
GOODBYE = takes("QUIT", "221 2.0.0 Bye")


def with_login(settings: Settings, **changes: Any) -> Settings:
    return replace(settings, smtp_auth=True, smtp_user=USER, smtp_password=PASSWORD, **changes)


def with_tls(port: int, authority: Authority, **changes: Any) -> Settings:
    return replace(PLAIN, smtp_port=port, tls=True, ca_certificate=authority.pem, **changes)


class Diary:
    """Notes the stages as a watcher hears of them."""

    def __init__(self) -> None:
        self.ended: dict[Stage, str] = {}
        self.at: Callable[[Stage], None] = lambda stage: None

    def begin(self, stage: Stage) -> None:
        self.at(stage)

    def end(self, stage: Stage, status: str, ms: float, reply: Reply | None) -> None:
        self.ended[stage] = status


def deliver(
    settings: Settings, envelope: Envelope = ENVELOPE_TO_TARO, *, seconds: float = 10, diary: Diary | None = None
) -> tuple[Receipt, Session]:
    with Session(settings.server, policy=Policy(), deadline=Deadline(seconds), watcher=diary) as session:
        session.open()
        return session.deliver(envelope), session


def failed(settings: Settings, envelope: Envelope = ENVELOPE_TO_TARO, *, seconds: float = 10) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        deliver(settings, envelope, seconds=seconds)
    return caught.value


def failure_at(*steps: Step, envelope: Envelope = ENVELOPE_TO_TARO, seconds: float = 10) -> Failure:
    """Give what a script comes to, without TLS and without a login."""
    with ScriptedServer(*steps) as scripted:
        return failed(replace(PLAIN, smtp_port=scripted.port), envelope, seconds=seconds).failure


# What goes well


def test_a_message_is_delivered_over_starttls_with_a_login(submission: SmtpServer, authority: Authority) -> None:
    receipt, session = deliver(with_login(with_tls(submission.port, authority), smtp_host="localhost"))

    assert receipt.queue_id == "4F1C2A"
    assert submission.messages[0].raw.endswith(b"\r\n\r\nHello.\r\n")
    assert session.auth == "PLAIN"
    assert session.tls
    assert session.tls.version.startswith("TLSv1.")


def test_implicit_tls_begins_before_the_greeting(loop: Loop, authority: Authority) -> None:
    server = SmtpServer().start(loop, authority=authority, implicit=True)
    diary = Diary()

    deliver(with_tls(server.port, authority, tls_mode=TlsMode.IMPLICIT), diary=diary)

    assert len(server.messages) == 1
    assert diary.ended[Stage.TLS] == "ok"
    assert diary.ended[Stage.STARTTLS] == "skipped"


def test_several_messages_go_through_one_session(server: SmtpServer) -> None:
    with Session(replace(PLAIN, smtp_port=server.port).server, policy=Policy(), deadline=Deadline(10)) as session:
        session.open()
        for _ in range(3):
            session.deliver(ENVELOPE_TO_TARO)

    assert len(server.messages) == 3
    assert [command.split()[0] for command in server.commands].count("EHLO") == 1


def test_a_refused_message_leaves_the_session_usable(server: SmtpServer) -> None:
    with Session(replace(PLAIN, smtp_port=server.port).server, policy=Policy(), deadline=Deadline(10)) as session:
        session.open()
        server.replies["RCPT"] = "550 5.1.1 No such user"
        with pytest.raises(DeliveryFailed):
            session.deliver(ENVELOPE_TO_TARO)
        server.replies.clear()
        session.deliver(ENVELOPE_TO_TARO)

    assert len(server.messages) == 1


def test_a_check_delivers_nothing(server: SmtpServer) -> None:
    with Session(replace(PLAIN, smtp_port=server.port).server, policy=Policy(), deadline=Deadline(10)) as session:
        session.open()
        session.check(ENVELOPE_TO_TARO)

    assert [command.split()[0] for command in server.commands] == ["EHLO", "MAIL", "RCPT", "RSET", "QUIT"]
    assert server.messages == []


@pytest.mark.parametrize("goodbye", [*[[hears("QUIT"), step] for step in (hangs_up, resets, says("421 Too late"))]])
def test_what_was_accepted_stays_accepted_whatever_quit_does(goodbye: list[Step]) -> None:
    with ScriptedServer(*greets(), *MESSAGE, says("250 2.0.0 Ok: queued as 4F1C2A"), *goodbye) as scripted:
        receipt, _ = deliver(replace(PLAIN, smtp_port=scripted.port))

    assert receipt.queue_id == "4F1C2A"


def test_a_goodbye_that_got_no_answer_is_no_success_of_its_own() -> None:
    diary = Diary()

    with ScriptedServer(*greets(), *MESSAGE, says("250 Ok"), hears("QUIT"), hangs_up) as scripted:
        deliver(replace(PLAIN, smtp_port=scripted.port), diary=diary)

    assert diary.ended[Stage.DATA] == "ok"
    assert diary.ended[Stage.QUIT] == "skipped"


def test_a_server_that_knows_no_ehlo_is_greeted_by_helo() -> None:
    steps = [says("220 old"), *takes("EHLO", "502 Unknown"), *takes("HELO", "250 Hello"), *MESSAGE, says("250 Ok")]

    with ScriptedServer(*steps, *GOODBYE) as scripted:
        receipt, _ = deliver(replace(PLAIN, smtp_port=scripted.port))

    assert receipt.reply.code == 250


# Who is refused


def to_two(*replies: str) -> list[Step]:
    return [*greets(), *takes("MAIL"), *takes("RCPT", replies[0]), *takes("RCPT", replies[1])]


TWO = ENVELOPE_TO_TARO._replace(rcpt_to=("taro@example.net", "hana@example.net"))


def test_one_refused_recipient_does_not_keep_the_others_from_their_mail() -> None:
    steps = [*to_two("550 5.1.1 Unknown", "250 Ok"), *takes("DATA", "354 Go on"), hears_message, says("250 Ok")]

    with ScriptedServer(*steps, *GOODBYE) as scripted:
        receipt, _ = deliver(replace(PLAIN, smtp_port=scripted.port), TWO)

    assert {to: reply.code for to, reply in receipt.refused.items()} == {"taro@example.net": 550}


def test_where_all_are_refused_the_one_that_may_be_served_later_decides() -> None:
    with ScriptedServer(*to_two("550 5.1.1 Unknown", "450 4.2.1 Busy"), *takes("RSET"), *GOODBYE) as scripted:
        fault = failed(replace(PLAIN, smtp_port=scripted.port), TWO)

    assert fault.failure.reply
    assert fault.failure.reply.code == 450
    assert {to: reply.code for to, reply in fault.refused.items()} == {"taro@example.net": 550, "hana@example.net": 450}


def test_a_server_that_leaves_between_two_recipients_has_not_refused_the_second() -> None:
    with ScriptedServer(*to_two("250 Ok", "421 4.3.2 Shutting down"), hangs_up) as scripted:
        fault = failed(replace(PLAIN, smtp_port=scripted.port), TWO)

    assert fault.failure.reply
    assert fault.failure.reply.code == 421
    assert fault.refused == {}


# What is said ahead (RFC 2920)


def deliver_ahead(port: int, envelope: Envelope = ENVELOPE_TO_TARO) -> Receipt:
    settings = replace(PLAIN, smtp_port=port)
    with Session(settings.server, policy=Policy(), deadline=Deadline(10), pipelining=True) as session:
        session.open()
        return session.deliver(envelope)


def asked_at_once(*replies: str) -> list[Step]:
    """A server that answers when it has heard everything up to DATA."""
    recipients = [hears("RCPT")] * (len(replies) - 2)
    return [*greets("PIPELINING"), hears("MAIL"), *recipients, hears("DATA"), says("\n".join(replies))]


def test_what_comes_before_the_message_goes_out_at_once() -> None:
    steps = asked_at_once("250 Ok", "250 Ok", "354 Go on")

    with ScriptedServer(*steps, hears_message, says("250 Ok"), *GOODBYE) as scripted:
        assert deliver_ahead(scripted.port).reply.code == 250


def test_one_of_two_that_is_refused_ahead_is_named() -> None:
    steps = asked_at_once("250 Ok", "550 5.1.1 Unknown", "250 Ok", "354 Go on")

    with ScriptedServer(*steps, hears_message, says("250 Ok"), *GOODBYE) as scripted:
        assert list(deliver_ahead(scripted.port, TWO).refused) == ["taro@example.net"]


def test_a_data_that_was_granted_for_nobody_ends_empty() -> None:
    steps = [*asked_at_once("250 Ok", "550 5.1.1 Unknown", "354 Go on"), *takes(".", "554 No valid recipients")]

    with ScriptedServer(*steps, *takes("RSET"), *GOODBYE) as scripted, pytest.raises(DeliveryFailed) as caught:
        deliver_ahead(scripted.port)

    assert caught.value.failure.stage is Stage.RCPT


def test_a_sender_that_is_refused_ahead_leaves_the_session_in_order() -> None:
    steps = asked_at_once("550 5.7.1 No", "503 MAIL first", "503 RCPT first")

    with ScriptedServer(*steps, *takes("RSET"), *GOODBYE) as scripted, pytest.raises(DeliveryFailed) as caught:
        deliver_ahead(scripted.port)

    assert caught.value.failure.reply == Reply(550, ("5.7.1 No",))


def test_a_server_that_leaves_before_it_has_answered_all_is_told_by_its_word() -> None:
    steps = [*asked_at_once("250 Ok", "421 4.3.2 Bye", "421 4.3.2 Bye"), hangs_up]

    with ScriptedServer(*steps) as scripted, pytest.raises(DeliveryFailed) as caught:
        deliver_ahead(scripted.port)

    assert caught.value.failure.reply
    assert caught.value.failure.reply.code == 421


def test_nothing_is_said_ahead_where_the_server_does_not_offer_it(server: SmtpServer) -> None:
    assert deliver_ahead(server.port).queue_id == "4F1C2A"


# Between the final dot and its reply

LOST = [
    ([hangs_up], "connection_lost"),
    ([resets], "connection_lost"),
    ([says("nonsense")], "protocol_error"),
    ([says("354 Go on")], "protocol_error"),
    ([says(b"250-unfinished\r\n"), hangs_up], "connection_lost"),
]


@pytest.mark.parametrize(("steps", "cause"), LOST)
def test_without_a_verdict_on_the_message_it_is_uncertain(steps: list[Step], cause: str) -> None:
    failure = failure_at(*greets(), *MESSAGE, *steps)

    assert (failure.stage, failure.cause, failure.uncertain) == (Stage.DATA, cause, True)


def test_silence_after_the_final_dot_is_uncertain() -> None:
    failure = failure_at(*greets(), *MESSAGE, is_silent, seconds=1)

    assert (failure.cause, failure.uncertain) == ("reply_timeout", True)


def test_a_stop_after_the_final_dot_is_uncertain() -> None:
    deadline = Deadline(10)

    with ScriptedServer(*greets(), *MESSAGE, lambda peer: deadline.stop(), is_silent) as scripted:
        session = Session(replace(PLAIN, smtp_port=scripted.port).server, policy=Policy(), deadline=deadline)
        session.open()
        with pytest.raises(DeliveryFailed) as caught:
            session.deliver(ENVELOPE_TO_TARO)
        session.close()

    assert caught.value.failure.uncertain


def test_a_stop_while_the_names_of_a_certificate_are_looked_at_is_a_stop() -> None:
    other, deadline = Authority.make("mail.elsewhere.example"), Deadline(10)
    sessions = count()

    def stops_at_the_second(peer: Peer) -> None:
        if next(sessions):
            deadline.stop()
            is_silent(peer)

    begins = [stops_at_the_second, *greets("STARTTLS"), *takes("STARTTLS", "220 Go ahead"), begins_tls(other)]
    with ScriptedServer(*begins) as scripted:
        session = Session(with_tls(scripted.port, other).server, policy=Policy(), deadline=deadline)
        with pytest.raises(Stopped):
            session.open()
        session.close()

    assert scripted.connections == 2


def test_a_stop_before_it_is_a_stop() -> None:
    deadline = Deadline(10)

    with ScriptedServer(*greets(), hears("MAIL"), lambda peer: deadline.stop(), is_silent) as scripted:
        session = Session(replace(PLAIN, smtp_port=scripted.port).server, policy=Policy(), deadline=deadline)
        session.open()
        with pytest.raises(Stopped):
            session.deliver(ENVELOPE_TO_TARO)
        session.close()


def test_a_refusal_after_the_final_dot_is_certain() -> None:
    failure = failure_at(*greets(), *MESSAGE, says("554 5.7.1 Spam"), *GOODBYE)

    assert failure.reply == Reply(554, ("5.7.1 Spam",))
    assert not failure.uncertain


def test_the_last_word_of_a_server_that_hangs_up_in_the_middle_is_heard() -> None:
    large = ENVELOPE_TO_TARO._replace(message=b"Subject: Test\r\n\r\n" + b"x" * 70 + b"\r\n" * 2_000_000)

    failure = failure_at(
        *greets(), *ENVELOPE, *takes("DATA", "354 Go on"), says("552 5.3.4 Too big"), hangs_up, envelope=large
    )

    assert failure.reply == Reply(552, ("5.3.4 Too big",))
    assert not failure.uncertain


# What may be in a command, and how large a message is


@pytest.mark.parametrize("address", ["a@example.net>\r\nRSET", "a@example.net\x00", "a\n@example.net"])
def test_an_address_that_would_be_a_second_command_is_not_sent(address: str) -> None:
    with ScriptedServer(*greets(), *GOODBYE) as scripted, pytest.raises(DeliveryFailed) as caught:
        deliver(replace(PLAIN, smtp_port=scripted.port), ENVELOPE_TO_TARO._replace(rcpt_to=(address,)))

    assert caught.value.failure.cause == "message_malformed"
    assert [line.split()[0] for line in scripted.heard] == ["EHLO", "QUIT"]


def test_the_size_that_is_told_is_that_on_the_wire() -> None:
    bare = ENVELOPE_TO_TARO._replace(message=b"Subject: x\n\n.\nHello")
    told = hears("MAIL FROM:<report@example.org> SIZE=24")

    with ScriptedServer(*greets("SIZE 1000"), told, says("250 Ok"), *MESSAGE[2:], says("250 Ok"), *GOODBYE) as scripted:
        deliver(replace(PLAIN, smtp_port=scripted.port), bare)

    assert on_the_wire(bare.message) == b"Subject: x\r\n\r\n..\r\nHello\r\n.\r\n"


def test_a_message_beyond_the_offered_size_is_not_begun() -> None:
    failure = failure_at(*greets("SIZE 20"), *GOODBYE)

    assert (failure.stage, failure.cause, failure.detail) == (Stage.MAIL, "message_too_large", "20")


def test_a_reply_in_the_wrong_class_is_no_yes() -> None:
    assert failure_at(*greets(), *takes("MAIL", "354 Go on")).cause == "protocol_error"
    assert failure_at(*greets(), *ENVELOPE, *takes("DATA", "250 Ok")).cause == "protocol_error"


# Logins


def login_at(*steps: Step, offered: str, authority: Authority) -> tuple[ScriptedServer, Failure]:
    with ScriptedServer(*starts_tls(authority, offered), *steps) as scripted:
        failure = failed(with_login(with_tls(scripted.port, authority))).failure
    return scripted, failure


@pytest.mark.parametrize("code", [535, 454, 534, 421])
def test_a_refused_login_is_not_tried_again_in_another_mechanism(code: int, authority: Authority) -> None:
    refusal = takes("AUTH PLAIN", f"{code} No")

    scripted, failure = login_at(*refusal, offered="AUTH PLAIN LOGIN CRAM-MD5", authority=authority)

    assert failure.reply == Reply(code, ("No",))
    assert [line.split()[1] for line in scripted.heard if line.startswith("AUTH")] == ["PLAIN"]


def test_a_mechanism_that_the_server_does_not_know_gives_way_to_the_next(authority: Authority) -> None:
    def in_base64(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    steps = [
        *takes("AUTH PLAIN", "504 5.5.4 Unrecognised"),
        *takes("AUTH LOGIN", "334 VXNlcm5hbWU6"),
        *takes(in_base64(USER), "334 UGFzc3dvcmQ6"),
        *takes(in_base64(PASSWORD), "235 2.7.0 Ok"),
    ]

    with ScriptedServer(*starts_tls(authority, "AUTH PLAIN LOGIN"), *steps, *MESSAGE, says("250 Ok")) as scripted:
        _, session = deliver(with_login(with_tls(scripted.port, authority)))

    assert session.auth == "LOGIN"


def test_a_3yz_that_asks_for_nothing_is_no_login(authority: Authority) -> None:
    _, failure = login_at(*takes("AUTH PLAIN", "354 Go on"), offered="AUTH PLAIN", authority=authority)

    assert (failure.stage, failure.cause) == (Stage.AUTH, "protocol_error")


def test_an_offer_that_resembles_the_password_is_still_read(authority: Authority) -> None:
    with ScriptedServer(
        *starts_tls(authority, "AUTH PLAIN"), *takes("AUTH PLAIN", "235 Ok"), *MESSAGE, says("250 Ok")
    ) as it:
        settings = replace(with_login(with_tls(it.port, authority)), smtp_password="AUTH PLAIN")
        _, session = deliver(settings)

    assert session.auth == "PLAIN"


def test_a_challenge_that_holds_the_password_is_answered_as_it_came(authority: Authority) -> None:
    challenge = b"<correct horse@mail.example.org>"
    digest = hmac.new(PASSWORD.encode(), challenge, "md5").hexdigest()
    asked, answer = (base64.b64encode(each).decode() for each in (challenge, f"{USER} {digest}".encode()))
    steps = [*takes("AUTH CRAM-MD5", f"334 {asked}"), *takes(answer, "235 Ok"), *MESSAGE, says("250 Ok")]

    with ScriptedServer(*starts_tls(authority, "AUTH CRAM-MD5"), *steps) as scripted:
        _, session = deliver(with_login(with_tls(scripted.port, authority)))

    assert session.auth == "CRAM-MD5"
    assert asked not in "\n".join(session.transcript)


# TLS


def test_starttls_is_required(authority: Authority) -> None:
    with ScriptedServer(*greets(), *GOODBYE) as scripted:
        failure = failed(with_login(with_tls(scripted.port, authority))).failure

    assert failure.cause == "starttls_not_offered"
    assert not [line for line in scripted.heard if line.startswith("AUTH")]


def test_plain_text_after_starttls_is_an_injection(authority: Authority) -> None:
    injected = says("220 Go ahead\n250-AUTH PLAIN")

    with ScriptedServer(*greets("STARTTLS"), hears("STARTTLS"), injected, begins_tls(authority)) as scripted:
        failure = failed(with_tls(scripted.port, authority)).failure

    assert (failure.stage, failure.cause) == (Stage.STARTTLS, "starttls_failed")


def test_what_was_offered_before_tls_does_not_count(authority: Authority) -> None:
    before = [*greets("STARTTLS", "AUTH PLAIN"), *takes("STARTTLS", "220 Go ahead"), begins_tls(authority)]

    with ScriptedServer(*before, *greets()[1:], *GOODBYE) as scripted:
        failure = failed(with_login(with_tls(scripted.port, authority))).failure

    assert failure.cause == "auth_not_offered"


def test_an_address_literal_keeps_its_brackets_at_ehlo_and_rcpt(server: SmtpServer) -> None:
    settings = replace(PLAIN, smtp_port=server.port, local_hostname="[192.0.2.1]", from_address="a@[192.0.2.1]")
    envelope = Envelope(settings.from_address, ("taro@[IPv6:2001:db8::1]",), ENVELOPE_TO_TARO.message)
    with Session(settings.server, policy=Policy(), deadline=Deadline(5)) as session:
        session.open()
        session.deliver(envelope)

    assert server.commands[0] == "EHLO [192.0.2.1]"
    assert server.messages[0].mail_from == "a@[192.0.2.1]"
    assert server.messages[0].rcpt_to == ("taro@[IPv6:2001:db8::1]",)
