"""What is said by Postfix and Exim about the next server."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, content, login, recipient, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

POSTFIX: tuple[Wording, ...] = (
    Wording(tls.STARTTLS_NOT_OFFERED, "Postfix 2.3-3.11 src/smtp/smtp_proto.c", """
        tls is required, but was not offered by host
        but tls service was not offered by host
    """),
    Wording(tls.STARTTLS_FAILED, "Postfix 2.3-3.11 src/smtp/smtp_proto.c", """
        tls is required, but host … refused to start tls
    """),
    Wording(tls.TLS_WRONG_MODE, "Postfix 2.11-3.11 src/smtp/smtp_connect.c", """
        smtps wrappermode (tcp port 465) requires setting
    """),
    Wording(tls.TLS_HANDSHAKE, "Postfix 2.3-3.11 src/smtp/smtp_proto.c", """
        cannot start tls: handshake failure
    """, around=True),
    Wording(connection.CONNECTION_LOST, "Postfix 2.3-3.11 src/tls/tls_client.c", """
        ssl_connect error to … lost connection
        ssl_connect error to … connection reset by peer
    """, stage=Stage.TLS),
    Wording(connection.REPLY_TIMEOUT, "Postfix 2.3-3.11 src/tls/tls_client.c", """
        ssl_connect error to … connection timed out
    """, stage=Stage.TLS),
    Wording(tls.CERTIFICATE_UNTRUSTED, "Postfix 2.3-3.11 src/smtp/smtp_proto.c, src/tls/tls_verify.c", """
        server certificate not verified
    """, around=True),
    Wording(tls.CERTIFICATE_HOSTNAME, "Postfix 2.2-2.8 src/tls/tls_verify.c", """
        certificate peer name verification failed for
    """),
    Wording(login.AUTH_MECHANISM, "Postfix 2.3-3.11 src/smtp/smtp_sasl_proto.c, src/xsasl", """
        offered no compatible authentication mechanisms for this type of connection security
        offered no supported auth mechanisms
        cannot authenticate to server … no mechanism available
        cannot authenticate to server … generic failure
    """),
    Wording(login.AUTH_NOT_OFFERED, "Postfix 2.3-3.11 src/smtp/smtp_sasl_proto.c", """
        offered null auth mechanism list
    """),
    Wording(connection.PROTOCOL_ERROR, "Postfix 2.3-3.11 src/smtp/smtp_sasl_glue.c", """
        sasl authentication failed; authentication protocol loop with server
    """, stage=Stage.AUTH),
    Wording(connection.DNS_UNAVAILABLE, "Postfix 2.3-3.11 src/dns/dns_lookup.c", """
        name service error for name=… type=… host not found, try again
        malformed or unexpected name server reply
        name service initialization failure
    """),
    Wording(recipient.RECIPIENT_DOMAIN, "Postfix 2.3-3.11 src/smtp/smtp_addr.c, src/dns/dns_lookup.c", """
        no mx host for … has a valid address record
    """),
    Wording(connection.GREETING_TIMEOUT, "Postfix 2.3-3.11 src/smtp/smtp_trouble.c", """
        conversation with … timed out while receiving the initial server greeting
    """),
    Wording(connection.CONNECTION_LOST, "Postfix 2.3-3.11 src/smtp/smtp_trouble.c", """
        lost connection with … while receiving the initial server greeting
    """, stage=Stage.GREETING),
    Wording(connection.CONNECTION_LOST, "Postfix 2.3-3.11 src/smtp/smtp_trouble.c", """
        lost connection with … while performing the ehlo handshake
        lost connection with … while performing the helo handshake
    """, stage=Stage.EHLO),
    Wording(connection.CONNECTION_LOST, "Postfix 2.3-3.11 src/smtp/smtp_trouble.c", """
        lost connection with … while sending mail from
    """, stage=Stage.MAIL),
    Wording(connection.CONNECTION_LOST, "Postfix 2.3-3.11 src/smtp/smtp_trouble.c", """
        lost connection with … while sending rcpt to
    """, stage=Stage.RCPT),
    Wording(connection.CONNECTION_LOST, "Postfix 2.3-3.11 src/smtp/smtp_trouble.c", """
        lost connection with … while sending data command
        lost connection with … while sending message body
        lost connection with … while sending end of data
    """, stage=Stage.DATA),
    Wording(connection.REPLY_TIMEOUT, "Postfix 2.3-3.11 src/smtp/smtp_trouble.c", """
        conversation with … timed out while performing the ehlo handshake
        conversation with … timed out while performing the helo handshake
    """, stage=Stage.EHLO),
    Wording(connection.REPLY_TIMEOUT, "Postfix 2.3-3.11 src/smtp/smtp_trouble.c", """
        conversation with … timed out while sending mail from
    """, stage=Stage.MAIL),
    Wording(connection.REPLY_TIMEOUT, "Postfix 2.3-3.11 src/smtp/smtp_trouble.c", """
        conversation with … timed out while sending rcpt to
    """, stage=Stage.RCPT),
    Wording(connection.REPLY_TIMEOUT, "Postfix 2.3-3.11 src/smtp/smtp_trouble.c", """
        conversation with … timed out while sending data command
        conversation with … timed out while sending message body
        conversation with … timed out while sending end of data
    """, stage=Stage.DATA),
    Wording(content.MESSAGE_TOO_LARGE, "Postfix 2.3-3.11 src/smtp/smtp_proto.c", """
        message size … exceeds size limit … of server
    """),
    Wording(recipient.RECIPIENT_REJECTED, "Postfix 3.0-3.11 src/smtp/smtp_proto.c", """
        smtputf8 is required, but was not offered by host
        message requires smtputf8, but no server was found that supports smtputf8
    """),
    Wording(unclear.CLIENT_REFUSED, "Postfix 2.3-3.11 src/smtp", """
        loops back to myself
        greeted me with my own hostname
        replied to helo/ehlo with my own hostname
        tls is required, but our tls engine is unavailable
        client tls configuration problem
        all network protocols are disabled
        specify a password table via the
        bad per-session sasl security properties
        open database /etc/postfix
        unsupported dictionary type
    """),
)
EXIM: tuple[Wording, ...] = (
    Wording(tls.STARTTLS_NOT_OFFERED, "Exim 4.80-4.99 src/transports/smtp.c", """
        a tls session is required, but the server did not offer tls support
        but starttls not offered
    """),
    Wording(tls.STARTTLS_FAILED, "Exim 4.80-4.99 src/transports/smtp.c", """
        a tls session is required, but an attempt to start tls failed
    """, around=True),
    Wording(connection.REPLY_TIMEOUT, "Exim 4.80-4.99 src/tls-gnu.c", """
        tls session: (gnutls_handshake): timed out
        (gnutls_handshake): timed out
    """, stage=Stage.TLS),
    Wording(login.AUTH_NOT_OFFERED, "Exim 4.80-4.99 src/transports/smtp.c", """
        authentication required but server did not advertise auth support
    """),
    Wording(login.AUTH_NOT_OFFERED, "Exim 4.80-4.99 src/smtp_in.c", """
        auth command used when not advertised
    """),
    Wording(login.LOGIN_REFUSED, "Exim 4.80-4.99 src/transports/smtp.c", """
        authentication required but authentication attempt(s) failed
    """),
    Wording(login.LOCAL_HOSTNAME, "Exim 4.80-4.99 src/smtp_in.c", """
        rejected ehlo from … syntactically invalid argument(s)
        rejected helo from … syntactically invalid argument(s)
    """),
    Wording(connection.GREETING_TIMEOUT, "Exim 4.80-4.99 src/transports/smtp.c", """
        smtp timeout after initial connection
    """),
    Wording(connection.CONNECTION_LOST, "Exim 4.80-4.99 src/transports/smtp.c", """
        closed connection in response to initial connection
    """, stage=Stage.GREETING),
    Wording(connection.CONNECTION_LOST, "Exim 4.80-4.99 src/transports/smtp.c", """
        closed connection in response to ehlo
        closed connection in response to helo
    """, stage=Stage.EHLO),
    Wording(connection.CONNECTION_LOST, "Exim 4.80-4.99 src/transports/smtp.c", """
        closed connection in response to starttls
    """, stage=Stage.STARTTLS),
    Wording(connection.CONNECTION_LOST, "Exim 4.80-4.99 src/transports/smtp.c", """
        closed connection in response to auth
    """, stage=Stage.AUTH),
    Wording(connection.CONNECTION_LOST, "Exim 4.80-4.99 src/transports/smtp.c", """
        closed connection in response to mail from
        closed connection in response to pipelined mail from
        closed connection in response to sending mail from
    """, stage=Stage.MAIL),
    Wording(connection.CONNECTION_LOST, "Exim 4.80-4.99 src/transports/smtp.c", """
        closed connection in response to rcpt to
    """, stage=Stage.RCPT),
    Wording(connection.CONNECTION_LOST, "Exim 4.80-4.99 src/transports/smtp.c", """
        closed connection in response to data
        closed connection in response to end of data
        closed connection in response to sending data
    """, stage=Stage.DATA),
    Wording(connection.PROTOCOL_ERROR, "Exim 4.80-4.99 src/transports/smtp.c", """
        malformed smtp reply in response to
        malformed smtp reply (an empty line) in response to
    """),
    Wording(connection.DNS_UNAVAILABLE, "Exim 4.80-4.99 src/routers", """
        host lookup did not complete
        host lookup for … did not complete
    """),
    Wording(connection.DNS_NOT_FOUND, "Exim 4.80-4.99 src/routers/rf_lookup_hostlist.c, src/host.c", """
        lookup of host … failed in … router
        lookup failed for all hosts in … router
        no ip address found for host
    """),
    Wording(recipient.RECIPIENT_DOMAIN, "Exim 4.80-4.99 src/routers/dnslookup.c", """
        all relevant mx records point to non-existent hosts
        has installed an invalid mx record with an ip address
    """),
    Wording(unclear.CLIENT_REFUSED, "Exim 4.80-4.99 src/routers, src/transports/smtp.c, Debian exim4-config", """
        lowest numbered mx record points to local host
        remote host address is the local host
        transport called with no hosts set
        transport has empty hosts setting
        mailing to remote domains not supported
    """),
)
