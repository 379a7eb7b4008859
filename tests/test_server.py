"""What serves the panel waits for nobody for ever."""

from __future__ import annotations

import socket

from panel.server import ARRIVAL_SECONDS, Arrivals


def test_a_request_that_takes_too_long_is_read_no_further_and_still_answered() -> None:
    arrivals = Arrivals()
    client, server = socket.socketpair()
    with client, server, arrivals.watching(server, now=0.0):
        client.sendall(b"GET / HTTP/1.1")

        arrivals.end_slow(now=ARRIVAL_SECONDS + 1)

        assert server.recv(100) == b"GET / HTTP/1.1"
        assert server.recv(100) == b""
        server.sendall(b"HTTP/1.1 400")
        assert client.recv(100) == b"HTTP/1.1 400"


def test_a_request_that_comes_in_time_is_read_to_its_end() -> None:
    arrivals = Arrivals()
    client, server = socket.socketpair()
    with client, server, arrivals.watching(server, now=0.0):
        arrivals.end_slow(now=ARRIVAL_SECONDS - 1)

        client.sendall(b"GET / HTTP/1.1")
        assert server.recv(100) == b"GET / HTTP/1.1"


def test_a_connection_that_waits_for_its_next_request_is_not_timed() -> None:
    arrivals = Arrivals()
    client, server = socket.socketpair()
    with client, server:
        with arrivals.watching(server, now=0.0):
            pass

        arrivals.end_slow(now=ARRIVAL_SECONDS + 1)

        client.sendall(b"GET")
        assert server.recv(100) == b"GET"
