"""Texts from anywhere: logs, dialogues, faults of programs, bounces."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.complaints import READ_BYTES, read
from panel.diagnosis import diagnose
from panel.smtp import Stage

GMAIL = (
    "535-5.7.8 Username and Password not accepted. For more information, go to\n"
    "535 5.7.8  https://support.google.com/mail/?p=BadCredentials 5b1f17b1804b1-4 - gsmtp"
)

TEXTS = {
    "a bare reply": (
        "550 5.1.1 <taro@example.net>: Recipient address rejected: User unknown",
        "recipient_unknown",
        None,
    ),
    "a reply of several lines": (GMAIL, "app_password_required", None),
    "a dialogue of the panel": (
        "S: 220 mail.example.jp ESMTP\nC: EHLO app\nS: 250 mail.example.jp\nC: MAIL FROM:<a@example.jp>\n"
        "S: 250 2.1.0 Ok\nC: RCPT TO:<b@example.com>\nS: 454 4.7.1 <b@example.com>: Relay access denied",
        "relay_denied",
        "rcpt",
    ),
    "swaks": (
        "=== Connected to mail.example.jp.\n<-  220 mail.example.jp ESMTP Postfix\n -> EHLO app\n<-  250 SMTPUTF8\n"
        " -> AUTH PLAIN AHVzZXIAcGFzcw==\n<** 535 5.7.8 Error: authentication failed: (reason unavailable)\n -> QUIT\n"
        "<-  221 2.0.0 Bye",
        "login_refused",
        "auth",
    ),
    "smtplib's debug output": (
        "send: 'mail FROM:<a@example.jp>\\r\\n'\n"
        "reply: b'553 5.7.1 <a@example.jp>: Sender address rejected: not owned by user tanaka\\r\\n'\n"
        "reply: retcode (553); Msg: b'5.7.1 <a@example.jp>: Sender address rejected: not owned by user tanaka'",
        "sender_not_allowed",
        "mail",
    ),
    "Postfix's log": (
        "Nov 24 09:00:00 app postfix/smtp[1234]: 4F1C2A: to=<b@example.com>, relay=mx.example.com[192.0.2.1]:25, "
        "delay=1.2, dsn=5.1.1, status=bounced (host mx.example.com[192.0.2.1] said: 550 5.1.1 <b@example.com>: "
        "Recipient address rejected: User unknown in virtual mailbox table (in reply to RCPT TO command))",
        "recipient_unknown",
        "rcpt",
    ),
    "Exim's log": (
        "2026-11-24 09:00:00 1tEXAM-000001-AB ** b@example.com R=smarthost T=remote_smtp H=mx.example.com "
        "[192.0.2.1]: SMTP error from remote mail server after RCPT TO:<b@example.com>: 550 5.1.1 No such user here",
        "recipient_unknown",
        "rcpt",
    ),
    "a fault of Python": (
        'Traceback (most recent call last):\n  File "app.py", line 587, in send\nsmtplib.SMTPAuthenticationError: '
        "(535, b'5.7.8 Error: authentication failed: authentication failure')",
        "login_refused",
        "auth",
    ),
    "a fault of Node": (
        "Error: Invalid login: 535 5.7.8 Error: authentication failed\n  code: 'EAUTH',\n"
        "  response: '535 5.7.8 Error: authentication failed',\n  responseCode: 535,\n  command: 'AUTH PLAIN'",
        "login_refused",
        "auth",
    ),
    "PHPMailer": (
        "2026-11-24 09:00:00 SERVER -> CLIENT: 535 5.7.8 Error: authentication failed\n"
        "SMTP ERROR: Password command failed: 535 5.7.8 Error: authentication failed\n"
        "SMTP Error: Could not authenticate.",
        "login_refused",
        "auth",
    ),
    "a greeting that refused Postfix": (
        "status=deferred (host mx.example.com[192.0.2.1] refused to talk to me: 421 4.7.0 Try again later)",
        "greeting_refused",
        "greeting",
    ),
    "a name that is not there": ("socket.gaierror: [Errno -2] Name or service not known", "dns_not_found", "resolve"),
    "a resolver that fails": ("getaddrinfo EAI_AGAIN smtp.example.jp", "dns_unavailable", "resolve"),
    "a closed port": ("connect to mx.example.com[192.0.2.1]:587: Connection refused", "connection_refused", "connect"),
    "a firewall": ("connect ETIMEDOUT 192.0.2.1:25", "connect_timeout", "connect"),
    "no route": ("connect to mx.example.com[2001:db8::1]:25: Network is unreachable", "network_unreachable", "connect"),
    "a wrong mode": ("ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number", "tls_wrong_mode", "tls"),
    "an own authority": (
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)",
        "certificate_untrusted",
        "tls",
    ),
    "an old certificate": ("certificate verify failed: certificate has expired", "certificate_expired", "tls"),
    "another host's certificate": (
        "certificate verify failed: Hostname mismatch, certificate is not valid for 'smtp.example.jp'.",
        "certificate_hostname",
        "tls",
    ),
    "no STARTTLS": (
        "smtplib.SMTPNotSupportedError: STARTTLS extension not supported by server.",
        "starttls_not_offered",
        "starttls",
    ),
    "no login": ("SMTPNotSupportedError: SMTP AUTH extension not supported by server.", "auth_not_offered", "auth"),
    "a lost connection": ("smtplib.SMTPServerDisconnected: Connection unexpectedly closed", "connection_lost", "data"),
    "words without a code": ("The recipient's mailbox is full: over quota", "recipient_mailbox_full", None),
}

BOUNCE = """\
Return-Path: <>
From: MAILER-DAEMON@mail.example.jp (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=iso-2022-jp

This is the mail system.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.jp

Final-Recipient: rfc822; a@example.com
Action: relayed
Status: 2.0.0

Final-Recipient: rfc822; b@example.com
Action: failed
Status: 5.2.2
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; 552 5.2.2 <b@example.com>: The mailbox is
 over quota
--B--
"""


def cause(data: bytes, **given: object) -> tuple[str, str | None]:
    """Give the cause that a text comes to, as the command tells it, and its stage where it is known."""
    found = read(data, **given)  # type: ignore[arg-type]
    assert found
    told = diagnose(found.failure, host=found.host)
    return told.cause.name, str(found.failure.stage) if found.stage_known else None


@pytest.mark.parametrize(("text", "name", "stage"), TEXTS.values(), ids=TEXTS)
def test_the_failure_in_a_text_is_found(text: str, name: str, stage: str | None) -> None:
    found, at = cause(text.encode())

    assert (found, at) == (name, stage)


def test_the_report_of_a_bounce_is_read() -> None:
    found = read(BOUNCE.encode())

    assert found
    assert (found.failure.cause, found.host) == ("recipient_mailbox_full", "mx.example.com")
    assert str(found.failure.reply) == "552 5.2.2 <b@example.com>: The mailbox is over quota"


def test_a_bounce_without_a_report_is_read_as_text() -> None:
    text = "宛先に送れませんでした。\n550 5.1.1 ユーザーが見つかりません\n".encode("iso-2022-jp")
    head = b"From: MAILER-DAEMON@example.jp\r\nSubject: failure\r\nMIME-Version: 1.0\r\n"
    kind = b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"

    assert cause(head + kind + text)[0] == "recipient_unknown"


def test_what_is_given_goes_before_what_is_guessed() -> None:
    assert cause(b"454 4.7.0 TLS not available due to local problem", stage=Stage.STARTTLS) == (
        "starttls_failed",
        "starttls",
    )
    assert read(b"550 Unauthenticated senders not allowed", host="smtp.sendgrid.net").host == "smtp.sendgrid.net"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text", ["", "hello", "Please call me at 550 0123.", "250 2.0.0 Ok: queued as 4F1C2A", "It works."]
)
def test_a_text_without_a_failure_has_none(text: str) -> None:
    assert read(text.encode()) is None


@given(st.binary(max_size=500) | st.text(max_size=300).map(str.encode))
def test_no_text_is_too_much(data: bytes) -> None:
    read(data)


@pytest.mark.parametrize("unit", [b"550-", b"550-x\n", b"said: 550 ", b"a: b\n", b"(", b"535, b'", b"host a.b[", b" "])
def test_a_hostile_text_takes_no_longer_than_its_length(unit: bytes) -> None:
    def seconds(length: int) -> float:
        began = time.perf_counter()
        read(unit * (length // len(unit)))
        return time.perf_counter() - began

    assert min(seconds(READ_BYTES) for _ in range(3)) < 5
