"""Addresses as a parameter of RCPT holds them."""

from __future__ import annotations

import random
import re

import pytest

from panel.mail.dsn.xtext import MOST_ORCPT, orcpt_of, original_recipient, text_of_xtext, xtext
from panel.mail.message.address import BadValue, parse_recipient

_ESMTP_VALUE = re.compile(r"[!-<>-~]+\Z")  # RFC 5321 section 4.1.2
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*\Z")  # RFC 3461 section 4
_UTF8_XTEXT = re.compile(r"(?:[!-*,-<>-\[\]-~]|\\x\{[0-9A-F]{2,6}\})+\Z")  # RFC 6533 section 3


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("taro@example.net", "rfc822;taro@example.net"),
        ("taro+news=x@example.net", "rfc822;taro+2Bnews+3Dx@example.net"),
        ('"a..b"@docomo.ne.jp', 'rfc822;"a..b"@docomo.ne.jp'),
        ("taro@[IPv6:2001:db8::1]", "rfc822;taro@[IPv6:2001:db8::1]"),
        ("花子@example.jp", "utf-8;\\x{82B1}\\x{5B50}@example.jp"),
        ("花+=子@example.jp", "utf-8;\\x{82B1}\\x{2B}\\x{3D}\\x{5B50}@example.jp"),
        ("𠮷@example.jp", "utf-8;\\x{20BB7}@example.jp"),
    ],
)
def test_an_address_is_written_by_its_type(address: str, written: str) -> None:
    assert orcpt_of(address) == written


def test_one_that_is_longer_than_every_server_takes_is_left_out() -> None:
    assert orcpt_of("=" * 64 + "@" + "a" * 188) is not None
    assert orcpt_of("=" * 250 + "@x.jp") is None


def test_any_text_comes_back_from_xtext() -> None:
    rng = random.Random(3461)
    for _ in range(2_000):
        text = "".join(chr(rng.randrange(128)) for _ in range(rng.randrange(60)))

        assert _XTEXT.match(xtext(text))
        assert text_of_xtext(xtext(text)) == text


def test_any_address_that_is_taken_makes_one_value_and_comes_back() -> None:
    rng = random.Random(3461)
    letters = "abcXYZ019!#$%&'*+-/=?^_`{|}~.花子ñ𠮷é"
    taken = 0
    for _ in range(4_000):
        local = "".join(rng.choice(letters) for _ in range(rng.randrange(1, 22)))
        try:
            address = parse_recipient(f"{local}@example.jp")
        except BadValue:
            continue
        taken += 1
        written = orcpt_of(address)
        assert written
        assert len(written) <= MOST_ORCPT
        assert _ESMTP_VALUE.match(written)
        kind, _, value = written.partition(";")
        assert (_XTEXT if kind == "rfc822" else _UTF8_XTEXT).match(value)
        assert original_recipient(f"{kind}; {text_of_xtext(value) if kind == 'rfc822' else value}") == address
    assert taken > 1_000


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("rfc822;taro@example.net", "taro@example.net"),
        ("RFC822; taro+21@example.net ", "taro+21@example.net"),  # it is no xtext any more
        ("utf-8; \\x{82B1}@example.jp", "花@example.jp"),
        ("utf-8; 花@example.jp", "花@example.jp"),
        ("utf-8; \\x{110000}\\x{D800}@x", "\\x{110000}\\x{D800}@x"),
        ("x400; c=jp", None),
        ("taro@example.net", None),
        ("rfc822;", None),
        ("", None),
    ],
)
def test_a_report_gives_the_address_back(field: str, address: str | None) -> None:
    assert original_recipient(field) == address
