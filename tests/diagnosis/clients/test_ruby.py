"""What Ruby's libraries say by themselves gives its cause, and the step where a backtrace tells of one."""

import pytest

from tests.support.explained import first_told

NET = "/usr/local/lib/ruby/3.2.0/net/protocol.rb"
SMTP = "/app/vendor/bundle/ruby/3.2.0/gems/net-smtp-0.3.3/lib/net/smtp.rb"
READING = (f"{NET}:229:in `rbuf_fill'", f"{NET}:199:in `readuntil'", f"{NET}:209:in `readline'")
REPLY = f"{SMTP}:1057:in `recv_response'"


def backtrace(said, *frames):
    """Write what Ruby prints of an exception raised while a reply was read, with the frames that it came through."""
    return "\n".join([said, *READING, REPLY, *(f"{SMTP}:600:in `{frame}'" for frame in frames)])


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        ("Net::OpenTimeout: execution expired", "connect_timeout", "connect"),
        ("Error performing ActionMailer::MailDeliveryJob: Net::OpenTimeout (execution expired)", "connect_timeout",
         "connect"),
        ("Net::OpenTimeout: Timeout to open TCP connection to smtp.example.org:587", "connect_timeout", "connect"),
        ("Net::ReadTimeout with #<TCPSocket:(closed)>", "reply_timeout", None),
        (backtrace("Net::ReadTimeout (Net::ReadTimeout with #<TCPSocket:(closed)>):", "block in do_start", "critical",
                   "do_start"), "greeting_timeout", "greeting"),
        (backtrace("Net::ReadTimeout:", "block in getok", "critical", "getok", "rcptto"), "reply_timeout", None),
        (backtrace("Net::ReadTimeout:", "get_response", "block in auth_plain", "critical"), "reply_timeout", None),
        (backtrace("Net::ReadTimeout:", "block in data", "critical", "data"), "reply_timeout", "data"),
        ("EOFError (end of file reached)", "connection_lost", None),
        (backtrace("EOFError: end of file reached", "block in do_start", "critical"), "connection_lost", None),
        ("OpenSSL::SSL::SSLError: SSL_connect SYSCALL returned=5 errno=0 peeraddr=203.0.113.5:2525 state=SSLv3/TLS "
         "write client hello", "connection_lost", "tls"),
        ("SSL_connect returned=1 errno=0 peeraddr=203.0.113.5:587 state=error: wrong version number",
         "tls_wrong_mode", "tls"),
        ("OpenSSL::SSL::SSLError: SSL_connect returned=1 errno=0 state=error: dh key too small", "tls_handshake",
         "tls"),
        ("SSL_connect returned=1 errno=0 state=error: certificate verify failed (self signed certificate)",
         "certificate_untrusted", "tls"),
        ("OpenSSL::SSL::SSLError: SSL_connect returned=1 errno=0 state=error: certificate verify failed (hostname "
         "mismatch)", "certificate_hostname", "tls"),
        ("SSL_connect returned=1 errno=0 state=error: certificate verify failed (IP address mismatch)",
         "certificate_hostname", "tls"),
        ('OpenSSL::SSL::SSLError: hostname "mail.example.org" does not match the server certificate',
         "certificate_hostname", "tls"),
        ("SSL_connect returned=1 errno=0 state=error: certificate verify failed (certificate has expired)",
         "certificate_expired", "tls"),
        ("SSL_connect returned=1 errno=0 peeraddr=203.0.113.5:465 state=error: certificate verify failed (unable to "
         "get certificate CRL)", "certificate_revocation", "tls"),
        ("Socket::ResolutionError: getaddrinfo(3): Name or service not known", "dns_not_found", "resolve"),
        ("Errno::ECONNREFUSED: Connection refused - connect(2) for \"localhost\" port 25", "connection_refused",
         "connect"),
    ],
)  # fmt: skip
def test_what_ruby_says(text, cause, stage):
    assert first_told(text) == (cause, stage)


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        ("Net::SMTPUnsupportedCommand: STARTTLS is not supported on this server", "starttls_not_offered", "starttls"),
        ("ArgumentError (SMTP-AUTH requested but missing user name)", "client_refused", None),
        ("ArgumentError: SMTP-AUTH requested but missing secret phrase", "client_refused", None),
        ("ArgumentError: wrong authentication type false", "client_refused", None),
        ("ArgumentError: :enable_starttls and :tls are mutually exclusive. Set :tls if you're on an SMTPS connection.",
         "client_refused", None),
        ("ArgumentError: SMTP From address may not be blank: nil", "client_refused", None),
        ("ArgumentError (An SMTP To address is required to send a message. Set the message smtp_envelope_to, to, cc, "
         "or bcc address.)", "client_refused", None),
        ("LoadError: cannot load such file -- net/smtp", "client_refused", None),
        ("Net::SMTPAuthenticationError", "login_refused", "auth"),
        ("Net::SMTPAuthenticationError: 535 5.7.8 Error: authentication failed", "login_refused", "auth"),
    ],
)  # fmt: skip
def test_what_net_smtp_and_the_mail_gem_say(text, cause, stage):
    assert first_told(text) == (cause, stage)
