"""Replies as they come: whole, in pieces, or not at all what they should be."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.mail.net.connection import Wire
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import ConnectionLost, NoProtocol
from panel.mail.smtp.channel import SmtpChannel
from panel.mail.smtp.extensions import parse_extensions
from panel.mail.smtp.protocol import MAX_REPLY_LINES, Reply
from panel.mail.smtp.redaction import MASK, Transcript

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


def heard(*pieces: bytes, transcript: Transcript | None = None) -> Reply:
    """Give the reply that a server's bytes make, sent piece by piece before it hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = socket.create_connection(listener.getsockname())
        there, _ = listener.accept()
    with here, there:
        wire = Wire(here, Deadline(5))
        for piece in pieces:
            there.sendall(piece)
            if piece:
                wire._fill()
        there.shutdown(socket.SHUT_WR)
        return SmtpChannel(wire, transcript or Transcript()).reply()


@given(st.integers(200, 599), st.lists(TEXT, min_size=1, max_size=MAX_REPLY_LINES))
def test_a_reply_of_any_lines_comes_whole(code: int, lines: list[str]) -> None:
    told = [f"{code}-{line}" for line in lines[:-1]] + [f"{code} {lines[-1]}"]

    assert heard("".join(f"{line}\r\n" for line in told).encode()) == Reply(code, tuple(lines))


@given(st.binary(max_size=400))
def test_any_bytes_are_a_reply_or_no_protocol(data: bytes) -> None:
    try:
        reply = heard(data)
    except (ConnectionLost, NoProtocol):
        return

    assert 200 <= reply.code < 600
    assert len(reply.lines) <= MAX_REPLY_LINES


@given(st.lists(TEXT, max_size=90))
def test_any_offer_is_read(lines: list[str]) -> None:
    assert all(keyword == keyword.upper() for keyword in parse_extensions(lines))


@given(
    st.integers(200, 599),
    st.lists(TEXT, min_size=1, max_size=5),
    st.integers(0, 300),
    st.sampled_from(["\r\n", "\n"]),
)
def test_where_a_reply_is_broken_off_on_its_way_makes_no_difference(
    code: int, lines: list[str], place: int, end: str
) -> None:
    told = "".join([*(f"{code}-{line}{end}" for line in lines[:-1]), f"{code} {lines[-1]}{end}"]).encode()

    assert heard(told[:place], told[place:]) == Reply(code, tuple(lines))


@pytest.mark.parametrize("length", [1_999, 2_001, 8_186])
@pytest.mark.parametrize("number", [1, 59, 62, MAX_REPLY_LINES])
def test_long_replies_are_read_as_short_ones_are(length: int, number: int) -> None:
    lines = tuple(f"{each:0{length}}" for each in range(number))

    told = [f"250{'-' if each < number - 1 else ' '}{line}\r\n".encode() for each, line in enumerate(lines)]

    assert heard(*told) == Reply(250, lines)


@pytest.mark.parametrize("data", [b"250-a\r\n251 b\r\n", b"250-a\r\n", b"250-a\r\n250_b\r\n", b"250\ra\n", b"2500\r\n"])
def test_what_is_no_reply_is_none(data: bytes) -> None:
    with pytest.raises((ConnectionLost, NoProtocol)):
        heard(data)


def test_what_nobody_asks_for_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []
    monkeypatch.setattr("panel.mail.smtp.channel.readable", lambda data: read.append(data) or data.decode())

    reply = heard(b"250 2.0.0 Ok\r\n", transcript=Transcript(kept=False))

    assert (reply.code, reply.positive, read) == (250, True, [])
    assert [reply.text, reply.text] == ["2.0.0 Ok"] * 2
    assert read == [b"250 2.0.0 Ok"]


def test_what_is_read_later_holds_no_secret_either() -> None:
    transcript = Transcript([("report", "Correct horse")], kept=False)

    reply = heard(b"535-no Correct ho\r\n535 rse (Q29ycmVjdCBob3JzZQ==)\r\n", transcript=transcript)

    assert str(reply) == f"535 no {MASK} {MASK} {MASK} ({MASK})"
    assert "horse" not in repr(reply)
    assert transcript.lines == []
