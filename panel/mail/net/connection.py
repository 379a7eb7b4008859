"""Lines to and from one socket, under one deadline and one budget.

The timeouts of a socket are per read: a server that sends a byte a second holds them for ever. Here every wait is part
of one deadline, and no single wait is long, so that a stop is heard.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import ConnectionLost, NoProtocol
from panel.mail.net.policy import is_loopback

MAX_REPLY_LINE = 8192  # bytes, line end included; RFC 5321 section 4.5.3.1.5 asks for 512
A = TypeVar("A")
T = TypeVar("T")

_READ = 16 * 1024
_UNREAD = 1024 * 1024  # bytes that are read ahead while we send


class Wire:
    """A connected socket as lines; after `secure` they are encrypted."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        connected.setblocking(False)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connected
        self._buffer = bytearray()
        self._read = 0  # octets of it that are taken
        self._readable: select.poll | None = select.poll()  # None where TLS may hold what the socket has no more
        self._readable.register(connected, select.POLLIN)
        self.deadline = deadline

    @property
    def unread(self) -> bytes:
        """Give what was received and not read: more than nothing at STARTTLS is an injection."""
        return bytes(self._buffer[self._read :])

    @property
    def own_address(self) -> str:
        """Give the IP address of our end."""
        address: str = self._socket.getsockname()[0]
        return address

    @property
    def stays_here(self) -> bool:
        """Say whether the other end is this machine, so that what is said goes over no network."""
        return is_loopback(self.other_address)

    @property
    def other_address(self) -> str:
        """Give the IP address of the other end."""
        address: str = self._socket.getpeername()[0]
        return address

    def fileno(self) -> int:
        """Give what can be waited on."""
        return self._socket.fileno()

    def has_spoken(self) -> bool:
        """Say whether the other side has spoken without being asked, or hung up; what TLS itself says is no word."""
        try:
            self._take(self._socket.recv(_READ))
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return self._read < len(self._buffer)
        except (ConnectionLost, OSError):
            return True
        return True

    def secure(self, context: ssl.SSLContext, name: str) -> ssl.SSLSocket:
        """Begin TLS with whom the name says; everything after this is encrypted."""
        secured = context.wrap_socket(self._socket, server_hostname=name, do_handshake_on_connect=False)
        self._socket = secured
        self._readable = None
        self._when_ready(secured.do_handshake, False, write=False)
        return secured

    def send(self, data: bytes) -> None:
        """Send it all, and read meanwhile what comes: a server that is not listened to may stop listening itself."""
        sent = self._when_ready(self._socket.send, data, write=True)
        rest = memoryview(data)
        while sent < len(data):
            sent += self._when_ready(self._socket.send, rest[sent:], write=True)

    def take(self, pattern: re.Pattern[bytes]) -> bytes | None:
        """Take from the beginning of what comes what a pattern matches; None where that is not here in one piece."""
        if self._read == len(self._buffer):
            self._fill()
        found = pattern.match(self._buffer, self._read)
        if found is None:
            return None
        self._read = found.end()
        return found[0]

    def line(self, most: int = MAX_REPLY_LINE) -> bytes:
        """Read one line, its end left out; one beyond the limit is no protocol."""
        while (end := self._buffer.find(b"\n", self._read)) < 0:
            if len(self._buffer) - self._read >= most:
                raise NoProtocol
            self._fill()
        start, self._read = self._read, end + 1
        if end - start >= most:
            raise NoProtocol
        return bytes(self._buffer[start:end]).removesuffix(b"\r")

    def octets(self, most: int) -> bytes:
        """Read what has come, or comes next, but no more than so many octets of it."""
        if self._read == len(self._buffer):
            self._fill()
        start, self._read = self._read, min(self._read + most, len(self._buffer))
        return bytes(self._buffer[start : self._read])

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _fill(self) -> None:
        while self._readable and not self._readable.poll(self.deadline.wait() * 1000):
            pass  # what was just asked is hardly ever answered by now
        self._take(self._when_ready(self._socket.recv, _READ, write=False))

    def _take(self, data: bytes) -> None:
        if not data:
            raise ConnectionLost
        del self._buffer[: self._read]
        self._read = 0
        self._buffer += data

    def _when_ready(self, act: Callable[[A], T], argument: A, *, write: bool) -> T:
        """Do it as soon as the socket lets us, within the deadline; TLS may have to read in order to write."""
        while True:
            seconds = self.deadline.wait()
            try:
                return act(argument)
            except BlockingIOError:
                wanted = select.POLLOUT if write else select.POLLIN
            except ssl.SSLWantReadError:
                wanted = select.POLLIN
            except ssl.SSLWantWriteError:
                wanted = select.POLLOUT
            reads = write and len(self._buffer) - self._read < _UNREAD
            poll = select.poll()
            poll.register(self._socket, wanted | select.POLLIN if reads else wanted)
            for _, event in poll.poll(seconds * 1000):
                if reads and event & select.POLLIN:
                    self._read_meanwhile()

    def _read_meanwhile(self) -> None:
        with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            self._take(self._socket.recv(_READ))
