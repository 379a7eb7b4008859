"""Whom mail of a staging system may go to: how that is typed, and who is meant."""

from __future__ import annotations

import pytest

from panel.mail.message.address import BadValue
from panel.settings.fields.allowed import MOST_ALLOWED, in_short, may_reach, parse_allowed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("hanako@Example.ORG", "hanako@example.org"),
        ("Hanako@example.org", "hanako@example.org"),
        ("example.org\r\nexample.net", "example.org, example.net"),
        (
            " example.org , @example.net;a@b.example.jp、例え.jp ",
            "example.org, example.net, a@b.example.jp, xn--r8jz45g.jp",
        ),
        ("example.org example.org", "example.org"),
        ("用戸@example.jp", "用戸@example.jp"),
        ("ｅｘａｍｐｌｅ．ｏｒｇ", "example.org"),
    ],
)
def test_addresses_and_domains_are_read_as_people_part_them(typed: str, kept: str) -> None:
    assert parse_allowed(typed) == kept
    assert parse_allowed(kept) == kept


@pytest.mark.parametrize(
    "typed",
    ["localhost", "*.example.org", "http://example.org", "192.0.2.1", ",", "a@", "a\x00b@example.org", "<a@b.jp>"],
)
def test_what_is_neither_is_refused(typed: str) -> None:
    with pytest.raises(BadValue):
        parse_allowed(typed)


def test_there_is_a_bound() -> None:
    with pytest.raises(BadValue):
        parse_allowed(" ".join(f"{number}.example.org" for number in range(MOST_ALLOWED + 1)))


@pytest.mark.parametrize(
    ("rcpt_to", "may"),
    [
        (("hanako@example.org",), True),
        (("HANAKO@EXAMPLE.ORG",), True),
        (("anybody@example.net",), True),
        (("hanako@example.org", "anybody@example.net"), True),
        (("taro@example.org",), False),
        (("anybody@sub.example.net",), False),
        (("anybody@notexample.net",), False),
        (("hanako@example.org", "taro@example.com"), False),
        (('"hanako@example.org"@example.com',), False),
    ],
)
def test_a_message_may_leave_where_all_are_allowed(rcpt_to: tuple[str, ...], may: bool) -> None:
    assert may_reach("hanako@example.org, example.net", rcpt_to) is may


def test_where_nobody_is_named_all_are_allowed() -> None:
    assert may_reach("", ("anybody@example.com",))


def test_a_long_list_is_told_in_short() -> None:
    assert in_short("a.jp, b.jp") == "a.jp, b.jp"
    assert in_short("a.jp, b.jp, c.jp, d.jp, e.jp") == "a.jp, b.jp, c.jp (+2)"
