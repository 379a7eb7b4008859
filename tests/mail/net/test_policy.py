"""The address policy: what is never connected to, in whatever notation."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from panel.mail.net.policy import Policy, is_loopback


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


WRAPPED = [  # 10.1.2.3, as gateways and tunnels write it
    "::ffff:10.1.2.3",
    "::10.1.2.3",
    "::ffff:0:10.1.2.3",
    "64:ff9b::10.1.2.3",
    "64:ff9b:1::10.1.2.3",
    "64:ff9b:1:a01:2:300::",
    "64:ff9b:1:0a:1:203::",
    "64:ff9b:1:7::10.1.2.3",
    "2002:a01:203::1",
    "2001:0:a01:203::34ff:8ef6",
    "2001:0:cb00:7109::f5fe:fdfc",
    "2001:db8::5efe:10.1.2.3",
    "2001:db8::200:5efe:10.1.2.3",
]


@pytest.mark.parametrize("address", ["10.1.2.3", *WRAPPED])
def test_a_network_can_be_denied_beside_them(address: str) -> None:
    assert not Policy((ip_network("10.0.0.0/8"),)).allows(address)
    assert Policy((ip_network("11.0.0.0/8"),)).allows(address)


@pytest.mark.parametrize("address", WRAPPED)
def test_one_that_wraps_another_is_judged_by_itself_too(address: str) -> None:
    assert not Policy((ip_network(address),)).allows(address)


@pytest.mark.parametrize("inner", ["169.254.169.254", "0.0.0.0", "224.0.0.1", "255.255.255.255", "168.63.129.16"])
@pytest.mark.parametrize("outer", ["::ffff:{}", "::{}", "64:ff9b::{}", "64:ff9b:1::{}", "2001:db8::5efe:{}"])
def test_what_is_always_closed_is_closed_however_it_is_wrapped(outer: str, inner: str) -> None:
    assert not Policy().allows(outer.format(inner))


@pytest.mark.parametrize(
    "entry",
    ["::ffff:10.0.0.0/104", "64:ff9b::10.0.0.0/104", "2002:a00::/24", "::10.0.0.0/104", "::ffff:0:10.0.0.0/104"],
)
def test_an_entry_that_wraps_a_network_denies_that_network(entry: str) -> None:
    policy = Policy((ip_network(entry),))

    assert not policy.allows("10.1.2.3")
    assert not policy.allows("::ffff:10.1.2.3")
    assert policy.allows("11.1.2.3")
    assert policy.allows("2001:db8::1")


@pytest.mark.parametrize("address", ["::1", "2001:db8::1", "2606:4700::1111", "2001:4860:4860::8888", "fd12::1"])
def test_an_address_that_wraps_nothing_is_judged_by_itself_alone(address: str) -> None:
    assert Policy((ip_network("127.0.0.0/8"), ip_network("0.0.0.0/0"))).allows(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_known(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["10.0.0.1", "0.0.0.0", "::", "::ffff:10.0.0.1", "fe80::1%eth0", "64:ff9b::7f00:1"])
def test_any_other_is_another_machine(address: str) -> None:
    assert not is_loopback(address)
