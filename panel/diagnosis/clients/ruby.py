"""What is said by Ruby: Net::SMTP, Net::Protocol, OpenSSL, sockets, the mail gem, and Action Mailer over them."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, login, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

_CONNECTION = (
    Wording(connection.CONNECT_TIMEOUT, "Ruby 2.0-3.4 net-protocol 0.2, timeout 0.6, net-smtp 0.3", """
        net::opentimeout
        net::opentimeout: execution expired
        net::opentimeout (execution expired)
        execution expired (net::opentimeout)
        execution expired
        timeout to open tcp connection to
    """),
    Wording(connection.GREETING_TIMEOUT, "Ruby 2.0-3.4 net-protocol 0.2, net-smtp 0.1-0.5", """
        net::readtimeout … `readuntil' … `recv_response' … `block in do_start'
        net::readtimeout … bufferedio#readuntil' … smtp#recv_response' … block in net::smtp#do_start'
    """),
    Wording(connection.REPLY_TIMEOUT, "Ruby 2.0-3.4 net-protocol 0.2, net-smtp 0.1-0.5", """
        net::readtimeout
        net::writetimeout
        blocking operation timed out! (io::timeouterror)
        io::timeouterror: blocking operation timed out!
    """),
    Wording(connection.REPLY_TIMEOUT, "Ruby 2.0-3.4 net-protocol 0.2, net-smtp 0.1-0.5", """
        net::readtimeout … `readuntil' … `recv_response' … `block in data'
        net::readtimeout … bufferedio#readuntil' … smtp#recv_response' … block in net::smtp#data'
    """, Stage.DATA),
    Wording(connection.CONNECTION_LOST, "Ruby 2.0-3.4 net-protocol 0.2", """
        eoferror: end of file reached
        end of file reached (eoferror)
        eoferror: end of file reached
        eoferror (end of file reached)
        end of file reached
        ioerror: closed stream
        closed stream (ioerror)
        ioerror (closed stream)
    """),
    Wording(connection.CONNECTION_LOST, "Ruby openssl 2-4", """
        ssl_connect syscall returned=5
        ssl_connect syscall returned=5 errno=0
        ssl_connect returned=6
    """, Stage.TLS),
)

_TLS = (
    Wording(tls.CERTIFICATE_HOSTNAME, "Ruby openssl 2-4", """
        does not match the server certificate
        certificate verify failed (hostname mismatch)
        certificate verify failed (ip address mismatch)
    """),
    Wording(tls.CERTIFICATE_EXPIRED, "Ruby openssl 2-4 over OpenSSL 1.1-3", """
        state=error: certificate verify failed (certificate has expired)
        state=error: certificate verify failed (certificate is not yet valid)
    """),
    Wording(tls.CERTIFICATE_REVOCATION, "Ruby openssl 3 over OpenSSL 3.6", """
        certificate verify failed (unable to get certificate crl)
    """),
    Wording(unclear.CLIENT_REFUSED, "Ruby openssl 2-4", """
        ssl_ctx_load_verify_file
        ssl_ctx_load_verify_locations
    """),
)

_SMTP = (
    Wording(tls.STARTTLS_NOT_OFFERED, "net-smtp 0.1-0.5", """
        starttls is not supported on this server
        net::smtpunsupportedcommand: starttls is not supported on this server
    """),
    Wording(unclear.CLIENT_REFUSED, "net-smtp 0.1-0.5", """
        smtp-auth requested but missing user name
        smtp-auth requested but missing secret phrase
    """),
    Wording(login.LOGIN_REFUSED, "net-smtp 0.1-0.5", """
        net::smtpauthenticationerror
    """, around=True),
    Wording(unclear.CLIENT_REFUSED, "net-smtp 0.1-0.5", """
        wrong authentication type
        smtps and starttls is exclusive
        openssl library not installed
        "openssl" or "digest" library is required
        mail destination not given
        smtp session already started
        a line must not contain cr or lf
        message and block are exclusive
        cannot load such file -- net/smtp
    """),
    Wording(unclear.CLIENT_REFUSED, "mail 2.6-2.9", """
        :enable_starttls and :tls are mutually exclusive
        unrecognized :tls value
        unrecognized :enable_starttls value
        unrecognized :enable_starttls_auto value
        an smtp from address is required to send a message
        an smtp to address is required to send a message
        an encoded message is required to send an email
        smtp from address may not be blank
        smtp to address may not be blank
        smtp message may not be blank
        smtp from address may not contain cr or lf line breaks
        smtp to address may not contain cr or lf line breaks
        smtp from address may not exceed
        smtp to address may not exceed
        :arguments expected to be an array of individual string args
        a net::smtp object is required for this delivery method
    """),
)

RUBY: tuple[Wording, ...] = (*_CONNECTION, *_TLS, *_SMTP)
