"""What a message holds: texts in any charset, files of any kind, and the bounds on what is hostile."""

from __future__ import annotations

import base64

import pytest

from panel.mail.reading.content import MOST_FILES, Content, header_fields
from tests.support.hostile_mail import alternatives, deep, many_parts, mixed


def of_text(kind: str, body: bytes, more: str = "") -> Content:
    return Content(f"Content-Type: {kind}\r\n{more}\r\n".encode() + body)


@pytest.mark.parametrize(
    ("kind", "body", "more"),
    [
        ("text/plain; charset=iso-2022-jp", "請求書です".encode("iso-2022-jp"), ""),
        ("text/plain; charset=Shift_JIS", "請求書です".encode("cp932"), "Content-Transfer-Encoding: 8bit\r\n"),
        ("text/plain; charset=utf-8", "請求書です".encode(), ""),
        ("text/plain; charset=nothing-known", "請求書です".encode(), ""),
        ("text/plain", "請求書です".encode("euc-jp"), ""),
        (
            "text/plain; charset=utf-8",
            base64.encodebytes("請求書です".encode()),
            "Content-Transfer-Encoding: base64\r\n",
        ),
        (
            "text/plain; charset=utf-8",
            b"=E8=AB=8B=E6=B1=82=\r\n=E6=9B=B8=E3=81=A7=E3=81=99",
            "Content-Transfer-Encoding: Quoted-Printable\r\n",
        ),
    ],
)
def test_a_text_is_read_in_its_charset_and_encoding(kind: str, body: bytes, more: str) -> None:
    assert of_text(kind, body, more).text.strip() == "請求書です"


def test_octets_that_are_of_no_charset_are_still_shown() -> None:
    text = of_text("text/plain; charset=utf-8", b"caf\xe9 \x00\x1b[31m\xff").text

    assert text.startswith("caf")
    assert "\x1b" not in text


def test_text_and_html_of_a_message_with_a_file_are_found_and_the_file_is_listed() -> None:
    content = Content(mixed())

    assert content.text.strip() == "各位"
    assert "<p>" in content.html
    assert [(each.name, each.kind, each.size) for each in content.files] == [
        ("logo.png", "image/png", 4),
        ("月次レポート_11月.pdf", "application/pdf", 1000),
    ]
    assert content.octets(content.files[1].part) == b"%PDF" * 250


def test_a_picture_is_found_by_its_content_id() -> None:
    content = Content(mixed())

    found = content.image("logo@example.org")

    assert found is not None
    assert content.octets(found.part) == b"\x89PNG"
    assert content.image("other@example.org") is None


def test_of_two_pictures_with_one_content_id_the_first_is_shown() -> None:
    part = b"--b\r\nContent-Type: image/png\r\nContent-ID: <a>\r\n\r\n%s\r\n"
    content = Content(b"Content-Type: multipart/related; boundary=b\r\n\r\n" + part % b"1" + part % b"2" + b"--b--\r\n")

    found = content.image("a")

    assert found
    assert content.octets(found.part) == b"1"


def test_a_text_that_is_a_file_is_no_text_of_the_message() -> None:
    message = b'Content-Type: text/html\r\nContent-Disposition: attachment; filename="x.html"\r\n\r\n<p>x</p>\r\n'

    content = Content(message)

    assert not content.has_html
    assert [each.name for each in content.files] == ["x.html"]


def test_a_message_within_a_message_is_one_file() -> None:
    inner = b"Subject: inner\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nhidden\r\n--i--\r\n"
    message = (
        b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nouter\r\n--o\r\n"
        b"Content-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--o--\r\n"
    )

    content = Content(message)

    assert content.text.strip() == "outer"
    [file] = content.files
    assert (file.kind, file.name) == ("message/rfc822", "part-3.eml")
    assert content.octets(file.part) == inner


def test_a_second_text_is_a_file_so_that_nothing_is_hidden() -> None:
    content = Content(alternatives(b"Content-Type: text/plain\r\n\r\none", b"Content-Type: text/plain\r\n\r\ntwo"))

    assert content.text == "one"
    assert [each.name for each in content.files] == ["part-3.txt"]


def test_parts_and_levels_without_end_are_bounded() -> None:
    content = Content(many_parts(10_000))

    assert len(content.files) == MOST_FILES
    assert 800 < content.more_files < 1_000
    assert not content.is_whole
    assert not Content(deep(100)).is_whole


def test_sizes_are_told_without_decoding() -> None:
    quoted = (
        b"Content-Type: image/x; name=a\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E8=AB=8B abc=\r\ndef"
    )

    [file] = Content(quoted).files

    assert file.size == len(Content(quoted).octets(file.part) or b"") == 10


def test_a_header_without_end_is_cut() -> None:
    fields = header_fields(b"Subject: x\r\n" + b"X-Bomb: y\r\n" * 100_000)

    assert fields[0].text == "x"
    assert len(fields) < 30_000
