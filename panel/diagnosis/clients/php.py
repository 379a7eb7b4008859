"""What is said by PHP: streams, mail(), PHPMailer, Symfony Mailer, SwiftMailer, Laminas, PEAR, and over them."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, content, login, oauth, sender, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

_STREAMS: tuple[Wording, ...] = (
    Wording(connection.DNS_UNAVAILABLE, "PHP 5.6 to 8.4 main/network.c", """
        php_network_getaddresses: getaddrinfo … failed: temporary failure in name resolution
        php_network_getaddresses: getaddrinfo … failed : temporary failure in name resolution
        php_network_getaddresses: getaddrinfo failed: temporary failure in name resolution
        php_network_getaddresses: getaddrinfo … failed: try again
        php_network_getaddresses: getaddrinfo failed: try again
    """),
    Wording(connection.DNS_NOT_FOUND, "PHP 5.6 to 8.4 main/network.c", """
        php_network_getaddresses: getaddrinfo … failed
        php_network_getaddresses: getaddrinfo failed
    """),
    Wording(None, "PHP 5.6 to 8.4 ext/standard", """
        fsockopen(): unable to connect to
        stream_socket_client(): unable to connect to
    """, around=True),
    Wording(tls.CERTIFICATE_HOSTNAME, "PHP 5.6 to 8.4 ext/openssl", """
        peer certificate cn=`…' did not match expected cn=`…'
        unable to locate peer certificate cn
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "PHP 5.6 to 8.4 ext/openssl", """
        could not verify peer: code
        peer_fingerprint match failure
    """),
    Wording(tls.TLS_HANDSHAKE, "PHP 5.6 to 8.4 ext/openssl", """
        failed to enable crypto
        ssl operation failed with code
    """, around=True),
    Wording(tls.TLS_WRONG_MODE, "PHP 5.6 to 8.4 ext/standard", """
        unable to connect to ssl://…:587 (unknown error)
        unable to connect to ssl://…:25 (unknown error)
    """),
    Wording(connection.CONNECTION_LOST, "PHP 5.6 ext/openssl", """
        stream_socket_enable_crypto(): ssl: success
    """, around=True),
    Wording(connection.GREETING_TIMEOUT, "PHP 5.6 to 8.4 ext/openssl", """
        stream_socket_client(): ssl: handshake timed out
        fsockopen(): ssl: handshake timed out
    """),
    Wording(connection.REPLY_TIMEOUT, "PHP 5.6 to 8.4 ext/openssl", """
        stream_socket_enable_crypto(): ssl: handshake timed out
    """, Stage.TLS),
    Wording(unclear.CLIENT_REFUSED, "PHP 5.6 to 8.4 main/streams", """
        unable to find the socket transport
        this stream does not support ssl/crypto
    """),
    Wording(connection.CONNECTION_REFUSED, "PHP 5.6 to 8.4 mail() on Windows", """
        failed to connect to mailserver at … verify your "smtp" and "smtp_port" setting in php.ini
        failed to connect to mailserver, verify your "smtp" and "smtp_port" setting in php.ini
        verify your "smtp" and "smtp_port" setting in php.ini
    """),
    Wording(unclear.CLIENT_REFUSED, "PHP 5.6 to 8.4 mail()", """
        "sendmail_from" not set in php.ini or custom "from:" header missing
        mail() has been disabled for security reasons
        call to undefined function mail()
        /usr/sbin/sendmail: not found
        /usr/sbin/sendmail: no such file or directory
    """),
)
_PHPMAILER: tuple[Wording, ...] = (
    Wording(login.LOGIN_REFUSED, "PHPMailer 5.2 to 7.1", """
        smtp error: could not authenticate
    """, around=True),
    Wording(None, "PHPMailer 5.2 to 7.1", """
        smtp error: could not connect to smtp host
        smtp error: failed to connect to server
    """, around=True),
    Wording(connection.CONNECTION_LOST, "PHPMailer 5.2 to 7.1", """
        smtp notice: eof caught while checking if connected
        called … without being connected
    """, around=True),
    Wording(connection.REPLY_TIMEOUT, "PHPMailer 5.2 to 7.1", """
        smtp -> get_lines(): timed-out (
        smtp -> get_lines(): select timed-out in (
        smtp -> get_lines(): stream timed-out (
        smtp -> get_lines(): timelimit reached (
    """),
    Wording(login.AUTH_NOT_OFFERED, "PHPMailer 5.2 to 7.1", """
        authentication is not allowed at this stage
        smtp error: authentication is not allowed before helo/ehlo
    """),
    Wording(login.AUTH_MECHANISM, "PHPMailer 5.2 to 7.1, Net_SMTP 1.12", """
        no supported authentication methods found
        the requested authentication method … is not supported by the server
        pear\\error: no supported authentication methods
        smtp: no supported authentication methods
    """),
    Wording(sender.SENDER_REJECTED, "PHPMailer 5.2 to 7.1", """
        invalid address: (from)
        invalid address: (setfrom)
        invalid address: (sender)
    """),
    Wording(sender.SENDER_REJECTED, "PHPMailer 5.2 to 7.1", """
        the following from address failed
    """, Stage.MAIL, around=True),
    Wording(unclear.SERVER_PERMANENT, "PHPMailer 5.2 to 7.1", """
        smtp error: data not accepted
    """, Stage.DATA, around=True),
    Wording(unclear.SERVER_PERMANENT, "PHPMailer 5.2 to 7.1", """
        smtp error: the following recipients failed
    """, Stage.RCPT, around=True),
    Wording(unclear.CLIENT_REFUSED, "PHPMailer 5.2 to 7.1", """
        you must provide at least one recipient email address
        could not instantiate mail function
        could not execute: /
        extension missing: openssl
        mailer is not supported
        message body empty
        invalid address: (to)
        invalid address: (cc)
        invalid address: (bcc)
        invalid address: (reply-to)
        invalid address: (addanaddress to)
        invalid address: (addanaddress cc)
        invalid address: (addanaddress bcc)
        invalid address: (addanaddress reply-to)
        invalid hostentry
        server does not support smtputf8 needed to send to unicode addresses
    """, around=True),
)
_TRANSLATED: tuple[Wording, ...] = (
    Wording(login.LOGIN_REFUSED, "PHPMailer 5.2 and 7.1 translated", """
        smtp-fehler: authentifizierung fehlgeschlagen
        error smtp: imposible autentificar
        erreur smtp : échec de l'authentification
        smtp error: impossibile autenticarsi
        smtpエラー: 認証できませんでした
        smtp 오류: 인증할 수 없습니다
        smtp-fout: authenticatie mislukt
        błąd smtp: nie udało się przeprowadzić uwierzytelnienia
        erro de smtp: não foi possível autenticar
        ошибка smtp: не удалось пройти аутентификацию
        smtp 錯誤：登入失敗
        smtp 错误：登录失败
        smtp 错误：身份验证失败
        błąd smtp: nie można przeprowadzić uwierzytelnienia
        ошибка smtp: ошибка авторизации
        smtp hatası: oturum açılamadı
        erro smtp: falha na autenticação
        chyba smtp: autentizace selhala
    """, around=True),
    Wording(None, "PHPMailer 5.2 and 7.1 translated", """
        smtp-fehler: konnte keine verbindung zum smtp-host herstellen
        error smtp: imposible conectar al servidor smtp
        erreur smtp : impossible de se connecter au serveur smtp
        smtp error: impossibile connettersi all'host smtp
        smtpエラー: smtpホストに接続できませんでした
        smtp 오류: smtp 호스트에 접속할 수 없습니다
        smtp-fout: kon niet verbinden met smtp-host
        błąd smtp: nie udało się połączyć z serwerem (hostem)
        erro de smtp: não foi possível conectar ao servidor smtp
        ошибка smtp: не удается подключиться к smtp-серверу
        smtp 錯誤：無法連線到 smtp 主機
        smtp 错误：无法连接到 smtp 主机
        smtp 错误: 不能连接smtp主机
        błąd smtp: nie można połączyć się z wybranym hostem
        ошибка smtp: не удается подключиться к серверу smtp
        smtp hatası: smtp sunucusuna bağlanılamadı
        erro smtp: não foi possível ligar ao servidor smtp
        chyba smtp: nelze navázat spojení se smtp serverem
        verbindung zum smtp-server fehlgeschlagen
        smtp connect() falló
        la fonction smtp connect() a échoué
        smtp connect() fallita
        smtp接続に失敗しました
        smtp 연결을 실패하였습니다
        smtp-verbinding mislukt
        nie udało się nawiązać połączenia za pomocą smtp connect()
        smtp connect() falhou
        ошибка соединения с smtp-сервером
        smtp 連線失敗
        smtp服务器连接失败
        échec de la connexion smtp
        smtp verbinding mislukt
        smtp connect() zakończone niepowodzeniem
    """, around=True),
    Wording(unclear.SERVER_PERMANENT, "PHPMailer 5.2 and 7.1 translated", """
        smtp-fehler: daten werden nicht akzeptiert
        error smtp: datos no aceptados
        erreur smtp : données incorrectes
        smtpエラー: データが受け付けられませんでした
        smtp 錯誤：無法接受的資料
        smtp 错误：数据不被接受
    """, Stage.DATA, around=True),
    Wording(unclear.SERVER_PERMANENT, "PHPMailer 5.2 and 7.1 translated", """
        smtp-fehler: die folgenden empfänger sind nicht korrekt
        error smtp: los siguientes destinos fallaron
        erreur smtp : les destinataires suivants ont échoué
        smtpエラー: 次の受信者アドレスに 間違いがあります
        smtp 錯誤：以下收件人地址錯誤
        smtp 错误：收件人地址错误
    """, Stage.RCPT, around=True),
    Wording(sender.SENDER_REJECTED, "PHPMailer 5.2 and 7.1 translated", """
        die folgende absenderadresse ist nicht korrekt
        la siguiente dirección de remitente falló
        l'adresse d'expéditeur suivante a échoué
        fromアドレスを登録する際にエラーが発生しました
        發送地址錯誤
        发送地址错误
    """, Stage.MAIL, around=True),
    Wording(sender.SENDER_REJECTED, "PHPMailer 5.2 and 7.1 translated", """
        die adresse ist ungültig: (from)
        imposible enviar: dirección de email inválido: (from)
        adresse courriel non valide: (from)
        不正なメールアドレス: (from)
        因為電子郵件地址無效，無法傳送: (from)
        发送失败，电子邮箱地址是无效的： (from)
    """),
    Wording(unclear.CLIENT_REFUSED, "PHPMailer 5.2 and 7.1 translated", """
        bitte geben sie mindestens eine empfängeradresse an
        debe proporcionar al menos una dirección de email de destino
        vous devez fournir au moins une adresse de destinataire
        少なくとも1つメールアドレスを 指定する必要があります
        必須提供至少一個收件人地址
        必须提供至少一个收件人地址
        mail-funktion konnte nicht initialisiert werden
        imposible crear una instancia de la función mail
        impossible d'instancier la fonction mail
        メール関数が正常に動作しませんでした
    """, around=True),
)
_SYMFONY: tuple[Wording, ...] = (
    Wording(connection.CONNECTION_LOST, "SwiftMailer 5 and 6, Symfony Mailer 4.4 to 7.0", """
        expected response code … but got an empty response
        expected response code … but got code "", with message ""
        connection to "…" has been closed unexpectedly
        unable to write bytes on the wire
        smtpexception: connection has been closed unexpectedly
    """),
    Wording(connection.CONNECTION_LOST, "Symfony Mailer 5 to 7.0", """
        unable to read from connection to
    """, around=True),
    Wording(connection.GREETING_TIMEOUT, "Symfony Mailer 4.4 to 7.0", """
        connection to "…:465" timed out
    """),
    Wording(connection.REPLY_TIMEOUT, "SwiftMailer 5 and 6, Symfony Mailer 4.4 to 7.0", """
        connection to "…" timed out
        swift_ioexception: connection to … timed out
    """),
    Wording(None, "SwiftMailer 5 and 6, Symfony Mailer 4.4 to 7.0", """
        connection could not be established with host
    """, around=True),
    Wording(tls.TLS_HANDSHAKE, "SwiftMailer 6.3, Symfony Mailer 4.4 to 7.0, Nette Mail 4", """
        unable to connect with starttls
        unable to connect with tls encryption
        smtpexception: unable to connect via tls
    """, around=True),
    Wording(login.AUTH_MECHANISM, "Symfony Mailer 4.4 to 7.0, Nette Mail 4", """
        failed to find an authenticator supported by the smtp server, which currently supports
        smtp server does not offer a supported authentication mechanism
    """),
    Wording(login.AUTH_NOT_OFFERED, "Symfony Mailer 4.4 to 7.0, Net_SMTP 1.12, Nette Mail 4", """
        failed to find an authenticator supported by the smtp server, which currently supports: ""
        smtp server does not support authentication
    """),
    Wording(login.LOGIN_REFUSED, "SwiftMailer 5 and 6, Symfony Mailer 4.4 to 7.0", """
        failed to authenticate on smtp server with username
    """, Stage.AUTH, around=True),
    Wording(unclear.CLIENT_REFUSED, "SwiftMailer 5 and 6, Symfony Mailer and Mime 4.4 to 7.0", """
        the mailer dsn is invalid
        the mailer dsn must contain a scheme
        the mailer dsn must contain a host
        the mailer dsn has some garbage at the end
        incompletedsnexception: user is not set
        incompletedsnexception: password is not set
        scheme is not supported; supported schemes for mailer
        as the bridge is not installed. try running
        transport does not exist (available transports
        sendmail_path is not configured in php.ini
        smtp or smtp_port is not configured in php.ini
        an email must have a "from" or a "sender" header
        an email must have a "to", "cc", or "bcc" header
        unable to determine the sender of the message
        an envelope must have at least one recipient
        email "…" does not comply with addr-spec of rfc
        address in mailbox given […] does not comply with rfc
        non-ascii characters not supported in local-part
        cannot send message without a sender address
        swift_transportexception: auth mode
        unsupported sendmail command flags
    """),
)
_OTHERS: tuple[Wording, ...] = (
    Wording(None, "Laminas Mail 2.25, Zend_Mail 1.12, Net_SMTP 1.12, CakePHP 5, phpBB", """
        exception\\runtimeexception: could not open socket
        zend_mail_protocol_exception: could not open socket
        failed to connect socket
        socketexception: unable to connect to smtp server
        could not connect to smtp host :
    """, around=True),
    Wording(connection.REPLY_TIMEOUT, "Laminas Mail 2.25, Zend_Mail 1.12, CakePHP 5", """
        protocol\\exception\\runtimeexception: … has timed out
        zend_mail_protocol_exception: … has timed out
        socketexception: smtp timeout
    """),
    Wording(connection.CONNECTION_LOST, "Laminas Mail 2.25, Zend_Mail 1.12, Net_SMTP 1.12", """
        protocol\\exception\\runtimeexception: could not read from
        zend_mail_protocol_exception: could not read from
        protocol\\exception\\runtimeexception: could not send request to
        smtp: failed to write to socket
        smtp: connection was closed
        smtp: invalid response code received from server (code: -1
    """),
    Wording(connection.CONNECTION_LOST, "Zend_Http_Client 1.12, laminas-http 2", """
        unable to read response, or response is empty
    """, around=True),
    Wording(unclear.SERVER_PERMANENT, "Horde_Smtp 1.9: a reply of 554", """
        server is not accepting smtp connections
    """, around=True),
    Wording(tls.TLS_HANDSHAKE, "Laminas Mail 2.25, Zend_Mail 1.12", """
        exception\\runtimeexception: unable to connect via tls
        zend_mail_protocol_exception: unable to connect via tls
    """, around=True),
    Wording(tls.STARTTLS_FAILED, "Net_SMTP 1.12", """
        smtp: starttls failed
    """, around=True),
    Wording(tls.STARTTLS_NOT_OFFERED, "CakePHP 5", """
        smtp server did not accept the connection or trying to connect to non tls smtp server using tls
    """),
    Wording(login.LOGIN_REFUSED, "CakePHP 5", """
        smtp server did not accept the username
        smtp server did not accept the password
    """, Stage.AUTH),
    Wording(login.AUTH_MECHANISM, "CakePHP 5, CodeIgniter 4.7", """
        smtp authentication method not allowed, check if smtp server requires tls
        unable to initiate auth command. your server might not be configured to use auth
    """),
    Wording(login.AUTH_NOT_OFFERED, "CakePHP 5", """
        auth command not recognized or not implemented, smtp server may not require authentication
    """),
    Wording(login.AUTH_REQUIRED, "CodeIgniter 4.7", """
        you must assign an smtp username and password
    """),
    Wording(login.LOGIN_REFUSED, "CodeIgniter 4.7", """
        failed to authenticate user credentials. error
        failed to authenticate username. error
        failed to authenticate password. error
        failed to send auth login command. error
    """, Stage.AUTH, around=True),
    Wording(unclear.CLIENT_REFUSED, "Laminas Mail 2.25, CodeIgniter 4.7, Net_SMTP 1.12, CakePHP 5", """
        no recipient forward path has been supplied
        no sender reverse path has been supplied
        transport expects either a sender or at least one from address in the message; none provided
        transport expects at least one recipient if the message has at least one header or body
        invalid "to" header; contains no addresses
        invalid email address:
        exception\\invalidargumentexception: … is unsupported ssl type
        you did not specify a smtp hostname
        cannot send mail with no "from" header
        you must include recipients: to, cc, or bcc
        smtp authorization method "…" is not supported in codeigniter
        unable to send email using php mail(). your server might not be configured to send mail using this method
        unable to open a socket to sendmail
        is not a supported authentication method
        cannot use an empty client name
    """, around=True),
    Wording(oauth.OAUTH_SIGNIN_REQUIRED, "FluentSMTP 2.3", """
        failed to renew token with gmail api
        failed to renew the token with the gmail api
    """, around=True),
    Wording(None, "Roundcube 1.7", """
        smtp error (…): connection to server failed
        smtpエラー (…): サーバーへの接続に失敗しました
        smtp fehler (…): die verbindung ist fehlgeschlagen
        erreur smtp (…) : échec de connexion au serveur
        error smtp (…): ha fallado la conexión al servidor
        smtp 错误 (…):连接服务器失败
    """, around=True),
    Wording(login.LOGIN_REFUSED, "Roundcube 1.7", """
        smtp error (…): authentication failed
        smtpエラー (…): 認証に失敗しました
        smtp fehler (…): die authentisierung ist fehlgeschlagen
        erreur smtp (…) : échec d'authentification
        error smtp (…): ha fallado la autenticación
        smtp 错误 (…): 认证失败
    """, Stage.AUTH, around=True),
    Wording(content.MESSAGE_TOO_LARGE, "Roundcube 1.7, Net_SMTP 1.12", """
        smtp error: message size exceeds server limit
        smtp: message size exceeds server limit
        smtpエラー: メッセージの大きさがサーバーの制限
    """),
    Wording(unclear.CLIENT_REFUSED, "Roundcube 1.7", """
        smtp error: unable to parse recipients list
        smtpエラー: 宛先の一覧を解析できません
        smtp error: server does not support unicode in email address
    """),
)
PHP = (*_STREAMS, *_PHPMAILER, *_TRANSLATED, *_SYMFONY, *_OTHERS)
