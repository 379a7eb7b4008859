"""What is said by .NET: SmtpClient, SslStream, sockets, MailKit; and by the sockets and certificates of Windows."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, login, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

_SMTP_CLIENT: tuple[Wording, ...] = (
    Wording(tls.STARTTLS_NOT_OFFERED, ".NET Framework 4.8 and .NET 9 System.Net.Mail", """
        server does not support secure connections
    """),
    Wording(connection.GREETING_TIMEOUT, ".NET Framework 4.8 and .NET 9 System.Net.Mail", """
        smtpexception: the operation has timed out
        smtpexception (0x80131500): the operation has timed out
    """),
    Wording(connection.DNS_NOT_FOUND, ".NET Framework 4.8 and .NET 9 System.Net.Mail, System.Net", """
        the smtp host was not found
        the remote name could not be resolved
    """),
    Wording(connection.CONNECTION_LOST, ".NET Framework 4.8 and .NET 9 System.Net.Sockets, System.Net.Mail", """
        unable to read data from the transport connection: net_io_connectionclosed
        unable to read data from the transport connection: the connection was closed
        unable to read data from the transport connection: connection reset by peer
        unable to write data to the transport connection: broken pipe
        unable to write data to the transport connection: connection reset by peer
        the underlying connection was closed: the connection was closed unexpectedly
    """),
    Wording(connection.CONNECTION_LOST, ".NET Framework 4.8 and .NET 9 System.Net.Sockets", """
        unable to read data from the transport connection
        unable to write data to the transport connection
        unable to transfer data on the transport connection
    """, around=True),
    Wording(connection.REPLY_TIMEOUT, ".NET Framework 4.8 and .NET 9 System.Net.Sockets", """
        unable to read data from the transport connection: a connection attempt failed because the connected party
        unable to read data from the transport connection: connection timed out
        unable to read data from the transport connection: operation timed out
        unable to write data to the transport connection: a connection attempt failed because the connected party
        unable to write data to the transport connection: connection timed out
    """),
    Wording(None, ".NET Framework 4.8 System.Net", """
        unable to connect to the remote server
        unable to create a transport connection
    """, around=True),
    Wording(login.AUTH_REQUIRED, ".NET Framework 4.8 and .NET 9 System.Net.Mail", """
        the smtp server requires a secure connection or the client was not authenticated
    """, around=True),
    Wording(login.TLS_REQUIRED, ".NET Framework 4.8 and .NET 9 System.Net.Mail", """
        the server response was: must issue a starttls command first
    """),
    Wording(unclear.CLIENT_REFUSED, ".NET Framework 4.8 System.Net.Mail", """
        authentication failed due to lack of credentials
    """),
    Wording(login.LOGIN_REFUSED, ".NET Framework 4.8 and .NET 9 System.Net.Security", """
        the server has rejected the client credentials
        either the target name is incorrect or the server has rejected the client credentials
    """, Stage.AUTH),
    Wording(connection.PROTOCOL_ERROR, ".NET Framework 4.8 and .NET 9 System.Net.Mail", """
        smtp server returned an invalid response
    """),
    Wording(connection.PROTOCOL_ERROR, ".NET Framework 4.8 and .NET 9 System.Net.Mail", """
        the server returned an invalid response to the ehlo command
    """, Stage.EHLO),
    Wording(connection.PROTOCOL_ERROR, ".NET Framework 4.8 and .NET 9 System.Net.Mail", """
        the server returned an invalid response in the authentication handshake
    """, Stage.AUTH),
    Wording(unclear.SERVER_TEMPORARY, ".NET Framework 4.8 and .NET 9 System.Net.Mail", """
        service not available, closing transmission channel. the server response was
        error in processing. the server response was
        insufficient system storage. the server response was
        client does not have permission to submit mail to this server. the server response was
    """, around=True),
    Wording(unclear.SERVER_PERMANENT, ".NET Framework 4.8 and .NET 9 System.Net.Mail", """
        mailbox unavailable. the server response was
        mailbox name not allowed. the server response was
        transaction failed. the server response was
        exceeded storage allocation. the server response was
    """, around=True),
    Wording(unclear.CLIENT_REFUSED, ".NET Framework 4.8 and .NET 9 System.Net.Mail", """
        the smtp host was not specified
        a from address must be specified
        a recipient must be specified
        the specified string is not in the form required for an e-mail address
        the specified string is not in the form required for a subject
        an invalid character was found in the mail header
        the client or server is only configured for e-mail addresses with ascii local-parts
        the address has an invalid host name
        the specified port is invalid. the port must be greater than 0
        ssl must not be enabled for pickup-directory delivery methods
        only absolute directories are allowed for pickup directory
        cannot get iis pickup directory
        iis delivery is not supported
        ntlm authentication requires the gssapi plugin
        an asynchronous call is already in progress. it must be completed or canceled before you can call this method
    """),
    Wording(unclear.CLIENT_REFUSED, "PowerShell 7 Send-MailMessage", """
        the email cannot be sent because no smtp server was specified
    """),
)
_SSL_STREAM: tuple[Wording, ...] = (
    Wording(tls.TLS_WRONG_MODE, ".NET Framework 4.8 and .NET 9 System.Net.Security", """
        the handshake failed due to an unexpected packet format
        cannot determine the frame size or a corrupted frame was received
        the stream is corrupted due to an invalid ssl version number in the ssl protocol header
        received an invalid authentication frame
    """),
    Wording(tls.TLS_HANDSHAKE, ".NET Framework 4.8 and .NET 9 System.Net.Security", """
        authentication failed because the remote party has closed the transport stream
        authentication failed because the remote party sent a tls alert
        the handshake failed. the remote side has dropped the stream
        received incomplete authentication message. remote party has probably closed the connection
        could not create ssl/tls secure channel
        the client and server cannot communicate, because they do not possess a common algorithm
        the requested security protocol is not supported
        is not valid for this platform because it skips intermediate versions
    """),
    Wording(tls.TLS_HANDSHAKE, ".NET Framework 4.8 and .NET 9 System.Net.Security", """
        a call to sspi failed, see inner exception
        authentication failed, see inner exception
        ssl handshake failed with openssl error
        the handshake failed, see inner exception
        authentication failed on the remote side (the stream might still be available
    """, around=True),
    Wording(connection.CONNECTION_LOST, ".NET Framework 4.8 and .NET 9 System.Net.Security", """
        received an unexpected eof or 0 bytes from the transport stream
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, ".NET Framework 4.8 and .NET 9 System.Net.Security", """
        the remote certificate is invalid according to the validation procedure
        the remote certificate was rejected by the provided remotecertificatevalidationcallback
        the remote certificate was rejected by remotecertificatevalidationcallback
        the remote certificate is invalid because of errors in the certificate chain
        could not establish trust relationship for the ssl/tls secure channel
    """, around=True),
    Wording(tls.CERTIFICATE_UNTRUSTED, ".NET 9 System.Net.Security", """
        errors in the certificate chain: partialchain
        errors in the certificate chain: untrustedroot
        validation procedure: remotecertificatechainerrors
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, ".NET 9 System.Net.Security", """
        validation procedure: remotecertificatenamemismatch
        validation procedure: remotecertificatenamemismatch, remotecertificatechainerrors
    """),
    Wording(tls.CERTIFICATE_EXPIRED, ".NET 9 System.Net.Security", """
        errors in the certificate chain: nottimevalid
        errors in the certificate chain: … nottimevalid
    """),
    Wording(tls.CERTIFICATE_REVOCATION, ".NET 9 System.Net.Security", """
        errors in the certificate chain: revocationstatusunknown
        errors in the certificate chain: offlinerevocation
    """),
)
_MAILKIT: tuple[Wording, ...] = (
    Wording(connection.CONNECTION_LOST, "MailKit 4.17", """
        the smtp server has unexpectedly disconnected
    """),
    Wording(connection.REPLY_TIMEOUT, "MailKit 4.17", """
        timeoutexception: operation timed out after … milliseconds
        connection timed out at mailkit.net.networkstream.read
        connection timed out at mailkit.net.networkstream.readasync
    """),
    Wording(connection.DNS_NOT_FOUND, "MailKit 2.0", """
        ioexception: failed to resolve host
    """),
    Wording(tls.STARTTLS_NOT_OFFERED, "MailKit 4.17", """
        the smtp server does not support the starttls extension
    """),
    Wording(login.AUTH_NOT_OFFERED, "MailKit 4.17", """
        the smtp server does not support authentication
    """),
    Wording(login.AUTH_MECHANISM, "MailKit 4.17", """
        no compatible authentication mechanisms found
    """),
    Wording(tls.TLS_WRONG_MODE, "MailKit 4.17", """
        is typically reserved for plain-text connections. if you intended to connect to
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "MailKit 2.4 to 4.17", """
        the host name did not match the name given in the server's ssl certificate
        the host name (…) did not match the name given in the server's ssl certificate
        the host name (…) did not match any of the names given in the server's ssl certificate
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "MailKit 2.0 to 4.17", """
        the server's ssl certificate could not be validated for the following reasons
        this usually means that the ssl certificate presented by the server is not trusted by the system
        an error occurred while attempting to establish an ssl or tls connection
    """, around=True),
    Wording(tls.TLS_HANDSHAKE, "MailKit 2.4 to 4.17", """
        an error occurred while attempting to establish an ssl or tls connection. the ssl certificate for the server was
    """),
    Wording(tls.CERTIFICATE_REVOCATION, "MailKit 2.4 to 4.17 over OpenSSL", """
        certificate has the following errors: • unable to get certificate crl
        ssl certificate could not be validated for the following reasons: • unable to get certificate crl
        ssl certificate could not be validated for the following reasons: • the revocation function was unable to check
    """),
    Wording(connection.PROTOCOL_ERROR, "MailKit 4.17", """
        smtpprotocolexception: invalid status code returned by the server
        smtpprotocolexception: unable to parse status code returned by the server
        smtpprotocolexception: the status codes returned by the server did not match
        error reading a response from the smtp server
    """),
    Wording(unclear.CLIENT_REFUSED, "MailKit 4.17", """
        the smtpclient must be connected before you can authenticate
        the smtpclient must be connected before you can send commands
        the smtpclient is already connected
        the smtpclient is already authenticated
        invalidoperationexception: no sender has been specified
        invalidoperationexception: no recipients have been specified
        argumentexception: the host name cannot be empty
        the length of the host name must be between 0 and 256 characters
        the smtp server does not support the 8bitmime extension
    """),
    Wording(unclear.CLIENT_REFUSED, "MimeKit 4", """
        parseexception: no address found
        parseexception: no addresses found
        parseexception: incomplete addr-spec token at offset
        parseexception: invalid addr-spec token at offset
        parseexception: incomplete mailbox at offset
        parseexception: invalid local-part at offset
        parseexception: unexpected token at offset
    """),
)
_WINDOWS: tuple[Wording, ...] = (
    Wording(connection.CONNECT_TIMEOUT, "Windows 11 sockets: 10060", """
        a connection attempt failed because the connected party did not properly respond after a period of time
        接続済みの呼び出し先が一定の時間を過ぎても正しく応答しなかった
        由于连接方在一段时间后没有正确答复或连接的主机没有反应
    """),
    Wording(connection.REPLY_TIMEOUT, ".NET Framework 4.8 in Japanese", """
        転送接続からデータを読み取れません: 接続済みの呼び出し先が一定の時間を過ぎても正しく応答しなかった
    """),
    Wording(connection.CONNECTION_REFUSED, "Windows 11 sockets: 10061", """
        no connection could be made because the target machine actively refused it
        対象のコンピューターによって拒否された
        由于目标计算机积极拒绝
        da der zielcomputer die verbindung verweigerte
    """),
    Wording(connection.CONNECTION_LOST, "Windows 11 sockets: 10053, 10054", """
        an existing connection was forcibly closed by the remote host
        an established connection was aborted by the software in your host machine
        既存の接続はリモート ホストに強制的に切断されました
        既存の接続はリモートホストに強制的に切断されました
        確立された接続がホスト コンピューターのソウトウェアによって中止されました
        確立された接続がホスト コンピューターのソフトウェアによって中止されました
    """),
    Wording(connection.CONNECTION_LOST, ".NET Framework 4.8 in Japanese", """
        転送接続からデータを読み取れません
        転送接続にデータを書き込めません
    """, around=True),
    Wording(connection.NETWORK_UNREACHABLE, "Windows 11 sockets: 10065", """
        到達できないホストに対してソケット操作
    """),
    Wording(connection.DNS_NOT_FOUND, "Windows 11 sockets: 11001, 11004", """
        no such host is known
        the requested name is valid, but no data of the requested type was found
        そのようなホストは不明です
        要求した名前は有効ですが、要求された種類のデータは見つかりませんでした
    """),
    Wording(connection.DNS_UNAVAILABLE, "Windows 11 sockets: 11002", """
        this is usually a temporary error during hostname resolution
    """),
    Wording(connection.DNS_NOT_FOUND, ".NET Framework 4.8 in Japanese", """
        リモート名を解決できませんでした
    """),
    Wording(connection.DNS_UNAVAILABLE, ".NET 8 on Linux: EAI_AGAIN", """
        socketexception (00000001, 11): resource temporarily unavailable
    """),
    Wording(connection.DNS_NOT_FOUND, ".NET Core 3 on Linux: EAI_NONAME", """
        socketexception (00000005, 6): no such device or address
    """),
    Wording(login.AUTH_REQUIRED, ".NET Framework 4.8 in Japanese and Chinese", """
        smtp サーバーには、セキュリティで保護された接続が必要です
        smtp 服务器要求安全连接或客户端未通过身份验证
    """, around=True),
    Wording(tls.CERTIFICATE_UNTRUSTED, ".NET Framework 4.8 in Japanese and Chinese", """
        検証プロシージャによると、リモート証明書は無効です
        ssl/tls のセキュリティで保護されているチャネルに対する信頼関係を確立できませんでした
        根据验证过程，远程证书无效
    """, around=True),
    Wording(tls.TLS_HANDSHAKE, ".NET Framework 4.8 in Japanese", """
        sspi への呼び出しに失敗しました
    """, around=True),
    Wording(tls.CERTIFICATE_UNTRUSTED, "Windows 11 certificates: CERT_E_UNTRUSTEDROOT", """
        a certificate chain processed, but terminated in a root certificate which is not trusted by the trust provider
    """),
    Wording(tls.CERTIFICATE_EXPIRED, "Windows 11 certificates: CERT_E_EXPIRED", """
        a required certificate is not within its validity period
        a required certificate is not within its validity period when verifying against the current system clock or the
    """),
    Wording(tls.CERTIFICATE_REVOCATION, "Windows 11 certificates: CRYPT_E_REVOCATION_OFFLINE", """
        the revocation function was unable to check revocation because the revocation server was offline
        the revocation function was unable to check revocation for the certificate
    """),
)
DOTNET = (*_SMTP_CLIENT, *_SSL_STREAM, *_MAILKIT, *_WINDOWS)
