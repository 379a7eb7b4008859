"""The fields of a sign-in by OAuth2, as people type and paste them."""

from __future__ import annotations

import json
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from panel.mail.message.address import BadValue
from panel.settings.fields import token_fields
from panel.settings.validation import parse


@cache
def pem(bits: int) -> str:
    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=bits)
        if bits
        else ec.generate_private_key(ec.SECP256R1())
    )
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def key_file(bits: int = 2048, **changed: object) -> str:
    document = {"type": "service_account", "client_email": "p@x.iam.example", "private_key_id": "ab12"}
    return json.dumps({**document, "private_key": pem(bits), "token_uri": "https://evil.example/", **changed})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (" https://id.example.org/token ", "https://id.example.org/token"),
        ("https://id.example.org:8443/t?x=1", "https://id.example.org:8443/t?x=1"),
        ("http://127.0.0.1:9000/token", "http://127.0.0.1:9000/token"),
        ("http://localhost/token", "http://localhost/token"),
        ("http://[::1]:9000/token", "http://[::1]:9000/token"),
    ],
)
def test_an_address_is_https_or_of_this_machine(typed: str, meant: str) -> None:
    assert parse("oauth_token_url", typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "http://id.example.org/token",
        "https://user@id.example.org/token",
        "https://user:secret@id.example.org/token",
        "https://id.example.org/token#part",
        "https:///token",
        "https://id.example.org\\@evil.example/",
        "https://id.example.org/to ken",
        "https://id.example.org:99999/token",
        "https://[::1/token",
        "ftp://127.0.0.1/token",
        "id.example.org/token",
        "https://id.example.org/" + "a" * 2_000,
    ],
)
def test_another_address_is_refused_with_what_to_enter(typed: str) -> None:
    with pytest.raises(BadValue, match=r"address|long"):
        token_fields.url(typed)


@pytest.mark.parametrize(
    "typed", ["organizations", " Consumers ", "contoso.onmicrosoft.com", "0" * 8 + "-0000" * 3 + "-" + "0" * 12]
)
def test_a_tenant_is_a_word_a_domain_or_an_id(typed: str) -> None:
    assert token_fields.tenant(typed) == typed.strip().lower()


@pytest.mark.parametrize("typed", ["my company", "../common", "a/b", "contoso", "x" * 300])
def test_another_tenant_is_refused(typed: str) -> None:
    with pytest.raises(BadValue, match=r"tenant|long"):
        token_fields.tenant(typed)


def test_a_scope_is_words_in_one_line() -> None:
    assert token_fields.scope(" https://mail.google.com/\toffline_access ") == "https://mail.google.com/ offline_access"
    for typed in ('sm"tp', "é", "a\\b"):
        with pytest.raises(BadValue):
            token_fields.scope(typed)


def test_a_day_is_one_of_the_calendar() -> None:
    assert token_fields.day("2027/03/31") == "2027-03-31"
    for typed in ("2027-02-30", "31.3.2027", "soon"):
        with pytest.raises(BadValue, match="day"):
            token_fields.day(typed)


def test_of_the_key_of_a_service_account_only_what_signs_is_kept() -> None:
    kept = json.loads(token_fields.service_key(key_file()))

    assert kept == {"client_email": "p@x.iam.example", "private_key_id": "ab12", "private_key": pem(2048)}


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[" * 20_000,
        "[]",
        key_file(private_key="no key"),
        key_file(private_key=7),
        key_file(client_email=""),
        key_file(client_email="a\r\nb@x.example"),
        key_file(0),
        key_file(1024),
        key_file(padding="x" * 17_000),
    ],
    ids=range(10),
)
def test_another_file_is_no_key(text: str) -> None:
    with pytest.raises(BadValue, match="service account"):
        token_fields.service_key(text)
