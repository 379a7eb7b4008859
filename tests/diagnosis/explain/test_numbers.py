"""Numbers of operating systems decide, whatever language stands beside them; other numbers are none of theirs."""

from __future__ import annotations

import errno

import pytest

from panel.diagnosis.explain.explain import complaints
from panel.diagnosis.explain.numbers import ERRNO, causes_of_numbers
from panel.mail.net.network_faults import cause_of_errno


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (
            "TimeoutError: [WinError 10060] 接続済みの呼び出し先が一定の時間を過ぎても正しく応答しなかったため",
            "connect_timeout",
        ),
        ("ConnectionRefusedError: [WinError 10061] 対象のコンピューターによって拒否されたため、", "connection_refused"),
        ("[WinError 10054] Istniejące połączenie zostało gwałtownie zamknięte przez zdalnego hosta", "connection_lost"),
        ("System.Net.Sockets.SocketException (10051): Ein Socketvorgang bezog sich auf", "network_unreachable"),
        ("ソケット エラー: 10060", "connect_timeout"),
        ("Socket Error # 11001", "dns_not_found"),
        ("socket.gaierror: [Errno 11002] getaddrinfo failed", "dns_unavailable"),
        ("サーバー: 'smtp.example.jp', ソケット エラー: 10061, エラー番号: 0x800CCC0E", "connection_refused"),
        ("Выполнено соединение: ошибка 10013", "connection_forbidden"),
        ("OSError: [Errno 101] Netzwerk ist nicht erreichbar", "network_unreachable"),
        ("Connection refused (os error 111)", "connection_refused"),
        ("Socket-Fehler 10061", "connection_refused"),
        ("Socket error 111", "connection_refused"),
        ("PermissionError: [Errno 13] Connect call failed ('203.0.113.9', 587)", "connection_forbidden"),
        ("errno: -104, code: 'ESOCKET', syscall: 'read'", "connection_lost"),
        ("Verbindungsaufbau abgelehnt (os error 61)", "connection_refused"),
        ("stream_socket_client(): unable to connect (Connection timed out (110))", "connect_timeout"),
        ("socket.gaierror: [Errno -3] Erreur temporaire dans la résolution de nom", "dns_unavailable"),
        ("socket.gaierror: [Errno 8] nodename nor servname provided, or not known", "dns_not_found"),
        ('{"errno":-4039,"code":"ESOCKET","syscall":"connect","command":"CONN"}', "connect_timeout"),
        ("errno: -4077, code: 'ESOCKET'", "connection_lost"),
        ("errno: -4066,", "local_resources"),
        ("errno: -111,\n  code: 'ESOCKET',\n  syscall: 'connect'", "connection_refused"),
        ("Schannel: 0x80090325", "certificate_untrusted"),
        ("エラー (0x80090322)", "certificate_hostname"),
        ("CRYPT_E_NO_REVOCATION_CHECK (0x80092012)", "certificate_revocation"),
        ("エラー 0x80042109 : Outlook", "connect_timeout"),
        ("エラー0x800CCC0Eが発生しました", "connect_timeout"),
    ],
)
def test_a_number_decides_in_any_language(text: str, cause: str) -> None:
    assert [each.diagnosis.cause.name for each in complaints(text)] == [cause]


@pytest.mark.parametrize(
    "text",
    [
        "invoice 10061 was paid",
        "dial tcp 203.0.113.5:10061",
        "pid 10060 started",
        "[Errno 13] Permission denied: '/var/lib/app/mail.db'",
        "[Errno 2] No such file or directory: 'mail.conf'",
        "PermissionError: [Errno 13] Permission denied: 'conf/mail.json'",
        r"PermissionError: [Errno 13] Permission denied: 'C:\\app\\mail.json'",
        r"[Errno 13] Permission denied: C:\\app\\mail.json",
        "[Errno 13] Permission denied: conf/mail.json",
        "[Errno 13] Permission denied: mail.json",
        "EACCES: permission denied, open 'x' { errno: -13, code: 'EACCES', syscall: 'open' }",
        "ENOENT: no such file or directory { errno: -2, code: 'ENOENT', syscall: 'open' }",
        "errno: -2",
        "OSError: [Errno 8] Exec format error",
        "OSError: [Errno 61] No data available",
        "make: *** [all] Error 1",
        "rsync error 13",
        "ERROR 24 rows skipped",
        "error 8 of 10",
        "connection pool: 10060 items",
        "port 10054 is used",
        "version 1.10060.2 of the socket library",
    ],
)
def test_another_number_is_none(text: str) -> None:
    assert list(causes_of_numbers(text.lower())) == []


def test_this_system_s_numbers_mean_what_the_session_makes_of_them() -> None:
    ours = {str(number): cause_of_errno(number) for number in errno.errorcode if str(number) in ERRNO and number > 90}

    assert {number: ERRNO[number].name for number in ours} == ours
