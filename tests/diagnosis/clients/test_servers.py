"""What mail servers log about the server that they hand mail to gives its cause."""

import pytest

from panel.diagnosis.explain.explain import complaints
from tests.support.explained import first_told

POSTFIX = "Nov 20 03:04:05 m postfix/smtp[7]: 4F1: relay=m.example[203.0.113.9]:587, status=deferred ({})"
EXIM = "2026-11-20 03:04:05 1abc-00 == c@example.com R=smarthost T=remote_smtp_smarthost defer (-1): {}"
CASES = [
    (
        POSTFIX.format("TLS is required, but was not offered by host m.example[203.0.113.9]"),
        "starttls_not_offered",
        "starttls",
    ),
    (
        'postfix/smtp[7]: SMTPS wrappermode (TCP port 465) requires setting "smtp_tls_wrappermode = yes"',
        "tls_wrong_mode",
        "tls",
    ),
    (
        "postfix/smtp[7]: SSL_connect error to m.example[203.0.113.9]:465: -1\n"
        "postfix/smtp[7]: warning: TLS library problem: error:0A00010B:SSL routines::wrong version number:"
        "../ssl/record/ssl3_record.c:354:\n" + POSTFIX.format("Cannot start TLS: handshake failure"),
        "tls_wrong_mode",
        "tls",
    ),
    (POSTFIX.format("Cannot start TLS: handshake failure"), "tls_handshake", "tls"),
    (
        "postfix/smtp[7]: certificate verification failed for m.example[203.0.113.9]:587: num=10:"
        "certificate has expired\n" + POSTFIX.format("Server certificate not verified"),
        "certificate_expired",
        "tls",
    ),
    (POSTFIX.format("Server certificate not verified"), "certificate_untrusted", "tls"),
    (
        POSTFIX.format(
            "SASL authentication failed: server m.example[203.0.113.9] offered no compatible authentication mechanisms "
            "for this type of connection security"
        ),
        "auth_mechanism",
        "auth",
    ),
    (
        POSTFIX.format(
            "Host or domain name not found. Name service error for name=m.example type=MX: Host not found, try again"
        ),
        "dns_unavailable",
        "resolve",
    ),
    (
        POSTFIX.format(
            "conversation with m.example[203.0.113.9] timed out while receiving the initial server greeting"
        ),
        "greeting_timeout",
        "greeting",
    ),
    (
        POSTFIX.format("lost connection with m.example[203.0.113.9] while performing the EHLO handshake"),
        "connection_lost",
        "ehlo",
    ),
    (
        POSTFIX.format(
            "conversation with m.example[203.0.113.9] timed out while sending end of data -- message may be sent more "
            "than once"
        ),
        "reply_timeout",
        "data",
    ),
    (
        POSTFIX.format("message size 30000000 exceeds size limit 10485760 of server m.example[203.0.113.9]"),
        "message_too_large",
        "data",
    ),
    (POSTFIX.format("mail for m.example loops back to myself"), "client_refused", None),
    (
        "postfix/smtp[7]: fatal: specify a password table via the `smtp_sasl_password_maps' configuration parameter",
        "client_refused",
        None,
    ),
    (
        POSTFIX.format("SMTPUTF8 is required, but was not offered by host m.example[203.0.113.9]"),
        "recipient_rejected",
        "rcpt",
    ),
    (
        EXIM.format("a TLS session is required, but the server did not offer TLS support"),
        "starttls_not_offered",
        "starttls",
    ),
    (
        "TLS error on connection to m.example [203.0.113.9] (SSL_connect): error:0A00010B:SSL routines::wrong version "
        "number\n" + EXIM.format("a TLS session is required, but an attempt to start TLS failed"),
        "tls_wrong_mode",
        "tls",
    ),
    (
        EXIM.format("authentication required but server did not advertise AUTH support"),
        "auth_not_offered",
        "auth",
    ),
    (
        "2026-11-20 03:04:05 rejected EHLO from [203.0.113.5]: syntactically invalid argument(s): my_host",
        "local_hostname",
        "ehlo",
    ),
    (
        EXIM.format("Remote host closed connection in response to initial connection"),
        "connection_lost",
        "greeting",
    ),
    (
        EXIM.format("Remote host m.example [203.0.113.9] closed connection in response to EHLO box.example"),
        "connection_lost",
        "ehlo",
    ),
    (EXIM.format("host lookup for m.example did not complete (DNS timeout?)"), "dns_unavailable", "resolve"),
    (EXIM.format('lookup of host "m.example" failed in smarthost router'), "dns_not_found", "resolve"),
    ("c@example.com R=nonlocal: Mailing to remote domains not supported", "client_refused", None),
    (
        'smtpd[9]: 5a mta delivery evpid=7 from=<a@example.jp> to=<c@example.com> delay=1s result="TempFail" '
        'stat="TLS required but not supported by remote host"',
        "starttls_not_offered",
        "starttls",
    ),
    ("smtpd[9]: 5a mta error reason=Connection timeout", "connect_timeout", "connect"),
    ("smtpd[9]: 5a mta error reason=Refuse to AUTH over insecure channel", "tls_required", "auth"),
    (
        "dma[77]: remote delivery deferred: SSL handshake failed fatally: "
        "error:0A00010B:SSL routines::wrong version number",
        "tls_wrong_mode",
        "tls",
    ),
    ("dma[77]: remote delivery deferred: SSL handshake failed fatally: (null)", "tls_handshake", "tls"),
    (
        "sm-mta[12]: 4F1: to=c@example.com, relay=m.example., stat=Deferred: Name server: m.example.: host "
        "name lookup failure",
        "dns_unavailable",
        "resolve",
    ),
    ("stat=Deferred: Connection timed out with m.example.", "connect_timeout", "connect"),
    (
        "<c@example.com>:\nSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n"
        "I'm not going to try again; this message has been in the queue too long.",
        "connect_timeout",
        "connect",
    ),
    ("deferral: CNAME_lookup_failed_temporarily._(#4.4.3)/", "dns_unavailable", "resolve"),
    (
        "deferral: TLS unable to verify server with smtp.example.jp: received certificate for mail.example.net",
        "certificate_hostname",
        "tls",
    ),
    ("nullmailer-send[3]: smtp: Failed: Server SSL/TLS certificate is untrusted", "certificate_untrusted", "tls"),
    ("nullmailer-send[3]: Sending timed out, killing protocol", "reply_timeout", None),
    ("send-mail: Cannot open mail:25", "dns_not_found", "resolve"),
    ("sSMTP[31684]: Unable to locate smtp.exmaple.jp", "dns_not_found", "resolve"),
    (
        "status=deferred (SASL authentication failed; cannot authenticate to server mx.example[203.0.113.9]: generic "
        "failure)",
        "auth_mechanism",
        "auth",
    ),
    ("[NOTICE] [outbound] No TLS available but required by configuration.", "starttls_not_offered", "starttls"),
]


@pytest.mark.parametrize(("text", "cause", "stage"), CASES, ids=[text[-50:] for text, *_ in CASES])
def test_what_a_server_says_of_the_next_gives_its_cause(text, cause, stage):
    assert first_told(text) == (cause, stage)


@pytest.mark.parametrize(
    ("dsn", "words", "cause"),
    [
        ("4.7.0", "TLS is required, but was not offered by host m.example[203.0.113.9]", "starttls_not_offered"),
        ("4.7.5", "Server certificate not verified", "certificate_untrusted"),
        ("4.7.5", "Cannot start TLS: handshake failure", "tls_handshake"),
        ("4.4.3", "Name service error for name=m.example type=MX: Host not found, try again", "dns_unavailable"),
        ("5.6.7", "SMTPUTF8 is required, but was not offered by host m.example[203.0.113.9]", "recipient_rejected"),
        ("5.1.1", 'unknown user: "nobody"', "recipient_unknown"),
    ],
)
def test_a_status_beside_a_servers_own_words_decides_only_where_those_do_not(dsn, words, cause):
    found = complaints(f"m postfix/smtp[7]: 4F1: to=<c@example.com>, dsn={dsn}, status=deferred ({words})")
    assert [each.failure.cause for each in found] == [cause]
