"""What mail programs and commands say by themselves gives its cause, as they print it."""

import pytest

from tests.support.explained import first_told

CASES = [
    ("curl: (6) Could not resolve host: smtp.exmaple.jp", "dns_not_found", "resolve"),
    ("curl: (28) Resolving timed out after 5000 milliseconds", "dns_unavailable", "resolve"),
    (
        "curl: (7) Failed to connect to mail.example.jp port 587 after 3 ms: Couldn't connect to server",
        "connection_refused",
        "connect",
    ),
    (
        "* connect to 203.0.113.9 port 25 from 192.0.2.4 port 41000 failed: Connection timed out\n"
        "* Failed to connect to mail.example.jp port 25 after 134002 ms: Could not connect to server",
        "connect_timeout",
        "connect",
    ),
    ("curl: (7) Failed to connect to mail.example.jp port 25: Connection refused", "connection_refused", "connect"),
    (
        "* connect to 2001:db8::9 port 587 failed: Network is unreachable\ncurl: (7) Couldn't connect to server",
        "network_unreachable",
        "connect",
    ),
    (
        "curl: (28) Failed to connect to mail.example.jp port 25 after 21050 ms: Timeout was reached",
        "connect_timeout",
        "connect",
    ),
    ("Timeout was reached: Connection timed out after 5001 milliseconds", "connect_timeout", "connect"),
    ("curl: (28) Operation timed out after 30001 milliseconds with 0 bytes received", "reply_timeout", None),
    ("curl: (55) MAIL failed: 530", "auth_required", "mail"),
    ("curl: (55) RCPT failed: 554", "relay_denied", "rcpt"),
    ("curl: (55) RCPT failed: 550", "server_permanent", "rcpt"),
    ("curl: (55) MAIL failed: 451", "server_temporary", "mail"),
    ("curl: (56) response reading failed (errno: 104)", "connection_lost", None),
    ("curl: (8) Got unexpected smtp-server response: 554", "greeting_refused", "greeting"),
    ("curl: (9) Remote access denied: 501", "local_hostname", "ehlo"),
    (
        "curl: (60) SSL: no alternative certificate subject name matches target host name '203.0.113.9'",
        "certificate_hostname",
        "tls",
    ),
    (
        "SSL peer certificate or SSH remote key was not OK: SSL certificate problem: certificate has expired",
        "certificate_expired",
        "tls",
    ),
    ("SSL peer certificate or SSH remote key was not OK", "certificate_untrusted", "tls"),
    ("curl: (64) STARTTLS denied, code 454", "starttls_failed", "starttls"),
    ("curl: (64) STARTTLS not supported.", "starttls_not_offered", "starttls"),
    ("curl: (67) Login denied", "login_refused", "auth"),
    ("curl: (94) An authentication function returned an error", "auth_mechanism", "auth"),
    (
        "curl: (4) A requested feature, protocol or option was not found built-in in this libcurl",
        "client_refused",
        None,
    ),
    ("Support for SMTP authentication was not compiled in", "client_refused", None),
    (
        "failed to send email: error receiving initial string from SMTP server: [4] Interrupted system call",
        "greeting_timeout",
        "greeting",
    ),
    ("msmtp: the server sent an empty reply", "connection_lost", None),
    ("msmtp: cannot locate host smtp.exmaple.jp: Name or service not known", "dns_not_found", "resolve"),
    ("msmtp: cannot locate host smtp.example.jp: Temporary failure in name resolution", "dns_unavailable", "resolve"),
    (
        "host=mail.example.jp tls=on auth=on errormsg='TLS handshake failed: An unexpected TLS packet was received.'",
        "tls_wrong_mode",
        "tls",
    ),
    (
        "msmtp: TLS certificate verification failed: the certificate fingerprint does not match",
        "certificate_untrusted",
        "tls",
    ),
    ("errormsg='authentication failed (method PLAIN)' exitcode=EX_NOPERM", "login_refused", "auth"),
    ("msmtp: authentication failed (method XOAUTH2)", "oauth_token_refused", "auth"),
    ("msmtp: cannot use a secure authentication method", "auth_mechanism", "auth"),
    ("msmtp: the server does not support TLS via the STARTTLS command", "starttls_not_offered", "starttls"),
    ("sendmail: account default not found: no configuration file available", "client_refused", None),
    (
        "msmtp: /etc/msmtprc: contains secrets and therefore must have no more than user read/write permissions",
        "client_refused",
        None,
    ),
    ("msmtp: account default from /etc/msmtprc: host not set", "client_refused", None),
    ("Login to server mail.example.jp failed.", "login_refused", "auth"),
    ('curl: (1) Protocol "smtps" not supported', "client_refused", None),
    ("curl: (56) OpenSSL SSL_read: SSL_ERROR_SYSCALL, errno 0", "connection_lost", None),
    ("*** Host did not advertise STARTTLS", "starttls_not_offered", "starttls"),
    ("*** Auth not attempted, requested type not available", "auth_mechanism", "auth"),
    (
        "*** Error connecting to mail.example.jp:25:\n*** \tIO::Socket::INET6: connect: timeout",
        "connect_timeout",
        "connect",
    ),
    (
        "*** TLS startup failed (connect(): error:0A000086:SSL routines::certificate verify failed)",
        "certificate_untrusted",
        "tls",
    ),
    (
        "*** TLS startup failed (connect(): error:0A00010B:SSL routines::wrong version number)",
        "tls_wrong_mode",
        "tls",
    ),
    ("<** Timeout (30 secs) waiting for server response", "reply_timeout", None),
    ("Need MIME::Base64 and Authen::SASL todo auth at git-send-email line 1.", "client_refused", None),
    ('Could not find the host "smtp.exmaple.jp"', "dns_not_found", "resolve"),
    ("SMTP session failed: read error", "connection_lost", None),
    ("No authenticators available", "auth_mechanism", "auth"),
    (
        "Certificate host check failed: certificate owner does not match hostname m.example",
        "certificate_hostname",
        "tls",
    ),
    ("s-nail: TLS certificate does not match: mail.example.jp:465", "certificate_hostname", "tls"),
    ("s-nail: SMTP authentication plain needs TLS (*smtp-use-starttls* set?)", "tls_required", "auth"),
    (
        "STARTTLS failed! SSL connect attempt failed error:0A000086:SSL routines::certificate verify failed at "
        "/usr/libexec/git-core/git-send-email line 1600.",
        "certificate_untrusted",
        "tls",
    ),
    (
        "sendEmail[1]: ERROR => TLS not possible! Remote SMTP server, m.example,  does not support it.",
        "starttls_not_offered",
        "starttls",
    ),
    ("invalid SSL_version specified at /usr/share/perl5/IO/Socket/SSL.pm line 444.", "client_refused", None),
    (
        "The message could not be sent because connecting to Outgoing server (SMTP) mail.example.jp failed. The server "
        "may be unavailable or is refusing SMTP connections.",
        "connection_refused",
        "connect",
    ),
    (
        "An error occurred while sending mail: Outgoing server (SMTP) smtp.exmaple.jp is unknown. The server may be "
        "incorrectly configured.",
        "dns_not_found",
        "resolve",
    ),
    (
        "Unable to authenticate to Outgoing server (SMTP) mail.example.jp. Please check the password and verify the "
        "\u2018Authentication method\u2019 in \u2018Account Settings | Outgoing server (SMTP)\u2019.",
        "login_refused",
        "auth",
    ),
    (
        "Sending of the message failed.\nPeer\u2019s Certificate has expired.\nThe configuration related to "
        "mail.example.jp must be corrected.",
        "certificate_expired",
        "tls",
    ),
    (
        "送信 (SMTP) サーバー mail.example.jp に接続できなかったため、メッセージを送信できませんでした。",
        "connection_refused",
        "connect",
    ),
    (
        "送信 (SMTP) サーバー mail.example.jp との接続がタイムアウトしたため、メッセージを送信できませんでした。",
        "connect_timeout",
        "connect",
    ),
    (
        "送信 (SMTP) サーバー mail.example.jp の認証に失敗しました。パスワードを確認し、"
        "[アカウント設定] の [送信 (SMTP) サーバー] で",
        "login_refused",
        "auth",
    ),
    ("ユーザー名 tanaka@example.jp でサーバー mail.example.jp へのログインに失敗しました。", "login_refused", "auth"),
    (
        "送信 (SMTP) サーバー mail.example.jp が STARTTLS をサポートしていないため、"
        "保護された接続を確立できませんでした。",
        "starttls_not_offered",
        "starttls",
    ),
    (
        "送信 (SMTP) サーバー mail.example.jp が選択された認証方式をサポートしていません。",
        "auth_mechanism",
        "auth",
    ),
    ("mail.example.jp の証明書の有効期限が 2026/11/01 に切れています。", "certificate_expired", "tls"),
    (
        "接続エラー。mail.example.jp の証明書は信頼されたソースからのものではありません。",
        "certificate_untrusted",
        "tls",
    ),
    (
        "送信メッセージのサイズがサーバーのサイズ制限を超えたため、メッセージを送信できませんでした。",
        "message_too_large",
        "data",
    ),
    (
        "Task 'info@example.jp - Sending' reported error (0x80042109) : 'Outlook cannot connect to your "
        "outgoing (SMTP) e-mail server.'",
        "connect_timeout",
        "connect",
    ),
    (
        "Your server does not support the connection encryption type you have specified.",
        "tls_wrong_mode",
        "tls",
    ),
    (
        "タスク 'info@example.jp - 送信中' はエラー (0x800CCC80) を報告しました",
        "auth_mechanism",
        "auth",
    ),
    ("サーバー エラー: 0x800ccc78 サーバーの応答: 認証が必要です", "auth_required", "mail"),
    (
        "サーバーへの接続は失敗しました。アカウント: 'a', サーバー: 'm.example.jp', プロトコル: SMTP, ポート: 587, "
        "ソケット エラー: 10061, エラー番号: 0x800CCC0E",
        "connection_refused",
        "connect",
    ),
    (
        "The recipient \u201csomeone@example.com\u201d was rejected by the server because it does not allow relaying.",
        "relay_denied",
        "rcpt",
    ),
]


@pytest.mark.parametrize(("text", "cause", "stage"), CASES, ids=[text[:50] for text, *_ in CASES])
def test_what_a_program_says_gives_its_cause(text, cause, stage):
    assert first_told(text) == (cause, stage)
