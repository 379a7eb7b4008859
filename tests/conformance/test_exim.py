"""The product's session against Exim, whose words and ids are other ones than Postfix's."""

from __future__ import annotations

import pytest

from panel.mail.smtp.protocol import Stage
from tests.conformance.exim import Exim
from tests.conformance.mailbox import Mailbox
from tests.conformance.people import NOBODY, PEOPLE, TANAKA, Person
from tests.conformance.sending import id_of, message, refusal, send, session_for, submission, submissions

MECHANISMS = {"PLAIN": "plain", "LOGIN": "login", "CRAM-MD5": "cram_md5"}


@pytest.mark.parametrize("person", PEOPLE, ids=["ascii", "japanese"])
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_each_mechanism_logs_in_when_it_is_the_only_one(
    exim: Exim, ca: str, mailbox: Mailbox, mechanism: str, person: Person
) -> None:
    envelope = message(mail_from=person.address)
    settings = submission(
        getattr(exim, MECHANISMS[mechanism]), ca, smtp_user=person.address, smtp_password=person.password
    )

    with session_for(settings) as session:
        session.open()
        session.deliver(envelope)

    assert session.auth == mechanism
    assert mailbox.receive(id_of(envelope)).mail_from == person.address


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_wrong_password_fails_at_the_login(exim: Exim, ca: str, mechanism: str) -> None:
    failure = refusal(submission(getattr(exim, MECHANISMS[mechanism]), ca, smtp_password="wrong"))

    assert failure.stage is Stage.AUTH
    assert str(failure.reply) == "535 Incorrect authentication data"


def test_a_message_is_delivered_by_implicit_tls(exim: Exim, ca: str, mailbox: Mailbox) -> None:
    envelope = message()

    send(submissions(exim.implicit, ca), envelope)

    assert mailbox.receive(id_of(envelope)).mail_from == TANAKA.address


def test_the_queue_id_is_the_one_that_the_server_writes_into_the_message(exim: Exim, ca: str, mailbox: Mailbox) -> None:
    envelope = message()

    [receipt] = send(submission(exim.plain, ca), envelope)

    assert receipt.queue_id
    assert receipt.queue_id in mailbox.receive(id_of(envelope)).message["Received"].split()


def test_the_message_arrives_byte_for_byte(exim: Exim, ca: str, mailbox: Mailbox) -> None:
    envelope = message(from_name="総務部 田中", text="一行目\n.\n..点\nFrom here\n\n終わり\n")

    send(submission(exim.plain, ca), envelope)

    trace, separator, rest = mailbox.receive(id_of(envelope)).content.partition(b"From: ")
    assert separator + rest == envelope.message
    assert trace.startswith(b"Received: ")


def test_one_session_delivers_several_messages(exim: Exim, ca: str, mailbox: Mailbox) -> None:
    envelopes = [message() for _ in range(3)]

    with session_for(submission(exim.plain, ca)) as session:
        session.open()
        receipts = [session.deliver(envelope) for envelope in envelopes]

    assert len({receipt.queue_id for receipt in receipts}) == 3
    assert all(mailbox.receive(id_of(envelope)) for envelope in envelopes)


def test_an_unknown_recipient_is_refused_at_rcpt(exim: Exim, ca: str) -> None:
    failure = refusal(submission(exim.plain, ca), message(NOBODY))

    assert failure.stage is Stage.RCPT
    assert str(failure.reply) == "550 Unrouteable address"
