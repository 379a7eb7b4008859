"""The header of a submitted message is read whatever wrote it, and written again in ASCII."""

from __future__ import annotations

import re
from base64 import b64encode
from email import message_from_bytes, policy
from email.utils import getaddresses

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from panel.mail.message.address import has_controls, is_encodable
from panel.mail.message.encoded_words import hides_controls
from panel.mail.message.envelope import Malformed
from panel.mail.message.header import Field, addresses, clean, mailboxes, plain_field, split, unencoded
from panel.mail.message.transfer_encoding import MAX_LINE


def names(message: bytes) -> list[str]:
    return [each.name for each in split(message)[0]]


def body(message: bytes) -> bytes:
    return split(message)[1]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_any_line_end_parts_the_fields(end: bytes) -> None:
    message = end.join([b"Subject: a", b" b", b"To: c@example.org", b"", b"text"])

    assert names(message) == ["Subject", "To"]
    assert split(message)[0][0].text == "a b"
    assert body(message) == b"text\r\n"


def test_an_mbox_line_before_the_header_is_left_out() -> None:
    assert names(b"From root Mon Nov 23 09:00:00 2026\nSubject: a\n\nb\n") == ["Subject"]


def test_what_is_no_field_begins_the_body() -> None:
    assert names(b"Subject: a\nHello, all of you\n") == ["Subject"]
    assert body(b"Subject: a\nHello, all of you\n") == b"Hello, all of you\r\n"


def test_an_empty_message_has_neither() -> None:
    assert split(b"") == ([], b"")


def test_a_field_that_may_be_sent_leaves_as_it_came() -> None:
    [field] = split(b"X-Ticket: one\r\n\ttwo\r\n")[0]

    assert field.write() == b"X-Ticket: one\r\n\ttwo\r\n"


@pytest.mark.parametrize("charset", ["utf-8", "cp932", "iso2022_jp"])
def test_a_raw_japanese_subject_is_read_in_the_charset_of_its_program(charset: str) -> None:
    field = Field("Subject", " 請求書のご案内".encode(charset))

    assert field.text == "請求書のご案内"
    assert message_from_bytes(field.write() + b"\r\n", policy=policy.default)["Subject"] == "請求書のご案内"


def test_raw_japanese_names_leave_as_encoded_words_beside_their_addresses() -> None:
    written = Field("To", ' "田中, 花子" <hanako@example.org>, taro@example.org'.encode()).write()

    read = message_from_bytes(written + b"\r\n", policy=policy.default)
    assert [(each.display_name, each.addr_spec) for each in read["To"].addresses] == [
        ("田中, 花子", "hanako@example.org"),
        ("", "taro@example.org"),
    ]


def test_a_line_break_hidden_in_an_encoded_word_makes_no_field() -> None:
    hidden = "=?utf-8?q?a=0D=0ABcc:_eve=40example.org?= <hanako@example.org>"

    written = mailboxes("To", getaddresses([hidden]))

    assert message_from_bytes(written + b"\r\n").keys() == ["To"]


def test_a_text_that_is_longer_than_any_name_is_not_decoded() -> None:
    text = "=?utf-8?q?a?= " * 400

    assert unencoded(text) == text


def test_escaped_quotes_without_a_quotation_are_read_once() -> None:
    assert len(addresses('\\"' * 50_000 + ", hanako@example.org")) == 2


def test_a_long_ascii_line_is_folded_at_its_blanks_and_never_encoded() -> None:
    ids = " ".join(f"<{number}@app.example.org>" for number in range(30))

    written = plain_field("References", ids)

    assert max(map(len, written.split(b"\r\n"))) <= 78
    assert re.sub(rb"\r\n", b"", written) == f"References: {ids}".encode()


@given(st.binary(max_size=3_000), st.sampled_from(["Subject", "To", "X-Any"]))
def test_whatever_a_field_holds_it_leaves_as_one_field(value: bytes, name: str) -> None:
    fields, _ = split(name.encode() + b": " + value.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n\n")

    try:
        written = fields[0].write()
    except Malformed:  # no line may be so long
        assert len(value) >= MAX_LINE
        return

    assert written.isascii()
    assert written.endswith(b"\r\n") or (name == "To" and not written)
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\x00", written)
    assert all(line[:1] in (b" ", b"\t") for line in written.split(b"\r\n")[1:-1])
    assert all(len(line) <= MAX_LINE for line in written.split(b"\r\n"))


DECLARED = [
    ("iso-8859-1", "Grüße"),
    ("gb2312", "您的订单"),
    ("euc-kr", "주문 접수"),
    ("big5", "您的訂單"),
    ("windows-1251", "Ваш заказ"),
    ("koi8-r", "Заказ"),
    ("shift_jis", "①㈱ヤマダ～"),
]


@pytest.mark.parametrize(("charset", "text"), DECLARED)
@pytest.mark.parametrize(
    "where", ["Content-Type: text/plain; charset={}\n\nx", "\n--b\nContent-Type: text/html;\n charset={}"]
)
def test_a_raw_field_is_read_in_the_charset_that_the_message_or_a_part_declares(
    charset: str, text: str, where: str
) -> None:
    codec = "cp932" if charset == "shift_jis" else charset
    message = f"Subject: {text}\nTo: {text} <a@example.org>\n{where.format(charset)}\n".encode(codec)

    subject, to = split(message)[0][:2]

    assert subject.text == text
    written = message_from_bytes(subject.write() + to.write() + b"\r\n", policy=policy.default)
    assert written["Subject"] == text
    assert written["To"].addresses[0].display_name == text


def test_a_raw_field_that_nobody_declared_is_read_as_the_body_shows() -> None:
    message = "Subject: 匝瑳市\n\nこんにちは、お世話になっております。\n".encode("euc_jp")

    assert split(message)[0][0].text == "匝瑳市"


def test_a_raw_file_name_leaves_within_its_parameter() -> None:
    field = Field("Content-Disposition", ' attachment; filename="請求書 一.pdf"; size=3'.encode("cp932"))

    assert field.write().isascii()
    written = message_from_bytes(field.write() + b"\r\n", policy=policy.default)
    assert written.get_filename() == "請求書 一.pdf"
    assert written["Content-Disposition"].params["size"] == "3"


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_before_the_header_is_dropped(charset: str) -> None:
    assert names("Subject: 請求書\nTo: a@example.org\n\nx\n".encode(charset)) == ["Subject", "To"]


def words(charset: str, *octets: bytes) -> str:
    return " ".join(f"=?{charset}?b?{b64encode(each).decode()}?=" for each in octets)


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        (words("shift_jis", "①㈱～".encode("cp932")), "①㈱～"),
        (words("iso-2022-jp", b"\x1b$B-!\x1b(B", b"\x1b(I6E\x1b(B"), "①ｶﾅ"),
        (words("gb2312", "镕".encode("gbk")), "镕"),
        (words("utf-8", "請".encode()[:2], "請".encode()[2:]), "請"),
        (f"日本 {words('utf-8', '花'.encode())} a =?nope?q?b?= =?nope?q?c?=", "日本 花 a =?nope?q?b?= =?nope?q?c?="),
        ("=?us-ascii?q?a_b=20c?= =?utf-8*ja?q?d?=", "a b cd"),
        ("=?utf-8?b?A?=", "=?utf-8?b?A?="),
    ],
)
def test_encoded_words_are_read_in_what_their_programs_meant(encoded: str, text: str) -> None:
    assert unencoded(encoded) == text


@given(
    st.from_regex(r"(?:[A-Za-z0-9_-]{1,5}[ .]?){0,3}", fullmatch=True),
    st.sampled_from(["", '"']),
    st.from_regex(r"[a-z.+-]{1,6}@[a-z0-9.-]{1,8}", fullmatch=True),
)
def test_a_plain_mailbox_is_read_as_the_email_package_does(name: str, quote: str, address: str) -> None:
    text = f"{quote}{name}{quote} <{address}>".strip()
    found = getaddresses([text])
    assume(len(found) == 1 and found[0][1])

    assert addresses(text) == found


def test_two_mailboxes_without_a_comma_are_not_taken_for_one() -> None:
    assert addresses("Hanako hanako@example.org") == [("", "Hanako hanako@example.org")]


def test_each_control_character_is_seen_wherever_one_is_looked_for() -> None:
    for each in map(chr, (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)):
        text = f"a{each}b"
        assert (clean(text), has_controls(text), hides_controls(text)) == ("a b", True, True)


def test_half_of_a_character_is_seen_beside_whole_ones() -> None:
    assert not is_encodable("田\ud800")
    assert hides_controls("a\udfff")
    assert is_encodable("田")
