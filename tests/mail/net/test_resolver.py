"""Look-ups: whatever a resolver does, the answer is a value, and it comes in time."""

from __future__ import annotations

import time

import pytest

from panel.mail.net.deadline import Deadline
from panel.mail.net.resolver import Records, Resolver
from tests.support.dns_server import DnsServer

ZONE = {
    ("example.org", "MX"): ["20 b.example.org.", "10 a.example.org."],
    ("example.org", "TXT"): ['"v=spf1 " "-all"'],
    ("a.example.org", "A"): ["192.0.2.7"],
    ("a.example.org", "AAAA"): ["2001:db8::7"],
    ("7.2.0.192.in-addr.arpa", "PTR"): ["a.example.org."],
    ("long.example.org", "TXT"): ['"' + "x" * 250 + '"'] * 1,
    ("loop.example.org", "CNAME"): ["loop.example.org."],
}


def test_records_come_as_text() -> None:
    with DnsServer(ZONE) as server:
        names = Resolver(Deadline(5), server.address)

        assert names.mx("example.org").values == ("10 a.example.org", "20 b.example.org")
        assert names.txt("example.org").values == ("v=spf1 -all",)
        assert names.addresses("a.example.org").values == ("192.0.2.7", "2001:db8::7")
        assert names.ptr("192.0.2.7").values == ("a.example.org",)


def test_what_is_not_there_is_known_not_to_be() -> None:
    with DnsServer(ZONE) as server:
        names = Resolver(Deadline(5), server.address)

        assert names.txt("nothing.example.org") == Records((), known=True)
        assert names.mx("a.example.org") == Records((), known=True)


@pytest.mark.parametrize("how", [{"silent": ["x.example.org"]}, {"broken": ["x.example.org"]}])
def test_a_resolver_that_does_not_say_is_told_apart(how: dict[str, list[str]]) -> None:
    with DnsServer(ZONE, **how) as server:
        assert Resolver(Deadline(1), server.address).txt("x.example.org") == Records((), known=False)


def test_an_answer_too_long_for_a_packet_is_asked_for_again_by_tcp() -> None:
    with DnsServer(ZONE, truncated=["long.example.org"]) as server:
        assert Resolver(Deadline(5), server.address).txt("long.example.org").values == ("x" * 250,)


def test_each_question_is_asked_once() -> None:
    with DnsServer(ZONE) as server:
        names = Resolver(Deadline(5), server.address)
        names.txt("example.org")
        names.txt("EXAMPLE.org.")

        assert server.asked == [("example.org", "TXT")]


def test_all_look_ups_together_end_with_the_limit() -> None:
    with DnsServer({}, silent=[f"{each}.example.org" for each in range(10)]) as server:
        names = Resolver(Deadline(1), server.address)
        began = time.monotonic()

        answers = [names.txt(f"{each}.example.org") for each in range(10)]

    assert not any(each.known for each in answers)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("name", ["", "x" * 70 + ".example.org", "a..b", "x." * 200, "ｅ\u0000.org"])
def test_a_name_that_is_none_has_no_records(name: str) -> None:
    with DnsServer({}) as server:
        assert Resolver(Deadline(2), server.address).txt(name).values == ()
