"""What is said about the next server by OpenSMTPD, dma, sendmail, qmail, nullmailer, sSMTP, Haraka and Exchange."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, content, login, recipient, sender, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

_OPENSMTPD: tuple[Wording, ...] = (
    Wording(tls.STARTTLS_NOT_OFFERED, "OpenSMTPD 7 smtpd/mta_session.c", """
        tls required but not supported by remote host
    """),
    Wording(login.TLS_REQUIRED, "OpenSMTPD 7 smtpd/mta_session.c", """
        refuse to auth over insecure channel
    """, stage=Stage.AUTH),
    Wording(login.AUTH_NOT_OFFERED, "OpenSMTPD 7 smtpd/mta_session.c", "auth not advertised"),
    Wording(login.AUTH_MECHANISM, "OpenSMTPD 7 smtpd/mta_session.c", "no supported auth method"),
    Wording(connection.CONNECT_TIMEOUT, "OpenSMTPD 7 smtpd/mta.c, mta_session.c", """
        mta error reason=connection timeout
        connection failed: connection timeout
    """),
    Wording(None, "OpenSMTPD 7 smtpd/mta.c", """
        network error on destination mxs
        no valid route to remote mx
        no valid route to destination
    """, around=True),
    Wording(connection.NETWORK_UNREACHABLE, "OpenSMTPD 7 smtpd/mta.c", "address family mismatch on destination mxs"),
    Wording(connection.DNS_UNAVAILABLE, "OpenSMTPD 7 smtpd/mta.c", "temporary failure in mx lookup"),
    Wording(recipient.RECIPIENT_DOMAIN, "OpenSMTPD 7 smtpd/mta.c", """
        no mx found for domain
        no mx found for destination
        domain does not accept mail
    """),
    Wording(tls.TLS_HANDSHAKE, "OpenSMTPD 7 smtpd/mta_session.c", "mta closing reason=tls-failure", around=True),
    Wording(content.MESSAGE_TOO_LARGE, "OpenSMTPD 7 smtpd/mta_session.c", "message too large for peer"),
    Wording(unclear.CLIENT_REFUSED, "OpenSMTPD 7 smtpd/mta.c", """
        could not retrieve credentials
        no auth table for relaying
        cannot parse smarthost
        cannot retrieve smarthost
        failed to retrieve secret
        failed to parse smarthost
    """),
)
_DMA: tuple[Wording, ...] = (
    Wording(tls.STARTTLS_NOT_OFFERED, "dma 0.13 crypto.c, net.c", """
        remote delivery deferred: starttls not available
        server does not support starttls
    """),
    Wording(tls.TLS_HANDSHAKE, "dma 0.13 crypto.c", "ssl handshake failed fatally", around=True),
    Wording(tls.CERTIFICATE_UNTRUSTED, "dma 0.13 crypto.c", "fingerprints do not match"),
    Wording(connection.DNS_NOT_FOUND, "dma 0.13 net.c", "dns lookup failure: host … not found"),
    Wording(connection.REPLY_TIMEOUT, "dma 0.13 net.c", "failed after … timeout reached"),
    Wording(connection.PROTOCOL_ERROR, "dma 0.13 net.c", "invalid syntax in reply from server"),
    Wording(login.AUTH_NOT_OFFERED, "dma 0.13 net.c", "smtp login not available. trying without", around=True),
    Wording(login.LOGIN_REFUSED, "dma 0.13 net.c", """
        remote delivery … auth login failed
        remote delivery … authentication failed
        smtp login to … failed
    """, around=True),
    Wording(unclear.CLIENT_REFUSED, "dma 0.13 net.c", "non-encrypted smtp login is disabled in config"),
)
_SENDMAIL: tuple[Wording, ...] = (
    Wording(connection.DNS_UNAVAILABLE, "sendmail 8.14-8.18 libsm/errstring.c", """
        name server: … host name lookup failure
        host name lookup failure
        deferred: dns failure: cname loop for
    """),
    Wording(connection.CONNECTION_REFUSED, "sendmail 8.14-8.18 libsm/errstring.c", "deferred: connection refused by"),
    Wording(connection.CONNECT_TIMEOUT, "sendmail 8.14-8.18 libsm/errstring.c", """
        deferred: connection timed out with
        deferred: operation timed out with
    """),
    Wording(connection.CONNECTION_LOST, "sendmail 8.14-8.18 libsm/errstring.c, sendmail/usersmtp.c", """
        deferred: connection reset by
        reply: read error from
    """),
    Wording(login.AUTH_MECHANISM, "sendmail 8.14-8.18 sendmail/usersmtp.c", """
        auth=client, available mechanisms=… do not fulfill requirements
    """),
    Wording(unclear.CLIENT_REFUSED, "sendmail 8.14-8.18 sendmail/domain.c, deliver.c", """
        mx list for … points back to
        config error: mail loops back to me
    """),
)
_QMAIL: tuple[Wording, ...] = (
    Wording(connection.CONNECT_TIMEOUT, "qmail 1.03-1.09 qmail-remote.c", """
        wasn't able to establish an smtp connection
    """),
    Wording(connection.DNS_UNAVAILABLE, "qmail 1.03-1.09 qmail-remote.c", """
        cname lookup failed temporarily
        cname_lookup_failed_temporarily
    """),
    Wording(recipient.RECIPIENT_DOMAIN, "qmail 1.03-1.09 qmail-remote.c", """
        couldn't find a mail exchanger or ip address
    """),
    Wording(connection.CONNECTION_LOST, "qmail 1.03-1.09 qmail-remote.c", "but connection died"),
    Wording(connection.GREETING_REFUSED, "qmail 1.03-1.09 qmail-remote.c", "but greeting failed", around=True),
    Wording(login.LOCAL_HOSTNAME, "qmail 1.03-1.09 qmail-remote.c", "but my name was rejected", around=True),
    Wording(sender.SENDER_REJECTED, "qmail 1.03-1.09 qmail-remote.c", "but sender was rejected", around=True),
    Wording(login.LOGIN_REFUSED, "qmail-remote.c with auth (sagredo-dev/qmail)", """
        but authentication was rejected
        but password expired
    """, around=True),
    Wording(tls.STARTTLS_NOT_OFFERED, "qmail-remote.c with TLS (sagredo-dev/qmail)", "no tls achieved while"),
    Wording(tls.STARTTLS_FAILED, "qmail-remote.c with TLS (sagredo-dev/qmail)", "starttls rejected while"),
    Wording(tls.CERTIFICATE_HOSTNAME, "qmail-remote.c with TLS (sagredo-dev/qmail)", """
        tls unable to verify server … received certificate for
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "qmail-remote.c with TLS (sagredo-dev/qmail)", """
        tls unable to verify server
    """, around=True),
    Wording(tls.TLS_HANDSHAKE, "qmail-remote.c with TLS (sagredo-dev/qmail)", "tls connect failed", around=True),
    Wording(unclear.CLIENT_REFUSED, "qmail 1.03-1.09 qmail-remote.c", """
        although i'm listed as a best-preference mx or a for that host
    """),
)
_NULLMAILER: tuple[Wording, ...] = (
    Wording(login.LOGIN_REFUSED, "nullmailer 2.2 lib/errcodes.cc", "failed to authenticate to server", around=True),
    Wording(login.AUTH_MECHANISM, "nullmailer 2.2 protocols/smtp.cc", """
        server does not advertise any supported authentication methods
        server does not advertise certificate authentication
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "nullmailer 2.2 protocols/tls_gnutls.cc", """
        server ssl/tls certificate does not match hostname
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "nullmailer 2.2 protocols/tls_gnutls.cc", """
        server ssl/tls certificate is untrusted
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "nullmailer 2.2 protocols/tls_gnutls.cc", """
        could not verify ssl/tls certificate
    """, around=True),
    Wording(tls.TLS_HANDSHAKE, "nullmailer 2.2 protocols/tls_gnutls.cc", "error completing tls handshake", around=True),
    Wording(connection.DNS_UNAVAILABLE, "nullmailer 2.2 lib/errcodes.cc", """
        temporary error in gethostbyname
        fatal error in gethostbyname
    """),
    Wording(connection.DNS_NOT_FOUND, "nullmailer 2.2 lib/errcodes.cc", "sending failed: host not found"),
    Wording(connection.NETWORK_UNREACHABLE, "nullmailer 2.2 lib/errcodes.cc", "host or network unreachable"),
    Wording(connection.REPLY_TIMEOUT, "nullmailer 2.2 src/send.cc", "sending timed out, killing protocol"),
    Wording(unclear.CLIENT_REFUSED, "nullmailer 2.2 src/send.cc", "no remote hosts listed for delivery"),
)
_SSMTP: tuple[Wording, ...] = (
    Wording(connection.DNS_NOT_FOUND, "sSMTP 2.64 ssmtp.c", """
        ssmtp … unable to locate
        cannot open mail:25
    """),
    Wording(None, "sSMTP 2.64 ssmtp.c", """
        ssmtp … unable to connect to
        ssmtp … cannot open
    """, around=True),
    Wording(connection.CONNECTION_LOST, "sSMTP 2.64 ssmtp.c", "connection lost in middle of processing"),
    Wording(tls.STARTTLS_FAILED, "sSMTP 2.64 ssmtp.c", "invalid response smtp server (starttls)"),
    Wording(login.AUTH_MECHANISM, "sSMTP 2.64 ssmtp.c", """
        server didn't like our auth login
        server didn't accept auth login
        server rejected auth cram-md5
    """, around=True),
)
_HARAKA: tuple[Wording, ...] = (
    Wording(tls.STARTTLS_NOT_OFFERED, "Haraka 3 outbound/hmail.js", "no tls available but required by configuration"),
    Wording(tls.CERTIFICATE_UNTRUSTED, "Haraka 3 outbound/hmail.js", """
        host failed tls verification required by configuration
    """),
    Wording(None, "Haraka 3 outbound/hmail.js", "tried all mxs", around=True),
    Wording(connection.DNS_UNAVAILABLE, "Haraka 3 outbound/hmail.js", "temporary mx lookup error for"),
    Wording(recipient.RECIPIENT_DOMAIN, "Haraka 3 outbound/hmail.js", """
        nowhere to deliver mail to for domain
        sends and receives no email (null mx)
    """),
    Wording(connection.PROTOCOL_ERROR, "Haraka 3 outbound/hmail.js", "unrecognized response from upstream server"),
    Wording(unclear.CLIENT_REFUSED, "Haraka 3 smtp_client.js", """
        must include auth.user and auth.pass for plain auth
        you must specify either forwarding_host_pool or host and port
    """),
)
_EXCHANGE: tuple[Wording, ...] = (
    Wording(None, "Exchange Server 2013-2019, Exchange Online", """
        message expired, cannot connect to remote server
        cannot establish session with remote server
    """, around=True),
)
OTHERS: tuple[Wording, ...] = (
    *_OPENSMTPD, *_DMA, *_SENDMAIL, *_QMAIL, *_NULLMAILER, *_SSMTP, *_HARAKA, *_EXCHANGE,
)
