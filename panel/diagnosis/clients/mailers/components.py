"""What is said by parts that other programs send mail with: CDO, Indy, libetpan, MailCore and gen_smtp."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, content, login, pace, tls, unclear
from panel.diagnosis.wording import Wording

_CDO: tuple[Wording, ...] = (
    Wording(connection.CONNECT_TIMEOUT, "CDO for Windows: CDO_E_FAILED_TO_CONNECT", """
        the transport failed to connect to the server
    """, around=True),
    Wording(connection.CONNECTION_LOST, "CDO for Windows: CDO_E_CONNECTION_DROPPED", """
        the transport lost its connection to the server
    """),
    Wording(login.LOGIN_REFUSED, "CDO for Windows: CDO_E_AUTHENTICATION_FAILURE, CDO_E_LOGON_FAILURE", """
        the server rejected the logon attempt due to authentication failure
        the transport was unable to log on to the server
    """),
    Wording(unclear.CLIENT_REFUSED, "CDO for Windows: CDO_E_FROM_MISSING, CDO_E_INVALID_SEND_OPTION and others", """
        at least one recipient is required, but none were found
        at least one of the from or sender fields is required, and neither was found
        the "sendusing" configuration value is invalid
        the pickup directory path is required and was not specified
    """),
)
_INDY: tuple[Wording, ...] = (
    Wording(unclear.CLIENT_REFUSED, "Indy 10.6 IdResourceStrings", """
        could not load ssl library
        ssl iohandler is required for this setting
        need sasl mechanisms to login with it
        the specified sasl handlers are not ready
        could not load root certificate
        could not load key, check password
        error creating ssl context
    """),
    Wording(tls.STARTTLS_NOT_OFFERED, "Indy 10.6 IdResourceStringsProtocols", "ssl is not available on this server"),
    Wording(tls.STARTTLS_FAILED, "Indy 10.6 IdResourceStringsProtocols", "start ssl negotiation command failed"),
    Wording(tls.TLS_HANDSHAKE, "Indy 10.6 IdResourceStringsProtocols", """
        ssl negotiation failed
        error connecting with ssl
    """, around=True),
    Wording(login.AUTH_MECHANISM, "Indy 10.6 IdResourceStringsProtocols", """
        doesn't support auth or the specified sasl handlers
    """),
    Wording(connection.CONNECTION_LOST, "Indy 10.6 IdResourceStringsCore", """
        connection closed gracefully
        eof was observed that violates the protocol
        ssl connection has dropped
    """),
    Wording(None, "Indy 10.6 IdResourceStringsProtocols", """
        can not connect to mx servers for address
    """, around=True),
)
_ETPAN: tuple[Wording, ...] = (
    Wording(connection.CONNECTION_REFUSED, "libetpan 1.10 mailsmtp.c", "mailsmtp_error_connection_refused"),
    Wording(tls.STARTTLS_NOT_OFFERED, "libetpan 1.10 mailsmtp.c; MailCore 2 MCErrorMessage.cpp", """
        tls not supported by server
        mailsmtp_error_starttls_not_supported
        the server does not support tls/ssl connections
        the server does not support starttls connections
    """),
    Wording(tls.STARTTLS_FAILED, "libetpan 1.10 mailsmtp.c", """
        tls not available on server for temporary reason
        mailsmtp_error_starttls_temporary_failure
    """),
    Wording(login.LOGIN_REFUSED, "libetpan 1.10 mailsmtp.c; MailCore 2 MCErrorMessage.cpp", """
        mailsmtp_error_auth_login
        unable to authenticate with the current session's credentials
    """),
    Wording(login.AUTH_NOT_OFFERED, "libetpan 1.10 mailsmtp.c", "mailsmtp_error_auth_not_supported"),
    Wording(login.AUTH_REQUIRED, "MailCore 2 MCErrorMessage.cpp", "authentication is required for this smtp server"),
    Wording(login.APP_PASSWORD_REQUIRED, "MailCore 2 MCErrorMessage.cpp", """
        an application specific password is required
    """),
    Wording(login.WEB_LOGIN_REQUIRED, "MailCore 2 MCErrorMessage.cpp", "the user needs to log in via the web browser"),
    Wording(None, "MailCore 2 MCErrorMessage.cpp", """
        a stable connection to the server could not be established
    """, around=True),
    Wording(tls.CERTIFICATE_UNTRUSTED, "MailCore 2 MCErrorMessage.cpp", """
        the certificate for this server is invalid
    """, around=True),
    Wording(content.MESSAGE_TOO_LARGE, "MailCore 2 MCErrorMessage.cpp", """
        the smtp storage limit was hit while trying to send a large message
    """),
    Wording(content.CONTENT_REJECTED, "MailCore 2 MCErrorMessage.cpp", """
        cannot send message due to possible spam detected by server
    """),
    Wording(pace.QUOTA_EXCEEDED, "MailCore 2 MCErrorMessage.cpp", """
        user is over the limit for messages allowed to be sent in a single day
    """),
    Wording(pace.TOO_MANY_CONNECTIONS, "MailCore 2 MCErrorMessage.cpp", """
        too many simultaneous connections were made to this gmail account
    """),
    Wording(unclear.CLIENT_REFUSED, "MailCore 2 MCErrorMessage.cpp", """
        a sender is required to send message
        a recipient is required to send message
    """),
)
_GEN_SMTP: tuple[Wording, ...] = (
    Wording(connection.CONNECT_TIMEOUT, "gen_smtp 1.3 gen_smtp_client.erl", """
        network_failure … error,timeout
        network_failure … error, timeout
        network_failure … :error, :timeout
        network_failure … etimedout
    """),
    Wording(connection.CONNECTION_REFUSED, "gen_smtp 1.3 gen_smtp_client.erl", "network_failure … econnrefused"),
    Wording(connection.DNS_NOT_FOUND, "gen_smtp 1.3 gen_smtp_client.erl", "network_failure … nxdomain"),
    Wording(connection.NETWORK_UNREACHABLE, "gen_smtp 1.3 gen_smtp_client.erl", """
        network_failure … ehostunreach
        network_failure … enetunreach
    """),
    Wording(connection.CONNECTION_LOST, "gen_smtp 1.3 gen_smtp_client.erl", """
        network_failure … error,closed
        network_failure … error, closed
        network_failure … :error, :closed
        network_failure … econnreset
    """),
    Wording(tls.STARTTLS_NOT_OFFERED, "gen_smtp 1.3 gen_smtp_client.erl", """
        missing_requirement … ,tls
        missing_requirement … , tls
        missing_requirement … , :tls
    """),
    Wording(tls.TLS_HANDSHAKE, "gen_smtp 1.3 gen_smtp_client.erl", "temporary_failure … tls_failed", around=True),
    Wording(login.AUTH_NOT_OFFERED, "gen_smtp 1.3 gen_smtp_client.erl", """
        missing_requirement … ,auth
        missing_requirement … , auth
        missing_requirement … , :auth
    """),
    Wording(login.LOGIN_REFUSED, "gen_smtp 1.3 gen_smtp_client.erl", "permanent_failure … auth_failed"),
    Wording(unclear.CLIENT_REFUSED, "gen_smtp 1.3 gen_smtp_client.erl", """
        bad_option … no_relay
        bad_option … invalid_port
        bad_option … no_credentials
        permanent_failure … ssl_not_started
    """),
)
COMPONENTS: tuple[Wording, ...] = (*_CDO, *_INDY, *_ETPAN, *_GEN_SMTP)
