"""What Rust's crates, and programs over them, say by themselves gives its cause."""

import pytest

from tests.support.explained import first_told


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        ("[2026-11-20 10:00:01][vaultwarden::mail][ERROR] SMTP error: Connection error: failed to lookup address "
         "information: Name or service not known", "dns_not_found", "resolve"),
        ("Connection error: failed to lookup address information: Try again", "dns_unavailable", "resolve"),
        ("Connection error: could not resolve to any address", "dns_not_found", "resolve"),
        ("no record found for Query { name: Name(\"mail.example.org.\"), query_type: A, query_class: IN }",
         "dns_not_found", "resolve"),
        ("no records found for Query { name: Name(\"example.org.\"), query_type: MX, query_class: IN }",
         "recipient_domain", "rcpt"),
        ("Connection error: Connection refused (os error 111)", "connection_refused", "connect"),
        ("lettre::transport::smtp::Error { kind: Connection, source: Os { code: 113, kind: HostUnreachable, message: "
         "\"No route to host\" } }", "network_unreachable", "connect"),
        ("SMTP network error: Resource temporarily unavailable (os error 11)", "reply_timeout", None),
        ("Io(Os { code: 11, kind: WouldBlock, message: \"Resource temporarily unavailable\" })", "reply_timeout", None),
        ("Error: response error: incomplete response", "connection_lost", None),
        ("network error: peer closed connection without sending TLS close_notify: https://docs.rs/rustls/latest/"
         "rustls/manual/_03_howto/index.html#unexpected-eof", "connection_lost", None),
        ("Connection error: tls handshake eof", "connection_lost", "tls"),
        ("Connection error: received corrupt message of type InvalidContentType", "tls_wrong_mode", "tls"),
        ("Connection error: received corrupt message", "tls_wrong_mode", "tls"),
        ("Connection error: peer is incompatible: ServerDoesNotSupportTls12Or13", "tls_handshake", "tls"),
        ("received fatal alert: HandshakeFailure", "tls_handshake", "tls"),
        ("received fatal alert: the peer did not support a suitable TLS version", "tls_handshake", "tls"),
        ("invalid peer certificate: UnknownIssuer", "certificate_untrusted", "tls"),
        ("Connection error: invalid peer certificate: Other(OtherError(UnsupportedCertVersion))",
         "certificate_untrusted", "tls"),
        ("Connection error: invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))", "certificate_untrusted",
         "tls"),
        ("invalid peer certificate: NotValidForName", "certificate_hostname", "tls"),
        ("invalid peer certificate: certificate not valid for name \"mail.example.org\"; certificate is only valid "
         "for DnsName(\"*.example.net\")", "certificate_hostname", "tls"),
        ("invalid peer certificate: Expired", "certificate_expired", "tls"),
        ("invalid peer certificate: certificate expired: verification time 1764150000 (UNIX), but certificate is not "
         "valid after 1764000000 (150000 seconds ago)", "certificate_expired", "tls"),
        ("Custom { kind: InvalidData, error: InvalidCertificate(UnknownIssuer) }", "certificate_untrusted", "tls"),
        ("Custom { kind: InvalidData, error: InvalidCertificate(NotValidForName) }", "certificate_hostname", "tls"),
        ("Custom { kind: InvalidData, error: InvalidMessage(InvalidContentType) }", "tls_wrong_mode", "tls"),
        ("invalid certificate: CertNotValidForName", "certificate_hostname", "tls"),
        ("invalid peer certificate: UnknownRevocationStatus", "certificate_revocation", "tls"),
        ("error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed (self signed "
         "certificate)", "certificate_untrusted", "tls"),
    ],
)  # fmt: skip
def test_what_std_and_the_tls_crates_say(text, cause, stage):
    assert first_told(text) == (cause, stage)


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        ("SMTP client error: internal client error: No compatible authentication mechanism was found",
         "auth_mechanism", "auth"),
        ("internal client error: STARTTLS is not supported on this server", "starttls_not_offered", "starttls"),
        ("Error: Could not encrypt connection, aborting", "starttls_not_offered", "starttls"),
        ("internal client error: This mechanism does not expect a challenge", "oauth_token_refused", "auth"),
        ("response error: error Tag at: 250", "protocol_error", None),
        ("internal client error: Envelope contains non-ascii chars but server does not support SMTPUTF8",
         "recipient_rejected", "rcpt"),
        ("missing destination address, invalid envelope", "client_refused", None),
        ("called `Result::unwrap()` on an `Err` value: Error { kind: InvalidInput, message: \"invalid socket address\" "
         "}", "client_refused", None),
        ("Missing authentication credentials", "client_refused", None),
    ],
)  # fmt: skip
def test_what_lettre_and_its_like_say(text, cause, stage):
    assert first_told(text) == (cause, stage)
