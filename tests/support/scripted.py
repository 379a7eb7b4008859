"""A server that follows a script on a real socket, for what no mail server would do on purpose."""

from __future__ import annotations

import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from tests.support.servers import Authority


class Gone(Exception):
    """The client has left."""


class Peer:
    """One client, as the server sees it."""

    def __init__(self, connected: socket.socket, heard: list[str], ended: threading.Event) -> None:
        self.socket = connected
        self.heard = heard
        self.ended = ended
        self._buffer = b""

    def line(self) -> bytes:
        while b"\n" not in self._buffer:
            data = self.socket.recv(65536)
            if not data:
                raise Gone
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def octets(self, number: int) -> bytes:
        while len(self._buffer) < number:
            data = self.socket.recv(65536)
            if not data:
                raise Gone
            self._buffer += data
        octets, self._buffer = self._buffer[:number], self._buffer[number:]
        return octets


Step = Callable[[Peer], None]


def says(text: str | bytes) -> Step:
    """Send a line, or several; bytes go as they are."""
    data = text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode() + b"\r\n"
    return lambda peer: peer.socket.sendall(data)


def hears(words: str) -> Step:
    """Wait for a line that begins with these words."""

    def step(peer: Peer) -> None:
        line = peer.line().decode("utf-8", "replace").rstrip("\r")
        peer.heard.append(line)
        assert line.startswith(words), f"{line!r} came instead of {words!r}"

    return step


def hears_message(peer: Peer) -> None:
    while peer.line().rstrip(b"\r") != b".":
        pass


def hears_request(peer: Peer) -> None:
    """Read a request of HTTP, and keep its lines and its body."""
    while line := peer.line().decode().rstrip("\r"):
        peer.heard.append(line)
    length = int(next((each[16:] for each in peer.heard if each.startswith("Content-Length: ")), 0))
    peer.heard.append("")
    if length:
        peer.heard.append(peer.octets(length).decode())


def begins_tls(authority: Authority) -> Step:
    def step(peer: Peer) -> None:
        peer.socket = authority.context.wrap_socket(peer.socket, server_side=True, do_handshake_on_connect=False)
        try:
            peer.socket.do_handshake()
        except ssl.SSLError:
            _let_go_gently(peer.socket)
            raise

    return step


def _let_go_gently(connected: socket.socket) -> None:
    """Wait until the client has read why: a close before that would take our last word back (RST)."""
    with socket.socket(fileno=os.dup(connected.fileno())) as plain:
        plain.shutdown(socket.SHUT_WR)
        plain.settimeout(5)
        while plain.recv(65536):
            pass


def hangs_up(peer: Peer) -> None:
    peer.socket.close()


def resets(peer: Peer) -> None:
    """Break the connection off without a goodbye (RST)."""
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.socket.close()


def is_silent(peer: Peer) -> None:
    """Say nothing until the client leaves."""
    while peer.socket.recv(65536):
        pass


def goes_on_for_ever(data: bytes) -> Step:
    def step(peer: Peer) -> None:
        while True:
            peer.socket.sendall(data)

    return step


def waits_for(event: threading.Event) -> Step:
    """Do nothing until the test says so."""

    def step(peer: Peer) -> None:
        assert event.wait(30)

    return step


def drips(data: bytes, *, seconds: float) -> Step:
    """Send a byte at a time, for ever."""

    def step(peer: Peer) -> None:
        for each in data * 100_000:
            peer.socket.sendall(bytes([each]))
            if peer.ended.wait(seconds):
                return

    return step


def greets(*extensions: str) -> list[Step]:
    """Say hello and what is offered."""
    lines = ["250-mail.example.org", *(f"250-{each}" for each in extensions), "250 HELP"]
    return [says("220 mail.example.org ESMTP"), hears("EHLO"), says("\n".join(lines))]


def starts_tls(authority: Authority, *extensions: str) -> list[Step]:
    """The same, and again after STARTTLS."""
    begun = [hears("STARTTLS"), says("220 2.0.0 Go ahead"), begins_tls(authority)]
    return [*greets("STARTTLS", *extensions), *begun, *greets(*extensions)[1:]]


def takes(command: str, reply: str = "250 2.0.0 Ok") -> list[Step]:
    return [hears(command), says(reply)]


ENVELOPE = [*takes("MAIL"), *takes("RCPT")]
MESSAGE = [*ENVELOPE, *takes("DATA", "354 Go on"), hears_message]


class ScriptedServer:
    """Gives every client the same script, and hangs up at its end; `heard` are the lines that came.

    The first client has to follow the script. Later ones are the panel looking beside: they may do otherwise.
    """

    def __init__(self, *steps: Step, host: str = "127.0.0.1") -> None:
        self.heard: list[str] = []
        self.faults: list[AssertionError] = []
        self.connections = 0
        self._steps = steps
        self._ended = threading.Event()
        self._listener = socket.create_server((host, 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        assert not self.faults, self.faults

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connected, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connected, self.connections == 1), daemon=True).start()

    def _serve(self, connected: socket.socket, first: bool) -> None:
        peer = Peer(connected, self.heard, self._ended)
        try:
            with suppress(Gone, ssl.SSLError, OSError):
                for step in self._steps:
                    step(peer)
        except AssertionError as fault:
            self.faults.extend([fault] if first else [])
        finally:
            peer.socket.close()
