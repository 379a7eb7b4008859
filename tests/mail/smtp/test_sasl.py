"""The login mechanisms: which is chosen, and what each says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.mail.smtp.sasl import (
    MECHANISMS,
    choose,
    choose_for_token,
    decoded_challenge,
    encoded,
    initial,
    oauthbearer,
    xoauth2,
)


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


def test_an_empty_initial_response_is_a_sign_and_any_other_an_empty_line() -> None:  # RFC 4954 section 4
    assert initial("EXTERNAL", b"") == "AUTH EXTERNAL ="
    assert encoded(b"") == ""


@pytest.mark.parametrize(("octets", "fits"), [(372, True), (373, False)])
def test_a_line_of_auth_has_512_octets_at_most(octets: int, fits: bool) -> None:  # RFC 4954 section 4
    line = initial("PLAIN", b"x" * octets)

    assert (line is not None) is fits
    assert line is None or len(line) + 2 <= 512


def test_xoauth2_says_the_example_of_its_makers() -> (
    None
):  # developers.google.com/workspace/gmail/imap/xoauth2-protocol
    first = xoauth2("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg", "", 0)

    assert encoded(first) == (
        "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ=="
    )


def test_oauthbearer_says_the_example_of_its_rfc() -> (
    None
):  # RFC 7628 section 4.1, without the newlines it is shown with
    first = oauthbearer("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==", "server.example.com", 143)

    assert first == (
        b"n,a=user@example.com,\1host=server.example.com\1port=143\1"
        b"auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1"
    )


@pytest.mark.parametrize(
    ("offered", "known"),
    [
        (["OAUTHBEARER", "PLAIN", "XOAUTH2"], ["XOAUTH2", "OAUTHBEARER"]),
        (["oauthbearer", "LOGIN"], ["OAUTHBEARER"]),
        (["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH"], []),
    ],
)
def test_a_token_is_offered_to_what_is_made_for_tokens_alone(offered: list[str], known: list[str]) -> None:
    assert choose_for_token(offered) == known
