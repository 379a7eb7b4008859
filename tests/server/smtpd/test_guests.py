"""Who may connect, under which terms, and how often."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from panel.access.submission.listener_access import ListenerAccess
from panel.server.smtpd import guests
from panel.server.smtpd.guests import Guest, Guests

ACCESS = ListenerAccess(
    networks=(ip_network("10.0.0.0/8"), ip_network("fd00::/16")), open_networks=(ip_network("10.9.0.0/24"),)
)


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(clock: Clock) -> Guests:
    return Guests(ACCESS, now=clock)


def received(door: Guests, address: str) -> Guest:
    guest = door.receive(address)
    assert guest
    return guest


@pytest.mark.parametrize("address", ["192.0.2.1", "11.0.0.1", "::ffff:11.0.0.1", "fe80::1%eth0", "2001:db8::1"])
def test_who_is_in_no_network_may_not_connect(door: Guests, address: str) -> None:
    assert door.receive(address) is None


@pytest.mark.parametrize(
    ("address", "must_log_in", "is_local"),
    [
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("::ffff:127.0.0.9", False, True),
        ("10.1.2.3", True, False),
        ("::ffff:10.1.2.3", True, False),
        ("fd00::7", True, False),
        ("10.9.0.7", False, False),
        ("::ffff:10.9.0.7", False, False),
    ],
)
def test_the_terms_go_by_the_address(door: Guests, address: str, must_log_in: bool, is_local: bool) -> None:
    terms = received(door, address).terms

    assert (terms.must_log_in, terms.is_local) == (must_log_in, is_local)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.9.0.7", "10.1.2.3"])
def test_where_a_login_is_required_it_is_from_everybody(address: str) -> None:
    assert received(Guests(ACCESS, must_log_in=True), address).terms.must_log_in


def test_an_address_has_so_many_sessions_and_no_more(door: Guests) -> None:
    there = [received(door, "10.1.2.3") for _ in range(guests.MOST_SESSIONS)]

    assert not any(each.refusal for each in there)
    mapped = received(door, "::ffff:10.1.2.3")
    assert mapped.refusal.startswith("421 4.7.0")
    assert not received(door, "10.1.2.4").refusal
    mapped.leave()
    there[0].leave()
    assert not received(door, "10.1.2.3").refusal


def test_an_address_connects_so_often_in_a_minute(door: Guests, clock: Clock) -> None:
    for _ in range(guests.MOST_CONNECTIONS):
        received(door, "10.1.2.3").leave()

    assert received(door, "10.1.2.3").refusal
    clock.now += guests.CONNECTIONS_SECONDS
    assert not received(door, "10.1.2.3").refusal


def test_an_ipv6_network_of_64_bits_is_one_address(door: Guests) -> None:
    for number in range(guests.MOST_FAILURES):
        received(door, f"fd00::{number:x}").note_failure()

    assert not received(door, "fd00::ffff").may_try()
    assert received(door, "fd00:0:0:1::1").may_try()


def test_wrong_tokens_are_counted_over_connections_and_forgotten(door: Guests, clock: Clock) -> None:
    for _ in range(guests.MOST_FAILURES):
        guest = received(door, "10.1.2.3")
        assert guest.may_try()
        guest.note_failure()
        guest.leave()

    assert not received(door, "10.1.2.3").may_try()
    clock.now += guests.FAILURES_SECONDS
    assert received(door, "10.1.2.3").may_try()


def test_this_machine_has_no_such_limit(door: Guests) -> None:
    guest = received(door, "127.0.0.1")
    for _ in range(guests.MOST_FAILURES):
        guest.note_failure()

    assert guest.may_try()


def test_what_is_remembered_of_many_addresses_is_bounded(
    door: Guests, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guests, "MOST_GUESTS", 50)
    stays = [received(door, "10.5.5.5") for _ in range(guests.MOST_SESSIONS)]
    for number in range(200):
        received(door, f"10.0.1.{number}").leave()
        clock.now += 0.001

    assert len(door._deeds) <= 50
    assert stays
    assert received(door, "10.5.5.5").refusal
