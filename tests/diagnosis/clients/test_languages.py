"""What programs say in the languages of their users gives its cause, and what other programs' parts for mail say."""

import pytest

from panel.diagnosis.explain.explain import complaint_to_json, complaints

CASES = [
    (
        "Die Nachricht konnte nicht gesendet werden, weil der Verbindungsaufbau mit dem SMTP-Server mail.example.de "
        "fehlgeschlagen ist. Der Server ist entweder nicht verfügbar oder lehnt SMTP-Verbindungen ab.",
        "connection_refused",
    ),
    (
        "Une erreur est survenue lors de l’envoi de l’e-mail : impossible d’établir un lien sécurisé avec le serveur "
        "SMTP « mail.example.fr » en utilisant « STARTTLS » puisqu’il ne propose pas cette fonctionnalité.",
        "starttls_not_offered",
    ),
    ("发送邮件时出错：发件服务器（SMTP）smtp.example.cn 未知。该服务器可能设置有误。", "dns_not_found"),
    ("Сервер не поддерживает STARTTLS! 5.5.1 no", "starttls_not_offered"),
    ("¡El servidor no soporta STARTTLS! mail.example.es", "starttls_not_offered"),
    (
        "无法正确地初始化 SMTP。检查配置并使用 --smtp-debug。 VALUES: server=mail.example.cn",
        "connect_timeout",
    ),
    (
        "msmtp: TLS-Zertifikatsüberprüfung ist fehlgeschlagen: der Zertifikatsfingerabdruck passt nicht",
        "certificate_untrusted",
    ),
    ("msmtp: le serveur ne supporte pas l'authentification", "auth_not_offered"),
    ("msmtp: no se puede localizar al host mail.exmaple.es: Nombre o servicio desconocido", "dns_not_found"),
    ("SMTP サーバがユーザ認証をサポートしていない", "auth_not_offered"),
    ('Kann Host "mail.exmaple.de" nicht finden', "dns_not_found"),
    (
        "System.Net.Mail.SmtpException: Сбой при отправке сообщения электронной почты. ---> System.Net.Sockets."
        "SocketException: Подключение не установлено, т.к. конечный компьютер отверг запрос на подключение",
        "connection_refused",
    ),
    ("Une connexion existante a dû être fermée par l’hôte distant", "connection_lost"),
    (
        "연결된 구성원으로부터 응답이 없어 연결하지 못했거나, 호스트로부터 응답이 없어 연결이 끊어졌습니다",
        "connect_timeout",
    ),
    ("Run-time error '-2147220973 (80040213)': The transport failed to connect to the server.", "connect_timeout"),
    ("送信 (SMTP) メール サーバーに接続できません。管理者に問い合わせてください。", "connect_timeout"),
    ("差出人の電子メール アドレスが拒否されたため、メッセージを送信できませんでした。", "sender_rejected"),
    ("Invalid email address: taro@", "client_refused"),
    ("CDO.Message.1: error -2147220973", "connect_timeout"),
    (
        "CDO.Message.1 error '80040211' The message could not be sent to the SMTP server. The transport error code was "
        "0x80040217. The server response was not available",
        "login_refused",
    ),
    ("EIdSocketError: Socket Error # 10061\r\nConnection refused.", "connection_refused"),
    (
        "Project1.exe raised exception class EIdOSSLCouldNotLoadSSLLibrary: Could not load SSL library.",
        "client_refused",
    ),
    ("EIdConnClosedGracefully: Connection Closed Gracefully.", "connection_lost"),
    (
        'Error Domain=MCOErrorDomain Code=5 "Unable to authenticate with the current session\'s credentials."',
        "login_refused",
    ),
    ('{error,retries_exceeded,{network_failure,"mail.example.jp",{error,timeout}}}', "connect_timeout"),
    (
        '{:error, :retries_exceeded, {:network_failure, "mail.example.jp", {:error, :econnrefused}}}',
        "connection_refused",
    ),
    ('{:error, {:retries_exceeded, {:network_failure, "mail.exmaple.jp", {:error, :nxdomain}}}}', "dns_not_found"),
    ("{error,{missing_requirement,tls}}", "starttls_not_offered"),
    ('{:error, :no_more_hosts, {:permanent_failure, "mail.example.jp", :auth_failed}}', "login_refused"),
    ("{:error, :bad_option, :no_relay}", "client_refused"),
]


@pytest.mark.parametrize(("text", "cause"), CASES)
def test_the_words_give_the_cause(text: str, cause: str) -> None:
    assert complaint_to_json(complaints(text)[0], str)["cause"] == cause
