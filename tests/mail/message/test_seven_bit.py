"""8-bit messages for 7-bit servers: the same to a reader, and ASCII on the wire."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.mail.message.seven_bit import in_7_bit

HEAD = "Message-ID: <1@app.example.org>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n"
MIXED = (
    HEAD
    + """Subject: =?utf-8?b?5pel?=
  folded   as it was
Content-Type: multipart/mixed; boundary="=b="
Content-Transfer-Encoding: 8bit

before
--=b=
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

こんにちは
.
From here
--=b=
Content-Type: application/pdf; name="請求書 一.pdf"
Content-Transfer-Encoding: base64

AAAA
--=b=
Content-Type: message/rfc822
Content-Transfer-Encoding: 8bit

Subject: inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: 8bit

mostly ASCII, with one é and a line that is long enough to be wrapped by quoted-printable, as it is here
--=b=--
""".replace("\n", "\r\n")
).encode()


def parsed(message: bytes) -> EmailMessage:
    found = message_from_bytes(message, policy=policy.SMTP)
    assert isinstance(found, EmailMessage)
    return found


def test_a_reader_sees_the_same() -> None:
    found = in_7_bit(MIXED)

    before, after = ([*parsed(each).walk()] for each in (MIXED, found))
    assert found.isascii()
    assert [part.get_content_type() for part in after] == [part.get_content_type() for part in before]
    leaves = [(a, b) for a, b in zip(before, after, strict=True) if not a.is_multipart()]
    assert all(a.get_payload(decode=True) == b.get_payload(decode=True) for a, b in leaves)
    assert "請求書 一.pdf" in str(after[2].get_filename())


def test_the_header_stays_as_it_was() -> None:
    head, _, _ = MIXED.partition(b"\r\n\r\n")

    assert in_7_bit(MIXED).startswith(head.replace(b"Encoding: 8bit", b"Encoding: 7bit"))


def test_each_part_is_encoded_and_no_multipart() -> None:
    encodings = [part["Content-Transfer-Encoding"] for part in parsed(in_7_bit(MIXED)).walk()]

    assert encodings == ["7bit", "base64", "base64", "7bit", "quoted-printable"]


def test_ascii_parts_stay_as_they_were() -> None:
    message = HEAD.encode() + b"Content-Type: text/plain\r\n\r\nplain = plain.\r\n"

    assert in_7_bit(message) == message


def test_8_bit_content_that_says_it_is_encoded_is_refused() -> None:
    message = HEAD + "Content-Transfer-Encoding: base64\r\n\r\nこんにちは\r\n"

    with pytest.raises(ValueError, match="8-bit"):
        in_7_bit(message.encode())


@given(st.binary(max_size=300))
def test_whatever_the_body_no_header_is_added_or_broken(body: bytes) -> None:
    lines = body.replace(b"\r", b"").replace(b"\n", b"\r\n")
    message = HEAD.encode() + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + lines + b"\xff\r\n"

    found = parsed(in_7_bit(message))

    assert sorted(found.keys()) == ["Content-Transfer-Encoding", "Date", "MIME-Version", "Message-ID"]
    assert found.get_payload(decode=True).rstrip() == (lines + b"\xff").rstrip()
