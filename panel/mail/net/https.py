"""One guarded request over HTTPS: the address judged, the certificate verified, one deadline and one budget over all.

No redirect is followed, no proxy of the environment asked, no cookie kept, nothing unpacked. The answer is read by
Python's own parser, from a file of ours whose every wait is part of the deadline.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Self, cast

from panel.mail.net import tls
from panel.mail.net.connect import Endpoint, connect, resolve
from panel.mail.net.connection import Wire
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import ConnectionLost, NoProtocol, NoRoute
from panel.mail.net.policy import Policy, is_loopback
from panel.mail.net.url import Url, parse_url
from panel.mail.patterns import pattern_of

if TYPE_CHECKING:  # nobody loads it who does not ask
    from http.client import HTTPResponse

MAX_BODY = 64 * 1024  # octets of an answer
MAX_HEAD = 64 * 1024  # of all lines before it, with the answers that only say to wait

_READ = 16 * 1024
_TOKEN = pattern_of(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_VALUE = pattern_of(r"[\t -~]*")
_DIGITS = pattern_of(r"[0-9]{1,10}")
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered: whatever the status, and names of headers in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] = _NOTHING,
    body: bytes = b"",
    policy: Policy,
    deadline: Deadline,
    ca_certificate: str = "",
    status_only: bool = False,
) -> Answer:
    """Ask once; raise `SessionError` for what network and server do, and `ValueError` for what may not be sent.

    Where it is the `status_only` that counts, no more than the headers is waited for, whatever they say of the rest.
    """
    place = parse_url(url)
    head = _head(method, place, headers, body)
    try:
        connected, _ = connect(_endpoints(place, policy, deadline), deadline)
        with closing(Wire(connected, deadline)) as wire:
            if place.secure:
                _secure(wire, ca_certificate, place.host)
            _send(wire, head + body)
            return _answer(wire, method, status_only=status_only)
    except OSError as fault:
        raise NoRoute(*tls.cause_in_session(fault)) from None


# What is asked


def _head(method: str, place: Url, headers: Mapping[str, str], body: bytes) -> bytes:
    """Write the lines before the body; nothing that could end one of them is taken."""
    fields = {
        "User-Agent": _product(),
        **{name.title(): value for name, value in headers.items()},
        "Host": place.authority,
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if body or method != "GET":
        fields["Content-Length"] = str(len(body))
    if not all(map(_TOKEN.fullmatch, (method, *fields))) or not all(map(_VALUE.fullmatch, fields.values())):
        raise ValueError("a method or a header that no line can hold")
    lines = (f"{method} {place.target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()))
    return "\r\n".join((*lines, "", "")).encode("ascii")


@cache
def _product() -> str:
    from importlib.metadata import version  # it reads a file

    return f"mail-panel/{version('mail-panel')}"


# The way there


def _endpoints(place: Url, policy: Policy, deadline: Deadline) -> list[Endpoint]:
    """Give the addresses that may be connected to: in the clear only this machine's, wherever a name leads."""
    found = resolve(place.host, place.port, policy=policy, deadline=deadline)
    allowed = [each for each in found if place.secure or is_loopback(each.ip)]
    if not allowed:
        raise NoRoute("address_denied", found[0].ip)
    return allowed


def _secure(wire: Wire, ca_certificate: str, host: str) -> None:
    try:
        wire.secure(tls.context(ca_certificate), host)
    except ssl.SSLError as fault:
        raise NoRoute(*tls.cause_of_tls_fault(fault)) from None


def _send(wire: Wire, data: bytes) -> None:
    """Send it all; who answers and hangs up before that has answered all the same."""
    try:
        wire.send(data)
    except (ConnectionLost, OSError):
        wire.has_spoken()  # takes what has come by now
        if not wire.unread:
            raise


# What is answered


def _answer(wire: Wire, method: str, *, status_only: bool) -> Answer:
    from http.client import HTTPException  # 10 ms with its parser of headers, and nobody else needs it

    stream = _Stream(wire)
    try:
        response = _begun(stream, method)
        headers = _headers(response.getheaders())
        if status_only:
            return Answer(response.status, headers, b"")
        _expect_plain(headers)
        stream.left = 2 * MAX_BODY  # the sizes of its chunks among it
        body = b"" if response.length == 0 else response.read()
    except (HTTPException, ValueError):
        raise NoProtocol from None
    if len(body) > MAX_BODY:
        raise NoProtocol
    return Answer(response.status, headers, body)


def _begun(stream: _Stream, method: str) -> HTTPResponse:
    """Read as far as the headers of the answer, past those that only say to wait (RFC 9110 section 15.2)."""
    from http.client import HTTPResponse

    while True:
        response = HTTPResponse(cast("socket.socket", stream), method=method)  # it asks its socket for a file only
        response.begin()
        if response.status == 101:  # nobody asked for another protocol
            raise NoProtocol
        if response.status >= 200:
            return response


def _headers(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Give each once, as one line, in lower case."""
    found: dict[str, str] = {}
    for name, value in pairs:
        before = found.get(name.lower())
        line = " ".join(value.split())
        found[name.lower()] = line if before is None else f"{before}, {line}"
    return found


def _expect_plain(headers: Mapping[str, str]) -> None:
    """Refuse a body that we did not ask for or whose end could be read in two ways (RFC 9112 section 6.3)."""
    coding, framing = headers.get("content-encoding", ""), headers.get("transfer-encoding", "chunked")
    length = headers.get("content-length", "0")
    if coding.lower() not in ("", "identity") or framing.lower() != "chunked" or not _DIGITS.fullmatch(length):
        raise NoProtocol


class _Stream:
    """What an answer is read from, in the place of a socket and its file; no more than `left` octets are."""

    def __init__(self, wire: Wire) -> None:
        self.left = MAX_HEAD
        self._wire = wire

    def makefile(self, _mode: str) -> Self:
        return self

    def readline(self, _limit: int) -> bytes:
        line = self._wire.line(self.left) + b"\r\n"
        self._spend(len(line))
        return line

    def read(self, size: int | None = None) -> bytes:
        """Read so much, or until the server closes; who closes earlier has lost the connection."""
        return self._to_the_end() if size is None else self._exactly(size)

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def _to_the_end(self) -> bytes:
        data = bytearray()
        with suppress(ConnectionLost):
            while len(data) <= self.left:
                data += self._wire.octets(_READ)
        self._spend(len(data))
        return bytes(data)

    def _exactly(self, size: int) -> bytes:
        self._spend(size)
        data = bytearray()
        while len(data) < size:
            data += self._wire.octets(size - len(data))
        return bytes(data)

    def _spend(self, octets: int) -> None:
        self.left -= octets
        if octets < 0 or self.left < 0:
            raise NoProtocol
