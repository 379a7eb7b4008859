"""What Go's packages, and programs over them, say by themselves gives its cause."""

import pytest

from tests.support.explained import first_told


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        ("dial tcp 203.0.113.5:25: i/o timeout", "connect_timeout", "connect"),
        ("dial tcp [2001:db8::5]:587: connect: connection refused", "connection_refused", "connect"),
        ("dial tcp 203.0.113.5:587: connectex: A connection attempt failed because the connected party did not "
         "properly respond after a period of time, or established connection failed because connected host has failed "
         "to respond.", "connect_timeout", "connect"),
        ("read tcp 172.18.0.4:41218->203.0.113.5:465: i/o timeout", "reply_timeout", None),
        ("gomail: could not send email 1: read tcp 172.18.0.4:41218->203.0.113.5:587: i/o timeout", "reply_timeout",
         None),
        ("dial tcp: lookup smtp.example.org on 127.0.0.11:53: read udp 127.0.0.1:40044->127.0.0.11:53: i/o timeout",
         "dns_unavailable", "resolve"),
        ("dial tcp: lookup smtp.example.org on 10.0.0.2:53: read udp 10.0.0.9:40044->10.0.0.2:53: read: connection "
         "refused", "dns_unavailable", "resolve"),
        ("dial tcp: lookup smtp.example.org: i/o timeout", "dns_unavailable", "resolve"),
        ("dial tcp: lookup smtp.example.org on [::1]:53: dial udp [::1]:53: connect: cannot assign requested address",
         "dns_unavailable", "resolve"),
        ("dial tcp: lookup smtp.example.org: getaddrinfow: This is usually a temporary error during hostname "
         "resolution and means that the local server did not receive a response from an authoritative server.",
         "dns_unavailable", "resolve"),
        ("dial tcp: lookup smtp.exmaple.org on 127.0.0.11:53: no such host", "dns_not_found", "resolve"),
        ("dial tcp: address smtp.example.org: missing port in address", "client_refused", None),
        ("dial tcp: lookup tcp/submissions2: unknown port", "client_refused", None),
        ("t=2026-11-20T08:54:20+0000 lvl=eror msg=\"Failed to send alert notification email\" error=EOF",
         "connection_lost", None),
        ('{"level":"error","msg":"Email send failed","error":"EOF"}', "connection_lost", None),
        ("level=error component=dispatcher msg=\"Notify for alerts failed\" err=EOF", "connection_lost", None),
        ("Error dialing SMTP server: EOF", "connection_lost", None),
        ("*email.loginAuth auth: EOF", "connection_lost", "auth"),
        ("write tcp 10.0.0.4:41218->203.0.113.5:587: use of closed network connection", "connection_lost", None),
        ("failed to send email: context deadline exceeded", "connect_timeout", "connect"),
        ("remote error: tls: bad certificate", "auth_mechanism", "tls"),
        ("tls: first record does not look like a TLS handshake", "tls_wrong_mode", "tls"),
        (r"short response: \x15\x03\x01\x00\x02\x02", "tls_wrong_mode", "tls"),
        (r'{"error":"short response: \u0015\u0003\u0001\u0000\u0002\u0002"}', "tls_wrong_mode", "tls"),
        ("short response: \x15\x03\x03\x00\x02\x02P", "tls_wrong_mode", "tls"),
        ("starttls failed: remote error: tls: protocol version not supported", "tls_handshake", "tls"),
        ("tls: server selected unsupported protocol version 301", "tls_handshake", "tls"),
        ("tls: failed to verify certificate: x509: cannot validate certificate for 203.0.113.5 because it doesn't "
         "contain any IP SANs", "certificate_hostname", "tls"),
        ("x509: cannot validate certificate for 203.0.113.5 because it doesn’t contain any IP SANs",
         "certificate_hostname", "tls"),
        ("x509: certificate relies on legacy Common Name field, use SANs instead", "certificate_hostname", "tls"),
        ("x509: certificate is valid for *.example.net, example.net, not mail.example.org", "certificate_hostname",
         "tls"),
        ("x509: “*.example.net” certificate name does not match input", "certificate_hostname", "tls"),
        ("x509: certificate has expired or is not yet valid: current time 2026-11-20T10:00:00Z is after "
         "2026-11-01T00:00:00Z", "certificate_expired", "tls"),
        ("tls: failed to verify certificate: x509: certificate signed by unknown authority", "certificate_untrusted",
         "tls"),
        ("x509: “mail” certificate is not trusted", "certificate_untrusted", "tls"),
        ("tls: failed to parse certificate from server: x509: negative serial number", "certificate_untrusted", "tls"),
    ],
)  # fmt: skip
def test_what_the_standard_library_says(text, cause, stage):
    assert first_told(text) == (cause, stage)


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        ("smtp: server doesn't support AUTH", "auth_not_offered", "auth"),
        ('err="failed to send notification to email addresses: a@b.example: EOF"', "connection_lost", None),
        ("SMTP AUTH extension not found", "auth_not_offered", "auth"),
        ("failed to send message via SMTP: dial failed: server does not support SMTP AUTH", "auth_not_offered",
         "auth"),
        ("SMTP server does not support AUTH, but credentials provided", "auth_not_offered", "auth"),
        ("dial failed: SMTP AUTH failed: server does not support SMTP AUTH type: PLAIN", "auth_mechanism", "auth"),
        ("gomail: unexpected server challenge: Please enter", "auth_mechanism", "auth"),
        ("Unknown fromServer", "auth_mechanism", "auth"),
        ("*smtp.plainAuth auth: unencrypted connection", "tls_required", "mail"),
        ("gomail: unencrypted connection", "tls_required", "mail"),
        ("Error sending test: SMTP STARTTLS extension not found", "starttls_not_offered", "starttls"),
        ('STARTTLS mode set to: "TLSMandatory", but target host does not support STARTTLS', "starttls_not_offered",
         "starttls"),
        ("gomail: MandatoryStartTLS required, but SMTP server does not support STARTTLS", "starttls_not_offered",
         "starttls"),
        ("err=\"'require_tls' is true (default) but \\\"mail.example.org:25\\\" does not advertise the STARTTLS "
         "extension\"", "starttls_not_offered", "starttls"),
        ("find auth mechanism: missing password for PLAIN auth mechanism", "client_refused", None),
        ("*smtp.plainAuth failed: wrong host name", "client_refused", None),
        ("parsing from addresses: mail: missing '@' or angle-addr", "client_refused", None),
        ("smtp: A line must not contain CR or LF", "client_refused", None),
        ('gomail: invalid message, "From" field is absent', "client_refused", None),
        ("Mail Error: SMTP Connection timed out", "connect_timeout", "connect"),
        ("timed out waiting for free conn in pool", "reply_timeout", None),
    ],
)  # fmt: skip
def test_what_packages_over_it_say(text, cause, stage):
    assert first_told(text) == (cause, stage)
