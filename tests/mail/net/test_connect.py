"""The way to a server: every address judged, both families tried, one cause for all that fail."""

from __future__ import annotations

import errno
import os
import socket
from ipaddress import ip_network

import pytest

from panel.mail.net.connect import Endpoint, connect, resolve
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import NoRoute, Stopped
from panel.mail.net.policy import Policy
from tests.support.forbidding import forbidden

V4, V6 = socket.AF_INET, socket.AF_INET6


def cause(host: str, port: int, policy: Policy | None = None, seconds: float = 5) -> str:
    deadline = Deadline(seconds)
    with pytest.raises(NoRoute) as caught:
        connect(resolve(host, port, policy=policy or Policy(), deadline=deadline), deadline)
    return caught.value.cause


def test_the_first_family_that_is_asked_for_comes_first() -> None:
    found = resolve("localhost", 25, policy=Policy(), deadline=Deadline(5), first=V4)

    assert found[0] == Endpoint(V4, ("127.0.0.1", 25))


def test_a_family_that_does_not_answer_gives_way_to_the_other() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        tried = [Endpoint(V6, ("::1", port, 0, 0)), Endpoint(V4, ("127.0.0.1", port))]

        connected, endpoint = connect(tried, Deadline(5))

    connected.close()
    assert endpoint.ip == "127.0.0.1"


def test_a_port_where_nothing_listens_is_told_as_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert cause("127.0.0.1", port) == "connection_refused"


@pytest.mark.parametrize("code", ["EACCES", "EPERM"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_connection_that_this_machine_forbids_is_told_apart(code: str, host: str) -> None:
    assert forbidden(code, host, 25) == ("connection_forbidden", f"{host} ({os.strerror(getattr(errno, code))})")


def test_a_name_that_does_not_exist_is_told_apart_from_a_resolver_that_fails() -> None:
    assert cause("mail.example.invalid", 25) in ("dns_not_found", "dns_unavailable")  # by what the machine has


@pytest.mark.parametrize("host", ["169.254.169.254", "0.0.0.0", "::", "224.0.0.1", "::ffff:169.254.169.254", "0x7f.1"])
def test_an_address_that_is_never_connected_to_is_refused_before_a_packet_leaves(host: str) -> None:
    denied = Policy((ip_network("127.0.0.0/8"),))

    assert cause(host, 25, denied) == "address_denied"


def test_a_name_is_judged_by_all_its_addresses() -> None:
    policy = Policy((ip_network("127.0.0.0/8"), ip_network("::1/128")))

    assert cause("localhost", 25, policy) == "address_denied"


def test_one_that_is_full_is_given_up_at_the_limit_and_hears_the_stop() -> None:
    deadline = Deadline(5)
    deadline.stop()

    with pytest.raises(Stopped):
        connect([Endpoint(V4, ("127.0.0.1", 9))], deadline)


def come_to(host: str, source: str) -> str:
    """Give the address by which a listener here sees who comes from one."""
    with socket.create_server((host, 0), family=V6 if ":" in host else V4) as listener:
        deadline = Deadline(5)
        found = resolve(host, listener.getsockname()[1], policy=Policy(), deadline=deadline, source=source)
        with connect(found, deadline)[0]:
            seen, address = listener.accept()
            seen.close()
    return str(address[0])


@pytest.mark.parametrize(
    ("host", "source", "seen"),
    [
        ("127.0.0.1", "127.0.0.2", "127.0.0.2"),
        ("::1", "::1", "::1"),
        ("127.0.0.1", "192.0.2.1", "127.0.0.1"),  # who listens here trusts by the addresses of here
        ("127.0.0.1", "2001:db8::1", "127.0.0.1"),
    ],
)
def test_a_server_sees_the_source_address(host: str, source: str, seen: str) -> None:
    assert come_to(host, source) == seen


@pytest.mark.parametrize(
    ("host", "source", "code"),
    [
        ("198.51.100.1", "192.0.2.1", errno.EADDRNOTAVAIL),
        ("2001:db8::2", "2001:db8::1", errno.EADDRNOTAVAIL),
        ("198.51.100.1", "2001:db8::1", errno.EAFNOSUPPORT),
        ("198.51.100.1", "127.0.0.2", errno.EINVAL),
        ("::1", "127.0.0.2", errno.EAFNOSUPPORT),
    ],
)
def test_a_source_address_that_leads_nowhere_is_told_before_a_packet_leaves(host: str, source: str, code: int) -> None:
    deadline = Deadline(5)

    with pytest.raises(NoRoute) as caught:
        connect(resolve(host, 25, policy=Policy(), deadline=deadline, source=source), deadline)

    assert (caught.value.cause, caught.value.detail) == ("source_address", f"{source} -> {host} ({os.strerror(code)})")


def test_of_a_name_the_addresses_of_the_same_family_are_left() -> None:
    found = resolve("localhost", 25, policy=Policy(), deadline=Deadline(5), source="127.0.0.2")

    assert {(each.ip, each.source) for each in found} == {("127.0.0.1", "127.0.0.2")}
