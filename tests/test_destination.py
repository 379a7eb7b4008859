"""The address policy: what is never connected to, in whatever notation."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from panel.destination import Policy


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.1.1",
        "::ffff:169.254.169.254",
        "64:ff9b::169.254.169.254",
        "2002:a9fe:a9fe::1",
        "fe80::1",
        "fe80::1%eth0",
        "0.0.0.0",
        "0.1.2.3",
        "::",
        "224.0.0.1",
        "239.1.2.3",
        "ff02::1",
        "255.255.255.255",
        "240.0.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
    ],
)
def test_some_addresses_are_never_connected_to(address: str) -> None:
    assert not Policy().allows(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "203.0.113.9", "2001:db8::1"])
def test_servers_of_the_house_are_allowed(address: str) -> None:
    assert Policy().allows(address)


def test_a_network_can_be_denied_beside_them() -> None:
    policy = Policy((ip_network("10.0.0.0/8"),))

    assert not policy.allows("10.1.2.3")
    assert not policy.allows("::ffff:10.1.2.3")
    assert policy.allows("11.1.2.3")
