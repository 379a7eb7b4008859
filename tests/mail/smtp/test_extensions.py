"""What a session may carry, as servers say it."""

from __future__ import annotations

import pytest

from panel.mail.smtp.extensions import Limits, is_full, size_max
from panel.mail.smtp.protocol import Reply


def test_limits_are_read_where_they_are_numbers() -> None:
    assert Limits.of({"LIMITS": "MAILMAX=100 rcptmax=20 RCPTDOMAINMAX=1 OTHER=x"}) == Limits(100, 20, 1)
    assert Limits.of({"LIMITS": "MAILMAX=0 RCPTMAX=many"}) == Limits.of({}) == Limits()


@pytest.mark.parametrize(
    ("said", "most"),
    [
        ("1000", 1000),
        ("0", None),
        ("", None),
        ("9" * 5_000, None),
        ("١٢٣", None),
        ("-5", None),
        ("1 2", None),
        ("x", None),
    ],
)
def test_a_size_is_read_where_it_is_one(said: str, most: int | None) -> None:
    assert size_max({"SIZE": said}) == most


def test_who_fits_into_a_message_keeps_the_order() -> None:
    rcpt_to = ("a@example.org", "b@example.net", "c@EXAMPLE.org", "d@example.org")

    assert Limits(rcpt_max=2).within(rcpt_to) == rcpt_to[:2]
    assert Limits(rcpt_domain_max=1).within(rcpt_to) == ("a@example.org", "c@EXAMPLE.org", "d@example.org")
    assert Limits().within(rcpt_to) == rcpt_to


@pytest.mark.parametrize(
    "text",
    [
        "421 too many messages in this connection",  # Exim, smtp_accept_max_per_connection
        "421 4.7.0 Too many messages in this connection",
        "421 4.4.2 Message count per connection exceeded, limit reached",
        "421 Max message per connection reached, closing transmission channel",
        "452 4.3.2 Maximum number of messages per connection exceeded",
        "421 Connection closed by server. Maximum message count per session reached.",  # Amazon SES
        "452 4.4.5 Maximum number of messages per session exceeded.",  # Stalwart
        "450 Too many transactions in one session",
        "451 4.5.0 Session message limit reached",
        "421 4.7.0 You have exceeded the number of mails allowed per session",
        "452 Too many messages for this session, try again in a new one",
        "421 4.7.1 1セッションあたりの送信通数を超えました",
    ],
)
def test_a_reply_that_ends_only_the_session_is_known(text: str) -> None:
    assert is_full(Reply(int(text[:3]), (text[4:],)))


@pytest.mark.parametrize(
    "text",
    [
        "450 4.7.1 Error: too much mail from 192.0.2.1",
        "421 4.7.0 Too many connections from your address",
        "452 4.5.3 Too many recipients",
        "421 4.7.0 mail.example.org Error: too many errors",
        "454 4.7.0 Throttling failure: maximum sending rate exceeded",
        "421 4.4.2 mail.example.org Error: timeout exceeded",
        "432 4.3.2 Concurrent connections limit exceeded",
        "451 4.7.500 Server busy. Please try again later",
        "550 5.4.5 Daily user sending limit exceeded",
        "550 Too many messages in this connection",  # for good, as it says
    ],
)
def test_other_refusals_are_not_taken_for_it(text: str) -> None:
    assert not is_full(Reply(int(text[:3]), (text[4:],)))
