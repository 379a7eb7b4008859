"""One deadline and one budget over everything that is heard."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from panel.mail.net.connection import MAX_REPLY_LINE, Wire
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import ConnectionLost, NoProtocol, Stopped, TimeIsUp

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Two ends of one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = socket.create_connection(listener.getsockname())
        there, _ = listener.accept()
    yield here, there
    here.close()
    there.close()


def test_lines_come_without_their_ends_in_pieces_or_together(ends: Ends) -> None:
    wire = Wire(ends[0], Deadline(5))
    ends[1].sendall(b"one\r\ntw")

    assert wire.line() == b"one"
    ends[1].sendall(b"o\nthree\r\n")
    assert [wire.line(), wire.line()] == [b"two", b"three"]


def test_the_longest_line_is_read_and_one_beyond_it_is_not(ends: Ends) -> None:
    wire = Wire(ends[0], Deadline(5))
    ends[1].sendall(b"x" * (MAX_REPLY_LINE - 2) + b"\r\n" + b"y" * MAX_REPLY_LINE)

    assert len(wire.line()) == MAX_REPLY_LINE - 2
    with pytest.raises(NoProtocol):
        wire.line()


def test_octets_come_as_they_are_and_lines_after_them(ends: Ends) -> None:
    wire = Wire(ends[0], Deadline(5))
    ends[1].sendall(b"one\r\n\x00two\r\nthree\r\n")

    assert [wire.line(), wire.octets(1), wire.octets(3), wire.octets(2)] == [b"one", b"\x00", b"two", b"\r\n"]
    assert wire.line(most=7) == b"three"
    ends[1].sendall(b"four\r\n")
    with pytest.raises(NoProtocol):
        wire.line(most=5)


def test_silence_ends_with_the_deadline(ends: Ends) -> None:
    with pytest.raises(TimeIsUp):
        Wire(ends[0], Deadline(0.2)).line()


def test_a_stop_is_heard_while_waiting(ends: Ends) -> None:
    deadline = Deadline(60)
    threading.Timer(0.05, deadline.stop).start()

    with pytest.raises(Stopped):
        Wire(ends[0], deadline).line()


def test_the_end_of_the_connection_is_told(ends: Ends) -> None:
    ends[1].sendall(b"unfinished")
    ends[1].close()

    with pytest.raises(ConnectionLost):
        Wire(ends[0], Deadline(5)).line()


def test_what_the_other_side_does_not_take_ends_with_the_deadline(ends: Ends) -> None:
    with pytest.raises(TimeIsUp):
        Wire(ends[0], Deadline(0.3)).send(b"x" * 50_000_000)


def test_who_sends_much_hears_meanwhile(ends: Ends) -> None:
    """A server that answers before it reads on would wait for us for ever, and we for it."""
    here, there = ends
    for each in ends:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    read = bytearray()

    def answer_first() -> None:
        there.sendall(b"250 Ok\r\n" * 100_000)
        while len(read) < 2_000_000:
            read.extend(there.recv(65536))

    server = threading.Thread(target=answer_first, daemon=True)
    server.start()
    wire = Wire(here, Deadline(10))
    wire.send(b"x" * 2_000_000)
    server.join(10)

    assert len(read) == 2_000_000
    assert [wire.line() for _ in range(100_000)] == [b"250 Ok"] * 100_000
