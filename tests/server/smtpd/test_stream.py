"""A client's bytes become lines and messages, however they arrive in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from panel.mail.limits import DEFAULT_LIMITS
from panel.server.smtpd.stream import CRLF, Room, Stream, Unreadable

DATA = st.lists(st.sampled_from([b"\r", b"\n", b".", b"\r\n", b"\r\n.", b"a", b"\0", b"\xff"]), max_size=40).map(
    b"".join
)


def stuffed(message: bytes) -> bytes:
    """Write a message as DATA takes it, its lone line ends as they are."""
    return (CRLF + message).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"


def read(stream: Stream, data: bytes, pieces: list[int]) -> Iterator[bytes]:
    """Let the bytes arrive in pieces of these sizes, and the rest at once; give all that is whole."""
    place = 0
    for size in [*pieces, len(data)]:
        stream.feed(data[place : place + size])
        place += size
        while (came := stream.next()) is not None:
            yield came


@given(DATA, DATA, st.lists(st.integers(1, 7), max_size=30))
def test_a_message_is_what_was_sent_and_what_follows_stays(first: bytes, second: bytes, pieces: list[int]) -> None:
    messages = [message + CRLF for message in (first, second)]
    stream = Stream(Room(1_000_000))
    coming = read(stream, b"\r\n" + b"\r\n".join(map(stuffed, messages)) + b"QUIT\r\n", pieces)

    came = []
    for each in coming:
        came.append(each)
        if each == b"":  # what DATA says
            stream.expect_message(DEFAULT_LIMITS)

    assert came == [b"", messages[0], b"", messages[1], b"QUIT"]


@given(DATA, st.lists(st.integers(1, 7), max_size=30))
def test_a_line_holds_no_line_end_and_no_control(data: bytes, pieces: list[int]) -> None:
    with suppress(Unreadable):
        for line in read(Stream(Room(0)), data + CRLF, pieces):
            assert not set(line) & set(b"\r\n\0")


def test_what_is_not_whole_is_waited_for() -> None:
    stream = Stream(Room(1_000_000))
    stream.expect_message(DEFAULT_LIMITS)

    assert [*read(stream, b"Hello\r\n", [])] == []
    assert [*read(stream, b".\r\nNOOP", [])] == [b"Hello\r\n"]
    assert [*read(stream, b"\r\n", [])] == [b"NOOP"]


def test_what_a_message_held_is_given_back() -> None:
    room = Room(100)
    stream, other = Stream(room), Stream(room)

    assert stream.occupy(80)
    assert not other.occupy(30)
    assert stream.occupy(100)
    assert room.left == 0
    assert stream.occupy(0)
    assert room.left == 100
