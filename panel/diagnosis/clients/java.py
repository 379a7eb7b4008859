"""What is said by Java: JavaMail, Angus Mail, Commons Email, Spring; and the sockets and the TLS of the JDK."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, login, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

_MAIL: tuple[Wording, ...] = (
    Wording(tls.TLS_WRONG_MODE, "JavaMail 1.6, Angus Mail 2.0", """
        could not connect to smtp host: …, port: 465, response: -1
        got bad greeting from smtp host: …, port: 465, response: [eof]
    """),
    Wording(connection.CONNECTION_LOST, "JavaMail 1.6, Angus Mail 2.0", """
        could not connect to smtp host: …, response: -1
        got bad greeting from smtp host: …, response: [eof]
    """, Stage.GREETING),
    Wording(connection.GREETING_TIMEOUT, "JavaMail 1.6, Angus Mail 2.0", """
        could not connect to smtp host: …; nested exception is: java.net.sockettimeoutexception: read timed out
        could not connect to smtp host: … caused by: java.net.sockettimeoutexception: read timed out
        mail server connection failed … exception reading response; nested exception is: java.net.sockettimeoutexception
    """),
    Wording(None, "JavaMail 1.6, Angus Mail 2.0, Spring 6, Simple Java Mail 9", """
        could not connect to smtp host
        couldn't connect to host, port: …; timeout
        mail server connection failed
        was unable to connect to smtp server
    """, around=True),
    Wording(connection.DNS_NOT_FOUND, "JavaMail 1.6, Angus Mail 2.0", """
        unknown smtp host
    """),
    Wording(connection.DNS_UNAVAILABLE, "JavaMail 1.6, Angus Mail 2.0 over JDK 21", """
        unknown smtp host: … temporary failure in name resolution
    """),
    Wording(connection.CONNECTION_LOST, "JavaMail 1.6, Angus Mail 2.0", """
        smtpsendfailedexception: [eof]
        messagingexception: [eof]
        authenticationfailedexception: [eof]
        smtpaddressfailedexception: [eof]
        smtpsenderfailedexception: [eof]
    """),
    Wording(connection.CONNECTION_LOST, "JavaMail 1.6, Angus Mail 2.0", """
        exception reading response
        can't send command to smtp host
        could not start protocol to smtp host
        messagingexception: ioexception while sending message
    """, around=True),
    Wording(unclear.CLIENT_REFUSED, "JavaMail 1.6, Angus Mail 2.0", """
        ioexception while sending message; nested exception is: java.io.filenotfoundexception
        no object dch for mime type
        using unknown socket factory; nested exception is: java.lang.classnotfoundexception
        classnotfoundexception: jakarta.net.ssl.sslsocketfactory
        can't determine local email address
        sendfailedexception: no recipient addresses
        nosuchproviderexception: no provider for smtp
        nosuchproviderexception: no provider for smtps
        nosuchproviderexception: smtp
        nosuchproviderexception: smtps
        not provider of jakarta.mail.util.streamprovider was found
        smtp can only send rfc822 messages
        addressexception: missing final '@domain'
        addressexception: missing local name
        addressexception: missing domain
        addressexception: illegal address
        addressexception: empty address
        addressexception: address is null
        addressexception: domain contains illegal character
        addressexception: domain contains control or whitespace
        addressexception: domain contains dot-dot
        addressexception: domain starts with dot
        addressexception: domain ends with dot
        addressexception: local address contains illegal character
        addressexception: local address contains control or whitespace
        addressexception: local address contains dot-dot
        addressexception: local address starts with dot
        addressexception: local address ends with dot
    """),
    Wording(unclear.CLIENT_REFUSED, "Commons Email 1.6", """
        emailexception: from address required
        emailexception: at least one receiver address required
        cannot find valid hostname for mail session
        cannot connect to a port number that is less than 1
    """),
    Wording(tls.STARTTLS_NOT_OFFERED, "JavaMail 1.6, Angus Mail 2.0", """
        starttls is required but host does not support starttls
    """),
    Wording(tls.TLS_HANDSHAKE, "JavaMail 1.6, Angus Mail 2.0", """
        could not convert socket to tls
        exception in starttls using
    """, around=True),
    Wording(login.AUTH_MECHANISM, "JavaMail 1.6, Angus Mail 2.0", """
        no authentication mechanisms supported by both server and client
    """),
    Wording(unclear.CLIENT_REFUSED, "JavaMail 1.6, Angus Mail 2.0", """
        failed to connect, no password specified?
        failed to connect, no user name specified?
        authenticationfailedexception: failed to connect, no password specified?
        authenticationfailedexception: failed to connect, no user name specified?
    """),
    Wording(login.LOGIN_REFUSED, "JavaMail 1.6", """
        authenticationfailedexception: failed to connect
    """),
    Wording(login.LOGIN_REFUSED, "JavaMail 1.6, Angus Mail 2.0", """
        javax.mail.authenticationfailedexception
        jakarta.mail.authenticationfailedexception
    """, Stage.AUTH, around=True),
    Wording(tls.CERTIFICATE_UNTRUSTED, "JavaMail 1.6, Angus Mail 2.0", """
        ioexception: server is not trusted
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "JavaMail 1.6, Angus Mail 2.0", """
        can't verify identity of server
        unable to check server identity for
        server identity does not match authentication scheme
    """),
)
_SOCKETS: tuple[Wording, ...] = (
    Wording(connection.CONNECTION_REFUSED, "JDK 8 to 21 java.net", """
        java.net.connectexception: connection refused
    """),
    Wording(connection.CONNECT_TIMEOUT, "JDK 8 to 21 java.net", """
        java.net.sockettimeoutexception: connect timed out
        java.net.sockettimeoutexception: connection timed out
        java.net.connectexception: connection timed out
        java.net.connectexception: operation timed out
    """),
    Wording(connection.REPLY_TIMEOUT, "JDK 8 to 21 java.net", """
        java.net.sockettimeoutexception: read timed out
        java.net.sockettimeoutexception: read timeout
    """),
    Wording(connection.NETWORK_UNREACHABLE, "JDK 8 to 21 java.net", """
        java.net.noroutetohostexception
    """),
    Wording(connection.DNS_NOT_FOUND, "JDK 8 to 21 java.net", """
        java.net.unknownhostexception
        java.nio.channels.unresolvedaddressexception
    """),
    Wording(connection.DNS_UNAVAILABLE, "JDK 8 to 21 java.net over glibc, musl and Windows", """
        java.net.unknownhostexception: … temporary failure in name resolution
        java.net.unknownhostexception: …: try again
        java.net.unknownhostexception: this is usually a temporary error during hostname resolution
    """),
    Wording(connection.CONNECTION_LOST, "JDK 8 to 21 java.net and sun.security.ssl", """
        java.net.socketexception: connection reset
        java.net.socketexception: broken pipe
        java.net.socketexception: socket closed
        software caused connection abort: recv failed
        software caused connection abort: socket write error
        connection or outbound has closed
        ssl peer shut down incorrectly
    """),
    Wording(connection.LOCAL_RESOURCES, "JDK 8 to 21", """
        outofmemoryerror: unable to create new native thread
        outofmemoryerror: unable to create native thread
    """),
)
_TLS: tuple[Wording, ...] = (
    Wording(tls.TLS_WRONG_MODE, "JDK 8 to 21 sun.security.ssl", """
        unrecognized ssl message, plaintext connection?
        unsupported or unrecognized ssl message
    """),
    Wording(tls.TLS_HANDSHAKE, "JDK 8 to 21 sun.security.ssl", """
        received fatal alert: protocol_version
        received fatal alert: handshake_failure
        received fatal alert: insufficient_security
        received fatal alert: internal_error
        received fatal alert: illegal_parameter
        received fatal alert: unrecognized_name
        handshake alert: unrecognized_name
        remote host terminated the handshake
        remote host closed connection during handshake
        no appropriate protocol (protocol is disabled or cipher suites are inappropriate)
        the server selected protocol version … is not accepted by client preferences
        dh serverkeyexchange does not comply to algorithm constraints
        ecdh serverkeyexchange does not comply to algorithm constraints
        algorithm constraints check failed on
        certificates do not conform to algorithm constraints
    """),
    Wording(tls.CERTIFICATE_EXPIRED, "JDK 8 to 21 java.security.cert", """
        certificateexpiredexception
        certificatenotyetvalidexception
        certpathvalidatorexception: validity check failed
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "JDK 8 to 21 sun.security.util", """
        no name matching … found
        no subject alternative dns name matching … found
        no subject alternative names matching ip address
        no subject alternative names present
    """),
    Wording(tls.CERTIFICATE_REVOCATION, "JDK 8 to 21 sun.security.provider.certpath", """
        unable to determine revocation status due to network error
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "JDK 8 to 21 sun.security.validator", """
        unable to find valid certification path to requested target
        validatorexception: no trusted certificate found
        path does not chain with any of the trust anchors
        the trustanchors parameter must be non-empty
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "JDK 8 to 21 sun.security.validator", """
        pkix path building failed
        pkix path validation failed
    """, around=True),
)
JAVA = (*_MAIL, *_SOCKETS, *_TLS)
