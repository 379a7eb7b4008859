"""One example for each cause: what a server says, or what programs say where none did."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, str] = {
    "dns_not_found": "getaddrinfo ENOTFOUND smtp.gmial.com",
    "dns_unavailable": "Temporary failure in name resolution",
    "connection_refused": "connect to mail.example.jp[203.0.113.9]:587: Connection refused",
    "connect_timeout": "connect to mail.example.jp[203.0.113.9]:25: Connection timed out",
    "network_unreachable": "Network is unreachable",
    "connection_forbidden": "connect to mail.example.jp[203.0.113.9]:587: Permission denied",
    "local_resources": "connect to mail.example.jp[203.0.113.9]:587: Too many open files",
    "greeting_timeout": "timed out while receiving the initial server greeting",
    "greeting_refused": "554 mail.example.jp ESMTP not accepting connections",
    "not_smtp": "HTTP/1.1 400 Bad Request",
    "connection_lost": "Connection unexpectedly closed",
    "reply_timeout": "timed out while sending message body",
    "tls_wrong_mode": "SSL routines::wrong version number",
    "starttls_not_offered": "STARTTLS extension not supported by server.",
    "starttls_failed": "454 4.7.0 TLS not available due to local problem",
    "tls_handshake": "SSL routines::unsupported protocol",
    "certificate_expired": "certificate verify failed: certificate has expired",
    "certificate_hostname": (
        "certificate verify failed: Hostname mismatch, certificate is not valid for 'mail.example.jp'."
    ),
    "certificate_untrusted": "certificate verify failed: self-signed certificate",
    "local_hostname": "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
    "pop_login_refused": "-ERR [AUTH] Authentication failed.",
    "pop_required": "553 sorry, you must get POP/APOP authorization.",
    "login_refused": "535 5.7.8 Error: authentication failed",
    "login_unavailable": "535 5.7.8 Error: authentication failed: Connection lost to authentication server",
    "app_password_required": (
        "534 5.7.9 Application-specific password required. For more information, go to "
        "https://support.google.com/mail/?p=InvalidSecondFactor - gsmtp"
    ),
    "web_login_required": (
        "534 5.7.14 Please log in via your web browser and then try again. "
        "https://support.google.com/mail/answer/78754 - gsmtp"
    ),
    "smtp_auth_disabled": (
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. "
        "Visit https://aka.ms/smtp_auth_disabled for more information."
    ),
    "oauth_required": "550 5.7.30 Basic authentication is not supported for Client Submission.",
    "oauth_token_refused": "535 5.7.8 The OAuth access token is invalid or has expired",
    "auth_mechanism": "504 5.7.4 Unrecognized Authentication Type",
    "auth_required": "530 5.7.0 Authentication Required.",
    "auth_not_offered": "SMTP AUTH extension not supported by server.",
    "too_many_logins": "454 4.7.0 Too many login attempts, please try again later. - gsmtp",
    "tls_required": "530 5.7.0 Must issue a STARTTLS command first.",
    "sender_not_allowed": "553 5.7.1 <info@example.jp>: Sender address rejected: not owned by user tanaka@example.jp",
    "sender_rejected": "450 4.1.8 <info@no-such-domain.example>: Sender address rejected: Domain not found",
    "relay_denied": "554 5.7.1 <someone@example.com>: Relay access denied",
    "recipient_unknown": "550 5.1.1 <nobody@example.com>: Recipient address rejected: User unknown",
    "recipient_rejected": "550 5.7.1 <staff@example.com>: Recipient rejected: only members may post",
    "recipient_domain": "450 4.1.2 <someone@no-such-domain.example>: Recipient address rejected: Domain not found",
    "recipient_mailbox_full": "452 4.2.2 The recipient's inbox is out of storage space.",
    "too_many_recipients": "452 4.5.3 Too many recipients",
    "greylisted": "450 4.2.0 <someone@example.com>: Recipient address rejected: Greylisted",
    "rate_limited": "454 Throttling failure: Maximum sending rate exceeded.",
    "quota_exceeded": "550 5.4.5 Daily user sending limit exceeded.",
    "too_many_connections": "432 4.3.2 Concurrent connections limit exceeded.",
    "sender_mailbox_full": "552 5.2.2 The sender's mailbox is full",
    "message_too_large": "552 5.3.4 Message size exceeds fixed limit",
    "message_malformed": "550 5.7.1 Messages with multiple From headers are not accepted",
    "content_rejected": "554 5.6.0 Message content rejected",
    "sender_authentication": (
        "550 5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to "
        "authenticate with either SPF or DKIM. - gsmtp"
    ),
    "ptr_missing": "450 4.7.1 Client host rejected: cannot find your reverse hostname, [203.0.113.9]",
    "address_blocked": "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using zen.spamhaus.org",
    "server_temporary": "451 4.3.0 Temporary local problem",
    "server_permanent": "554 5.0.0 Transaction failed",
}
