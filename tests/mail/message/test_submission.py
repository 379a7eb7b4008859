"""What an application submitted leaves as the account's sender."""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message
from email.policy import default

from panel.mail.message.submission import FROM_NAME, Submission, submitted_name

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


def test_the_name_that_was_submitted_stands_before_the_address_where_it_is_to() -> None:
    named = STORED._replace(message=submitted_name("受付 窓口") + STORED.message)

    own = message_from_bytes(named.envelope("noreply@example.org", "Report", own_name=True).message, policy=default)
    fixed = message_from_bytes(named.envelope("noreply@example.org", "Report").message, policy=default)

    assert own["From"] == "受付 窓口 <noreply@example.org>"
    assert fixed["From"] == "Report <noreply@example.org>"
    assert FROM_NAME not in own
    assert FROM_NAME not in fixed


def test_without_a_submitted_name_the_one_of_the_settings_stays() -> None:
    written = STORED.envelope("noreply@example.org", "Report", own_name=True).message

    assert message_from_bytes(written)["From"] == '"Report" <noreply@example.org>'
