"""What is claimed of a reply, and what is not: a definite wrong answer is worse than none."""

from __future__ import annotations

import pytest

from panel.diagnosis.explain.explain import complaint_to_json, complaints
from panel.mail.smtp.protocol import Stage
from tests.support.explained import first_told


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("451 5.7.3 发送邮件需要 STARTTLS [X.PROD.OUTLOOK.COM]", "tls_required"),
        ("550 5.7.1 Vor der Anmeldung ist STARTTLS erforderlich", "tls_required"),
        ("451 5.7.3 some words", "server_temporary"),
        ("535 5.7.3 Authentication unsuccessful", "login_refused"),
        ("502 5.5.1 STARTTLS not supported", "starttls_not_offered"),
        ("501 5.5.4 Invalid domain name", "local_hostname"),
        ("421 4.7.0 Try again later, closing connection. (EHLO) a640c23a62f3a.12 - gsmtp", "local_hostname"),
        ("421 4.7.0 Try again later, closing connection. (DATA) a640c23a62f3a.12 - gsmtp", "server_temporary"),
        ("smtplib.SMTPServerDisconnected: Connection unexpectedly closed: timed out", "reply_timeout"),
        ("read tcp 172.18.0.4:41218->203.0.113.5:465: i/o timeout", "reply_timeout"),
        ("dial tcp 203.0.113.5:465: i/o timeout", "connect_timeout"),
        ("php_network_getaddresses: getaddrinfo failed: Try again", "dns_unavailable"),
        ("failed to lookup address information: Try again", "dns_unavailable"),
        ("Name service error for name=smtp.example.org type=MX: Host not found, try again", "dns_unavailable"),
        ("{'a@example.net': (550, b'5.7.26 This mail is unauthenticated')}", "sender_authentication"),
        ("rcpt to: 550 5.7.26 This message fails to pass authentication checks", "sender_authentication"),
        ("550 5.7.23 Rejected because of a Sender Policy Framework violation", "sender_authentication"),
    ],
)  # fmt: skip
def test_a_cause_that_the_words_do_not_tell_is_not_claimed(text: str, cause: str) -> None:
    assert [each.diagnosis.cause.name for each in complaints(text)][:1] == [cause]


def test_a_login_that_was_passed_over_is_no_cause() -> None:
    text = """\
AUTH cram-md5 not available: 504 5.7.4 Unrecognized Authentication Type
failed after DATA: 552 5.3.4 message too big"""

    assert [each.diagnosis.cause.name for each in complaints(text)] == ["message_too_large"]


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("smtplib.SMTPServerDisconnected: Connection unexpectedly closed", None),
        ("TimeoutError: The read operation timed out", None),
        ("lost connection with mx.example.net[192.0.2.1] while sending RCPT TO", "rcpt"),
        (
            "SslHandshakeException: An error occurred while attempting to establish an SSL or TLS connection."
            "\n ---> System.Security.Authentication.AuthenticationException: The remote certificate was rejected",
            "tls",
        ),
        ('smtp failed-command command="HELO " result="501 5.5.4 <mail.example.org> Invalid domain name"', "ehlo"),
    ],
)
def test_a_step_is_told_where_the_text_tells_it(text: str, stage: str | None) -> None:
    assert [complaint_to_json(each, str)["stage"] for each in complaints(text)] == [stage]


def test_a_step_that_the_reader_knows_is_told() -> None:
    (found,) = complaints("421-4.7.0 Try again later, closing connection. d9443c01a7336-29f - gsmtp", stage=Stage.EHLO)

    assert found.diagnosis.cause.name == "local_hostname"


EXIM = "2026-04-28 18:10:17 H=(b.example) [203.0.113.9]:50416 F=<x@b.example> "


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        (f"{EXIM}rejected RCPT <y@a.example>: 203.0.113.9 is listed at zen.spamhaus.org", "address_blocked", "rcpt"),
        (f"{EXIM}rejected RCPT <y@a.example>: relay not permitted", "relay_denied", "rcpt"),
        (f"{EXIM}temporarily rejected RCPT <y@a.example>: greylisted.", "greylisted", "rcpt"),
        ('SMTP protocol error in "AUTH LOGIN" H=(b) [203.0.113.9]:60723 AUTH command used when not advertised',
         "auth_not_offered", "auth"),
        ("<y@a.example>: Spam message rejected\n\nFinal-Recipient: rfc822; y@a.example\nAction: failed\nStatus: 5.7.1",
         "content_rejected", "data"),
        ("it returns the error code 451, 4.3.2 Internal server error .", "server_temporary", None),
        ("Error: Expected smtp code 250, got 552", "server_permanent", None),
        ("PHP message: ERROR: Invalid response code received from server (535)", "login_refused", "auth"),
        ("SMTPC: received error code. [550] (8000)  ERR:\nSMTPC: connection closed. (801)", "server_permanent", None),
        ("Failed to connect to a.example:465 [SMTP: Invalid response code received from server (code: -1, response: )]",
         "connection_lost", None),
        ("501 5.1.5 Recipient address reserved by RFC 2606", "recipient_domain", "rcpt"),
        ("450-4.2.1 450-4.2.1 The user you are trying to contact is receiving mail at a rate that\n450-prevents more",
         "rate_limited", "rcpt"),
        ("550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
         "quota_exceeded", "data"),
    ],
)  # fmt: skip
def test_what_a_server_told_is_read_in_whatever_place(text: str, cause: str, stage: str | None) -> None:
    assert first_told(text) == (cause, stage)
