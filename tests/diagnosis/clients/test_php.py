"""What PHP and its mail libraries say by themselves leads to its cause."""

import pytest

from panel.diagnosis.explain.explain import complaints
from tests.support.explained import first_told

WARNING = "PHP Warning:  stream_socket_client(): "
HOST = "Connection could not be established with host "
SYMFONY = "Symfony\\Component\\Mailer\\Exception\\TransportException: "


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        (f"{WARNING}php_network_getaddresses: getaddrinfo failed: Temporary failure in name resolution",
         "dns_unavailable", "resolve"),
        (f"{WARNING}php_network_getaddresses: getaddrinfo for smtp.with-a-long-name.a.example failed: Try again",
         "dns_unavailable", "resolve"),
        (f"{WARNING}php_network_getaddresses: getaddrinfo for smtp.a-very-long-name-of-a-server.a.example failed: Name "
         "or service not known", "dns_not_found", "resolve"),
        (f"{WARNING}unable to connect to ssl://smtp.a.example:465 (Connection refused)", "connection_refused",
         "connect"),
        ("fsockopen(): unable to connect to smtp.a.example:25 (Connection timed out)", "connect_timeout", "connect"),
        (f"{WARNING}Peer certificate CN=`*.b.example' did not match expected CN=`smtp.a.example'\n{WARNING}Failed to "
         f"enable crypto\n{WARNING}unable to connect to ssl://smtp.a.example:465 (Unknown error)",
         "certificate_hostname", "tls"),
        (f"{WARNING}SSL operation failed with code 1. OpenSSL Error messages:\nerror:0A000086:SSL routines::"
         f"certificate verify failed\n{WARNING}Failed to enable crypto", "certificate_untrusted", "tls"),
        (f"{WARNING}SSL operation failed with code 1. OpenSSL Error messages:\nerror:1408F10B:SSL routines:"
         f"ssl3_get_record:wrong version number\n{WARNING}Failed to enable crypto", "tls_wrong_mode", "tls"),
        (f"{WARNING}unable to connect to ssl://smtp.a.example:587 (Unknown error)", "tls_wrong_mode", "tls"),
        ("Warning: stream_socket_enable_crypto(): SSL: Success\nSMTP connect() failed.", "connection_lost", None),
        (f"{WARNING}SSL: Handshake timed out\n{WARNING}Failed to enable crypto", "greeting_timeout", "greeting"),
        ('fsockopen(): unable to connect to ssl://smtp.a.example:465 (Unable to find the socket transport "ssl" - did '
         "you forget to enable it when you configured PHP?)", "client_refused", None),
        ('Warning: mail(): Failed to connect to mailserver at "localhost" port 25, verify your "SMTP" and "smtp_port" '
         "setting in php.ini or use ini_set()", "connection_refused", "connect"),
        ("sh: 1: /usr/sbin/sendmail: not found", "client_refused", None),
    ],
)  # fmt: skip
def test_streams_and_mail(text: str, cause: str, stage: str | None) -> None:
    assert first_told(text) == (cause, stage)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Mailer Error: SMTP Error: Could not authenticate.", "login_refused"),
        ("SMTP ERROR: Failed to connect to server: Connection refused (111)\nSMTP connect() failed. https://github.com/"
         "PHPMailer/PHPMailer/wiki/Troubleshooting", "connection_refused"),
        ("SMTP ERROR: Failed to connect to server: Connection timed out (110)\nSMTP connect() failed.",
         "connect_timeout"),
        ("Warning: stream_socket_enable_crypto(): SSL operation failed with code 1. OpenSSL Error messages: error:"
         "1416F086:SSL routines:tls_process_server_certificate:certificate verify failed\nSMTP Error: Could not "
         "connect to SMTP host.", "certificate_untrusted"),
        ("SMTP -> get_lines(): timed-out (300 sec)\nSMTP connect() failed.", "reply_timeout"),
        ("SMTP ERROR: Authentication is not allowed at this stage\nSMTP Error: Could not authenticate.",
         "auth_not_offered"),
        ('SMTP ERROR: The requested authentication method "PLAIN" is not supported by the server', "auth_mechanism"),
        ("Invalid address:  (From): wordpress@localhost", "sender_rejected"),
        ("PHPMailer\\PHPMailer\\Exception: Invalid address:  (setFrom) root@localhost", "sender_rejected"),
        ("The following From address failed: taro@a.example", "sender_rejected"),
        ("SMTP Error: data not accepted.", "server_permanent"),
        ("Could not instantiate mail function.", "client_refused"),
        ("You must provide at least one recipient email address.", "client_refused"),
        ("Extension missing: openssl", "client_refused"),
        ("SMTPエラー: 認証できませんでした。", "login_refused"),
        ("SMTPエラー: データが受け付けられませんでした。", "server_permanent"),
        ("不正なメールアドレス:  (From): wordpress@localhost", "sender_rejected"),
        ("SMTP-Fehler: Authentifizierung fehlgeschlagen.", "login_refused"),
        ("Erreur SMTP\u202f: échec de l’authentification.", "login_refused"),
        ("SMTP 错误：登录失败。", "login_refused"),
        ("Ошибка SMTP: не удалось пройти аутентификацию.", "login_refused"),
    ],
)  # fmt: skip
def test_phpmailer_in_every_language(text: str, cause: str) -> None:
    assert [each.diagnosis.cause.name for each in complaints(text)] == [cause]


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        (f'{SYMFONY}Expected response code "250" but got an empty response.', "connection_lost", None),
        ('Swift_TransportException: Expected response code 220 but got code "", with message ""', "connection_lost",
         None),
        (f'{SYMFONY}Connection to "smtp.a.example:587" has been closed unexpectedly.', "connection_lost", None),
        (f'{SYMFONY}Connection to "smtp.a.example:465" timed out.', "greeting_timeout", "greeting"),
        (f'{SYMFONY}Connection to "smtp.a.example:587" timed out.', "reply_timeout", None),
        (f'{SYMFONY}{HOST}"smtp.a.example:587": stream_socket_client(): Unable to connect to smtp.a.example:587 '
         "(Connection refused)", "connection_refused", "connect"),
        (f"Swift_TransportException: {HOST}smtp.a.example :stream_socket_client(): php_network_getaddresses: "
         "getaddrinfo failed: Name or service not known", "dns_not_found", "resolve"),
        (f"{SYMFONY}Unable to connect with STARTTLS: stream_socket_enable_crypto(): SSL operation failed with code 1. "
         "OpenSSL Error messages:\nerror:0A000086:SSL routines::certificate verify failed", "certificate_untrusted",
         "tls"),
        (f"{SYMFONY}Unable to connect with STARTTLS.", "tls_handshake", "tls"),
        (f'{SYMFONY}Failed to find an authenticator supported by the SMTP server, which currently supports: "GSSAPI".',
         "auth_mechanism", "auth"),
        ('Failed to authenticate on SMTP server with username "taro" using 2 possible authenticators', "login_refused",
         "auth"),
        ('Email "taro@@a.example" does not comply with addr-spec of RFC 2822.', "client_refused", None),
        ('The "smtps" scheme is not supported; supported schemes for mailer "x" are: "x+api"', "client_refused", None),
        ('An email must have a "From" or a "Sender" header.', "client_refused", None),
        ("Laminas\\Mail\\Protocol\\Exception\\RuntimeException: Could not open socket: Connection refused",
         "connection_refused", "connect"),
        ("Laminas\\Mail\\Protocol\\Exception\\RuntimeException: Could not read from smtp.a.example", "connection_lost",
         None),
        ("Zend_Mail_Protocol_Exception: smtp.a.example has timed out", "reply_timeout", None),
        ("Failed to connect to smtp.a.example:25 [SMTP: Failed to connect socket: Connection timed out (code: -1, "
         "response: )]", "connect_timeout", "connect"),
        ("authentication failure [SMTP: SMTP server does not support authentication (code: 250, response: ok)]",
         "auth_not_offered", "auth"),
        ("SMTP server did not accept the password.", "login_refused", "auth"),
        ("Error: You must assign an SMTP username and password.", "auth_required", "mail"),
        ("SMTPエラー (535): 認証に失敗しました。", "login_refused", "auth"),
    ],
)  # fmt: skip
def test_other_libraries(text: str, cause: str, stage: str | None) -> None:
    assert first_told(text) == (cause, stage)
