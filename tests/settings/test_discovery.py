"""A server for an address: its service, what its domain announces, or who takes its mail."""

from __future__ import annotations

import time
from ipaddress import ip_network

import pytest

from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.net.resolver import Resolver
from panel.settings.discovery import FoundBy, Proposal, ServerCandidate, find, usual_mode
from tests.support.dns_server import DnsServer, Zone

IMPLICIT = ("_submissions._tcp.example.org", "SRV")
STARTTLS = ("_submission._tcp.example.org", "SRV")
MX = ("example.org", "MX")


def found(zone: Zone, address: str = "report@example.org", *, policy: Policy | None = None) -> Proposal | None:
    with DnsServer(zone) as server:
        return find(address, Resolver(Deadline(5), server.address), policy or Policy())


def test_an_address_of_a_known_service_asks_nobody_for_its_server() -> None:
    proposal = found({}, "taro@gmail.com")

    assert proposal
    assert (proposal.found_by, proposal.server) == (FoundBy.SERVICE, ServerCandidate("smtp.gmail.com", 587, "starttls"))


@pytest.mark.parametrize(
    ("zone", "server"),
    [
        ({IMPLICIT: ["0 1 465 smtp.example.net."]}, ServerCandidate("smtp.example.net", 465, "implicit")),
        ({STARTTLS: ["0 1 587 Smtp.example.net."]}, ServerCandidate("smtp.example.net", 587, "starttls")),
        (
            {STARTTLS: ["0 1 587 smtp.example.net."], IMPLICIT: ["0 1 465 smtp.example.net."]},
            ServerCandidate("smtp.example.net", 465, "implicit"),
        ),
        (
            {STARTTLS: ["0 1 587 a.example.net."], IMPLICIT: ["0 0 0 ."]},
            ServerCandidate("a.example.net", 587, "starttls"),
        ),
        (
            {STARTTLS: ["10 1 587 b.example.net.", "5 1 2525 a.example.net."]},
            ServerCandidate("a.example.net", 2525, "starttls"),
        ),
    ],
)
def test_a_domain_that_announces_its_server_is_believed_before_its_mx(zone: Zone, server: ServerCandidate) -> None:
    proposal = found({**zone, MX: ["10 aspmx.l.google.com."]})

    assert proposal
    assert (proposal.found_by, proposal.server) == (FoundBy.SRV, server)


def test_the_pop_server_that_is_announced_is_told() -> None:
    proposal = found(
        {STARTTLS: ["0 1 587 smtp.example.net."], ("_pop3s._tcp.example.org", "SRV"): ["0 1 995 pop.example.net."]}
    )

    assert proposal
    assert proposal.pop == ServerCandidate("pop.example.net", 995, "implicit")


@pytest.mark.parametrize(
    ("mx", "name", "host"),
    [
        ("10 aspmx.l.google.com.", "gmail", "smtp.gmail.com"),
        ("0 example-org.mail.protection.outlook.com.", "microsoft365", "smtp.office365.com"),
        ("10 sv123.xserver.jp.", "xserver", "sv123.xserver.jp"),
        ("10 www1234.sakura.ne.jp.", "sakura", "www1234.sakura.ne.jp"),
    ],
)
def test_who_takes_the_mail_is_proposed_for_sending(mx: str, name: str, host: str) -> None:
    proposal = found({MX: ["20 mx.example.net.", mx]})

    assert proposal
    assert proposal.service
    assert (proposal.found_by, proposal.service.name, proposal.server.host) == (FoundBy.MX, name, host)


@pytest.mark.parametrize("zone", [{}, {MX: ["10 mx.example.org."]}, {MX: ["0 ."]}])
def test_a_domain_that_says_nothing_gets_no_proposal(zone: Zone) -> None:
    assert found(zone) is None


def test_a_server_that_may_not_be_connected_to_is_not_proposed() -> None:
    inside = {STARTTLS: ["0 1 587 inside.example.org."], ("inside.example.org", "A"): ["169.254.169.254"]}
    denied = {STARTTLS: ["0 1 587 a.example.org."], ("a.example.org", "A"): ["192.0.2.7"]}

    assert found(inside) is None
    assert found(denied, policy=Policy((ip_network("192.0.2.0/24"),))) is None
    assert found(denied)


def test_a_silent_resolver_costs_no_more_than_the_limit() -> None:
    names = [f"{each}.example.org" for each in ("_submissions._tcp", "_submission._tcp")]
    began = time.monotonic()

    with DnsServer({}, silent=[*names, "example.org"]) as server:
        assert find("report@example.org", Resolver(Deadline(1), server.address), Policy()) is None

    assert time.monotonic() - began < 10  # the limit is a second, on a machine that does other things, too


@pytest.mark.parametrize(
    ("server", "usual"),
    [
        (ServerCandidate("a", 465, "implicit"), True),
        (ServerCandidate("a", 587, "starttls"), True),
        (ServerCandidate("a", 8465, "implicit"), False),
    ],
)
def test_an_unusual_port_needs_its_mode_said(server: ServerCandidate, usual: bool) -> None:
    assert usual_mode(server) is usual
