"""Which addresses the panel may connect to: a test send must not become a way into the network's inside."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

ALWAYS_DENIED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # unspecified, RFC 1122 section 3.2.1.3
        "169.254.0.0/16",  # link-local, RFC 3927; clouds answer for their metadata at 169.254.169.254
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved, and the broadcast address, RFC 1112
        "100.100.100.200/32",  # metadata of Alibaba Cloud
        "168.63.129.16/32",  # the host's services on Azure
        "192.0.0.192/32",  # metadata of Oracle Cloud
        "::/128",  # unspecified
        "fe80::/10",  # link-local, RFC 4291
        "ff00::/8",  # multicast
        "fd00:ec2::254/128",  # metadata of Amazon EC2
        "fd20:ce::254/128",  # metadata of Google Cloud
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052


@dataclass(frozen=True, slots=True)
class Policy:
    """The networks no connection is made to, beside those that never are."""

    denied: tuple[Network, ...] = ()

    def allows(self, address: str) -> bool:
        """Judge an address as a socket would reach it, whatever notation wraps it."""
        judged = _unwrap(ip_address(address.partition("%")[0]))
        return not any(judged in network for network in (*ALWAYS_DENIED, *self.denied))


def _unwrap(address: Address) -> Address:
    """Give the IPv4 address inside an IPv6 one (mapped, 6to4, NAT64), or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
