"""What Java and its mail libraries say by themselves leads to its cause."""

import pytest

from panel.diagnosis.explain.explain import complaints
from tests.support.explained import first_told

NESTED = ";\n  nested exception is:\n\t"
SMTP_HOST = "javax.mail.MessagingException: Could not connect to SMTP host: smtp.a.example, port: "
SPRING = "org.springframework.mail.MailSendException: Mail server connection failed; nested exception is "


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        (f"{SMTP_HOST}465, response: -1", "tls_wrong_mode", "tls"),
        ("jakarta.mail.MessagingException: Got bad greeting from SMTP host: smtp.a.example, port: 465, response: [EOF]",
         "tls_wrong_mode", "tls"),
        (f"{SPRING}javax.mail.MessagingException: Exception reading response{NESTED}java.net.SocketTimeoutException: "
         "Read timed out", "greeting_timeout", "greeting"),
        ("Got bad greeting from SMTP host: localhost, port: 1025, response: [EOF]", "connection_lost", "greeting"),
        ("Couldn't connect to host, port: smtp.a.example, -1; timeout -1; Using unknown socket factory;\n  nested "
         "exception is:\n\tjava.lang.ClassNotFoundException: jakarta.net.ssl.SSLSocketFactory", "client_refused", None),
        (f"{SMTP_HOST}25, response: -1", "connection_lost", "greeting"),
        (f"{SMTP_HOST}465{NESTED}java.net.SocketTimeoutException: Read timed out", "greeting_timeout", "greeting"),
        (f"{SMTP_HOST}465{NESTED}javax.net.ssl.SSLHandshakeException: No appropriate protocol (protocol is disabled or "
         "cipher suites are inappropriate)", "tls_handshake", "tls"),
        (f"{SMTP_HOST}465{NESTED}javax.net.ssl.SSLException: Unsupported or unrecognized SSL message", "tls_wrong_mode",
         "tls"),
        (f"{SMTP_HOST}25{NESTED}java.net.ConnectException: Connection refused: connect", "connection_refused",
         "connect"),
        (f"com.sun.mail.util.MailConnectException: Couldn't connect to host, port: smtp.a.example, 587; timeout -1"
         f"{NESTED}java.net.ConnectException: Operation timed out", "connect_timeout", "connect"),
        (f"com.sun.mail.util.MailConnectException: Couldn't connect to host, port: localhost, 25; timeout 5000{NESTED}"
         "java.net.ConnectException: Connection refused (Connection refused)", "connection_refused", "connect"),
        ("javax.mail.MessagingException: Unknown SMTP host: smtp.a.exmaple", "dns_not_found", "resolve"),
        ("Caused by: java.net.UnknownHostException: smtp.a.example: Temporary failure in name resolution",
         "dns_unavailable", "resolve"),
        ("java.net.UnknownHostException: smtp.a.example: Try again", "dns_unavailable", "resolve"),
        ("java.net.UnknownHostException: smtp.a.example", "dns_not_found", "resolve"),
        ("com.sun.mail.smtp.SMTPSendFailedException: [EOF]", "connection_lost", None),
        (f"javax.mail.MessagingException: Exception reading response{NESTED}java.net.SocketTimeoutException: Read "
         "timed out", "reply_timeout", None),
        (f"javax.mail.MessagingException: Can't send command to SMTP host{NESTED}javax.net.ssl.SSLHandshakeException: "
         "Received fatal alert: protocol_version", "tls_handshake", "tls"),
        (f"javax.mail.MessagingException: Can't send command to SMTP host{NESTED}java.net.SocketException: Connection "
         "closed by remote host", "connection_lost", None),
        ("javax.mail.AuthenticationFailedException: failed to connect, no password specified?", "client_refused",
         "auth"),
        ("javax.mail.AuthenticationFailedException: failed to connect", "login_refused", "auth"),
        ("jakarta.mail.AuthenticationFailedException: null", "login_refused", "auth"),
        ("javax.mail.MessagingException: STARTTLS is required but host does not support STARTTLS",
         "starttls_not_offered", "starttls"),
        ("jakarta.mail.AuthenticationFailedException: No authentication mechanisms supported by both server and client",
         "auth_mechanism", "auth"),
        ("javax.mail.NoSuchProviderException: smtp\n\tat javax.mail.Session.getService", "client_refused", None),
        ("javax.mail.NoSuchProviderException: No provider for smtp", "client_refused", None),
        ("javax.mail.internet.AddressException: Missing final '@domain' in string ``taro''", "client_refused", None),
        ("org.apache.commons.mail.EmailException: From address required", "client_refused", None),
    ],
)  # fmt: skip
def test_mail_libraries(text: str, cause: str, stage: str | None) -> None:
    assert first_told(text) == (cause, stage)


CONVERT = f"javax.mail.MessagingException: Could not convert socket to TLS{NESTED}javax.net.ssl.SSLHandshakeException: "
PKIX = "sun.security.validator.ValidatorException: PKIX path "


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (f"{CONVERT}{PKIX}building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find "
         "valid certification path to requested target", "certificate_untrusted"),
        (f"{CONVERT}{PKIX}building failed", "certificate_untrusted"),
        (f"{CONVERT}{PKIX}validation failed: java.security.cert.CertPathValidatorException: validity check failed",
         "certificate_expired"),
        (f"{CONVERT}java.security.cert.CertificateExpiredException: NotAfter: Sat Apr 05 00:00:00 UTC 2025",
         "certificate_expired"),
        (f"{CONVERT}java.security.cert.CertificateException: No name matching smtp.a.example found",
         "certificate_hostname"),
        (f"{CONVERT}No subject alternative DNS name matching smtp.a.example found.", "certificate_hostname"),
        (f"{CONVERT}No subject alternative names matching IP address 203.0.113.5 found", "certificate_hostname"),
        (f"{CONVERT}java.io.IOException: Server is not trusted: smtp.a.example", "certificate_untrusted"),
        (f"{CONVERT}{PKIX}validation failed: java.security.cert.CertPathValidatorException: Algorithm constraints "
         "check failed on signature algorithm: SHA1withRSA", "tls_handshake"),
        (f"{CONVERT}Unable to determine revocation status due to network error", "certificate_revocation"),
        ("java.security.InvalidAlgorithmParameterException: the trustAnchors parameter must be non-empty",
         "certificate_untrusted"),
        ("javax.net.ssl.SSLHandshakeException: Remote host terminated the handshake\nCaused by: java.io.EOFException: "
         "SSL peer shut down incorrectly", "tls_handshake"),
        ("The server selected protocol version TLS10 is not accepted by client preferences [TLS13, TLS12]",
         "tls_handshake"),
        ("javax.mail.MessagingException: Could not convert socket to TLS", "tls_handshake"),
    ],
)  # fmt: skip
def test_tls_of_the_jdk(text: str, cause: str) -> None:
    assert [each.diagnosis.cause.name for each in complaints(text)] == [cause]
