"""Addresses of who connects, one notation for each, and networks of them.

A socket that listens on `::` tells an IPv4 client as `::ffff:192.0.2.1` (RFC 4291 section 2.5.5.2).
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from panel.mail.patterns import pattern_of

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_MAPPED = IPv6Network("::ffff:0:0/96")
_WITH_PORT = pattern_of(r"\[([^\]]*)\](?::[0-9]*)?|([0-9.]+):[0-9]+")


@lru_cache(maxsize=64)  # who connects does so again
def plain_address(text: str) -> str:
    """Give an address as it is written without a wrapping, a zone, brackets and a port; other text as it is."""
    found = _WITH_PORT.fullmatch(text)
    bare = (found[1] or found[2] or "") if found else text
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return text
    return str(unwrapped(address))


def unwrapped(address: Address) -> Address:
    """Give the IPv4 address of a client or server that a socket for both tells as an IPv6 one."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def plain_network(text: str) -> Network:
    """Read a network, or raise `ValueError`; one of wrapped IPv4 addresses is the IPv4 network."""
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        return IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network


def is_among(address: str, networks: Collection[Network]) -> bool:
    """Say whether an address is in one of the networks; what is no address is in none."""
    if not networks:
        return False
    try:
        found = ip_address(plain_address(address))
    except ValueError:
        return False
    return any(found in network for network in networks)


def household(address: str) -> str:
    """Name what one stranger has for sure: an IPv4 address, or a /64 of IPv6 (RFC 6177)."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return address if found.version == 4 else str(ip_network((int(found), 64), strict=False))
