"""A client's bytes become lines and messages, however they arrive in pieces."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.server.smtpd.stream import CRLF, Room, Share, Stream, Unreadable

DATA = st.lists(st.sampled_from([b"\r", b"\n", b".", b"\r\n", b"\r\n.", b"a", b"\0", b"\xff"]), max_size=40).map(
    b"".join
)


def stuffed(message: bytes) -> bytes:
    """Write a message as DATA takes it, its lone line ends as they are."""
    return (CRLF + message).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"


def run(reading: Coroutine[Any, Any, Any]) -> Any:
    """Run it in a thread of its own: the tests of a browser leave a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, reading).result()


async def arriving(data: bytes, pieces: list[int]) -> Stream:
    """Let the bytes arrive in pieces of these sizes, and the rest at once."""
    reader = asyncio.StreamReader()

    async def arrive() -> None:
        place = 0
        for size in [*pieces, len(data)]:
            reader.feed_data(data[place : place + size])
            place += size
            await asyncio.sleep(0)
        reader.feed_eof()

    reader.arriving = asyncio.ensure_future(arrive())  # type: ignore[attr-defined]  # held as long as it is read
    return Stream(reader)


@given(DATA, DATA, st.lists(st.integers(1, 7), max_size=30))
def test_a_message_is_what_was_sent_and_what_follows_stays(first: bytes, second: bytes, pieces: list[int]) -> None:
    messages = [message + CRLF for message in (first, second)]

    async def read() -> list[bytes]:
        inbound = await arriving(b"".join(map(stuffed, messages)) + b"QUIT\r\n", pieces)
        with Share(Room(1_000_000)) as share:
            return [await inbound.message(share), await inbound.message(share), await inbound.readuntil()]

    assert run(read()) == [*messages, b"QUIT\r\n"]


@given(DATA, st.lists(st.integers(1, 7), max_size=30))
def test_a_line_holds_no_line_end_and_no_control(data: bytes, pieces: list[int]) -> None:
    async def read() -> bytes:
        return await (await arriving(data + CRLF, pieces)).readuntil()

    try:
        line = run(read())
    except Unreadable:
        return
    assert line.endswith(CRLF)
    assert not set(line[:-2]) & set(b"\r\n\0")


def test_a_client_that_leaves_within_a_message_ends_its_session() -> None:
    async def read() -> None:
        with Share(Room(1_000_000)) as share:
            await (await arriving(b"Hello\r\n", [])).message(share)

    with pytest.raises(asyncio.CancelledError):
        run(read())


def test_what_a_message_held_is_given_back() -> None:
    room = Room(100)

    with Share(room) as share:
        assert share.resize(80)
        with Share(room) as other:
            assert not other.resize(30)
        assert share.resize(100)
        assert room.left == 0

    assert room.left == 100
