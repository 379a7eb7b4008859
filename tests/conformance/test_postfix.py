"""The product's session against Postfix, with Dovecot checking the logins."""

from __future__ import annotations

from base64 import b64encode
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest

from panel.mail.message.envelope import Envelope
from panel.mail.smtp.errors import DeliveryFailed
from panel.mail.smtp.protocol import Stage
from tests.conformance.mailbox import Mailbox
from tests.conformance.people import ELSEWHERE, NOBODY, OTHER_HOST, RECIPIENT_LIMIT, SUZUKI, TANAKA, Person
from tests.conformance.postfix import Postfix
from tests.conformance.sending import (
    attempt,
    check,
    id_of,
    message,
    refusal,
    relay,
    send,
    session_for,
    submission,
    submissions,
)
from tests.conformance.window import PopWindow


def test_a_message_is_delivered_by_starttls_and_a_login(postfix: Postfix, ca: str, mailbox: Mailbox) -> None:
    envelope = message()

    [receipt] = send(submission(postfix.submission, ca), envelope)

    assert receipt.reply.code == 250
    assert mailbox.receive(id_of(envelope)).rcpt_to == (ELSEWHERE,)


def test_a_message_is_delivered_by_implicit_tls_and_a_login(postfix: Postfix, ca: str, mailbox: Mailbox) -> None:
    envelope = message()

    send(submissions(postfix.submissions, ca), envelope)

    assert mailbox.receive(id_of(envelope)).mail_from == TANAKA.address


def test_the_session_tells_address_tls_and_mechanism(postfix: Postfix, ca: str) -> None:
    with session_for(submission(postfix.submission, ca)) as session:
        session.open()

    assert session.address == "127.0.0.1"
    assert session.tls is not None
    assert session.tls.version == "TLSv1.3"
    assert session.auth in {"PLAIN", "LOGIN", "CRAM-MD5"}


def test_a_host_given_as_an_address_is_checked_against_the_certificate(
    postfix: Postfix, ca: str, mailbox: Mailbox
) -> None:
    envelope = message()

    send(submission(postfix.submission, ca, smtp_host="127.0.0.1"), envelope)

    assert mailbox.receive(id_of(envelope))


def test_the_queue_id_is_the_one_that_the_server_writes_into_the_message(
    postfix: Postfix, ca: str, mailbox: Mailbox
) -> None:
    envelope = message()

    [receipt] = send(submission(postfix.submission, ca), envelope)

    assert receipt.queue_id
    assert receipt.queue_id in mailbox.receive(id_of(envelope)).message["Received"].split()


def test_a_japanese_password_with_signs_logs_in(postfix: Postfix, ca: str, mailbox: Mailbox) -> None:
    envelope = message(mail_from=SUZUKI.address)
    settings = submission(
        postfix.submission,
        ca,
        from_address=SUZUKI.address,
        smtp_user=SUZUKI.address,
        smtp_password=SUZUKI.password,
    )

    send(settings, envelope)

    assert mailbox.receive(id_of(envelope)).mail_from == SUZUKI.address


@pytest.mark.parametrize("person", [TANAKA, SUZUKI], ids=["ascii", "japanese"])
def test_a_wrong_password_fails_at_the_login(postfix: Postfix, ca: str, person: Person) -> None:
    settings = submission(postfix.submission, ca, smtp_user=person.address, smtp_password=f"{person.password}x")

    failure = refusal(settings)

    assert failure.stage is Stage.AUTH
    assert failure.reply is not None
    assert failure.reply.code == 535


def test_the_message_arrives_byte_for_byte(postfix: Postfix, ca: str, mailbox: Mailbox) -> None:
    envelope = message(from_name="総務部 田中", text="一行目\n.\n..点\nFrom here\n\n終わり\n")

    send(submission(postfix.submission, ca), envelope)

    content = mailbox.receive(id_of(envelope)).content
    trace, separator, rest = content.partition(b"From: ")
    assert separator + rest == envelope.message
    assert trace.startswith(b"Received: ")


def test_the_display_name_is_read_as_it_was_typed(postfix: Postfix, ca: str, mailbox: Mailbox) -> None:
    name = '総務部 "経理" 田中, 太郎 <第一>' + "長い名前" * 20
    envelope = message(from_name=name)

    send(submission(postfix.submission, ca), envelope)

    field = message_from_bytes(mailbox.receive(id_of(envelope)).content)["From"]
    phrase, address = parseaddr(field)
    assert str(make_header(decode_header(phrase))) == name
    assert address == TANAKA.address


def test_the_server_has_no_header_to_add_or_to_mend(postfix: Postfix, ca: str, mailbox: Mailbox) -> None:
    envelope = message()

    send(submission(postfix.submission, ca), envelope)

    arrived = mailbox.receive(id_of(envelope)).message
    sent = message_from_bytes(envelope.message, policy=policy.SMTP)
    assert [name for name in arrived.keys() if name != "Received"] == sent.keys()  # noqa: SIM118 - of messages, in order
    assert all(len(arrived.get_all(name, [])) == 1 for name in ("From", "Date", "Message-ID", "To", "Subject"))


def test_the_wire_holds_no_bare_line_end(postfix: Postfix, ca: str, mailbox: Mailbox) -> None:
    envelope = message(from_name="長い表示名" * 30, text="行\n" * 200)

    send(submission(postfix.submission, ca), envelope)

    content = mailbox.receive(id_of(envelope)).content.replace(b"\r\n", b"")
    assert b"\r" not in content
    assert b"\n" not in content


def test_lines_of_dots_are_text_and_end_nothing(postfix: Postfix, ca: str, mailbox: Mailbox) -> None:
    envelope = _with_body(b".\r\n..\r\n.dot\r\nMAIL FROM:<mallory@example.net>\r\n.\r\nend\r\n")

    send(submission(postfix.submission, ca), envelope)

    assert mailbox.receive(id_of(envelope)).content.endswith(envelope.message)


@pytest.mark.parametrize(
    "ending", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\n.\r"], ids=repr
)
def test_what_only_looks_like_the_end_of_a_message_ends_nothing(
    postfix: Postfix, ca: str, mailbox: Mailbox, ending: bytes
) -> None:
    disguised = _with_body(b"before" + ending + b"MAIL FROM:<mallory@example.net>\r\n")
    following = message()

    send(submission(postfix.submission, ca), disguised, following)

    body = mailbox.receive(id_of(disguised)).body
    assert body.startswith(b"before")
    assert body.endswith(b"MAIL FROM:<mallory@example.net>\r\n")
    assert mailbox.receive(id_of(following)).mail_from == TANAKA.address


def test_an_8bit_body_arrives_as_it_is(postfix: Postfix, ca: str, mailbox: Mailbox) -> None:
    envelope = _with_body("生の八ビット\r\n".encode())

    send(submission(postfix.submission, ca), envelope)

    assert mailbox.receive(id_of(envelope)).body == "生の八ビット\r\n".encode()


def test_a_foreign_sender_is_refused_after_the_login(postfix: Postfix, ca: str) -> None:
    failure = refusal(submission(postfix.submission, ca), message(mail_from=SUZUKI.address))

    assert failure.stage in {Stage.MAIL, Stage.RCPT}  # Postfix judges the sender when it has a recipient
    assert failure.reply is not None
    assert str(failure.reply).startswith("553 5.7.1 <suzuki@example.org>: Sender address rejected: not owned by user")


def test_relaying_is_refused_without_a_login(postfix: Postfix, pop_window: PopWindow, ca: str) -> None:
    failure = refusal(relay(postfix, ca))

    assert failure.stage is Stage.RCPT
    assert str(failure.reply) == "554 5.7.1 <someone@example.com>: Relay access denied"


def test_a_recipient_of_the_server_itself_needs_no_login(postfix: Postfix, ca: str, mailbox: Mailbox) -> None:
    envelope = message("info@example.net")

    send(relay(postfix, ca), envelope)

    assert mailbox.receive(id_of(envelope)).rcpt_to == ("info@example.net",)


def test_an_unknown_recipient_is_refused_at_rcpt(postfix: Postfix, ca: str) -> None:
    failure = refusal(submission(postfix.submission, ca), message(NOBODY))

    assert failure.stage is Stage.RCPT
    assert failure.reply is not None
    assert (failure.reply.code, failure.reply.enhanced_code) == (550, "5.1.1")


def test_a_refused_recipient_keeps_the_message_from_nobody_else(postfix: Postfix, ca: str, mailbox: Mailbox) -> None:
    envelope = message()._replace(rcpt_to=(ELSEWHERE, NOBODY, "info@example.net"))

    [receipt] = send(submission(postfix.submission, ca), envelope)

    assert mailbox.receive(id_of(envelope)).rcpt_to == (ELSEWHERE, "info@example.net")
    assert {address: reply.code for address, reply in receipt.refused.items()} == {NOBODY: 550}


def test_recipients_beyond_the_servers_limit_are_refused_for_now(postfix: Postfix, ca: str, mailbox: Mailbox) -> None:
    everyone = tuple(f"reader{number}@example.org" for number in range(RECIPIENT_LIMIT + 1))
    envelope = message()._replace(rcpt_to=everyone)

    [receipt] = send(submission(postfix.submission, ca), envelope)

    assert mailbox.receive(id_of(envelope)).rcpt_to == everyone[:-1]
    assert [*receipt.refused] == [everyone[-1]]
    assert receipt.refused[everyone[-1]].transient


def test_a_check_delivers_nothing(postfix: Postfix, ca: str, mailbox: Mailbox) -> None:
    checked, sent = message(), message()

    with session_for(submission(postfix.submission, ca)) as session:
        session.open()
        session.check(checked)
        session.deliver(sent)

    assert mailbox.receive(id_of(sent))
    assert not mailbox.having(id_of(checked))
    assert id_of(checked) not in postfix.log


def test_a_check_finds_an_unknown_recipient(postfix: Postfix, ca: str) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        check(submission(postfix.submission, ca), message(NOBODY))

    assert caught.value.failure.stage is Stage.RCPT


@pytest.mark.parametrize("pipelining", [False, True])
def test_one_session_delivers_several_messages(postfix: Postfix, ca: str, mailbox: Mailbox, pipelining: bool) -> None:
    envelopes = [message() for _ in range(5)]

    with session_for(submission(postfix.submission, ca), pipelining=pipelining) as session:
        session.open()
        receipts = [session.deliver(envelope) for envelope in envelopes]

    assert len({receipt.queue_id for receipt in receipts}) == 5
    assert all(mailbox.receive(id_of(envelope)) for envelope in envelopes)
    assert sum(line.startswith("C: AUTH") for line in session.transcript) == 1


@pytest.mark.parametrize("pipelining", [False, True])
def test_a_session_goes_on_after_a_refused_message(
    postfix: Postfix, ca: str, mailbox: Mailbox, pipelining: bool
) -> None:
    envelope = message()

    with session_for(submission(postfix.submission, ca), pipelining=pipelining) as session:
        session.open()
        with pytest.raises(DeliveryFailed):
            session.deliver(message(NOBODY))
        session.deliver(envelope)

    assert mailbox.receive(id_of(envelope))


def test_a_certificate_of_an_unknown_authority_ends_the_session_before_the_login(postfix: Postfix) -> None:
    failure = refusal(submission(postfix.submission, ""))

    assert failure.stage is Stage.STARTTLS
    assert failure.cause == "certificate_untrusted"


def test_a_certificate_for_another_host_ends_the_session_and_its_names_are_told(postfix: Postfix, ca: str) -> None:
    failure = refusal(submission(postfix.another_host, ca))

    assert failure.stage is Stage.STARTTLS
    assert failure.cause == "certificate_hostname"
    assert OTHER_HOST in failure.detail


def test_a_server_without_starttls_gets_no_password(postfix: Postfix, ca: str) -> None:
    session = session_for(submission(postfix.no_tls, ca))

    with pytest.raises(DeliveryFailed):
        attempt(session, message())

    assert any(line.startswith("C: EHLO") for line in session.transcript)
    assert not any(line.startswith("C: AUTH") for line in session.transcript)


def test_the_transcript_holds_no_password(postfix: Postfix, ca: str) -> None:
    with session_for(submission(postfix.submission, ca)) as session:
        session.open()

    told = "\n".join(session.transcript)
    assert "C: AUTH" in told
    assert "235 2.7.0" in told
    assert not any(secret in told for secret in _disguises(TANAKA))


def _with_body(body: bytes) -> Envelope:
    """Put a body of given bytes under the headers of a message, declared as 8-bit text."""
    envelope = message()
    head = envelope.message.partition(b"\r\n\r\n")[0]
    head = head.replace(b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: 8bit")
    return envelope._replace(message=head + b"\r\n\r\n" + body)


def _disguises(person: Person) -> list[str]:
    """List what a password looks like on the wire: as it is, and in the base64 of LOGIN and of PLAIN."""
    plain = f"\0{person.address}\0{person.password}"
    return [person.password, *(b64encode(text.encode()).decode() for text in (person.password, plain))]


def test_it_is_come_to_from_the_source_address(postfix: Postfix, ca: str, mailbox: Mailbox) -> None:
    envelope = message()

    send(submission(postfix.submission, ca, source_address="127.0.0.2"), envelope)

    assert "[127.0.0.2]" in str(mailbox.receive(id_of(envelope)).message["Received"])
