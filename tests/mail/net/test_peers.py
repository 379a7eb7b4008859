"""An address has one notation, whoever says it."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from panel.mail.net.peers import household, is_among, plain_address, plain_network


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"),
        ("[::ffff:192.0.2.1]", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:4711", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::1", "::1"),
        ("", ""),
        ("unknown", "unknown"),
        ("_hidden", "_hidden"),
        ("[x]:1", "[x]:1"),
    ],
)
def test_an_address_is_told_in_one_notation(said: str, meant: str) -> None:
    assert plain_address(said) == meant


def test_a_network_of_wrapped_addresses_is_one_of_ipv4() -> None:
    assert plain_network("::ffff:10.0.0.0/104") == ip_network("10.0.0.0/8")
    assert plain_network("::ffff:192.0.2.1") == ip_network("192.0.2.1/32")
    assert plain_network("2001:db8::/32") == ip_network("2001:db8::/32")
    assert plain_network("::/0") == ip_network("::/0")


def test_who_is_no_address_is_in_no_network() -> None:
    assert is_among("::ffff:10.1.2.3", [ip_network("10.0.0.0/8")])
    assert not is_among("", [ip_network("0.0.0.0/0"), ip_network("::/0")])


def test_a_household_is_an_address_or_a_64() -> None:
    assert household("2001:db8::1") == household("2001:db8::ffff:1")
    assert household("2001:db8:0:1::1") != household("2001:db8::1")
    assert household("192.0.2.1") != household("192.0.2.2")
