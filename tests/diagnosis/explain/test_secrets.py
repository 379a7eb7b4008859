"""Passwords and tokens in a pasted text, which no answer repeats."""

from __future__ import annotations

import base64
import json

import pytest

from panel.diagnosis.explain.explain import complaint_to_json, complaints
from panel.mail.smtp.redaction import MASK
from panel.settings.providers import BY_NAME

SECRET = "hunter2+XYZ"
AS_PLAIN = base64.b64encode(f"\0bob\0{SECRET}".encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"535 5.7.8 authentication failed at smtp://bob:{SECRET}@mail.example.com:587",
        f"501 5.5.2 AUTH PLAIN {AS_PLAIN} : syntax error",
        f"535 5.7.8 authentication failed password={SECRET}",
        f"535 5.7.8 authentication failed of_the_whole_mail_account_password={SECRET}",
        f"535 5.7.8 authentication failed, client_secret='{SECRET}', retry later",
        json.dumps({"response": "535 5.7.8 authentication failed", "auth": {"user": "bob", "pass": SECRET}}),
        json.dumps({"error": "535 5.7.8 authentication failed", "options": {"accessToken": SECRET}}),
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "gbk"])
def test_no_answer_repeats_a_secret(text: str, charset: str) -> None:
    said = json.dumps([complaint_to_json(each, str) for each in complaints(text.encode(charset))])

    assert MASK in said
    assert SECRET not in said
    assert AS_PLAIN not in said


@pytest.mark.parametrize(
    "reply",
    [
        "535 5.7.8 Username and Password not accepted. Password: incorrect",
        "535 5.7.3 Authentication unsuccessful, the token has expired",
        "550 5.7.1 see https://support.example.com/a?b=c or mailto:postmaster@example.com",
        "504 5.5.4 AUTH LOGIN not supported",
    ],
)
def test_the_words_of_a_reply_stay(reply: str) -> None:
    assert [str(each.failure.reply) for each in complaints(reply)] == [reply]


def test_the_server_of_an_address_is_what_stands_behind_its_user() -> None:
    (found,) = complaints(f"smtp://bob:{SECRET}@smtp.gmail.com:587: connection refused")

    assert (found.server.host, found.server.port) == (BY_NAME["gmail"].host, 587)
