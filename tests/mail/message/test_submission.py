"""What an application submitted leaves as the account's sender."""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message

from panel.mail.message.submission import Submission

STORED = Submission(("taro@example.net",), b"Subject: Hello\r\n\r\nHello.\r\n", "<1@example.org>")


def leaving(submission: Submission) -> Message:
    return message_from_bytes(submission.envelope("noreply@example.org", "連絡係").message)


def test_the_message_leaves_from_the_sender_of_the_settings() -> None:
    assert leaving(STORED).get_all("From") == ["=?utf-8?b?6YCj57Wh5L+C?= <noreply@example.org>"]


def test_answers_go_to_whom_the_application_named() -> None:
    asked = Submission(STORED.rcpt_to, STORED.message, STORED.message_id, reply_to='"Shop" <shop@example.org>')

    assert leaving(asked)["Reply-To"] == '"Shop" <shop@example.org>'


def test_the_sender_itself_needs_no_reply_to() -> None:
    asked = Submission(STORED.rcpt_to, STORED.message, STORED.message_id, reply_to="NoReply@example.org")

    assert leaving(asked)["Reply-To"] is None


def test_the_envelope_goes_to_those_who_are_still_to_be_served() -> None:
    assert STORED.envelope("a@example.org", "").rcpt_to == ("taro@example.net",)
    assert STORED.envelope("a@example.org", "", rcpt_to=("b@example.net",)).rcpt_to == ("b@example.net",)
