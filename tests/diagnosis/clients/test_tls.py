"""What TLS libraries say gives its cause, in the wrapping of the programs that print it."""

import pytest

from tests.support.explained import first_told

OPENSSL_3 = "139:error:0A{}:SSL routines:{}:../ssl/statem/statem_clnt.c:1889:"
CASES = [
    ("curl: (60) SSL certificate problem: certificate has expired", "certificate_expired", "tls"),
    ("verify error:num=9:certificate is not yet valid\nVerify return code: 9", "certificate_expired", "tls"),
    ("SSL: error:0A000086:SSL routines::certificate verify failed: IP address mismatch", "certificate_hostname", "tls"),
    (
        "2026/11/20 03:04:05 [error] peer: tlsv1 unrecognized name:SSL alert number 112",
        "certificate_hostname",
        "tls",
    ),
    (
        "depth=2 CN=Corp Root\nverify error:num=19:self-signed certificate in certificate chain",
        "certificate_untrusted",
        "tls",
    ),
    ("Verification error: unable to verify the first certificate", "certificate_untrusted", "tls"),
    (
        "SSL_accept failed: error:14094418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca",
        "certificate_untrusted",
        "tls",
    ),
    ("verify error:num=3:unable to get certificate CRL", "certificate_revocation", "tls"),
    ("Error: X509_V_ERR_CRL_HAS_EXPIRED at mail.example.jp:465", "certificate_revocation", "tls"),
    (
        "140735:error:140770FC:SSL routines:SSL23_GET_SERVER_HELLO:unknown protocol:s23_clnt.c:827:",
        "tls_wrong_mode",
        "tls",
    ),
    (OPENSSL_3.format("00010B", "tls_validate_record_header:wrong version number"), "tls_wrong_mode", "tls"),
    (OPENSSL_3.format("000410", "ssl3_read_bytes:ssl/tls alert handshake failure"), "tls_handshake", "tls"),
    (
        "ssl.SSLError: [SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] ssl/tls alert handshake failure (_ssl.c:1032)",
        "tls_handshake",
        "tls",
    ),
    (OPENSSL_3.format("000152", "final_renegotiate:unsafe legacy renegotiation disabled"), "tls_handshake", "tls"),
    ("[SSL: DH_KEY_TOO_SMALL] dh key too small (_ssl.c:1007)", "tls_handshake", "tls"),
    ("error:0A00014D:SSL routines::legacy sigalg disallowed or unsupported", "tls_handshake", "tls"),
    (
        "error:0A000438:SSL routines::tlsv1 alert internal error (SSL alert number 80)",
        "starttls_failed",
        "tls",
    ),
    ("error:0A00045C:SSL routines::tlsv13 alert certificate required", "auth_mechanism", "tls"),
    ("OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to mail.example.jp:465", "connection_lost", None),
    ("error:0A000126:SSL routines::unexpected eof while reading", "connection_lost", None),
    ("gnutls_handshake: An unexpected TLS packet was received.", "tls_wrong_mode", "tls"),
    ("msmtp: TLS handshake failed: A packet with illegal or unsupported version was received.", "tls_handshake", "tls"),
    ("*** Fatal error: A TLS fatal alert has been received: Handshake failed", "tls_handshake", "tls"),
    ("*** Fatal error: A TLS fatal alert has been received.\n*** Received alert [70]", "tls_handshake", "tls"),
    (
        "*** Fatal error: The Diffie-Hellman prime sent by the server is not acceptable (not long enough).",
        "tls_handshake",
        "tls",
    ),
    (
        "- Status: The certificate is NOT trusted. The certificate issuer is unknown. \n"
        "*** PKI verification of server certificate failed...\n"
        "*** Fatal error: Error in the certificate verification.",
        "certificate_untrusted",
        "tls",
    ),
    (
        "- Status: The certificate is NOT trusted. The name in the certificate does not match the expected. \n"
        "*** Fatal error: Error in the certificate verification.",
        "certificate_hostname",
        "tls",
    ),
    (
        "- Status: The certificate is NOT trusted. The certificate chain uses expired certificate. ",
        "certificate_expired",
        "tls",
    ),
    ("GnuTLS recv error (-110): The TLS connection was non-properly terminated.", "connection_lost", None),
    ("JavaScript error: NetworkError: SEC_ERROR_UNKNOWN_ISSUER", "certificate_untrusted", "tls"),
    ("Peer\u2019s Certificate issuer is not recognized.", "certificate_untrusted", "tls"),
    ("Error code: SSL_ERROR_UNSUPPORTED_VERSION", "tls_handshake", "tls"),
    ("Peer using unsupported version of security protocol.", "tls_handshake", "tls"),
    ("SSL received a record that exceeded the maximum permissible length.", "tls_wrong_mode", "tls"),
    (
        "Unable to communicate securely with peer: requested domain name does not match the server\u2019s certificate.",
        "certificate_hostname",
        "tls",
    ),
    ("The OCSP server suggests trying again later.", "certificate_revocation", "tls"),
    (
        "curl: (60) schannel: SNI or certificate check failed: SEC_E_WRONG_PRINCIPAL (0x80090322)",
        "certificate_hostname",
        "tls",
    ),
    (
        "curl: (35) schannel: next InitializeSecurityContext failed: CRYPT_E_REVOCATION_OFFLINE (0x80092013)",
        "certificate_revocation",
        "tls",
    ),
    (
        "curl: (35) schannel: next InitializeSecurityContext failed: SEC_E_INVALID_TOKEN (0x80090308)",
        "tls_wrong_mode",
        "tls",
    ),
    ("クライアントとサーバーは共通のアルゴリズムを処理していないので、通信できません。", "tls_handshake", "tls"),
    ("CFNetwork SSLHandshake failed (-9807)", "certificate_untrusted", "tls"),
    ("curl: (35) Server aborted the SSL handshake", "connection_lost", None),
    ("curl: (60) SSL certificate problem: Certificate chain had an expired certificate", "certificate_expired", "tls"),
    (
        "E esp-tls-mbedtls: mbedtls_ssl_handshake returned -0x2700: X509 - Certificate verification failed, "
        "e.g. CRL, CA or signature check failed\n"
        "Failed to verify peer certificate: The certificate Common Name (CN) does not match with the expected CN",
        "certificate_hostname",
        "tls",
    ),
    ("SSL - An invalid SSL record was received", "tls_wrong_mode", "tls"),
    ("NET - Failed to get an IP address for the given hostname", "dns_not_found", "resolve"),
    ("wolfSSL_connect error -188, ASN no signer error to confirm failure", "certificate_untrusted", "tls"),
    ("SSL_connect failed with error -322: peer subject name mismatch", "certificate_hostname", "tls"),
]


@pytest.mark.parametrize(("text", "cause", "stage"), CASES, ids=[text[:50] for text, *_ in CASES])
def test_what_a_tls_library_says_gives_its_cause(text, cause, stage):
    assert first_told(text) == (cause, stage)
