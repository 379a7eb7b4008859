"""What the codes say where the words say nothing, and all that counts at STARTTLS."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import content, login, pace, recipient, reputation, sender, tls
from panel.diagnosis.rules.rule import Rule

# At STARTTLS only these matter: whatever the words are, encryption did not begin.
STARTTLS = (
    Rule(pace.TOO_MANY_CONNECTIONS, at="starttls", codes="421", words=r"too many"),
    Rule(tls.STARTTLS_NOT_OFFERED, at="starttls", codes="500 502 504"),
    Rule(tls.STARTTLS_FAILED, at="starttls", codes="4 5"),
)

# RFC 3463, RFC 4954 section 6, RFC 7372 section 3 and the registry of enhanced status codes
ENHANCED = (
    Rule(login.TLS_REQUIRED, enhanced="X.7.10 X.7.11"),
    Rule(login.AUTH_MECHANISM, at="auth", enhanced="X.7.4 X.7.9"),
    Rule(login.AUTH_MECHANISM, at="auth", codes="504", enhanced="X.5.4"),
    Rule(login.LOGIN_REFUSED, enhanced="5.7.8 5.7.13 4.7.12"),
    Rule(login.LOGIN_REFUSED, codes="535", enhanced="5.7.3"),
    Rule(reputation.SENDER_AUTHENTICATION, enhanced="X.7.20 X.7.21 X.7.22 X.7.23 X.7.24 X.7.26"),
    Rule(reputation.PTR_MISSING, enhanced="X.7.25"),
    Rule(pace.RATE_LIMITED, enhanced="X.7.28"),
    Rule(sender.SENDER_REJECTED, enhanced="X.1.7 X.1.8 X.7.27"),
    Rule(recipient.RECIPIENT_UNKNOWN, at="rcpt data", enhanced="5.1.1 5.1.6 5.2.1 5.1.0"),
    Rule(recipient.RECIPIENT_DOMAIN, at="rcpt data", enhanced="X.1.2 X.1.10 5.4.4"),
    Rule(recipient.RECIPIENT_REJECTED, at="rcpt", enhanced="5.1.3 5.1.4 5.2.4 5.7.2 5.7.17 5.7.18"),
    Rule(pace.SENDER_MAILBOX_FULL, at="auth mail", enhanced="X.2.2"),
    Rule(recipient.RECIPIENT_MAILBOX_FULL, at="rcpt data", enhanced="X.2.2"),
    Rule(content.MESSAGE_TOO_LARGE, at="mail rcpt data", enhanced="X.2.3 X.3.4"),
    Rule(recipient.TOO_MANY_RECIPIENTS, at="rcpt data", enhanced="X.5.3"),
    Rule(content.MESSAGE_MALFORMED, at="data", enhanced="5.6.1 5.6.2 5.6.3 5.6.7 5.6.8 5.6.9"),
    Rule(content.CONTENT_REJECTED, at="data", enhanced="5.6.0 5.7.7"),
    Rule(login.AUTH_REQUIRED, at="mail rcpt data", codes="530", enhanced="5.7.0 5.5.1 5.7.1"),
)

# The reply code at its stage
PLAIN = (
    Rule(login.TLS_REQUIRED, codes="523 538"),
    Rule(login.AUTH_MECHANISM, at="auth", codes="504 534"),
    Rule(login.AUTH_NOT_OFFERED, at="auth", codes="500 502 503"),
    Rule(login.LOGIN_REFUSED, at="auth", codes="525 535 550"),
    # RFC 4954 section 6
    Rule(login.LOGIN_UNAVAILABLE, at="auth", codes="43 44 45"),
    Rule(login.LOCAL_HOSTNAME, at="ehlo", codes="501 504 550 553 554"),
    Rule(login.AUTH_REQUIRED, at="mail rcpt data", codes="530"),
    Rule(content.MESSAGE_TOO_LARGE, at="data", codes="523"),
    Rule(sender.SENDER_REJECTED, at="mail", codes="501 517 553"),
    Rule(content.MESSAGE_TOO_LARGE, at="mail", codes="552"),
    Rule(content.CONTENT_REJECTED, at="data", codes="550 554", words=r"""
        polic
        5\.7\.1
    """),
    Rule(recipient.RECIPIENT_UNKNOWN, at="rcpt", codes="551"),
)
