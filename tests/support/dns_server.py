"""A DNS server on loopback that says what a test tells it to: answers, lies, loops, silence."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Self

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Zone = Mapping[tuple[str, str], Sequence[str]]


class DnsServer:
    """Answers from a zone of `(name, kind)` to texts, by UDP and TCP; `asked` are the questions that came.

    What is not in the zone does not exist. A name in `silent` gets no answer, one in `broken` SERVFAIL, one in
    `truncated` is answered in full by TCP alone, one in `garbled` with bytes that are no answer, one in `lying` with an
    answer to another question. `for_all` answers every question that the zone does not.
    """

    def __init__(
        self,
        zone: Zone,
        *,
        silent: Sequence[str] = (),
        broken: Sequence[str] = (),
        truncated: Sequence[str] = (),
        garbled: Sequence[str] = (),
        lying: Sequence[str] = (),
        for_all: Mapping[str, Sequence[str]] | None = None,
    ):
        self.zone = {(name.lower(), kind): texts for (name, kind), texts in zone.items()}
        self.silent, self.broken, self.truncated = silent, broken, truncated
        self.garbled, self.lying, self.for_all = garbled, lying, for_all or {}
        self.asked: list[tuple[str, str]] = []

    def __enter__(self) -> Self:
        self._servers = _bound(self)
        self.address = ("127.0.0.1", self._servers[0].server_address[1])
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *fault: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def answer(self, wire: bytes, *, udp: bool) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.silent:
            return None
        if name in self.garbled:
            return wire[:2] + b"\xff" * 40
        if name in self.lying:
            query.question = [dns.rrset.from_text("other.example.org.", 0, "IN", kind)]
        reply = dns.message.make_response(query)
        if name in self.broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif udp and name in self.truncated:
            reply.flags |= dns.flags.TC
        elif texts := self.zone.get((name, kind)) or self.for_all.get(kind):
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
        elif (name, "CNAME") in self.zone:
            reply.answer += self._aliases(name)
        elif not any(each == name for each, _ in self.zone):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire()

    def _aliases(self, name: str) -> list[dns.rrset.RRset]:
        """Follow the aliases from a name, as a resolver does, until they end or come round."""
        found: dict[str, dns.rrset.RRset] = {}
        while name not in found and (texts := self.zone.get((name, "CNAME"))):
            found[name] = dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", *texts)
            name = texts[0].rstrip(".")
        return list(found.values())


class _Udp(socketserver.BaseRequestHandler):
    owner: DnsServer

    def handle(self) -> None:
        wire, connected = self.request
        reply = self.owner.answer(wire, udp=True)
        if reply:
            connected.sendto(reply, self.client_address)


class _Tcp(socketserver.BaseRequestHandler):
    owner: DnsServer

    def handle(self) -> None:
        length = int.from_bytes(self.request.recv(2), "big")
        reply = self.owner.answer(self.request.recv(length), udp=False)
        if reply:
            self.request.sendall(len(reply).to_bytes(2, "big") + reply)


def _bound(owner: DnsServer) -> list[Any]:
    """Listen by TCP and by UDP on one port that is free for both."""
    while True:
        tcp = _TcpServer(("127.0.0.1", 0), _handler(owner, _Tcp))
        try:
            return [tcp, socketserver.ThreadingUDPServer(tcp.server_address, _handler(owner, _Udp))]
        except OSError:
            tcp.server_close()


class _TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


def _handler(owner: DnsServer, kind: type[Any]) -> type[Any]:
    return type(kind.__name__, (kind,), {"owner": owner})
