"""A message that goes to one address in the place of its recipients: who it names, and what stays as it was."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from panel.mail.message.envelope import Envelope, Malformed
from panel.mail.message.redirected import ORIGINAL_TO, redirected

CATCHER = "staging@example.com"


def envelope(*rcpt_to: str, head: bytes = b"Subject: Hello\r\n", body: bytes = b"Hi\r\n") -> Envelope:
    return Envelope("report@example.org", rcpt_to, b"From: report@example.org\r\n" + head + b"\r\n" + body)


def read(found: Envelope) -> EmailMessage:
    message = message_from_bytes(found.message, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_the_envelope_has_the_one_address_and_the_header_those_it_was_for() -> None:
    found = redirected(envelope("hanako@example.net", "taro@example.net", "jiro@example.net"), CATCHER)

    assert (found.mail_from, found.rcpt_to) == ("report@example.org", (CATCHER,))
    message = read(found)
    assert message.get_all(ORIGINAL_TO) == ["hanako@example.net", "taro@example.net", "jiro@example.net"]
    assert message["Subject"] == "Hello [hanako@example.net +2]"
    assert message["From"] == "report@example.org"
    assert found.message.endswith(b"\r\n\r\nHi\r\n")


@pytest.mark.parametrize(
    ("head", "subject"),
    [
        (b"Subject: Hello\r\n", "Hello [a@example.net]"),
        (b"SUBJECT: Hello\r\nTo: b@example.net\r\n", "Hello [a@example.net]"),
        (b"Subject: Hello\r\n there\r\nTo: b@example.net\r\n", "Hello there [a@example.net]"),
        (b"Subject: =?utf-8?b?6KuL5rGC5pu4?=\r\n", "請求書 [a@example.net]"),
        (b"Subject:\r\nTo: b@example.net\r\n", "[a@example.net]"),
        (b"Subject: \r\n", "[a@example.net]"),
        (b"To: b@example.net\r\n", "[a@example.net]"),
        (b"X-Subject: no\r\nTo: b@example.net\r\n", "[a@example.net]"),
    ],
)
def test_the_tail_stands_behind_any_subject(head: bytes, subject: str) -> None:
    body = b"Subject: of the body\r\n"

    found = redirected(envelope("a@example.net", head=head, body=body), CATCHER)

    message = read(found)
    assert message.get_all("Subject") == [subject]
    assert not message.defects
    assert found.message.endswith(b"\r\n\r\n" + body)


def test_octets_of_a_subject_stay_as_they_came() -> None:
    found = redirected(envelope("a@example.net", head="Subject: 請求書\r\n".encode()), CATCHER)

    assert "Subject: 請求書\r\n [a@example.net]\r\n".encode() in found.message


@pytest.mark.parametrize("address", ["用戸@example.net", "=?utf-8?q?x=0D=0ABcc:_y?=@example.net"])
@pytest.mark.parametrize("subject", [b"Hello", b"=?utf-8?b?6KuL5rGC5pu4?="])
def test_an_address_that_is_no_plain_text_reads_as_it_is(address: str, subject: bytes) -> None:
    found = redirected(envelope(address, head=b"Subject: " + subject + b"\r\n"), CATCHER)

    message = read(found)
    assert found.message.isascii()
    assert message.get_all(ORIGINAL_TO) == [address]
    assert str(message["Subject"]).endswith(f" [{address}]")
    assert message["Bcc"] is None


@pytest.mark.parametrize(
    "address", ["a\r\nBcc: b@example.net", "a\nb@example.net", "a\x00@example.net", "a\x85@example.net"]
)
def test_an_address_with_a_line_break_writes_no_header(address: str) -> None:
    with pytest.raises(Malformed):
        redirected(envelope("a@example.net", address), CATCHER)


def test_a_long_header_is_looked_through_once() -> None:
    head = b"".join(b"X-%d: %s\r\n" % (number, b"subject" * 20) for number in range(1_500))

    message = read(redirected(envelope("a@example.net", head=head), CATCHER))

    assert message["Subject"] == "[a@example.net]"
