"""What is said by Outlook, Windows Live Mail and Apple Mail, in English and in Japanese."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, login, pace, recipient, sender, tls, unclear
from panel.diagnosis.wording import Wording

OUTLOOK: tuple[Wording, ...] = (
    Wording(connection.DNS_NOT_FOUND, "Outlook 2003-2021 (0x800CCC0D)", """
        cannot find the email server. verify the server information in your account properties
        cannot find the e-mail server. verify the server information in your account properties
    """),
    Wording(connection.CONNECT_TIMEOUT, "Outlook 2003-2021 (0x80042109, 0x80042108)", """
        outlook cannot connect to your outgoing (smtp) e-mail server
        outlook is unable to connect to your outgoing (smtp) e-mail server
        outlook is unable to connect to your incoming (pop) e-mail server
        could not connect to this smtp server. check your network connection
    """),
    Wording(connection.CONNECT_TIMEOUT, "Outlook 2003-2021 (0x80042109)", """
        送信 (smtp) メール サーバーに接続できません
    """, around=True),
    Wording(None, "Outlook Express 6, Windows Live Mail (0x800CCC0E)", """
        サーバーへの接続は失敗しました
        サーバーへの接続に失敗しました
    """, around=True),
    Wording(connection.NETWORK_UNREACHABLE, "Outlook 2003-2021 (0x800CCC13)", """
        cannot connect to the network. verify your network connection
        0x800ccc13
    """),
    Wording(connection.REPLY_TIMEOUT, "Outlook 2003-2021 (0x8004210B, 0x8004210A)", """
        the operation timed out waiting for a response from the sending (smtp) server
        the operation timed out waiting for a response from the receiving (pop) server
    """),
    Wording(connection.CONNECTION_LOST, "Outlook 2003, Outlook Express 6 (0x800CCC0F)", """
        サーバーへの接続が中断されました
        サーバーは接続を解除しました
    """, around=True),
    Wording(tls.TLS_WRONG_MODE, "Outlook 2010-2021 (0x800CCC1A)", """
        your server does not support the connection encryption type you have specified
        このサーバーは、指定した種類の接続暗号化をサポートしていません
    """),
    Wording(tls.STARTTLS_NOT_OFFERED, "Outlook 2003-2021 (0x800CCC7D)", "0x800ccc7d"),
    Wording(tls.CERTIFICATE_HOSTNAME, "Outlook 2007-2021; Windows mimeole.h (0x800CCC01)", """
        the target principal name is incorrect
        0x800ccc01
    """),
    Wording(tls.CERTIFICATE_EXPIRED, "Windows mimeole.h (0x800CCC02)", "0x800ccc02"),
    Wording(tls.CERTIFICATE_UNTRUSTED, "macOS CFNetwork (NSURLErrorDomain -1202)", """
        the certificate for this server is invalid. you might be connecting to a server that is pretending to be
    """),
    Wording(login.AUTH_MECHANISM, "Outlook 2003-2021 (0x800CCC80)", """
        none of the authentication methods supported by this client are supported by your server
        none of the authentication methods supported by outlook are supported by your server
        0x800ccc80
    """),
    Wording(login.AUTH_REQUIRED, "Outlook Express 6, Windows Mail, Outlook (0x800CCC78)", """
        サーバーの応答 … 認証が必要です
        0x800ccc78
    """),
    Wording(login.LOGIN_REFUSED, "Windows mimeole.h (0x800CCC16)", "0x800ccc16"),
    Wording(sender.SENDER_REJECTED, "Outlook Express 6, Windows Live Mail, Outlook (0x800CCC78)", """
        差出人の電子メール アドレスが … 拒否されたため
        送信者の電子メール アドレスが … 拒否されたため
    """),
    Wording(login.POP_LOGIN_REFUSED, "Windows mimeole.h (0x800CCC91)", "0x800ccc91"),
    Wording(sender.RELAY_DENIED, "iOS 13-17 MFSMTPResponse, macOS Mail", """
        was rejected by the server because it does not allow relaying
    """),
    Wording(sender.SENDER_REJECTED, "iOS 13-17 MFSMTPResponse, macOS Mail", """
        the sender address … was rejected by the server
    """),
    Wording(recipient.RECIPIENT_UNKNOWN, "iOS 13-17 MFSMTPResponse, macOS Mail", """
        was rejected by the server because the user is unknown
        was rejected by the server because it is not a valid email address
    """),
    Wording(pace.QUOTA_EXCEEDED, "iOS 13-17 MFSMTPResponse, macOS Mail", """
        sending the message failed because you exceeded your sending limit
    """),
    Wording(unclear.CLIENT_REFUSED, "iOS 13-17 MFSMTPResponse, macOS Mail", """
        no password provided. please go to mail account settings and enter a password
    """),
)
