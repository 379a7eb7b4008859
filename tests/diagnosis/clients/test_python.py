"""What Python's libraries say by themselves gives its cause, and the step where a traceback tells of one."""

import pytest

from tests.support.explained import first_told

LIB = "/usr/lib/python3.11"


def traceback(*frames, said):
    """Write what Python prints of an exception, with the frames of smtplib that it came through."""
    shown = "".join(f'  File "{LIB}/{where}\n    {line}\n    ^^^^^^^^^^^^^^^^\n' for where, line in frames)
    return f'Traceback (most recent call last):\n  File "/app/send.py", line 9, in send\n{shown}{said}'


GETREPLY = ('smtplib.py", line 398, in getreply', 'raise SMTPServerDisconnected("Connection unexpectedly closed: "')
CONNECT = ('smtplib.py", line 341, in connect', "(code, msg) = self.getreply()")
DOCMD = ('smtplib.py", line 424, in docmd', "return self.getreply()")
AUTH = ('smtplib.py", line 644, in auth', '(code, resp) = self.docmd("AUTH", mechanism + " " + response)')
EHLO = ('smtplib.py", line 444, in ehlo', "(code, msg) = self.getreply()")
DATA = ('smtplib.py", line 573, in data', "(code, msg) = self.getreply()")
MAIL = ('smtplib.py", line 541, in mail', "return self.getreply()")
HANDSHAKE = ('ssl.py", line 1346, in do_handshake', "self._sslobj.do_handshake()")
CLOSED = "smtplib.SMTPServerDisconnected: Connection unexpectedly closed"
PUTCMD = ('smtplib.py", line 443, in ehlo', "self.putcmd(self.ehlo_msg, name or self.local_hostname)")
SENT = ('smtplib.py", line 371, in putcmd', "self.send(f'{s}{CRLF}')")
ENCODED = ('smtplib.py", line 356, in send', "s = s.encode(self.command_encoding)")
NOT_ASCII = "UnicodeEncodeError: 'ascii' codec can't encode characters in position 5-6: ordinal not in range(128)"


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        (f"[2026-11-20 10:00:01] ERROR in mailer: {CLOSED}: timed out", "reply_timeout", None),
        (traceback(CONNECT, GETREPLY, said=f"{CLOSED}: timed out"), "greeting_timeout", "greeting"),
        (traceback(MAIL, GETREPLY, said=f"{CLOSED}: timed out"), "reply_timeout", None),
        (traceback(EHLO, GETREPLY, said=f"{CLOSED}: timed out"), "reply_timeout", "ehlo"),
        (traceback(AUTH, DOCMD, GETREPLY, said=f"{CLOSED}: timed out"), "reply_timeout", "auth"),
        (traceback(DATA, GETREPLY, said=f"{CLOSED}: The read operation timed out"), "reply_timeout", "data"),
        (traceback(CONNECT, GETREPLY, said=CLOSED), "connection_lost", "greeting"),
        (traceback(AUTH, DOCMD, GETREPLY, said=CLOSED), "connection_lost", "auth"),
        (traceback(DATA, GETREPLY, said=CLOSED), "connection_lost", "data"),
        (traceback(HANDSHAKE, said="ssl.SSLEOFError: [SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of "
                   "protocol (_ssl.c:1007)"), "connection_lost", "tls"),
        (traceback(HANDSHAKE, said="TimeoutError: _ssl.c:980: The handshake operation timed out"), "reply_timeout",
         "tls"),
        (traceback(('socket.py", line 851, in create_connection', "sock.connect(sa)"), said="TimeoutError: timed out"),
         "connect_timeout", "connect"),
        (traceback(PUTCMD, SENT, ENCODED, said=NOT_ASCII), "local_hostname", "ehlo"),
        (traceback(('socket.py", line 791, in getfqdn', "hostname, aliases, ipaddrs = gethostbyaddr(name)"),
                   said="UnicodeDecodeError: 'utf-8' codec can't decode byte 0xc3 in position 0: invalid start byte"),
         "local_hostname", "ehlo"),
        ("ssl.SSLError: The read operation timed out", "reply_timeout", None),
        ("smtplib.SMTPServerDisconnected: Server not connected", "connection_lost", None),
        ("smtplib.SMTPNotSupportedError: SMTP AUTH extension not supported by server.", "auth_not_offered", "auth"),
        ("django: STARTTLS extension not supported by server.", "starttls_not_offered", "starttls"),
        ("smtplib.SMTPException: No suitable authentication method found.", "auth_mechanism", "auth"),
        ("mailer.tasks: sending failed: smtplib.SMTPAuthenticationError", "login_refused", "auth"),
        ("smtplib.SMTPServerDisconnected: please run connect() first", "client_refused", None),
        ("TypeError: SMTP.starttls() got an unexpected keyword argument 'keyfile'", "client_refused", None),
        ("ValueError: server_hostname cannot be an empty string or start with a leading dot.", "client_refused", None),
        ("smtplib.SMTPNotSupportedError: One or more source or delivery addresses require internationalized email "
         "support, but the server does not advertise the required SMTPUTF8 capability", "recipient_rejected", "rcpt"),
        ("UnicodeError: encoding with 'idna' codec failed (UnicodeError: label empty or too long)", "dns_not_found",
         "resolve"),
        ("socket.gaierror: [Errno -9] Address family for hostname not supported", "dns_not_found", "resolve"),
        ("socket.gaierror: [Errno -3] Temporary failure in name resolution", "dns_unavailable", "resolve"),
        ("ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1129)", "tls_wrong_mode", "tls"),
        ("ssl.SSLError: [SSL] record layer failure (_ssl.c:1000)", "tls_wrong_mode", "tls"),
        ("ssl.SSLError: [SSL: NO_PROTOCOLS_AVAILABLE] no protocols available (_ssl.c:1007)", "tls_handshake", "tls"),
        ("ssl.SSLError: [SSL: UNSAFE_LEGACY_RENEGOTIATION_DISABLED] unsafe legacy renegotiation disabled",
         "tls_handshake", "tls"),
        ("ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: IP address "
         "mismatch, certificate is not valid for '203.0.113.5'. (_ssl.c:1007)", "certificate_hostname", "tls"),
        ("ssl.CertificateError: hostname 'mail.example.jp' doesn't match either of '*.sakura.ne.jp', 'sakura.ne.jp'",
         "certificate_hostname", "tls"),
        ("ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has "
         "expired (_ssl.c:1129)", "certificate_expired", "tls"),
        ("ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Basic Constraints "
         "of CA cert not marked critical (_ssl.c:1032)", "certificate_untrusted", "tls"),
    ],
)  # fmt: skip
def test_what_the_standard_library_says(text, cause, stage):
    assert first_told(text) == (cause, stage)


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        ("aiosmtplib.errors.SMTPConnectTimeoutError: Timed out connecting to smtp.example.jp on port 465",
         "connect_timeout", "connect"),
        ("aiosmtplib.errors.SMTPConnectTimeoutError: Timed out waiting for server ready message", "greeting_timeout",
         "greeting"),
        ("aiosmtplib.errors.SMTPReadTimeoutError: Timed out waiting for server response", "reply_timeout", None),
        ("aiosmtplib.errors.SMTPConnectError: Error connecting to smtp.example.jp on port 587: [Errno 111] Connect "
         "call failed ('203.0.113.5', 587)", "connection_refused", "connect"),
        ("aiosmtplib.errors.SMTPServerDisconnected: Connection lost", "connection_lost", None),
        ("aiosmtplib.errors.SMTPException: The SMTP AUTH extension is not supported by this server. Try connecting "
         "via TLS (or STARTTLS).", "auth_not_offered", "auth"),
        ("ValueError: The start_tls and use_tls options are not compatible.", "client_refused", None),
        ("aiosmtplib.errors.SMTPException: Connection already using TLS", "client_refused", None),
        ("ConnectionAbortedError: SSL handshake is taking longer than 60.0 seconds: aborting the connection",
         "reply_timeout", "tls"),
        ("django.core.exceptions.ImproperlyConfigured: EMAIL_USE_TLS/EMAIL_USE_SSL are mutually exclusive, so only "
         "set one of those settings to True.", "client_refused", None),
        ("AssertionError: The message does not specify a sender and a default sender has not been configured",
         "client_refused", None),
        ("Connection Test Failed! Missing SMTP Server\nPlease define at least one SMTP server, or provide the SMTP "
         "parameters explicitly.", "client_refused", None),
        ("No response received. Check server address and port number.\n timed out", "connect_timeout", "connect"),
        ("No response received. Check server address and port number.\n [Errno -2] Name or service not known",
         "dns_not_found", "resolve"),
        ("The server has closed the connection unexpectedly. Check configuration served on this port number.\n None",
         "connection_lost", None),
        ("homeassistant.components.smtp.notify: Login not possible. Please check your setting and/or your credentials",
         "login_refused", "auth"),
    ],
)  # fmt: skip
def test_what_packages_over_it_say(text, cause, stage):
    assert first_told(text) == (cause, stage)
