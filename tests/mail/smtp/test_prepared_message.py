"""What a server that offers this or that makes of a message: how it is encoded, and whom the server is told of."""

from __future__ import annotations

import pytest

from panel.mail.message.envelope import Envelope
from panel.mail.smtp.errors import Broken
from panel.mail.smtp.prepared_message import prepare

ASCII = b"Subject: Test\r\n\r\nHello.\r\n"
EIGHT_BIT = "Subject: Test\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nこんにちは\r\n".encode()
TARO, HANAKO, JIRO = "taro@example.net", "花子@example.net", "jiro@example.org"


def envelope(*rcpt_to: str, message: bytes = ASCII) -> Envelope:
    return Envelope("report@example.org", rcpt_to or (TARO,), message)


def test_nothing_is_asked_of_a_server_that_offers_nothing() -> None:
    made = prepare(envelope(), {})

    assert made.commands == ("MAIL FROM:<report@example.org>", "RCPT TO:<taro@example.net>", "DATA")
    assert made.content == ASCII + b".\r\n"


def test_8_bit_content_is_announced_where_it_is_taken() -> None:
    made = prepare(envelope(message=EIGHT_BIT), {"8BITMIME": "", "SIZE": "0"})

    assert made.commands[0] == f"MAIL FROM:<report@example.org> SIZE={len(EIGHT_BIT)} BODY=8BITMIME"
    assert made.content == EIGHT_BIT + b".\r\n"


def test_8_bit_content_is_encoded_where_it_is_not_taken() -> None:
    made = prepare(envelope(message=EIGHT_BIT), {"SIZE": ""})

    assert made.content.isascii()
    assert made.commands[0] == f"MAIL FROM:<report@example.org> SIZE={len(made.content) - 3}"
    assert b"Content-Transfer-Encoding: base64" in made.content


def test_the_encoded_size_is_what_counts_against_the_limit() -> None:
    message = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "日".encode() * 300 + b"\r\n"
    limit = str(len(message) + 100)

    assert prepare(envelope(message=message), {"8BITMIME": "", "SIZE": limit})
    with pytest.raises(Broken, match="message_too_large"):
        prepare(envelope(message=message), {"SIZE": limit})


def test_an_address_in_another_script_asks_for_smtputf8() -> None:
    offered = {"SMTPUTF8": "", "8BITMIME": ""}

    assert prepare(envelope(HANAKO), offered).commands[:2] == (
        "MAIL FROM:<report@example.org> SMTPUTF8",
        "RCPT TO:<花子@example.net>",
    )
    assert prepare(envelope(TARO), offered).commands[0] == "MAIL FROM:<report@example.org>"


def test_without_smtputf8_only_the_others_are_told_of() -> None:
    made = prepare(envelope(HANAKO, TARO), {})

    assert made.rcpt_to == (TARO,)
    assert made.unsent == {HANAKO: "recipient_rejected"}


def test_without_smtputf8_and_without_others_there_is_no_message() -> None:
    with pytest.raises(Broken) as caught:
        prepare(envelope(HANAKO), {})

    assert (caught.value.cause, caught.value.detail) == ("recipient_rejected", "SMTPUTF8")


def test_whom_the_limits_leave_no_room_for_comes_later() -> None:
    made = prepare(envelope(TARO, JIRO, "saburo@example.net"), {"LIMITS": "RCPTDOMAINMAX=1"})

    assert made.rcpt_to == (TARO, "saburo@example.net")
    assert made.unsent == {JIRO: "too_many_recipients"}


REPORTED = envelope()._replace(notify="failure,delay", envid="105.1c0ffee5@example.org")


def test_a_report_is_asked_for_where_the_server_makes_them() -> None:
    made = prepare(REPORTED, {"DSN": "", "SIZE": ""})

    assert made.commands == (
        f"MAIL FROM:<report@example.org> SIZE={len(ASCII)} RET=HDRS ENVID=105.1c0ffee5@example.org",
        "RCPT TO:<taro@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;taro@example.net",
        "DATA",
    )
    assert made.without_reports() == prepare(REPORTED, {"SIZE": ""})


def test_no_report_is_asked_for_elsewhere() -> None:
    assert prepare(REPORTED, {}) == prepare(envelope(), {"DSN": ""}) == prepare(envelope(), {})


def test_an_address_in_another_script_is_named_in_ascii_too() -> None:
    made = prepare(REPORTED._replace(rcpt_to=(HANAKO, TARO)), {"DSN": "", "SMTPUTF8": ""})

    assert made.commands[1].endswith(" NOTIFY=FAILURE,DELAY ORCPT=utf-8;\\x{82B1}\\x{5B50}@example.net")
    assert made.commands[2].endswith(" ORCPT=rfc822;taro@example.net")


def test_every_line_is_within_what_a_server_takes_with_dsn() -> None:
    long = "a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".jp"
    made = prepare(
        REPORTED._replace(mail_from=long, rcpt_to=(long,), notify="failure,delay,success", envid="9" * 100),
        {"DSN": "", "SIZE": ""},
    )

    assert max(map(len, made.commands)) < 512 + 500
    assert len(made.commands[0]) < 512 + 120
