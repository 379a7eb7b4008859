"""What is said by smtplib, aiosmtplib, Django, Flask, Odoo, and the ssl, socket and asyncio modules of Python."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, login, recipient, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

_SMTPLIB = (
    Wording(login.AUTH_NOT_OFFERED, "Python 2.7-3.13 smtplib, aiosmtplib 1-5", """
        smtp auth extension not supported by server
        the smtp auth extension is not supported by this server
        the smtp auth extension is not supported by this server. try connecting via tls (or starttls)
    """),
    Wording(login.AUTH_MECHANISM, "Python 2.7-3.13 smtplib, aiosmtplib 1-5", """
        no suitable authentication method found
        missing handler for auth method
        oauth_token_generator provided but server does not support xoauth2
    """),
    Wording(tls.STARTTLS_NOT_OFFERED, "Python 2.7-3.13 smtplib, aiosmtplib 1-5", """
        starttls extension not supported by server
        smtp starttls extension not supported by server
    """),
    Wording(connection.GREETING_TIMEOUT, "Python 3.6-3.13 smtplib, aiosmtplib 1-5", """
        in connect (code, msg) = self.getreply() … in getreply … connection unexpectedly closed: timed out
        in connect (code, msg) = self.getreply() … in getreply … closed: the read operation timed out
        timed out waiting for server ready message
        smtpconnecttimeouterror: timed out waiting for server ready message
    """),
    Wording(connection.REPLY_TIMEOUT, "Python 2.7-3.13 smtplib", """
        connection unexpectedly closed: timed out
        connection unexpectedly closed: the read operation timed out
    """),
    Wording(connection.REPLY_TIMEOUT, "Python 3.6-3.13 smtplib", """
        in ehlo (code, msg) = self.getreply() … in getreply … connection unexpectedly closed: timed out
        in helo (code, msg) = self.getreply() … in getreply … connection unexpectedly closed: timed out
    """, Stage.EHLO),
    Wording(connection.REPLY_TIMEOUT, "Python 3.6-3.13 smtplib", """
        in data (code, msg) = self.getreply() … in getreply … connection unexpectedly closed: timed out
        in data (code, msg) = self.getreply() … in getreply … closed: the read operation timed out
    """, Stage.DATA),
    Wording(connection.REPLY_TIMEOUT, "aiosmtplib 1-5", """
        timed out waiting for server response
        smtpreadtimeouterror
    """),
    Wording(connection.REPLY_TIMEOUT, "aiosmtplib 1-5", """
        timed out while upgrading transport
    """, Stage.STARTTLS),
    Wording(connection.CONNECT_TIMEOUT, "aiosmtplib 1-5", """
        timed out connecting to … on port
        smtpconnecttimeouterror
    """),
    Wording(connection.CONNECTION_LOST, "Python 2.7-3.13 smtplib, aiosmtplib 1-5", """
        smtpserverdisconnected: server not connected
        smtpserverdisconnected('server not connected')
        smtpserverdisconnected: connection lost
        smtpserverdisconnected('connection lost')
        smtpserverdisconnected: unexpected eof received
        connectionreseterror: connection lost
    """),
    Wording(connection.CONNECTION_LOST, "Python 3.6-3.13 smtplib", """
        in connect (code, msg) = self.getreply() … in getreply … connection unexpectedly closed
    """, Stage.GREETING),
    Wording(connection.CONNECTION_LOST, "Python 3.6-3.13 smtplib", """
        in ehlo (code, msg) = self.getreply() … in getreply … connection unexpectedly closed
        in helo (code, msg) = self.getreply() … in getreply … connection unexpectedly closed
    """, Stage.EHLO),
    Wording(connection.REPLY_TIMEOUT, "Python 3.6-3.13 smtplib", """
        in auth (code, resp) = self.docmd( … in docmd … in getreply … connection unexpectedly closed: timed out
        in auth (code, resp) = self.docmd( … in docmd … in getreply … closed: the read operation timed out
    """, Stage.AUTH),
    Wording(connection.CONNECTION_LOST, "Python 3.6-3.13 smtplib", """
        in auth (code, resp) = self.docmd( … in docmd … in getreply … connection unexpectedly closed
        in auth_login (code, resp) = self.docmd( … in docmd … in getreply … connection unexpectedly closed
    """, Stage.AUTH),
    Wording(connection.CONNECTION_LOST, "Python 3.6-3.13 smtplib", """
        in starttls (resp, reply) = self.docmd("starttls") … in docmd … in getreply … connection unexpectedly closed
    """, Stage.STARTTLS),
    Wording(connection.CONNECTION_LOST, "Python 3.6-3.13 smtplib", """
        in data (code, msg) = self.getreply() … in getreply … connection unexpectedly closed
        in data (code, repl) = self.getreply() … in getreply … connection unexpectedly closed
    """, Stage.DATA),
    Wording(connection.CONNECTION_LOST, "aiosmtplib 2-5", """
        connection aborted while upgrading transport
        connection reset while upgrading transport
        connection was reset while upgrading transport
    """, Stage.STARTTLS),
    Wording(connection.PROTOCOL_ERROR, "Python 3.9-3.13 smtplib", """
        server auth mechanism infinite loop
    """, Stage.AUTH),
    Wording(connection.PROTOCOL_ERROR, "aiosmtplib 1-5", """
        malformed smtp response line
    """),
    Wording(recipient.RECIPIENT_REJECTED, "Python 3.5-3.13 smtplib, aiosmtplib 1-5", """
        smtputf8 not supported by server
        one or more source or delivery addresses require internationalized email support
        smtputf8 is not supported by this server
        an address containing non-ascii characters was provided, but smtputf8 is not supported by this server
    """),
    Wording(login.LOCAL_HOSTNAME, "Python 3.6-3.13 smtplib, socket", """
        self.putcmd(self.ehlo_msg, name or self.local_hostname) … in putcmd … in send … codec can't encode
        self.putcmd("helo", name or self.local_hostname) … in putcmd … in send … codec can't encode
        hostname, aliases, ipaddrs = gethostbyaddr(name) … codec can't decode byte
        the local_hostname param contains prohibited newline characters
    """),
    Wording(login.LOGIN_REFUSED, "Python 2.7-3.13 smtplib, aiosmtplib 1-5", """
        smtpauthenticationerror
    """, around=True),
    Wording(connection.CONNECTION_LOST, "Python 2.7-3.13 smtplib, aiosmtplib 1-5", """
        smtpserverdisconnected
    """, around=True),
    Wording(unclear.CLIENT_REFUSED, "Python 2.7-3.13 smtplib", """
        smtpserverdisconnected: please run connect() first
        smtpserverdisconnected('please run connect() first')
        nonnumeric port
        non-blocking socket (timeout=0) is not supported
        context and keyfile arguments are mutually exclusive
        context and certfile arguments are mutually exclusive
        no ssl support included in this python
        command and arguments contain prohibited newline characters
        message has more than one 'resent-' header block
        starttls() got an unexpected keyword argument 'keyfile'
        starttls() got an unexpected keyword argument 'certfile'
        smtp_ssl.__init__() got an unexpected keyword argument 'keyfile'
    """),
    Wording(unclear.CLIENT_REFUSED, "Python 3.6-3.13 smtplib", """
        initial_response.encode('ascii'), eol='') … 'ascii' codec can't encode
        authobject(challenge).encode('ascii'), eol='') … 'ascii' codec can't encode
    """, Stage.AUTH),
    Wording(unclear.CLIENT_REFUSED, "aiosmtplib 1-5", """
        password and oauth_token_generator are mutually exclusive
        the start_tls and use_tls options are not compatible
        either a tls context or a certificate/key must be provided
        either a socket or a socket path must be provided, not both
        the socket option is not compatible with hostname, port or socket_path
        the socket_path option is not compatible with hostname/port
        if using a socket, port is not required
        if using a socket with tls, hostname is required
        the hostname param contains prohibited newline characters
        no hostname provided; default should have been set
        no port provided; default should have been set
        username is required when using oauth_token_generator
        smtp instance is already connected
        connection already using tls
        recipients must be provided with raw messages
        sender must be provided with raw messages
        no from header provided in message
        no recipient headers provided in message
    """),
)

_TLS_AND_SOCKETS = (
    Wording(tls.CERTIFICATE_HOSTNAME, "Python 2.7-3.13 ssl", """
        hostname mismatch, certificate is not valid for
        ip address mismatch, certificate is not valid for
        certificateerror: hostname … doesn't match
        hostname … doesn't match either of
        no appropriate commonname or subjectaltname fields were found
        [ssl: tlsv1_unrecognized_name]
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "Python 3.7-3.13 ssl over OpenSSL 1.1-3", """
        certificate verify failed: basic constraints of ca cert not marked critical
        certificate verify failed: missing authority key identifier
        certificate verify failed: ca cert does not include key usage extension
        certificate verify failed: unable to get issuer certificate
    """),
    Wording(tls.TLS_WRONG_MODE, "Python 2.7-3.13 ssl", """
        [ssl: wrong_version_number]
        [ssl: record_layer_failure]
        [ssl: unknown_protocol]
        [ssl: packet_length_too_long]
        [ssl: http_request]
        [ssl] record layer failure
    """),
    Wording(tls.TLS_HANDSHAKE, "Python 2.7-3.13 ssl", """
        [ssl: unsupported_protocol]
        [ssl: no_protocols_available]
        [ssl: version_too_low]
        [ssl: tlsv1_alert_protocol_version]
        [ssl: tlsv1_alert_insufficient_security]
        [ssl: sslv3_alert_handshake_failure]
        [ssl: sslv3_alert_illegal_parameter]
        [ssl: tlsv1_alert_internal_error]
        [ssl: tlsv1_alert_inappropriate_fallback]
        [ssl: unsafe_legacy_renegotiation_disabled]
        [ssl: no_shared_cipher]
        [ssl: wrong_signature_type]
        [ssl: wrong_cipher_returned]
        [ssl: no_suitable_signature_algorithm]
        [ssl: dh_key_too_small]
        [ssl: bad_dh_value]
        [ssl: ee_key_too_small]
        [ssl: ca_md_too_weak]
    """),
    Wording(connection.CONNECTION_LOST, "Python 2.7-3.13 ssl, asyncio", """
        [ssl: unexpected_eof_while_reading]
        eof occurred in violation of protocol
    """),
    Wording(connection.CONNECTION_LOST, "Python 2.7-3.13 ssl", """
        self._sslobj.do_handshake() … eof occurred in violation of protocol
        self._sslobj.do_handshake() … [ssl: unexpected_eof_while_reading]
    """, Stage.TLS),
    Wording(connection.REPLY_TIMEOUT, "Python 3.6-3.13 ssl, asyncio", """
        the handshake operation timed out
        ssl handshake is taking longer than … aborting the connection
        ssl handshake is taking longer than
    """, Stage.TLS),
    Wording(connection.REPLY_TIMEOUT, "Python 2.7-3.13 ssl", """
        the read operation timed out
        the write operation timed out
    """),
    Wording(connection.CONNECT_TIMEOUT, "Python 3.6-3.13 socket", """
        in create_connection sock.connect(sa) … timed out
        in create_connection raise err … timed out
        in create_connection raise exceptions[0] … timed out
    """),
    Wording(connection.DNS_NOT_FOUND, "Python 3.6-3.13 socket", """
        encoding with 'idna' codec failed
        'idna' codec can't encode
        address family for hostname not supported
    """),
    Wording(unclear.CLIENT_REFUSED, "Python 3.6-3.13 ssl, socket", """
        server_hostname cannot be an empty string or start with a leading dot
        check_hostname requires server_hostname
        cannot set verify_mode to cert_none when check_hostname is enabled
        cannot create a client socket with a protocol_tls_server context
        servname not supported for ai_socktype
        [ssl: no_ciphers_available]
        [ssl: no_cipher_match]
    """),
)

_OVER_THEM = (
    Wording(unclear.CLIENT_REFUSED, "Django 5.1", """
        email_use_tls/email_use_ssl are mutually exclusive
        header values can't contain newlines
        invalid address; only … could be parsed from
        invalid address; address parts cannot contain newlines
        "to" argument must be a list or tuple
        "cc" argument must be a list or tuple
        "bcc" argument must be a list or tuple
    """),
    Wording(unclear.CLIENT_REFUSED, "Flask-Mail 0.9-0.10, Flask-Mailman 1.1", """
        the message does not specify a sender and a default sender has not been configured
        assertionerror: no recipients have been added
        the current application was not configured with flask-mail
        the current application was not configured with flask-mailman
    """),
    Wording(unclear.CLIENT_REFUSED, "Odoo 14, Frappe 16", """
        please define at least one smtp server, or provide the smtp parameters explicitly
        you must either provide a sender address explicitly or configure using
        at least one valid recipient address should be specified for outgoing emails (to/cc/bcc)
        please create a new email account from settings > email account
    """),
    Wording(login.LOGIN_REFUSED, "Frappe 16, Home Assistant 2025", """
        please check your email login credentials
        login not possible. please check your setting and/or your credentials
    """, around=True),
    Wording(connection.CONNECT_TIMEOUT, "Odoo 14", """
        no response received. check server address and port number
    """, around=True),
    Wording(connection.CONNECTION_LOST, "Odoo 14, Home Assistant 2025", """
        the server has closed the connection unexpectedly. check configuration served on this port number
        smtpserverdisconnected sending mail: retrying connection
    """, around=True),
)

PYTHON: tuple[Wording, ...] = (*_SMTPLIB, *_TLS_AND_SOCKETS, *_OVER_THEM)
