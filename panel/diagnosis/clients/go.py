"""What is said by Go: net, net/smtp, crypto/tls, crypto/x509, and packages and programs over them."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, login, recipient, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

_NET = (
    Wording(connection.CONNECT_TIMEOUT, "Go 1.19 net, go-simple-mail 2", """
        dial tcp … i/o timeout
        dial tcp … context deadline exceeded
        dial failed: context deadline exceeded
        tls: dialwithdialer timed out
        connectex: a connection attempt failed because the connected party did not properly respond
        mail error: smtp connection timed out
        unable to connect to the smtp server: context deadline exceeded
        dial tcp … operation was canceled
    """),
    Wording(connection.CONNECT_TIMEOUT, "Go 1.19 context", """
        context deadline exceeded
    """, around=True),
    Wording(connection.REPLY_TIMEOUT, "Go 1.19 net, go-simple-mail 2, smtppool 2.0", """
        read tcp … i/o timeout
        write tcp … i/o timeout
        wsarecv: a connection attempt failed because the connected party did not properly respond
        mail error: smtp send timed out
        timed out waiting for free conn in pool
    """),
    Wording(connection.DNS_UNAVAILABLE, "Go 1.19 net", """
        dial tcp: lookup … i/o timeout
        dial tcp: lookup … context deadline exceeded
        dial tcp: lookup … operation was canceled
        dial tcp: lookup … read udp
        dial tcp: lookup … write udp
        dial tcp: lookup … dial udp
        dial tcp: lookup … read: connection refused
        lookup … server misbehaving
        lookup … lame referral
        lookup … no answer from dns server
        lookup … cannot unmarshal dns message
        lookup … invalid dns response
        lookup … read udp
        lookup … dial udp
        lookup … write udp
        getaddrinfow: this is usually a temporary error during hostname resolution
    """),
    Wording(connection.DNS_NOT_FOUND, "Go 1.19 net", """
        dial tcp: lookup … no such host
        lookup … no such host
        getaddrinfow: no such host is known
        getaddrinfow: the requested name is valid, but no data of the requested type was found
    """),
    Wording(connection.NETWORK_UNREACHABLE, "Go 1.19 net", """
        dial tcp … no suitable address found
    """),
    Wording(connection.CONNECTION_LOST, "Go 1.19 net, go-mail 0.2-0.8", """
        use of closed network connection
        not connected to smtp server
        smtp: client has no connection
        error=eof
        error="eof"
        error … err=eof
        eror … err=eof
        warn … err=eof
        error … err="eof"
        error":"eof"
        error": "eof"
        error … err":"eof"
        error: eof
        failed: eof
        smtp: eof
        mail: eof
        email: eof
        message: eof
        client: eof
        server: eof
        connection: eof
        connect: eof
        dial: eof
        hello: eof
        handshake: eof
        response: eof
        greeting: eof
        command: eof
        gomail: could not send email … eof
    """),
    Wording(connection.CONNECTION_LOST, "Go 1.19 net/smtp", """
        auth: eof
        authenticate: eof
        authentication failed: eof
        smtp auth failed: eof
    """, Stage.AUTH),
    Wording(connection.CONNECTION_LOST, "Go 1.19 crypto/tls", """
        establishing tls: eof
        tls handshake: eof
    """, Stage.TLS),
    Wording(connection.CONNECTION_LOST, "Go 1.19 net/smtp", """
        starttls: eof
        starttls failed: eof
    """, Stage.STARTTLS),
    Wording(unclear.CLIENT_REFUSED, "Go 1.19 net", """
        missing port in address
        too many colons in address
        dial tcp: missing address
        dial tcp … unknown port
        dial tcp … invalid port
    """),
)

_TLS = (
    Wording(tls.TLS_WRONG_MODE, "Go 1.19 crypto/tls, net/textproto", """
        first record does not look like a tls handshake
        tls: unsupported sslv2 handshake received
        tls: oversized record received with length
        short response: \\x15\\x03
        short response:
        short response: \\u0015\\u0003
    """),
    Wording(connection.NOT_SMTP, "Go 1.19 net/textproto", """
        short response: http/1
        short response: ssh-2.0
        invalid response code: +ok
    """),
    Wording(tls.TLS_HANDSHAKE, "Go 1.19 crypto/tls", """
        remote error: tls: protocol version not supported
        remote error: tls: handshake failure
        remote error: tls: insufficient security level
        remote error: tls: inappropriate fallback
        remote error: tls: illegal parameter
        remote error: tls: internal error
        remote error: tls: unsupported extension
        remote error: tls: missing extension
        remote error: tls: decryption failed
        remote error: tls: error decoding message
        remote error: tls: error decrypting message
        remote error: tls: bad record mac
        local error: tls: bad record mac
        tls: server selected unsupported protocol version
        tls: server chose an unconfigured cipher suite
        tls: no cipher suite supported by both client and server
        tls: no ecdhe curve supported by both client and server
        tls: no supported versions satisfy minversion and maxversion
        tls: server selected unsupported curve
        tls: server selected unsupported group
        tls: peer doesn't support any of the certificate's signature algorithms
        tls: server's certificate contains an unsupported type of public key
        tls: invalid signature by the server certificate
        tls: downgrade attempt detected, possibly due to a mitm attack or a broken middlebox
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "Go 1.19 crypto/tls, crypto/x509", """
        x509: cannot validate certificate for … because it doesn't contain any ip sans
        because it doesn't contain any ip sans
        certificate relies on legacy common name field
        certificate is not valid for any names
        certificate is not valid for any names, but wanted to match
        certificate name does not match input
        remote error: tls: unrecognized name
    """),
    Wording(tls.CERTIFICATE_EXPIRED, "Go 1.19 crypto/x509", """
        x509: certificate has expired or is not yet valid
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "Go 1.19-1.23 crypto/x509", """
        x509: certificate signed by unknown authority
        certificate is not trusted
        certificate is not standards compliant
        x509: osstatus
        x509: certificate is not authorized to sign other certificates
        x509: a root or intermediate certificate is not authorized to sign for this name
        x509: a root or intermediate certificate is not authorized for an extended key usage
        x509: too many intermediates for path length constraint
        x509: certificate specifies an incompatible key usage
        x509: issuer name does not match subject from issuing certificate
        x509: issuer has name constraints but leaf
        x509: unhandled critical extension
        x509: failed to load system roots and no roots provided
        x509: cannot verify signature: insecure algorithm
        x509: negative serial number
        tls: failed to parse certificate from server
        tls: received empty certificates message
    """),
    Wording(login.AUTH_MECHANISM, "Go 1.19 crypto/tls: the server wants a certificate of the client, or another", """
        remote error: tls: certificate required
        remote error: tls: bad certificate
        remote error: tls: unknown certificate authority
    """, Stage.TLS),
    Wording(unclear.CLIENT_REFUSED, "Go 1.19 crypto/tls", """
        tls: either servername or insecureskipverify must be specified in the tls.config
    """),
)

_SMTP = (
    Wording(login.AUTH_NOT_OFFERED, "Go 1.19 net/smtp, go-mail 0.2-0.8, smtppool 2.0, Gitea 1.25", """
        smtp: server doesn't support auth
        server does not support smtp auth
        smtp auth extension not found
        smtp server does not support auth, but credentials provided
    """),
    Wording(login.AUTH_MECHANISM, "go-mail 0.2-0.8, go-simple-mail 2, gomail 2, Alertmanager", """
        server does not support smtp auth type: plain
        server does not support smtp auth type: login
        server does not support smtp auth type: cram-md5
        server does not support smtp auth type: ntlm
        server does not support smtp auth type: xoauth2
        server does not support smtp auth type: scram-sha
        server does not support smtp auth type
        smtp auth autodiscover was not able to detect a supported
        mail error on determining auth type
        gomail: unexpected server challenge
        unexpected server challenge
        unknown fromserver
        unkown fromserver
        unkown smtp fromserver
        unknown auth mechanism
    """),
    Wording(unclear.CLIENT_REFUSED, "Alertmanager 0.16-0.28", """
        missing password for plain auth mechanism
        missing password for login auth mechanism
        missing secret for cram-md5 auth mechanism
    """),
    Wording(login.TLS_REQUIRED, "Go 1.19 net/smtp, gomail 2", """
        unencrypted connection
        gomail: unencrypted connection
    """),
    Wording(tls.STARTTLS_NOT_OFFERED, "go-smtp 0.21, go-mail 0.2-0.8, gopkg.in/mail.v2, smtppool 2.0, Alertmanager", """
        smtp: server doesn't support starttls
        but target host does not support starttls
        smtp starttls extension not found
        mandatorystarttls required, but smtp server does not support starttls
        does not advertise the starttls extension
    """),
    Wording(recipient.RECIPIENT_REJECTED, "go-smtp 0.21", """
        smtp: server does not support smtputf8
    """),
    Wording(connection.PROTOCOL_ERROR, "Go 1.19 net/textproto, go-smtp 0.21", """
        smtp: too long a line in input stream
        unexpected multi-line response
    """),
    Wording(unclear.CLIENT_REFUSED, "Go 1.19 net/smtp, go-mail 0.2-0.8, gomail 2, go-simple-mail 2", """
        smtp: a line must not contain cr or lf
        smtp: hello called after other methods
        wrong host name
        gomail: wrong host name
        gomail: invalid message, "from" field is absent
        gomail: invalid address
        mail error: no from email specifier
        mail error: no recipient specified
        mail error: no smtp client provided
        mail error: from and sender should not be set to the same address
        hostname for client cannot be empty
        invalid helo/ehlo value - must not be empty
        no from address set
        no recipient addresses set
        smtp auth method is nil
        unsupported smtp auth type
        smtp port is not configured
        invalid smtp port
    """),
)

_MAIL = (
    Wording(unclear.CLIENT_REFUSED, "Go 1.19 net/mail: an address that it cannot read", """
        mail: no address
        mail: missing '@' or angle-addr
        mail: no angle-addr
        mail: unclosed angle-addr
        mail: expected comma
        mail: expected single address
        mail: no addr-spec
        mail: missing @ in addr-spec
        mail: no domain in addr-spec
        mail: missing word in phrase
        mail: trailing dot in atom
        mail: leading dot in atom
        mail: double dot in atom
        mail: invalid string
        must be exactly one from address
    """),
)

GO: tuple[Wording, ...] = (*_NET, *_TLS, *_SMTP, *_MAIL)
