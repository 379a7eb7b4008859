"""The quick look at the parts of a message: it finds what the thorough one finds, and holds no text."""

from __future__ import annotations

import pytest

from panel.mail.reading.content import Content, file_of
from panel.mail.reading.outline import MOST_OUTLINED, outline
from tests.support.hostile_mail import alternatives, deep, many_parts, mixed


def header_of(message: bytes) -> bytes:
    return message[: message.find(b"\r\n\r\n") + 2]


def quickly(message: bytes) -> list[tuple[str, str, int]]:
    found = (file_of(header, size, place) for place, (header, size) in enumerate(outline(message, header_of(message))))
    return [(each.name, each.kind, each.size) for each in found if each]


PREFIXED = (
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/alternative; boundary=b1\r\n\r\n"
    b"--b1\r\n\r\ntext\r\n--b1--\r\n--b  \r\nContent-Type: image/gif; name=a.gif\r\n\r\nGIF\r\n--b--\r\nepilogue\r\n"
)
ALONE = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n"


@pytest.mark.parametrize(
    "message",
    [
        mixed(),
        PREFIXED,
        ALONE,
        alternatives(b"Content-Type: text/plain\r\n\r\none", b"Content-Type: text/html\r\n\r\n<p>"),
        b"Subject: x\r\n\r\n--b\r\nContent-Type: image/png\r\n\r\nno part\r\n",
        b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b",
    ],
)
def test_it_finds_the_files_that_the_thorough_reading_finds(message: bytes) -> None:
    assert quickly(message) == [(each.name, each.kind, each.size) for each in Content(message).files]


def test_it_keeps_nothing_of_a_text() -> None:
    signed = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n-- \r\n"
    signed += b"Name: Hanako\r\nattachment: secret\r\n--b--\r\n"

    assert outline(signed, header_of(signed)) == []


def test_what_has_no_end_is_bounded() -> None:
    assert len(outline(many_parts(10_000), header_of(many_parts(10_000)))) == MOST_OUTLINED
    assert outline(deep(100), header_of(deep(100))) == []
