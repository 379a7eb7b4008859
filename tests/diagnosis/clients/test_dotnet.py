"""What .NET and the sockets of Windows say by themselves leads to its cause."""

import pytest

from panel.diagnosis.explain.explain import complaints
from tests.support.explained import first_told

SSL_HANDSHAKE = (
    "MailKit.Security.SslHandshakeException: An error occurred while attempting to establish an SSL or TLS "
    "connection.\n\n"
)
REASONS = (
    "This usually means that the SSL certificate presented by the server is not trusted by the system for one or "
    "more of\nthe following reasons:\n\n1. The server is using a self-signed certificate which cannot be verified.\n"
    "2. The local system is missing a Root or Intermediate certificate needed to verify the server's certificate.\n"
    "3. A Certificate Authority CRL server for one or more of the certificates in the chain is temporarily "
    "unavailable.\n4. The certificate presented by the server is expired or invalid.\n5. The set of SSL/TLS protocols "
    "supported by the client and server do not match.\n"
)
VALIDATED = f"{SSL_HANDSHAKE}The server's SSL certificate could not be validated for the following reasons:\n"
READING = "System.IO.IOException: Unable to read data from the transport connection: "
INNER = "System.Net.Mail.SmtpException: Failure sending mail.\n ---> "


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        ("SmtpFailedRecipientException: Mailbox unavailable. The server response was: 5.7.1 Unable to relay",
         "relay_denied", "rcpt"),
        (f"{SSL_HANDSHAKE}{REASONS}", "certificate_untrusted", "tls"),
        (f"{SSL_HANDSHAKE}The host name (mail.a.example) did not match the name given in the server's SSL certificate "
         f"(www.b.example).\n ---> System.Security.Authentication.AuthenticationException: The remote certificate was "
         "rejected by the provided RemoteCertificateValidationCallback.", "certificate_hostname", "tls"),
        (f"{SSL_HANDSHAKE}The host name did not match the name given in the server's SSL certificate.",
         "certificate_hostname", "tls"),
        (f"{SSL_HANDSHAKE}When connecting to an SMTP service, port 587 is typically reserved for plain-text "
         "connections. If\nyou intended to connect to SMTP on the SSL port, try connecting to port 465 instead. "
         "Otherwise,\nif you intended to use STARTTLS, make sure to use the following code:\n",
         "tls_wrong_mode", "tls"),
        (f"{SSL_HANDSHAKE}The SSL certificate for the server was not available.\n{REASONS}", "tls_handshake", "tls"),
        (f"{VALIDATED}\u2022 The server certificate has the following errors:\n  \u2022 unable to get certificate CRL\n"
         f"{REASONS}", "certificate_revocation", "tls"),
        (f"{VALIDATED}\u2022 The server certificate has the following errors:\n  \u2022 A required certificate is not "
         "within its validity period when verifying against the current system clock or the timestamp in the signed "
         f"file.\n{REASONS}", "certificate_expired", "tls"),
        (f"{VALIDATED}\u2022 The root certificate has the following errors:\n  \u2022 A certificate chain processed, "
         "but terminated in a root certificate which is not trusted by the trust provider.\n  \u2022 The revocation "
         "function was unable to check revocation because the revocation server was offline.",
         "certificate_untrusted", "tls"),
        ("MailKit.Net.Smtp.SmtpProtocolException: The SMTP server has unexpectedly disconnected.", "connection_lost",
         None),
        ("System.NotSupportedException: The SMTP server does not support the STARTTLS extension.\n   at MailKit.Net."
         "Smtp.SmtpClient.PostConnect", "starttls_not_offered", "starttls"),
        ("System.NotSupportedException: The SMTP server does not support authentication.", "auth_not_offered", "auth"),
        ("No compatible authentication mechanisms found.", "auth_mechanism", "auth"),
        ("System.TimeoutException: Operation timed out after 120000 milliseconds", "reply_timeout", None),
        ("System.IO.IOException: Connection timed out\n ---> System.Net.Sockets.SocketException (110): Connection "
         "timed out\n   at MailKit.Net.NetworkStream.Read(Byte[] buffer, Int32 offset, Int32 count)", "reply_timeout",
         None),
        ("System.InvalidOperationException: No sender has been specified.", "client_refused", None),
        ("MimeKit.ParseException: Incomplete addr-spec token at offset 0", "client_refused", None),
    ],
)  # fmt: skip
def test_mailkit(text: str, cause: str, stage: str | None) -> None:
    assert first_told(text) == (cause, stage)


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        ("System.Net.Mail.SmtpException: Server does not support secure connections.", "starttls_not_offered",
         "starttls"),
        ("System.Net.Mail.SmtpException: The operation has timed out.\n   at System.Net.Mail.SmtpClient.Send("
         "MailMessage message)", "greeting_timeout", "greeting"),
        (f"{INNER}System.Net.WebException: The remote name could not be resolved: 'smtp.a.example'", "dns_not_found",
         "resolve"),
        (f"{INNER}System.Net.WebException: Unable to connect to the remote server ---> System.Net.Sockets."
         "SocketException: No connection could be made because the target machine actively refused it 203.0.113.5:25",
         "connection_refused", "connect"),
        (f"{INNER}System.Net.WebException: Unable to connect to the remote server ---> System.Net.Sockets."
         "SocketException: Connection refused", "connection_refused", "connect"),
        ("A connection attempt failed because the connected party did not properly respond after a period of time, or "
         "established connection failed because connected host has failed to respond.", "connect_timeout", "connect"),
        (f"{READING}A connection attempt failed because the connected party did not properly respond after a period of "
         "time, or established connection failed because connected host has failed to respond.", "reply_timeout", None),
        (f"{READING}net_io_connectionclosed.", "connection_lost", None),
        (f"{READING}An existing connection was forcibly closed by the remote host.", "connection_lost", None),
        ("The SMTP server requires a secure connection or the client was not authenticated. The server response was: "
         "Authentication required", "auth_required", "mail"),
        ("The SMTP server requires a secure connection or the client was not authenticated. The server response was: "
         "Must issue a STARTTLS command first", "tls_required", "mail"),
        ("Service not available, closing transmission channel. The server response was: Try later", "server_temporary",
         None),
        ("Mailbox unavailable. The server response was: Sorry", "server_permanent", None),
        ("The specified string is not in the form required for an e-mail address.", "client_refused", None),
        ("Send-MailMessage : The email cannot be sent because no SMTP server was specified. You must specify an SMTP "
         "server by using either the SmtpServer parameter or the $PSEmailServer variable.", "client_refused", None),
        ("System.Net.Sockets.SocketException (00000001, 11): Resource temporarily unavailable", "dns_unavailable",
         "resolve"),
        ("SocketException: This is usually a temporary error during hostname resolution and means that the local "
         "server did not receive a response from an authoritative server.", "dns_unavailable", "resolve"),
        ("System.Net.Sockets.SocketException (110): Connection timed out", "connect_timeout", "connect"),
    ],
)  # fmt: skip
def test_system_net_mail_and_sockets(text: str, cause: str, stage: str | None) -> None:
    assert first_told(text) == (cause, stage)


AUTHENTICATION = "System.Security.Authentication.AuthenticationException: "


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("The handshake failed due to an unexpected packet format.", "tls_wrong_mode"),
        ("Cannot determine the frame size or a corrupted frame was received.", "tls_wrong_mode"),
        (f"{AUTHENTICATION}Authentication failed because the remote party sent a TLS alert: 'HandshakeFailure'.",
         "tls_handshake"),
        (f"{AUTHENTICATION}Authentication failed because the remote party has closed the transport stream.",
         "tls_handshake"),
        (f"{AUTHENTICATION}A call to SSPI failed, see inner exception. ---> System.ComponentModel.Win32Exception: The "
         "client and server cannot communicate, because they do not possess a common algorithm", "tls_handshake"),
        (f"{AUTHENTICATION}Authentication failed, see inner exception. ---> Interop+OpenSsl+SslException: SSL "
         "Handshake failed with OpenSSL error - SSL_ERROR_SSL. ---> error:0A000102:SSL routines::unsupported protocol",
         "tls_handshake"),
        (f"{AUTHENTICATION}The remote certificate is invalid according to the validation procedure.",
         "certificate_untrusted"),
        (f"{AUTHENTICATION}The remote certificate is invalid according to the validation procedure: "
         "RemoteCertificateNameMismatch", "certificate_hostname"),
        (f"{AUTHENTICATION}The remote certificate is invalid because of errors in the certificate chain: NotTimeValid",
         "certificate_expired"),
        (f"{AUTHENTICATION}The remote certificate is invalid because of errors in the certificate chain: UntrustedRoot",
         "certificate_untrusted"),
        (f"{AUTHENTICATION}The remote certificate is invalid because of errors in the certificate chain: PartialChain, "
         "RevocationStatusUnknown, OfflineRevocation", "certificate_untrusted"),
        (f"{AUTHENTICATION}The remote certificate is invalid because of errors in the certificate chain: "
         "RevocationStatusUnknown, OfflineRevocation", "certificate_revocation"),
    ],
)  # fmt: skip
def test_ssl_stream(text: str, cause: str) -> None:
    assert [each.diagnosis.cause.name for each in complaints(text)] == [cause]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("System.Net.Sockets.SocketException: 接続済みの呼び出し先が一定の時間を過ぎても正しく応答しなかったため、"
         "接続できませんでした。または接続済みのホストが応答しなかったため、確立された接続は失敗しました。",
         "connect_timeout"),
        ("System.IO.IOException: 転送接続からデータを読み取れません: 接続済みの呼び出し先が一定の時間を過ぎても正しく"
         "応答しなかったため、接続できませんでした。", "reply_timeout"),
        ("転送接続からデータを読み取れません: 既存の接続はリモート ホストに強制的に切断されました。。",
         "connection_lost"),
        ("対象のコンピューターによって拒否されたため、接続できませんでした。 203.0.113.5:587", "connection_refused"),
        ("確立された接続がホスト コンピューターのソウトウェアによって中止されました。", "connection_lost"),
        ("そのようなホストは不明です。", "dns_not_found"),
        ("System.Net.WebException: リモート名を解決できませんでした: 'smtp.a.example'", "dns_not_found"),
        ("System.Security.Authentication.AuthenticationException: 検証プロシージャによると、リモート証明書は無効です。",
         "certificate_untrusted"),
        ("由于目标计算机积极拒绝，无法连接。", "connection_refused"),
    ],
)  # fmt: skip
def test_windows_in_other_languages(text: str, cause: str) -> None:
    assert [each.diagnosis.cause.name for each in complaints(text)] == [cause]
