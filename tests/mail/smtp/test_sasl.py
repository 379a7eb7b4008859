"""The login mechanisms: which is chosen, and what each says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.mail.smtp.sasl import MECHANISMS, choose, decoded_challenge, encoded


def said(mechanism: str, *challenges: bytes) -> list[bytes | None]:
    """Give what a mechanism says to a server that asks these."""
    exchange = MECHANISMS[mechanism]("tim", "tanstaaftanstaaf")
    return [next(exchange), *map(exchange.send, challenges)]


def test_plain_says_everything_at_once() -> None:
    assert said("PLAIN") == [b"\0tim\0tanstaaftanstaaf"]


def test_login_waits_to_be_asked_twice() -> None:
    assert said("LOGIN", b"Username:", b"Password:") == [None, b"tim", b"tanstaaftanstaaf"]


def test_cram_md5_answers_the_example_of_its_rfc() -> None:  # RFC 2195 section 2
    challenge = b"<1896.697170952@postoffice.reston.mci.net>"

    assert said("CRAM-MD5", challenge) == [None, b"tim b913a602c7eda7a495b4e6e7334d3890"]


@pytest.mark.parametrize(
    ("offered", "encrypted", "first"),
    [
        (["LOGIN", "PLAIN", "CRAM-MD5"], True, "PLAIN"),
        (["LOGIN", "PLAIN", "CRAM-MD5"], False, "CRAM-MD5"),
        (["login"], True, "LOGIN"),
    ],
)
def test_without_encryption_the_password_stays_here_where_it_can(
    offered: list[str], encrypted: bool, first: str
) -> None:
    assert choose(offered, encrypted=encrypted)[0] == first


def test_what_we_do_not_speak_is_not_chosen() -> None:
    assert choose(["XOAUTH2", "NTLM", "GSSAPI"], encrypted=True) == []


@given(st.binary(min_size=1, max_size=200))
def test_what_is_encoded_is_decoded(data: bytes) -> None:
    assert decoded_challenge(encoded(data)) == data


def test_a_question_in_plain_words_counts_as_empty() -> None:
    assert decoded_challenge("Username, please") == b""
    assert encoded(b"") == "="
