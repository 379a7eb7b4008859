"""What applications hand over becomes a message that may leave from the account's sender."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.errors import DatabaseError
from panel.mail.limits import MAX_BYTES, MAX_RECIPIENTS
from panel.mail.message.header import MAX_HEADER
from panel.mail.message.normalize import HOPS, MAX_HOPS, Unacceptable, addressed, normalize
from panel.mail.message.submission import FROM_NAME, Submission
from tests.support.mail import NOW


def taken(message: str | bytes, *rcpt_to: str, sender: str = "") -> Submission:
    raw = message.encode() if isinstance(message, str) else message
    return normalize(raw, rcpt_to=rcpt_to, sender=sender, now=NOW, host="app.example.org")


def parsed(submission: Submission) -> EmailMessage:
    message = message_from_bytes(submission.message, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def refusal(message: str | bytes, *rcpt_to: str) -> Unacceptable:
    with pytest.raises(Unacceptable) as caught:
        taken(message, *rcpt_to)
    return caught.value


def test_the_recipients_of_the_envelope_count_and_not_those_of_the_header() -> None:
    assert taken("To: hanako@example.org\n\nHello\n", "taro@example.org").rcpt_to == ("taro@example.org",)


def test_without_an_envelope_the_header_names_the_recipients_each_once() -> None:
    message = "To: A <a@example.org>, b@example.org\nCc: a@example.org\nBcc: c@example.org\n\nHello\n"

    assert taken(message).rcpt_to == ("a@example.org", "b@example.org", "c@example.org")
    assert addressed(message.encode()) == ("a@example.org", "b@example.org", "a@example.org", "c@example.org")


def test_bcc_and_what_only_servers_write_never_leave() -> None:
    message = "".join(
        f"{name}: eve@example.org\n"
        for name in ("Bcc", "BCC", "Resent-Bcc", "Sender", "Return-Path", "Received", "From", "DKIM-Signature")
    )

    left = parsed(taken(message + "Subject: a\n\nHello\n", "taro@example.org"))

    assert sorted(left.keys()) == ["Date", HOPS, "Message-ID", "Subject"]


def test_another_from_becomes_what_answers_go_to() -> None:
    assert taken("From: Shop <shop@example.org>\n\nHello\n", "a@example.org").reply_to == '"Shop" <shop@example.org>'


def test_a_reply_to_goes_before_the_from() -> None:
    message = "From: shop@example.org\nReply-To: help@example.org, sales@example.org\n\nHello\n"

    assert taken(message, "a@example.org").reply_to == "help@example.org,\r\n sales@example.org"


def test_a_local_name_is_nothing_that_could_be_answered() -> None:
    assert taken("From: root (Cron Daemon)\n\nHello\n", "a@example.org").reply_to == ""


def test_the_sender_stands_in_for_a_from_that_is_missing() -> None:
    assert taken("Subject: a\n\nb\n", "a@example.org", sender="Shop <shop@example.org>").reply_to.endswith(
        "<shop@example.org>"
    )


def test_message_id_and_date_stay_as_they_were_given() -> None:
    message = "Message-ID: <1@shop.example>\nDate: Mon, 23 Nov 2026 18:00:00 +0900\n\nHello\n"

    left = taken(message, "a@example.org")

    assert left.message_id == "<1@shop.example>"
    assert parsed(left)["Message-ID"] == "<1@shop.example>"
    assert parsed(left)["Date"] == "Mon, 23 Nov 2026 18:00:00 +0900"


@pytest.mark.parametrize("broken", ["", "Message-ID: \nDate: \n", "Message-ID: nonsense\nDate: some day\n"])
def test_a_message_without_them_gets_both(broken: str) -> None:
    left = taken(f"{broken}Subject: a\n\nHello\n", "a@example.org")

    assert left.message_id.endswith("@app.example.org>")
    assert parsed(left).get_all("Message-ID") == [left.message_id]
    assert parsed(left).get_all("Date") == ["Mon, 23 Nov 2026 09:00:00 +0000"]


def test_what_may_stand_once_stands_once_and_two_to_become_one() -> None:
    message = "Subject: a\nSubject: b\nTo: a@example.org\nTo: b@example.org\nX-A: 1\nX-A: 2\n\nHello\n"

    left = parsed(taken(message))

    assert left.get_all("Subject") == ["a"]
    assert left.get_all("To") == ["a@example.org, b@example.org"]
    assert left.get_all("X-A") == ["1", "2"]


def test_a_subject_is_kept_for_people_to_read() -> None:
    assert taken("Subject: =?utf-8?b?6KuL5rGC5pu4?=\n\nHello\n", "a@example.org").subject == "請求書"
    assert taken("Subject: =?no-charset?q?a?=\n\nHello\n", "a@example.org").subject == "=?no-charset?q?a?="


@pytest.mark.parametrize("charset", ["utf-8", "cp932"])
def test_text_beyond_ascii_that_nobody_declared_is_declared_and_encoded(charset: str) -> None:
    left = parsed(taken("Subject: a\n\nこんにちは\n".encode(charset), "a@example.org"))

    assert left["Content-Transfer-Encoding"] == "base64"
    assert left.get_content() == "こんにちは\r\n"


def test_a_line_that_is_too_long_is_encoded() -> None:
    left = taken("Subject: a\n\n" + "x" * 3000 + "\n", "a@example.org")

    assert max(map(len, left.message.split(b"\r\n"))) <= 998
    assert parsed(left).get_content() == "x" * 3000 + "\r\n"


def test_a_body_that_says_what_it_is_stays_as_it_is() -> None:
    message = (
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nこんにちは\n"
    )

    assert taken(message, "a@example.org").message.endswith("こんにちは\r\n".encode())


def test_who_cannot_be_sent_to_is_refused_by_name() -> None:
    fault = refusal("Subject: a\n\nb\n", "a@example.org", "no address\r\nRCPT TO:<eve@example.org>")

    assert fault.field == "to"
    assert "no address" in str(fault)
    assert "\r" not in str(fault)


def test_an_old_telephone_receives_under_its_quoted_address() -> None:
    assert taken("To: taro..hanako@docomo.ne.jp\n\nb\n").rcpt_to == ('"taro..hanako"@docomo.ne.jp',)
    assert taken('To: "taro..hanako"@docomo.ne.jp\n\nb\n').rcpt_to == ('"taro..hanako"@docomo.ne.jp',)


def test_a_message_for_nobody_is_refused() -> None:
    assert refusal("To: undisclosed-recipients:;\n\nb\n").field == "to"


def test_size_recipients_and_circles_have_their_limits() -> None:
    many = [f"a{number}@example.org" for number in range(MAX_RECIPIENTS + 1)]

    assert "larger" in str(refusal(b"x" * (MAX_BYTES + 1), "a@example.org"))
    assert "recipients" in str(refusal("\nb\n", *many))
    assert "circle" in str(refusal("Received: by mx\n" * (MAX_HOPS + 1) + "\nb\n", "a@example.org"))


def test_a_door_may_count_as_a_server_on_the_way() -> None:
    left = normalize(b"Received: by one\n\nb\n", rcpt_to=["a@example.org"], now=NOW, host="app.example.org", hops=1)

    assert parsed(left).get_all(HOPS) == ["2"]


def test_the_servers_on_the_way_are_counted_over_every_passage() -> None:
    first = taken("Received: by one\nReceived: by two\n\nb\n", "a@example.org")
    second = taken(b"Received: by three\r\n" + first.message, "a@example.org")

    assert parsed(second).get_all(HOPS) == ["3"]


def test_a_message_goes_to_the_address_in_brackets_and_not_to_what_is_shown_for_it() -> None:
    message = "To: eve@example.net <hanako@example.org>, Team: <taro@example.org>, undisclosed-recipients:;\n\nb\n"

    assert taken(message).rcpt_to == ("hanako@example.org", "taro@example.org")


@pytest.mark.parametrize(
    "text", ["a@example.org; b@example.org", "a@example.org b@example.org", "Team: b@", "(" * 2_000]
)
def test_a_recipient_that_cannot_be_read_is_refused_beside_those_that_can(text: str) -> None:
    fault = refusal(f"To: hanako@example.org, {text}\n\nb\n")

    assert fault.field == "to"
    assert text[:20] in str(fault)


def test_comments_within_comments_are_nobody_to_answer_to() -> None:
    nested = "(" * 20_000

    assert taken(f"From: {nested}\nReply-To: {nested}\n\nb\n", "a@example.org", sender=nested).reply_to == ""


@pytest.mark.parametrize("charset", ["nothing\xf56", "\\0", "x" * 300, "utf\x07\x80-8", "日本", "idna", "undefined"])
def test_an_encoded_word_in_no_charset_stays_as_it_is(charset: str) -> None:
    assert taken(f"Subject: =?{charset}?q?a=80?=\n\nHello\n", "a@example.org").subject


def test_whatever_is_raised_over_a_message_refuses_it(
    monkeypatch: pytest.MonkeyPatch, log: Callable[[], list[str]]
) -> None:
    def stumble(_text: str) -> str:
        raise RecursionError("secret")

    monkeypatch.setattr("panel.mail.message.normalize.unencoded", stumble)

    found = refusal("Subject: =?utf-8?q?a?=\n\nHello\n", "a@example.org")

    assert (found.field, str(found)) == ("message", "The message cannot be read (RecursionError).")
    assert any("message_unreadable" in line for line in log())


def test_a_broken_encoded_word_stays_as_it_is() -> None:
    word = "=?utf-8?b?A?="

    left = taken(f"Subject: {word}\nFrom: {word} <shop@example.org>\n\nb\n", "a@example.org")

    assert left.subject == word
    assert left.reply_to.endswith("<shop@example.org>")


@pytest.mark.parametrize("control", ["\x00", "é\x01", "\u2028Bcc: eve@example.org"])
def test_a_date_leaves_without_control_characters(control: str) -> None:
    left = taken(f"Date: Mon, 23 Nov 2026 18:00:00 +0900 {control}\n\nb\n", "a@example.org")

    assert parsed(left)["Date"].datetime.hour == 18
    assert not re.search(rb"[\x00\x01\x80-\xff]", left.message)


@pytest.mark.parametrize("fields", [b"X-A: " + b"a" * MAX_HEADER + b"\n", b"To: a@b.example\n" * (MAX_HEADER // 10)])
def test_a_header_larger_than_any_program_writes_is_refused(fields: bytes) -> None:
    assert "header" in str(refusal(fields + b"\nHello\n", "a@example.org"))


@given(st.binary(max_size=600))
def test_whatever_is_handed_over_has_one_of_each_and_lines_that_may_be_sent(message: bytes) -> None:
    left = normalize(message, rcpt_to=["a@example.org"], now=NOW, host="app.example.org").message
    head, blank, _body = left.partition(b"\r\n\r\n")

    found = BytesHeaderParser(policy=policy.compat32).parsebytes(head + blank)
    assert len(found.get_all("Message-ID", [])) == len(found.get_all("Date", [])) == 1
    assert not {"from", "sender", "bcc", "reply-to"} & {each.lower() for each in found}
    assert head.isascii()
    assert b"\n" not in left.replace(b"\r\n", b"")
    assert b"\r" not in left.replace(b"\r\n", b"")


@pytest.mark.parametrize("address", ["user@[192.0.2.1]", "user@[IPv6:2001:db8::1]"])
def test_an_address_literal_stays_one_in_envelope_and_header(address: str) -> None:
    assert taken("Subject: a\n\nHello\n", address).rcpt_to == (address,)
    submission = taken(f"To: Hanako <{address}>\nFrom: Shop <{address}>\n\nHello\n")
    assert submission.rcpt_to == (address,)
    assert parsed(submission)["To"] == f"Hanako <{address}>"
    assert submission.reply_to == f'"Shop" <{address}>'


RAW = [
    ("cp932", "①㈱ヤマダ～", "Shift_JIS"),
    ("euc_jp", "こんにちは、請求書です", "EUC-JP"),
    ("utf-8", "Grüße", "UTF-8"),
]


@pytest.mark.parametrize("head", ["", "Content-Type: text/plain\n", "Content-Type: text/html;\n"])
@pytest.mark.parametrize(("codec", "text", "charset"), [*RAW, ("iso2022_jp", "こんにちは", "ISO-2022-JP")])
def test_a_text_without_a_charset_gets_the_one_that_it_shows(head: str, codec: str, text: str, charset: str) -> None:
    left = parsed(taken(f"{head}Subject: {text}\n\n{text}\n".encode(codec), "a@example.org"))

    assert left.get_all("Content-Type") == [f'{"text/html" if "html" in head else "text/plain"}; charset="{charset}"']
    assert left["MIME-Version"] == "1.0"
    assert left["Subject"] == text
    payload = left.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode(codec) == f"{text}\r\n"


@pytest.mark.parametrize(
    ("codec", "text"), [("latin-1", "Grüße aus Köln"), ("gb2312", "您的订单已经发货"), ("koi8-r", "Заказ")]
)
@pytest.mark.parametrize("head", ["", "Content-Type: text/plain\n"])
def test_a_text_that_could_be_anything_gets_no_charset_and_keeps_its_octets(head: str, codec: str, text: str) -> None:
    left = parsed(taken(head.encode() + f"\n{text}\n".encode(codec), "a@example.org"))

    assert left.get_all("Content-Type") == ["text/plain"]
    assert left.get_payload(decode=True) == f"{text}\r\n".encode(codec)


def test_a_subject_in_a_declared_charset_is_shown_and_sent_readable() -> None:
    message = "Subject: Grüße\nTo: Jörg <a@example.org>\nContent-Type: text/plain; charset=iso-8859-1\n\nä\n"

    submission = taken(message.encode("latin-1"))

    assert submission.subject == parsed(submission)["Subject"] == "Grüße"
    assert parsed(submission)["To"] == "Jörg <a@example.org>"


def test_a_message_with_an_id_of_its_own_asks_for_no_host() -> None:
    def host() -> str:
        raise DatabaseError("busy")

    named = b"Message-ID: <1@shop.example.org>\n\nb\n"

    assert normalize(named, rcpt_to=["a@example.org"], now=NOW, host=host).message_id == "<1@shop.example.org>"
    with pytest.raises(DatabaseError):  # which is no fault of the message
        normalize(b"\nb\n", rcpt_to=["a@example.org"], now=NOW, host=host)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("From: Shop <shop@example.org>\nReply-To: Guest <guest@example.net>", "Shop"),
        ("From: =?utf-8?b?5Y+X5LuY?= <shop@example.org>", "受付"),
        ("From: root (Cron Daemon)", "Cron Daemon"),
        ("From: shop@example.org", ""),
        ("From: =?utf-8?q?a=0Ab?= <shop@example.org>", "a b"),
        ("From: =?utf-8?b?4oCuZ3JvLmE=?= <shop@example.org>", "gro.a"),
        (f"From: {'x' * 300} <shop@example.org>", ""),
        (f"{FROM_NAME}: Smuggled\nFrom: shop@example.org", ""),
        ("Subject: Hi", "Stand-in"),
    ],
)
def test_the_name_of_the_from_is_kept_beside_the_message(header: str, name: str) -> None:
    submission = taken(f"{header}\n\nHello\n", "a@example.org", sender="Stand-in <root@example.org>")

    assert submission.name == name
    assert FROM_NAME.encode() not in submission.without_name
