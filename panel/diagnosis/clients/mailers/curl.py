"""What is said by curl, and by programs that send with libcurl, as Zabbix does: numbers, sentences, and its own."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, login, recipient, sender, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

CURL: tuple[Wording, ...] = (
    Wording(connection.DNS_NOT_FOUND, "curl 7.29-8.22 lib/strerror.c, lib/hostip.c", """
        could not resolve host
        couldn't resolve host
        couldn't resolve host name
        could not resolve hostname
    """),
    Wording(connection.DNS_UNAVAILABLE, "curl 7.29-8.22 lib/multi.c", """
        resolving timed out after
        name lookup timed out
    """),
    Wording(connection.CONNECTION_REFUSED, "curl 7.29-8.22 lib/cf-ip-happy.c, lib/strerror.c", """
        connect to … port … failed: connection refused
        failed to connect to … port … : connection refused
    """),
    Wording(connection.CONNECTION_REFUSED, "curl 7.29-8.22 lib/strerror.c", """
        couldn't connect to server
        could not connect to server
    """, around=True),
    Wording(connection.CONNECT_TIMEOUT, "curl 7.29-8.22 lib/cf-ip-happy.c, lib/multi.c", """
        connect to … port … failed: connection timed out
        connect to … port … failed: operation timed out
        failed to connect to … after … ms: timeout was reached
        failed to connect to … after … ms: connection timed out
        connection timed out after … milliseconds
        connection timeout after … ms
    """),
    Wording(connection.CONNECT_TIMEOUT, "curl 7.29-8.22 lib/strerror.c", "timeout was reached", around=True),
    Wording(connection.NETWORK_UNREACHABLE, "curl 7.29-8.22 lib/cf-ip-happy.c", """
        connect to … port … failed: no route to host
        connect to … port … failed: network is unreachable
        connect to … port … failed: network unreachable
    """),
    Wording(connection.CONNECTION_FORBIDDEN, "curl 7.29-8.22 lib/cf-ip-happy.c", """
        connect to … port … failed: permission denied
        connect to … port … failed: operation not permitted
    """),
    Wording(connection.REPLY_TIMEOUT, "curl 7.29-8.22 lib/multi.c, lib/pingpong.c, lib/vtls", """
        operation timed out after … milliseconds with … bytes received
        operation timed out after … milliseconds with … out of … bytes received
        ssl connection timeout
    """),
    Wording(connection.CONNECTION_LOST, "curl 7.29-8.22 lib/strerror.c, lib/pingpong.c, lib/vtls", """
        response reading failed
        server returned nothing (no headers, no data)
        connection died, tried … times before giving up
        connection closed abruptly
    """),
    Wording(connection.CONNECTION_LOST, "curl 7.29-8.22 lib/strerror.c", """
        failure when receiving data from the peer
        failed sending data to the peer
    """, around=True),
    Wording(connection.GREETING_REFUSED, "curl 7.29-8.22 lib/smtp.c", """
        got unexpected smtp-server response
    """, stage=Stage.GREETING),
    Wording(connection.NOT_SMTP, "curl 7.29-8.22 lib/strerror.c", "weird server reply", around=True),
    Wording(connection.PROTOCOL_ERROR, "curl 8 lib/smtp.c, lib/pingpong.c", """
        unexpectedly short ehlo response
        nul byte in server response line
    """),
    Wording(login.LOCAL_HOSTNAME, "curl 7.29-8.22 lib/smtp.c", """
        remote access denied: 501
        remote access denied: 504
        remote access denied: 550
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "curl 7.29-8.22 lib/vtls/openssl.c, gtls.c", """
        ssl: no alternative certificate subject name matches target host name
        no alternative certificate subject name matches target
        ssl: certificate subject name … does not match target
        ssl: unable to obtain common name from peer certificate
    """),
    Wording(tls.CERTIFICATE_EXPIRED, "curl 7.29-8.22 lib/vtls/gtls.c", """
        server certificate expiration date has passed
        server certificate not activated yet
        server cert expiration date verify failed
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "curl 7.29-8.22 lib/strerror.c", """
        ssl peer certificate or ssh remote key was not ok
        peer certificate cannot be authenticated with given ca certificates
        issuer check against peer certificate failed
    """, around=True),
    Wording(tls.CERTIFICATE_REVOCATION, "curl 8 lib/vtls/openssl.c, gtls.c, lib/strerror.c", """
        no ocsp response received
        invalid ocsp response received
        ssl server certificate status verification failed
    """),
    Wording(tls.TLS_HANDSHAKE, "curl 7.29-8.22 lib/strerror.c", "ssl connect error", around=True),
    Wording(tls.STARTTLS_FAILED, "curl 7.29-8.22 lib/smtp.c", """
        starttls denied, code
        starttls denied. …
    """),
    Wording(tls.STARTTLS_NOT_OFFERED, "curl 7.29-8.22 lib/smtp.c, lib/strerror.c", """
        starttls not supported
        requested ssl level failed
    """),
    Wording(login.LOGIN_REFUSED, "curl 7.29-8.22 lib/smtp.c, lib/strerror.c", """
        (67) login denied
        (67) authentication cancelled
        login denied: authentication cancelled
        authentication failed: 535
    """),
    Wording(login.LOGIN_REFUSED, "curl 7.29-8.22 lib/strerror.c", "login denied", around=True),
    Wording(login.AUTH_MECHANISM, "curl 7.82-8.22 lib/curl_sasl.c", """
        unsupported sasl authentication mechanism
        an authentication function returned an error
    """),
    Wording(login.AUTH_REQUIRED, "curl 7.29-8.22 lib/smtp.c", "mail failed: 530", stage=Stage.MAIL),
    Wording(login.AUTH_REQUIRED, "curl 7.29-8.22 lib/smtp.c", "rcpt failed: 530", stage=Stage.RCPT),
    Wording(sender.RELAY_DENIED, "curl 7.29-8.22 lib/smtp.c", "rcpt failed: 554"),
    Wording(sender.SENDER_REJECTED, "curl 7.29-8.22 lib/smtp.c", "mail failed: 501"),
    Wording(recipient.RECIPIENT_UNKNOWN, "curl 7.29-8.22 lib/smtp.c", "rcpt failed: 551"),
    Wording(unclear.SERVER_PERMANENT, "curl 7.29-8.22 lib/smtp.c", """
        mail failed: 550
        mail failed: 552
        mail failed: 553
        mail failed: 554
    """, stage=Stage.MAIL),
    Wording(unclear.SERVER_PERMANENT, "curl 7.29-8.22 lib/smtp.c", """
        rcpt failed: 550
        rcpt failed: 553
    """, stage=Stage.RCPT),
    Wording(unclear.SERVER_PERMANENT, "curl 7.29-8.22 lib/smtp.c", "data failed: 554", stage=Stage.DATA),
    Wording(unclear.SERVER_TEMPORARY, "curl 7.29-8.22 lib/smtp.c", """
        mail failed: 421
        mail failed: 450
        mail failed: 451
        mail failed: 452
    """, stage=Stage.MAIL),
    Wording(unclear.SERVER_TEMPORARY, "curl 7.29-8.22 lib/smtp.c", """
        rcpt failed: 421
        rcpt failed: 450
        rcpt failed: 451
        rcpt failed: 452
    """, stage=Stage.RCPT),
    Wording(unclear.CLIENT_REFUSED, "curl 7.29-8.22 lib/strerror.c, lib/url.c, lib/smtp.c, lib/vtls", """
        a requested feature, protocol or option was not found built-in in this libcurl
        url using bad/illegal format or missing url
        not supported or disabled in libcurl
        protocol "smtps" not supported
        protocol "smtp" not supported
        protocol … not supported … in libcurl
        protocol … is disabled
        refusing to send email address with a cr or lf
        problem with the ssl ca cert (path? access rights?)
        problem with the local ssl certificate
        error setting certificate verify locations
        error adding trust anchors from file
        support for smtp authentication was not compiled in
        couldn't use specified ssl cipher
    """),
    Wording(connection.GREETING_TIMEOUT, "Zabbix 5-7 src/libs/zbxmedia/email.c", """
        error receiving initial string from smtp server: … interrupted system call
    """),
    Wording(connection.CONNECTION_LOST, "Zabbix 5-7 src/libs/zbxmedia/email.c", """
        error receiving initial string from smtp server
        error receiving answer on helo request
        error receiving answer on mail from request
        error receiving answer on rcpt to request
        error receiving answer on data request
        error receiving answer on . request
    """, around=True),
)
