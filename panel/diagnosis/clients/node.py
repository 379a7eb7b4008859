"""What is said by Node.js: net, tls, dns, nodemailer, emailjs, and services over them."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, content, login, oauth, recipient, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

_NODE = (
    Wording(connection.DNS_UNAVAILABLE, "Node.js 20 dns", """
        querya etimeout
        queryaaaa etimeout
        querymx etimeout
        querya econnrefused
        queryaaaa econnrefused
        querymx econnrefused
        querya eservfail
        queryaaaa eservfail
        querymx eservfail
        querya erefused
        queryaaaa erefused
        querymx erefused
        querya ebadresp
        querya ecancelled
        getaddrinfo eai_again
        getaddrinfo eai_fail
    """),
    Wording(connection.DNS_UNAVAILABLE, "nodemailer 5-9", """
        code: 'edns', syscall: 'querya'
        "code":"edns","syscall":"querya"
        "code": "edns", "syscall": "querya"
    """, around=True),
    Wording(connection.DNS_NOT_FOUND, "Node.js 20 dns", """
        getaddrinfo enotfound
        getaddrinfo eai_nodata
        getaddrinfo eai_noname
        querya enotfound
        querya enodata
        queryaaaa enotfound
        queryaaaa enodata
    """),
    Wording(recipient.RECIPIENT_DOMAIN, "Node.js 20 dns", """
        querymx enotfound
        querymx enodata
    """),
    Wording(connection.CONNECT_TIMEOUT, "Node.js 20 net, nodemailer 4-9, emailjs 2-3", """
        connect etimedout
        error: connection timeout at smtpconnection
        timedout while connecting to smtp server
        proxy socket timed out
    """),
    Wording(connection.REPLY_TIMEOUT, "Node.js 20 net, nodemailer 4-9", """
        read etimedout
        write etimedout
        error: timeout at smtpconnection._ontimeout
        smtpconnection._ontimeout
    """),
    Wording(connection.REPLY_TIMEOUT, "Node.js 20 tls", """
        tls handshake timeout
        err_tls_handshake_timeout
    """, Stage.TLS),
    Wording(connection.CONNECTION_LOST, "Node.js 20 tls", """
        client network socket disconnected before secure tls connection was established
    """, Stage.TLS),
    Wording(connection.CONNECTION_LOST, "Node.js 20 net, nodemailer 4-9, emailjs 2-5", """
        this socket has been ended by the other party
        socket closed before the connection was established
        unexpected socket close
        reached maximum number of retries after connection was closed
        no connection has been established
        connection has ended
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "Node.js 8-20 tls", """
        hostname/ip does not match certificate's altnames
        hostname/ip doesn't match certificate's altnames
        err_tls_cert_altname_invalid
        code: 'hostname_mismatch'
    """),
    Wording(tls.CERTIFICATE_EXPIRED, "Node.js 20 tls", """
        cert_has_expired
        cert_not_yet_valid
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "Node.js 20 tls, emailjs 3-5", """
        unable_to_verify_leaf_signature
        unable_to_get_issuer_cert
        unable_to_get_issuer_cert_locally
        self_signed_cert_in_chain
        depth_zero_self_signed_cert
        cert_untrusted
        cert_rejected
        cert_signature_failure
        cert_chain_too_long
        path_length_exceeded
        code: 'invalid_ca'
        code: 'invalid_purpose'
        could not establish an ssl connection
    """),
    Wording(tls.CERTIFICATE_REVOCATION, "Node.js 20 tls", """
        unable_to_get_crl
        crl_has_expired
        crl_not_yet_valid
    """),
    Wording(tls.TLS_WRONG_MODE, "Node.js 20 tls", """
        err_ssl_wrong_version_number
        err_ssl_packet_length_too_long
        err_ssl_unknown_protocol
        err_ssl_http_request
    """),
    Wording(tls.TLS_HANDSHAKE, "Node.js 20 tls", """
        err_ssl_unsupported_protocol
        err_ssl_no_protocols_available
        err_ssl_version_too_low
        err_ssl_tlsv1_alert_protocol_version
        err_ssl_tlsv1_alert_internal_error
        err_ssl_tlsv1_alert_insufficient_security
        err_ssl_sslv3_alert_handshake_failure
        err_ssl_sslv3_alert_illegal_parameter
        err_ssl_unsafe_legacy_renegotiation_disabled
        err_ssl_dh_key_too_small
        err_ssl_ee_key_too_small
        err_ssl_ca_md_too_weak
        err_ssl_no_shared_cipher
        err_ssl_wrong_signature_type
    """),
    Wording(unclear.CLIENT_REFUSED, "Node.js 20 net, tls", """
        port should be >= 0 and < 65536
        port should be > 0 and < 65536
        err_socket_bad_port
        is not a valid minimum tls protocol version
        is not a valid maximum tls protocol version
        err_tls_invalid_protocol_version
        err_tls_protocol_version_conflict
    """),
)

_NODEMAILER = (
    Wording(connection.GREETING_TIMEOUT, "nodemailer 1-9", """
        greeting never received
    """),
    Wording(connection.NOT_SMTP, "nodemailer 4-9", """
        invalid greeting. response=
    """),
    Wording(unclear.CLIENT_REFUSED, "nodemailer 4-9", """
        missing credentials for "
        missing credentials for \\"
        authentication info was not provided
    """),
    Wording(tls.STARTTLS_NOT_OFFERED, "nodemailer 4-9", """
        ehlo failed but helo does not support required starttls
    """),
    Wording(tls.STARTTLS_FAILED, "nodemailer 4-9", """
        error upgrading connection with starttls
    """),
    Wording(content.MESSAGE_TOO_LARGE, "nodemailer 4-9", """
        message size larger than allowed
    """),
    Wording(recipient.RECIPIENT_REJECTED, "nodemailer 4-9", """
        can't send mail - all recipients were rejected
    """, around=True),
    Wording(connection.PROTOCOL_ERROR, "nodemailer 4-9", """
        invalid login sequence while waiting for
    """, Stage.AUTH),
    Wording(unclear.CLIENT_REFUSED, "nodemailer 4-9", """
        unknown authentication method "
        no recipients defined
        can't send mail - no recipients defined
        error: url access rejected for
        error: file access rejected for
        socks module not loaded
        unknown proxy configuration
        invalid proxy destination
        can not send mail. invalid envelope addresses
        requiretls can only be used over tls connections (rfc 8689)
        options "privatekey" and "user" are required for service account
        sendmail command not found, process exited with code
    """),
    Wording(oauth.OAUTH_SIGNIN_REQUIRED, "nodemailer 4-9", """
        can't create new access token for user
        cannot renew access token for … no refresh mechanism available
    """),
    Wording(oauth.OAUTH_ANSWER_BROKEN, "nodemailer 4-9", """
        error: invalid authentication response
        error: no access token
    """),
)

_EMAILJS = (
    Wording(login.LOGIN_REFUSED, "emailjs 2-5", """
        authorization.failed
    """),
    Wording(login.AUTH_MECHANISM, "emailjs 2-5", """
        no form of authorization supported
    """),
    Wording(unclear.CLIENT_REFUSED, "emailjs 3-5", """
        message must have a `from` header
        message must have at least one `to`, `cc`, or `bcc` header
        no recipients found in message
        `password` cannot be set without `user`
    """),
    Wording(oauth.OAUTH_SIGNIN_REQUIRED, "EmailJS, the service, as reported", """
        gmail_api: invalid grant
    """),
    Wording(oauth.OAUTH_SCOPE_WRONG, "EmailJS, the service, as reported", """
        gmail_api: request had insufficient authentication scopes
    """),
)

NODE: tuple[Wording, ...] = (*_NODE, *_NODEMAILER, *_EMAILJS)
