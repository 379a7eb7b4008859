"""What is said by commands that send mail: msmtp, swaks, s-nail, mutt, git send-email, sendEmail, and their Perl."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, login, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

_MSMTP: tuple[Wording, ...] = (
    Wording(connection.DNS_NOT_FOUND, "msmtp 1.8 src/net.c", """
        msmtp: cannot locate host … name or service not known
        cannot locate host
    """),
    Wording(connection.DNS_UNAVAILABLE, "msmtp 1.8 src/net.c", """
        cannot locate host … temporary failure in name resolution
        cannot locate host … try again
    """),
    Wording(connection.CONNECT_TIMEOUT, "msmtp 1.8 src/net.c", """
        cannot connect to … port … : connection timed out
        cannot connect to … the operation timed out
    """),
    Wording(connection.REPLY_TIMEOUT, "msmtp 1.8 src/net.c, mtls-gnutls.c", """
        network read error: the operation timed out
        network read error: connection timed out
        network write error: the operation timed out
        cannot read from tls connection: the operation timed out
    """),
    Wording(connection.CONNECTION_LOST, "msmtp 1.8 src/smtp.c, src/net.c, mtls-openssl.c", """
        the server sent an empty reply
        a protocol violating eof occurred
        network read error: connection reset by peer
    """),
    Wording(connection.GREETING_REFUSED, "msmtp 1.8 src/smtp.c", """
        cannot get initial ok message from server
    """, around=True),
    Wording(connection.PROTOCOL_ERROR, "msmtp 1.8 src/smtp.c", """
        the server sent an invalid reply
        rejecting server reply that is longer than
        smtp server does not accept ehlo or helo commands
    """),
    Wording(tls.STARTTLS_NOT_OFFERED, "msmtp 1.8 src/msmtp.c", """
        the server does not support tls via the starttls command
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "msmtp 1.8 src/mtls-openssl.c", """
        the certificate owner does not match hostname
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "msmtp 1.8 src/mtls-openssl.c, mtls-gnutls.c", """
        the certificate fingerprint does not match
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "msmtp 1.8 src/mtls-openssl.c, mtls-gnutls.c", """
        tls certificate verification failed
        tls certificate check failed
    """, around=True),
    Wording(tls.TLS_HANDSHAKE, "msmtp 1.8 src/mtls-openssl.c, mtls-gnutls.c", "tls handshake failed", around=True),
    Wording(login.LOGIN_REFUSED, "msmtp 1.8 src/smtp.c", """
        authentication failed (method plain)
        authentication failed (method login)
        authentication failed (method cram-md5)
        authentication failed (method digest-md5)
        authentication failed (method scram-sha-1)
        authentication failed (method scram-sha-256)
        authentication failed (method external)
        authentication failed (method ntlm)
    """),
    Wording(login.OAUTH_TOKEN_REFUSED, "msmtp 1.8 src/smtp.c", """
        authentication failed (method oauthbearer)
        authentication failed (method xoauth2)
    """),
    Wording(login.AUTH_NOT_OFFERED, "msmtp 1.8 src/msmtp.c", """
        the server does not support authentication
    """),
    Wording(login.AUTH_MECHANISM, "msmtp 1.8 src/smtp.c", """
        cannot use a secure authentication method
        cannot find a usable authentication method
        the server does not support authentication method
        support for authentication method … is not compiled in
        gnu sasl: authentication method … not supported
    """),
    Wording(unclear.CLIENT_REFUSED, "msmtp 1.8 src/smtp.c", """
        authentication method … needs a user name
        authentication method … needs a password
    """),
    Wording(unclear.CLIENT_REFUSED, "msmtp 1.8 src/msmtp.c, src/conf.c, src/tools.c", """
        support for tls is not compiled in
        no envelope from address found
        envelope-from address is missing
        contains secrets and therefore must have no more than user read/write permissions
        contains secrets and therefore must be owned by you
        tls requires either tls_trust_file (highly recommended)
        msmtp: account … host not set
        msmtprc: line … unknown command
        account … not found: no configuration file available
        msmtp: account … not found in
        msmtp: no recipients found
        cannot set x509 trust file … for tls session
        cannot load trust file
        cannot set priorities for tls session
    """),
)
_SWAKS: tuple[Wording, ...] = (
    Wording(tls.STARTTLS_NOT_OFFERED, "swaks 20240103", "host did not advertise starttls"),
    Wording(tls.STARTTLS_FAILED, "swaks 20240103", """
        starttls attempted but failed
        tls startup failed
    """, around=True),
    Wording(login.AUTH_NOT_OFFERED, "swaks 20240103", """
        host did not advertise authentication
        auth not attempted, no advertised types available
    """),
    Wording(login.AUTH_MECHANISM, "swaks 20240103", "auth not attempted, requested type not available"),
    Wording(login.LOGIN_REFUSED, "swaks 20240103", "no authentication type succeeded", around=True),
    Wording(connection.REPLY_TIMEOUT, "swaks 20240103", "timeout (… secs) waiting for server response"),
    Wording(connection.CONNECTION_LOST, "swaks 20240103", """
        tls startup failed (connect(): connection reset by peer
        remote host closed connection unexpectedly
        socket closed connection unexpectedly
    """),
    Wording(unclear.CLIENT_REFUSED, "swaks 20240103", """
        auth requested, advertised, and locally unavailable
        tls requested, advertised, and locally unavailable
        auth advertised but not supported locally
    """),
)
_MUTT: tuple[Wording, ...] = (
    Wording(connection.DNS_NOT_FOUND, "NeoMutt 2026 conn/socket.c", "could not find the host"),
    Wording(connection.CONNECTION_LOST, "NeoMutt 2026 send/smtp.c, conn/sasl.c", """
        smtp session failed: read error
        smtp session failed: write error
        connection to … has been aborted
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "NeoMutt 2026 conn/openssl.c, conn/gnutls.c", """
        certificate host check failed: certificate owner does not match hostname
        certificate owner does not match hostname
        server hostname does not match certificate
    """),
    Wording(tls.CERTIFICATE_EXPIRED, "NeoMutt 2026 conn/openssl.c, conn/gnutls.c", """
        server certificate has expired
        server certificate is not yet valid
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "NeoMutt 2026 conn/openssl.c, conn/gnutls.c", """
        untrusted server certificate
        signer of server certificate is not a ca
        server certificate has been revoked
    """),
    Wording(tls.TLS_HANDSHAKE, "NeoMutt 2026 send/smtp.c", "could not negotiate tls connection", around=True),
    Wording(login.LOGIN_REFUSED, "NeoMutt 2026 send/smtp.c", """
        sasl authentication failed
        login authentication failed
    """, around=True),
    Wording(login.AUTH_NOT_OFFERED, "NeoMutt 2026 send/smtp.c", "smtp server does not support authentication"),
    Wording(login.AUTH_MECHANISM, "Mutt 1.5-2.2, NeoMutt smtp.c", """
        no authenticators available
        smtp authentication requires sasl
    """),
    Wording(unclear.CLIENT_REFUSED, "NeoMutt 2026 send/smtp.c, conn/openssl.c", """
        no from address given
        invalid smtp url
        all available protocols for tls/ssl connection disabled
        $sendmail must be set in order to send mail
        no oauth refresh command defined
    """),
)
_NAIL: tuple[Wording, ...] = (
    Wording(tls.CERTIFICATE_HOSTNAME, "s-nail 14.9.24", "tls certificate does not match"),
    Wording(tls.CERTIFICATE_UNTRUSTED, "s-nail 14.9.24", "tls fingerprint mismatch"),
    Wording(tls.TLS_HANDSHAKE, "s-nail 14.9.24", "during ssl/tls handshake", around=True),
    Wording(login.TLS_REQUIRED, "s-nail 14.9.24", """
        smtp authentication … needs tls
        tls transport is required for authentication
    """, stage=Stage.AUTH),
    Wording(unclear.CLIENT_REFUSED, "s-nail 14.9.24", """
        a user is necessary for … authentication
        a password is necessary for … authentication
    """),
    Wording(connection.CONNECTION_LOST, "s-nail 14.9.24", "unexpected eof on smtp connection"),
)
_PERL: tuple[Wording, ...] = (
    Wording(connection.CONNECT_TIMEOUT, "Perl 5.36 IO::Socket, IO::Socket::INET", """
        io::socket::inet: connect: timeout
        net::smtp: connect: timeout
        io::socket::inet6: connect: timeout
        io::socket::ip: connect: timeout
    """),
    Wording(connection.DNS_NOT_FOUND, "Perl 5.36 IO::Socket::INET", """
        net::smtp: bad hostname
        io::socket::inet: bad hostname
        io::socket::inet6: bad hostname
    """),
    Wording(None, "git 2.39 git-send-email", "unable to initialize smtp properly", around=True),
    Wording(tls.STARTTLS_NOT_OFFERED, "git 2.39 git-send-email", "server does not support starttls"),
    Wording(None, "Email::Sender 2 Transport::SMTP", "unable to establish smtp connection to", around=True),
    Wording(tls.STARTTLS_FAILED, "Email::Sender 2 Transport::SMTP", "can't starttls: 2.", around=True),
    Wording(tls.STARTTLS_FAILED, "git 2.39 git-send-email", "starttls failed!", around=True),
    Wording(unclear.CLIENT_REFUSED, "Perl 5.36 Net::SMTP; git 2.39 git-send-email; IO::Socket::SSL 2", """
        need mime::base64 and authen::sasl todo auth
        can't locate authen/sasl.pm
        can't locate net/smtp/ssl.pm
        can't locate io/socket/ssl.pm
        the required smtp server is not properly defined
        invalid smtp auth: …
        invalid ssl_version specified
        invalid certificate authority locations
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "IO::Socket::SSL 2", "hostname verification failed"),
    Wording(tls.TLS_HANDSHAKE, "IO::Socket::SSL 2", """
        ssl connect attempt failed because of handshake problems
    """, around=True),
    Wording(connection.CONNECT_TIMEOUT, "sendEmail 1.56", "timeout while connecting to … there was no response after"),
    Wording(connection.REPLY_TIMEOUT, "sendEmail 1.56", "timeout while reading from … there was no response after"),
    Wording(tls.STARTTLS_NOT_OFFERED, "sendEmail 1.56", "tls not possible! remote smtp server"),
    Wording(tls.STARTTLS_FAILED, "sendEmail 1.56", "error => tls setup failed", around=True),
    Wording(login.AUTH_NOT_OFFERED, "sendEmail 1.56", """
        the mail server does not support smtp authentication
        authentication not supported by the remote smtp server
    """),
    Wording(login.AUTH_MECHANISM, "sendEmail 1.56", """
        smtp-auth: no mutually supported authentication methods available
    """),
    Wording(login.LOGIN_REFUSED, "sendEmail 1.56", """
        smtp-auth: authentication to … failed
    """, around=True),
    Wording(unclear.CLIENT_REFUSED, "sendEmail 1.56", """
        a username for smtp authentication was specified, but no password
    """),
    Wording(unclear.CLIENT_REFUSED, "sendEmail 1.56", """
        no tls support! sendemail can't load required libraries
        you must specify a 'from' field
        you must specify at least one recipient via -t
    """),
)
COMMANDS: tuple[Wording, ...] = (*_MSMTP, *_SWAKS, *_MUTT, *_NAIL, *_PERL)
