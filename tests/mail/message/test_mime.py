"""Parts as we write them: any program reads the fields that were meant, and no others."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from panel.mail.message import mime, structure
from panel.mail.message.compose import MAX_VALUE, Attachment, Draft, compose
from panel.mail.message.envelope import Malformed
from panel.mail.message.normalize import Unacceptable
from panel.mail.message.transfer_encoding import MAX_LINE

TEXTS = ["Content-Type", "Content-Transfer-Encoding"]
FILES = [*TEXTS, "Content-Disposition"]
SAID = st.text(st.sampled_from("=?utf-8qb0ADCc:'\"%*;\\<>,@. \r\n\t\0é請\u2028") | st.characters(), max_size=60)
HIDDEN = ["=?utf-8?q?=0A=0A?=<h1>", "=?utf-8?b?Cgo=?=<h1>", "a%0ABcc: x", "a\nb", "utf-8''a%0d%0A", "\u2028"]


def fields(message: Message) -> list[list[str]]:
    return [sorted(each.lower() for each in part) for part in message.walk()]


def read_by_the_email_package(message: bytes) -> list[list[str]]:
    return fields(message_from_bytes(message, policy=policy.compat32))


def read_by_us(message: bytes) -> list[list[str]]:
    return [sorted(each.lower() for each in structure.field_names(message, part)) for part in structure.parts(message)]


@given(SAID, SAID, SAID, SAID, SAID)
@example("請求書", "x=?utf-8?q?=0A=0A?=<h1>", "a", "b", "c")
@example("請求書", "a.pdf", "=?utf-8?q?=0ABcc:?=", "", "c")
def test_whatever_is_given_the_finished_bytes_hold_the_fields_that_were_meant(
    subject: str, name: str, header: str, shown: str, text: str
) -> None:
    draft = Draft(
        to=(f'"{shown}" <a@example.org>',),
        subject=f"a{subject}",
        text=text,
        html=text,
        headers=(("X-Any", header),),
        attachments=(Attachment(name, text.encode("utf-8", "replace")),),
    )
    try:
        message = compose(draft, now=datetime(2026, 11, 25, tzinfo=UTC), host="app.example.org").message
    except Unacceptable:
        return

    top = ["Message-ID", "Date", "To", "Subject", "X-Any", "MIME-Version", "Content-Type"]
    meant = [sorted(map(str.lower, each)) for each in (top, ["Content-Type"], TEXTS, TEXTS, FILES)]
    assert read_by_us(message) == read_by_the_email_package(message) == meant
    assert message.isascii()
    assert max(map(len, message.split(b"\r\n"))) <= MAX_LINE


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_line_end_in_a_files_name_is_refused_in_every_form(hidden: str) -> None:
    draft = Draft(to=("a@example.org",), attachments=(Attachment(hidden, b"x"),))

    with pytest.raises(Unacceptable) as caught:
        compose(draft, now=datetime(2026, 11, 25, tzinfo=UTC), host="app.example.org")

    assert caught.value.field == "attachments"


NAMES = [
    "a.pdf",
    "請求書.pdf",
    "長い名前の請求書" * 8 + ".pdf",
    "é'*%;=.txt",
    "=?utf-8?q?a?=.txt",
    "100%.txt",
    "a" * 200,
    "😀.png",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_read_from_the_disposition_and_by_old_programs_from_the_type(name: str) -> None:
    written = mime.file("application/pdf", name, b"x" * 300).write()

    read = message_from_bytes(written, policy=policy.default)
    assert isinstance(read, EmailMessage)
    assert read.get_filename() == name
    assert read.get_content() == b"x" * 300
    assert read.get_content_disposition() == "attachment"
    decoded = read["Content-Type"].params["name"]
    assert decoded.replace(" ", "") == name


def test_a_short_name_in_ascii_is_written_in_the_way_that_all_read() -> None:
    assert b'attachment;\r\n filename="a.pdf"\r\n' in mime.file("application/pdf", "a.pdf", b"").write()


def test_text_in_ascii_stays_readable_and_any_text_reads_back() -> None:
    assert mime.text("plain", "Hello\nyou").write().endswith(b"7bit\r\n\r\nHello\r\nyou\r\n")
    for text in ("こんにちは\r\n", "x" * 3000 + "\r\n", "é" * 3000 + "\r\n", ".\r\n"):
        read = message_from_bytes(mime.text("html", text).write(), policy=policy.default)
        assert isinstance(read, EmailMessage)
        assert read.get_content() == text


def injected() -> bytes:
    """Write a message in whose second part a field stands that was hidden in a file's name, as old Pythons did it."""
    text, file = mime.text("plain", "Hello"), mime.file("text/csv", "NAME", b"1")
    return b"MIME-Version: 1.0\r\n" + mime.multipart("mixed", [text, file]).write()


@pytest.mark.parametrize(
    ("hidden", "said"),
    [
        (b'NAME"\r\nX-Injected: 1', "X-Injected"),
        (b'NAME"\r\n\r\n<h1>', "content-"),
        (b'NAME"\r\nContent-Type: text/html', "Content-Type"),
        (b'NAME"\r\nno field', "content-"),
    ],
)
def test_what_was_not_meant_is_found_in_the_finished_bytes(hidden: bytes, said: str) -> None:
    meant = [["MIME-Version", "Content-Type"], TEXTS, FILES]
    mime.check_fields(injected(), meant)

    with pytest.raises(Malformed, match=said):
        mime.check_fields(injected().replace(b'NAME"', hidden, 1), meant)


def test_a_part_too_many_is_found() -> None:
    with pytest.raises(Malformed, match="3 parts"):
        mime.check_fields(injected(), [["MIME-Version", "Content-Type"], TEXTS])


LONG = [
    ("References", " ".join(f"<{number}.{'x' * 60}@example.org>" for number in range(60))),
    ("References", "".join(f"<{number}.{'x' * 60}@example.org>" for number in range(60))),
    ("List-Unsubscribe", f"<https://example.org/{'x' * 950}>, <mailto:leave@example.org?body=a%0D%0Ab>"),
    ("List-Unsubscribe", f"<https://example.org/{'x' * 900}>,<mailto:{'y' * 900}@example.org>"),
    ("X-Any", "請求書" * 400),
]


@pytest.mark.parametrize(("name", "value"), LONG)
def test_a_long_header_field_is_folded_and_reads_the_same(name: str, value: str) -> None:
    draft = Draft(to=("a@example.org",), text="x", headers=((name, value),))

    message = compose(draft, now=datetime(2026, 11, 25, tzinfo=UTC), host="app.example.org").message

    assert max(map(len, message.split(b"\r\n"))) <= MAX_LINE
    read = message_from_bytes(message, policy=policy.default)
    assert read[name].replace(" ", "") == value.replace(" ", "")


@pytest.mark.parametrize("value", ["x" * 998, f"<https://example.org/{'x' * 1000}>", "a " * MAX_VALUE])
def test_a_header_field_that_cannot_be_folded_is_refused_by_its_name(value: str) -> None:
    draft = Draft(to=("a@example.org",), text="x", headers=(("X-A", "1"), ("List-Unsubscribe", value)))

    with pytest.raises(Unacceptable, match="List-Unsubscribe") as caught:
        compose(draft, now=datetime(2026, 11, 25, tzinfo=UTC), host="app.example.org")

    assert caught.value.field == "headers"


def test_all_header_fields_together_have_a_bound() -> None:
    headers = tuple((f"X-{number}", "a " * 3_000) for number in range(20))

    with pytest.raises(Unacceptable, match="in all; the longest is 'X-0'"):
        compose(Draft(to=("a@b.example",), headers=headers), now=datetime(2026, 11, 25, tzinfo=UTC), host="a.example")
