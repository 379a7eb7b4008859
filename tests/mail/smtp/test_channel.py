"""Replies as they come: whole, in pieces, or not at all what they should be."""

from __future__ import annotations

import socket

from hypothesis import given
from hypothesis import strategies as st

from panel.mail.net.connection import Wire
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import ConnectionLost, NoProtocol
from panel.mail.smtp.channel import SmtpChannel
from panel.mail.smtp.extensions import parse_extensions
from panel.mail.smtp.protocol import MAX_REPLY_LINES, Reply
from panel.mail.smtp.redaction import Transcript

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


def heard(data: bytes) -> Reply:
    """Give the reply that a server's bytes make, sent all at once before it hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = socket.create_connection(listener.getsockname())
        there, _ = listener.accept()
    with here, there:
        there.sendall(data)
        there.shutdown(socket.SHUT_WR)
        return SmtpChannel(Wire(here, Deadline(5)), Transcript()).reply()


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
