"""What is said by Rust: lettre, mail-send, rustls, native-tls, hickory, std::io, and programs over them."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, login, recipient, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

_STD = (
    Wording(connection.DNS_UNAVAILABLE, "Rust 1.95 std::net, hickory 0.24-0.25, trust-dns 0.23", """
        failed to lookup address information: try again
        failed to lookup address information: temporary failure in name resolution
        proto error: no connections available
        proto error: request timed out
    """),
    Wording(connection.DNS_NOT_FOUND, "Rust 1.95 std::net, lettre 0.9-0.11, hickory 0.24-0.25", """
        failed to lookup address information: name or service not known
        failed to lookup address information: name does not resolve
        failed to lookup address information: nodename nor servname provided
        failed to lookup address information: no address associated with hostname
        could not resolve to any address
        could not resolve to any addresses
        could not resolve to any supported address
        connection error: domain isn't a valid dns name
        smtp error: could not resolve hostname
        no record found for query {
        no records found for query {
    """),
    Wording(connection.DNS_NOT_FOUND, "Rust 1.95 std::net", """
        failed to lookup address information
    """, around=True),
    Wording(recipient.RECIPIENT_DOMAIN, "hickory 0.24-0.25", """
        no record found for query { … query_type: mx
        no records found for query { … query_type: mx
    """),
    Wording(connection.NETWORK_UNREACHABLE, "Rust 1.95 std::io", """
        kind: hostunreachable
        kind: networkunreachable
    """),
    Wording(connection.CONNECT_TIMEOUT, "tokio 1, mail-send 0.5", """
        connection error: deadline has elapsed
        connect error: deadline has elapsed
    """),
    Wording(connection.REPLY_TIMEOUT, "Rust 1.95 std::io under lettre 0.9-0.11", """
        resource temporarily unavailable (os error 11)
        resource temporarily unavailable (os error 35)
        code: 11, kind: wouldblock
        code: 35, kind: wouldblock
    """),
    Wording(connection.CONNECTION_LOST, "Rust 1.95 std::io, lettre 0.10-0.11, rustls 0.21-0.23", """
        response error: incomplete response
        incomplete response
        failed to fill whole buffer
        peer closed connection without sending tls close_notify
        kind: unexpectedeof
    """),
    Wording(connection.CONNECTION_LOST, "tokio-rustls 0.23-0.26", """
        tls handshake eof
    """, Stage.TLS),
)

_TLS = (
    Wording(tls.TLS_WRONG_MODE, "rustls 0.19-0.23", """
        received corrupt message
        received corrupt message of type invalidcontenttype
        received corrupt message of type messagetoolarge
        error: invalidmessage(invalidcontenttype)
        error: corruptmessage
    """),
    Wording(tls.TLS_HANDSHAKE, "rustls 0.19-0.24", """
        received corrupt message of type handshake
        received corrupt message of type unknownprotocolversion
        received corrupt message of type unsupportedcurvetype
        received corrupt message of type unsupportedcompression
        error: corruptmessagepayload
        error: peerincompatible
        error: peermisbehaved
        error: alertreceived(protocolversion)
        error: alertreceived(handshakefailure)
        error: alertreceived(internalerror)
        peer is incompatible
        peer misbehaved
        received fatal alert: protocolversion
        received fatal alert: handshakefailure
        received fatal alert: insufficientsecurity
        received fatal alert: internalerror
        received fatal alert: illegalparameter
        received fatal alert: decodeerror
        received fatal alert: decrypterror
        received fatal alert: inappropriatefallback
        received fatal alert: the peer did not support a suitable tls version
        received fatal alert: the peer failed to negotiate an acceptable set of security parameters
        received fatal alert: the peer required a higher security level than was offered
        received fatal alert: the peer encountered an internal error
        received fatal alert: the peer failed to decode a message
        received fatal alert: the peer rejected a message because a field was incorrect or inconsistent
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "rustls 0.19-0.24", """
        invalid peer certificate: notvalidforname
        invalid peer certificate: certnotvalidforname
        invalid certificate: certnotvalidforname
        invalid peer certificate: certificate not valid for name
        certificate not valid for name
        invalidcertificate(notvalidforname
        received fatal alert: unrecognisedname
        received fatal alert: the peer did not recognize a name in the `server_name` extension
    """),
    Wording(tls.CERTIFICATE_EXPIRED, "rustls 0.19-0.24", """
        invalid peer certificate: expired
        invalidcertificate(expired
        invalidcertificate(notvalidyet
        invalid peer certificate: certexpired
        invalid certificate: certexpired
        invalid peer certificate: certificate expired: verification time
        invalid peer certificate: notvalidyet
        invalid peer certificate: certnotvalidyet
        invalid certificate: certnotvalidyet
        invalid peer certificate: certificate not valid yet: verification time
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "rustls 0.19-0.24", """
        invalid peer certificate
        invalid peer certificate: unknownissuer
        invalid peer certificate contents: invalid peer certificate: unknownissuer
        invalid certificate: unknownissuer
        invalid certificate: causedasendentity
        invalid certificate: unsupportedcertversion
        certificate does not allow extended key usage for
        peer sent no certificates
        error: invalidcertificate
        invalidcertificate(unknownissuer
    """),
    Wording(tls.CERTIFICATE_REVOCATION, "rustls 0.23-0.24", """
        invalid peer certificate: unknownrevocationstatus
        invalid peer certificate: expiredrevocationlist
        invalid peer certificate: certificate revocation list expired
    """),
)

_SMTP = (
    Wording(tls.STARTTLS_NOT_OFFERED, "lettre 0.9-0.11, mail-send 0.5", """
        starttls is not supported on this server
        could not encrypt connection, aborting
        starttls extension unavailable
    """),
    Wording(login.AUTH_MECHANISM, "lettre 0.9-0.11, mail-send 0.5", """
        no compatible authentication mechanism was found
        no supported authentication mechanisms available
        the server does no support any of the available authentication methods
        internal client error: unrecognized challenge
    """),
    Wording(login.OAUTH_TOKEN_REFUSED, "lettre 0.9-0.11", """
        this mechanism does not expect a challenge
    """),
    Wording(unclear.CLIENT_REFUSED, "mail-send 0.5", """
        missing authentication credentials
    """),
    Wording(recipient.RECIPIENT_REJECTED, "lettre 0.10-0.11", """
        envelope contains non-ascii chars but server does not support smtputf8
    """),
    Wording(connection.PROTOCOL_ERROR, "lettre 0.10-0.11, mail-send 0.5", """
        response error: error tag at
        response error: parsing error
        response error: unexpected number of challenges
        response error: could not read server name
        unparseable smtp reply
    """),
    Wording(unclear.CLIENT_REFUSED, "lettre 0.9-0.11, mail-send 0.5, Rust 1.95 std::net", """
        missing source address, invalid envelope
        missing destination address, invalid envelope
        there can only be one source address
        missing @ in email address
        missing local part in email address
        missing domain in email address
        missing domain or user
        invalid email user
        invalid email domain
        smtp host undefined
        min tls version tlsv10 not supported in rustls
        min tls version tlsv11 not supported in rustls
        missing message sender
        missing message recipients
        invalid tls name provided
        invalid socket address
        invalid port value
    """),
    Wording(unclear.CLIENT_REFUSED, "Vaultwarden 1.30-1.35", """
        both `smtp_host` and `smtp_from` need to be set for email support
        smtp_from … is not a valid email address
        `smtp_security` is invalid
    """),
)

RUST: tuple[Wording, ...] = (*_STD, *_TLS, *_SMTP)
