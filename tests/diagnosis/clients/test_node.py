"""What Node.js, nodemailer and emailjs say by themselves gives its cause."""

import pytest

from tests.support.explained import first_told


def shown(error, code, *, syscall=None, command="CONN"):
    """Write an error as console.error shows one of nodemailer."""
    call = f"  syscall: '{syscall}',\n" if syscall else ""
    return (
        f"{error}\n    at SMTPConnection._formatError (/app/node_modules/nodemailer/lib/smtp-connection/index.js:809)\n"
        f"    at SMTPConnection._onError (/app/node_modules/nodemailer/lib/smtp-connection/index.js:795) {{\n"
        f"  code: '{code}',\n{call}  command: '{command}'\n}}"
    )


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        (shown("Error: queryA ETIMEOUT smtp.example.org", "EDNS", syscall="queryA"), "dns_unavailable", "resolve"),
        (shown("Error: queryA ECONNREFUSED smtp.example.org", "EDNS", syscall="queryA"), "dns_unavailable", "resolve"),
        (shown("Error: queryA ENOTFOUND smtp.exmaple.org", "EDNS", syscall="queryA"), "dns_not_found", "resolve"),
        ('{"code":"EDNS","syscall":"queryA","hostname":"smtp.example.org","command":"CONN"}', "dns_unavailable",
         "resolve"),
        ('{"errno":-111,"code":"ESOCKET","syscall":"connect","port":587,"command":"CONN"}', "connection_refused",
         "connect"),
        ("{ errno: -4039, code: 'ESOCKET', syscall: 'connect', command: 'CONN' }", "connect_timeout", "connect"),
        ("Error: getaddrinfo EAI_AGAIN smtp.example.org", "dns_unavailable", "resolve"),
        ("Error: getaddrinfo ENOTFOUND smtp.exmaple.org", "dns_not_found", "resolve"),
        ("Error: queryMx ENOTFOUND no-such.example", "recipient_domain", "rcpt"),
        (shown("Error: connect ETIMEDOUT 203.0.113.5:465", "ESOCKET", syscall="connect"), "connect_timeout",
         "connect"),
        (shown("Error: connect ECONNREFUSED 127.0.0.1:587", "ESOCKET", syscall="connect"), "connection_refused",
         "connect"),
        (shown("Error: Connection timeout", "ETIMEDOUT"), "connect_timeout", "connect"),
        (shown("Error: Greeting never received", "ETIMEDOUT"), "greeting_timeout", "greeting"),
        ("Error: Timeout\n    at SMTPConnection._onTimeout (/app/node_modules/nodemailer/lib/smtp-connection/index.js:"
         "823:30) {\n  code: 'ETIMEDOUT',\n  command: 'CONN'\n}", "reply_timeout", None),
        ("Error: read ETIMEDOUT at TCP.onStreamRead (node:internal/stream_base_commons:217:20)", "reply_timeout", None),
        (shown("Error: Client network socket disconnected before secure TLS connection was established", "ESOCKET"),
         "connection_lost", "tls"),
        (shown("Error: Unexpected socket close", "ECONNECTION"), "connection_lost", None),
        (shown("Error: read ECONNRESET", "ECONNRESET", syscall="read"), "connection_lost", None),
        ("Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: "
         "mail.example.org. is not in the cert's altnames: DNS:*.example.net", "certificate_hostname", "tls"),
        ("Error: Hostname/IP doesn't match certificate's altnames: \"Host: mail.example.org. is not cert's CN\"",
         "certificate_hostname", "tls"),
        ("Error: self-signed certificate in certificate chain { code: 'ESOCKET', command: 'CONN' }",
         "certificate_untrusted", "tls"),
        ("{ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }", "certificate_untrusted", "tls"),
        ("{ code: 'CERT_NOT_YET_VALID' }", "certificate_expired", "tls"),
        ("[Error: 140735:error:0A00010B:SSL routines:ssl3_get_record:wrong version number] { code: "
         "'ERR_SSL_WRONG_VERSION_NUMBER' }", "tls_wrong_mode", "tls"),
        ("code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'", "tls_handshake", "tls"),
        ("RangeError [ERR_SOCKET_BAD_PORT]: Port should be >= 0 and < 65536. Received type number (58700).",
         "client_refused", None),
    ],
)  # fmt: skip
def test_what_node_says(text, cause, stage):
    assert first_told(text) == (cause, stage)


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        (shown('Error: Missing credentials for "PLAIN"', "EAUTH", command="API"), "client_refused", "auth"),
        ('{"message":"Missing credentials for \\"LOGIN\\"","code":"EAUTH"}', "client_refused", "auth"),
        (shown("Error: Message size larger than allowed 10485760", "EMESSAGE", command="MAIL FROM"),
         "message_too_large", "data"),
        (shown("Error: No recipients defined", "EENVELOPE", command="API"), "client_refused", None),
        ("Error: EHLO failed but HELO does not support required STARTTLS. response=", "starttls_not_offered",
         "starttls"),
        (shown("Error: Can't create new access token for user", "EAUTH", command="AUTH XOAUTH2"),
         "oauth_signin_required", "auth"),
        ("Gmail_API: Invalid grant. Please reconnect your Gmail account", "oauth_signin_required", "auth"),
        ("Gmail_API: Request had insufficient authentication scopes.", "oauth_scope_wrong", "auth"),
        ("Error: authorization.failed", "login_refused", "auth"),
        ("Error: no form of authorization supported", "auth_mechanism", "auth"),
        ("Error: timedout while connecting to smtp server", "connect_timeout", "connect"),
        ("Error: Message must have a `from` header", "client_refused", None),
    ],
)  # fmt: skip
def test_what_nodemailer_and_emailjs_say(text, cause, stage):
    assert first_told(text) == (cause, stage)
