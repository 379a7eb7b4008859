"""What is said by Thunderbird, in English and in Japanese."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, content, login, recipient, sender, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

THUNDERBIRD: tuple[Wording, ...] = (
    Wording(connection.CONNECTION_REFUSED, "Thunderbird 68-153 composeMsgs.properties, messenger.properties", """
        the message could not be sent because connecting to … failed. the server may be unavailable
        the server may be unavailable or is refusing smtp connections
        に接続できなかったため、メッセージを送信できませんでした
        サーバーが利用できないか、smtp 接続が拒否された可能性があります
        サーバー … に接続できません。接続が拒否されました
    """),
    Wording(connection.DNS_NOT_FOUND, "Thunderbird 68-153 composeMsgs.properties", """
        an error occurred while sending mail: … (smtp) … is unknown. the server may be incorrectly configured
        smtp … is unknown. the server may be incorrectly configured
        サーバー … が見つかりません。サーバーの設定に誤りがある可能性があります
    """),
    Wording(connection.CONNECT_TIMEOUT, "Thunderbird 68-153 composeMsgs.properties, messenger.properties", """
        the message could not be sent because the connection to … timed out. try again
        との接続がタイムアウトしたため、メッセージを送信できませんでした
        サーバー … との接続がタイムアウトになりました
        への接続試行中に操作がタイムアウトしました
    """),
    Wording(connection.CONNECTION_LOST, "Thunderbird 68-153 composeMsgs.properties, messenger.properties", """
        the message could not be sent because the connection to … was lost in the middle of the transaction
        との接続が切断されたため、メッセージを送信できませんでした
        サーバー … との接続がリセットされました
        サーバー … との接続が中断されました
        への接続が予期せず切断されました
    """),
    Wording(tls.STARTTLS_NOT_OFFERED, "Thunderbird 68-153 composeMsgs.properties", """
        unable to establish a secure link with … using starttls since it doesn't advertise that feature
        が starttls をサポートしていないため、保護された接続を確立できませんでした
    """),
    Wording(login.LOGIN_REFUSED, "Thunderbird 68-153 composeMsgs.properties, messenger.properties", """
        unable to authenticate to outgoing server (smtp) …. please check the password
        unable to authenticate to … please check the password and verify the 'authentication method'
        login to server … failed
        の認証に失敗しました。パスワードを確認し、
        サーバー … へのログインに失敗しました
        アカウント … へのログインに失敗しました
    """),
    Wording(login.AUTH_NOT_OFFERED, "Thunderbird 68-115 composeMsgs.properties", """
        it does not support authentication (smtp-auth) but you have chosen to use authentication
    """),
    Wording(login.AUTH_MECHANISM, "Thunderbird 68-153 composeMsgs.properties", """
        does not seem to support encrypted passwords
        does not allow plaintext passwords
        does not support the selected authentication method
        the kerberos/gssapi ticket was not accepted by
        が暗号化されたパスワードをサポートしていないようです
        が平文のパスワードを許可していません
        が選択された認証方式をサポートしていません
        kerberos/gssapi チケットが … に受け入れられませんでした
    """),
    Wording(unclear.CLIENT_REFUSED, "Thunderbird 68-153 composeMsgs.properties", """
        an error occurred while sending mail: could not get password for … the message was not sent
        のパスワードを取得できなかったため、メッセージを送信できませんでした
    """),
    Wording(content.MESSAGE_TOO_LARGE, "Thunderbird 68-153 composeMsgs.properties", """
        the size of the message you are trying to send exceeds the global size limit
        the size of the message you are trying to send exceeds a temporary size limit of the server
        送信メッセージのサイズがサーバーのサイズ制限を超えたため
    """),
    Wording(recipient.TOO_MANY_RECIPIENTS, "Thunderbird 78-153 composeMsgs.properties", """
        the message was not sent due to exceeding the allowed number of recipients
        受信者の許容数を超えたためメッセージを送信できませんでした
    """),
    Wording(recipient.RECIPIENT_REJECTED, "Thunderbird 68-153 composeMsgs.properties", """
        there are non-ascii characters in the local part of the recipient address
        のローカル部分に非 ascii 文字が含まれています
    """),
    Wording(sender.SENDER_REJECTED, "Thunderbird 68-153 composeMsgs.properties", """
        the return address was invalid. please verify that your email address is correct
        the sender's address (from:) was invalid. please verify that this email address is correct
        送信者のアドレス (from:) が正しくありません
        送信者の差出人情報が正しくありません
    """),
    Wording(unclear.CLIENT_REFUSED, "Thunderbird 68-153 composeMsgs.properties", """
        no sender was specified. please add your email address in the account settings
        no recipients were specified. please enter a recipient or newsgroup in the addressing area
        送信者が指定されていません。アカウント設定の差出人情報に
        受信者が指定されていません。アドレス入力欄に
    """),
    Wording(connection.NOT_SMTP, "Thunderbird 68-153 composeMsgs.properties", """
        the mail server sent an incorrect greeting
        メールサーバーのグリーティングが正しくありません
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "Thunderbird 102-153 certError.ftl, pipnss.properties", """
        is not valid for that server. someone could be trying to impersonate the server
        the certificate is not valid for the name
        the certificate is only valid for the following names
        の証明書が正しくありません。誰かがこのサーバーになりすまそうとしている可能性がある
        この証明書は … には無効です
        この証明書は … にだけ有効なものです
        この証明書は次のドメイン名にだけ有効なものです
    """),
    Wording(tls.CERTIFICATE_EXPIRED, "Thunderbird 102-153 certError.ftl, pipnss.properties", """
        the certificate for … will not be valid until
        the certificate expired on … the current time is
        the certificate is not trusted because the issuer certificate has expired
        the certificate will not be valid until
        の証明書の有効期限が … に切れています
        この証明書の有効期限は … に切れています
        この証明書は … まで有効になりません
        発行者の証明書が有効期限切れになっているためこの証明書は信頼されません
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "Thunderbird 102-153 certError.ftl, pipnss.properties", """
        the certificate for … does not come from a trusted source
        the certificate does not come from a trusted source
        the certificate is not trusted because it is self-signed
        the certificate is not trusted because the issuer certificate is unknown
        the certificate is not trusted because the issuer certificate is not trusted
        the certificate is not trusted because it was issued by an invalid ca certificate
        the certificate is not trusted because it was signed using a signature algorithm that was disabled
        your connection is being intercepted by a tls proxy
        の証明書は信頼されたソースからのものではありません
        自己署名をしているためこの証明書は信頼されません
        発行者の証明書が不明であるためこの証明書は信頼されません
        発行者の証明書が信頼されていないためこの証明書は信頼されません
        不正な認証局の証明書で発行されているためこの証明書は信頼されません
        安全ではない署名アルゴリズムによって署名されているためこの証明書は信頼されません
        この証明書は信頼されている提供元から得られたものではありません
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "Thunderbird 78-153 composeMsgs.properties, pipnss.properties", """
        the configuration related to … must be corrected
        uses an invalid security certificate
        に関する設定を見直してください
        は不正なセキュリティ証明書を使用しています
    """, around=True, stage=Stage.TLS),
    Wording(tls.TLS_HANDSHAKE, "Thunderbird 102-153 imapMsgs.properties", """
        上書きできない tls エラーが発生しました
        non-overridabe tls error occurred
        handshake error or probably the tls version or certificate used by server
    """, around=True),
)
