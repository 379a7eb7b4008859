"""Where the mail of an address may be sent from: its service, what its domain says in the DNS, or who takes its mail.

Each is a proposal: a domain may name a server that is not the one that it sends through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from panel.mail.net.policy import Policy
from panel.mail.net.resolver import Resolver
from panel.mail.smtp.protocol import SUBMISSIONS_PORT
from panel.settings import providers
from panel.settings.providers import Provider


class FoundBy(StrEnum):
    """What a proposal rests on."""

    SERVICE = "service"
    SRV = "srv"
    MX = "mx"


@dataclass(frozen=True, slots=True)
class ServerCandidate:
    """A host, a port, and how TLS begins there."""

    host: str
    port: int
    tls_mode: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A server for outgoing mail, what it rests on, and the service, if it is a known one."""

    server: ServerCandidate
    found_by: FoundBy
    domain: str
    service: Provider | None = None
    pop: ServerCandidate | None = None


# RFC 8314 section 5.1 before RFC 6186 section 3.1: TLS from the first byte is preferred.
_SUBMISSION = (("_submissions._tcp", "implicit"), ("_submission._tcp", "starttls"))
_POP = (("_pop3s._tcp", "implicit"), ("_pop3._tcp", "starttls"))


def find(address: str, names: Resolver, policy: Policy) -> Proposal | None:
    """Look for a server that may send for an address; None where nothing is known, or may be connected to."""
    domain = address.rpartition("@")[2]
    if domain.startswith("["):  # an address literal, which has no name to look up
        return None
    found = _by_service(domain) or _by_srv(domain, names) or _by_mx(domain, names)
    return found if found and _allowed(found.server.host, names, policy) else None


def _by_service(domain: str) -> Proposal | None:
    service = providers.by_domain(domain)
    return Proposal(_server_of(service), FoundBy.SERVICE, domain, service) if service and service.host else None


def _by_srv(domain: str, names: Resolver) -> Proposal | None:
    server = next(_announced(domain, _SUBMISSION, names), None)
    if server is None:
        return None
    pop = next(_announced(domain, _POP, names), None)
    return Proposal(server, FoundBy.SRV, domain, providers.by_host(server.host), pop)


def _announced(domain: str, services: tuple[tuple[str, str], ...], names: Resolver) -> Iterator[ServerCandidate]:
    """Give the servers that SRV records name, the preferred first; one without a host is not there (RFC 2782)."""
    for name, tls_mode in services:
        for record in names.srv(f"{name}.{domain}").values:
            _, _, port, host = f"{record} ".split(" ", 3)
            if host.strip() and int(port):
                yield ServerCandidate(host.strip().lower(), int(port), tls_mode)


def _by_mx(domain: str, names: Resolver) -> Proposal | None:
    """Take the service that takes the domain's mail; where each customer has a host of its own, that is the one."""
    for record in names.mx(domain).values:
        host = record.partition(" ")[2].lower()
        if service := providers.by_host(host):
            server = _server_of(service) if service.host else ServerCandidate(host, service.port, service.tls_mode)
            return Proposal(server, FoundBy.MX, domain, service)
    return None


def _server_of(service: Provider) -> ServerCandidate:
    return ServerCandidate(service.host, service.port, service.tls_mode)


def _allowed(host: str, names: Resolver, policy: Policy) -> bool:
    """Say whether a host may be connected to, as far as its addresses are known."""
    addresses = names.addresses(host).values
    return not addresses or any(policy.allows(str(ip_address(each))) for each in addresses)


def usual_mode(server: ServerCandidate) -> bool:
    """Say whether `auto` means this server's TLS mode on its port."""
    return (server.tls_mode == "implicit") is (server.port == SUBMISSIONS_PORT)
