"""Which addresses the panel may connect to: a test send must not become a way into the network's inside."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from panel.mail.net.peers import Address, Network, unwrapped

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
_WRAPPERS = tuple(  # an IPv6 network, and behind how many of its bits an IPv4 address stands
    (IPv6Network(text), bits)
    for text, bits in (
        ("::ffff:0:0/96", 96),  # mapped, RFC 4291 section 2.5.5.2
        ("::/96", 96),  # compatible, RFC 4291 section 2.5.5.1
        ("::ffff:0:0:0/96", 96),  # translated, RFC 2765 section 2.1
        ("64:ff9b::/96", 96),  # NAT64, RFC 6052
        ("2002::/16", 16),  # 6to4, RFC 3056
        ("2001::/32", 32),  # Teredo's server, RFC 4380
    )
)
_TEREDO = IPv6Network("2001::/32")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")  # RFC 8215
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)  # RFC 5214 section 6.1
_NOWHERE = IPv4Network("0.0.0.0/8")


class Policy(NamedTuple):
    """The networks no connection is made to, beside those that never are."""

    denied: tuple[Network, ...] = ()

    def allows(self, address: str) -> bool:
        """Judge an address as it stands, and each IPv4 address that it wraps: a gateway may unwrap it."""
        denied = (*ALWAYS_DENIED, *self.denied, *filter(None, map(_unwrapped, self.denied)))
        return not any(judged in network for judged in _readings(_parsed(address)) for network in denied)


def is_loopback(address: str) -> bool:
    """Say whether who has this address is this machine: what is said to it goes over no network."""
    return unwrapped(_parsed(address)).is_loopback


def _parsed(address: str) -> Address:
    return ip_address(address.partition("%")[0])


def _readings(address: Address) -> Iterator[Address]:
    """Give an address, and the IPv4 addresses inside it."""
    yield address
    if isinstance(address, IPv4Address) or address.is_loopback:
        return
    for network, bits in _WRAPPERS:
        if address in network:
            yield _ipv4_behind(address, bits)
    if address in _TEREDO:
        yield IPv4Address(~int(address) & 0xFFFF_FFFF)  # the client's, every bit turned
    if address in _LOCAL_NAT64:
        yield from _by_local_nat64(address)
    if int(address) >> 32 & 0xFFFF_FFFF in _ISATAP:
        yield _ipv4_behind(address, 96)


def _ipv4_behind(address: IPv6Address, bits: int) -> IPv4Address:
    return IPv4Address(int(address) >> (96 - bits) & 0xFFFF_FFFF)


def _by_local_nat64(address: IPv6Address) -> Iterator[IPv4Address]:
    """Read an address by every length of prefix (RFC 6052 section 2.2), whose bits 64 to 71 hold none of it."""
    without_gap = IPv6Address(int(address) >> 64 << 64 | (int(address) & (1 << 56) - 1) << 8)
    found = [_ipv4_behind(without_gap, bits) for bits in (48, 56, 64)] + [_ipv4_behind(address, 96)]
    meant = [each for each in found if each not in _NOWHERE]  # zeros are what a reading with another length finds
    yield from meant or found


def _unwrapped(network: Network) -> IPv4Network | None:
    """Give the IPv4 network that an IPv6 one wraps: who denies it as mapped means it in any notation."""
    if isinstance(network, IPv4Network) or network.network_address.is_loopback:
        return None
    for wrapper, bits in _WRAPPERS:
        length = network.prefixlen - bits
        if wrapper != _TEREDO and network.subnet_of(wrapper) and 0 < length <= 32:
            return IPv4Network((int(_ipv4_behind(network.network_address, bits)), length), strict=False)
    return None
