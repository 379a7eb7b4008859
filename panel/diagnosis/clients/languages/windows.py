"""What the sockets of Windows say in Russian, German, French, Chinese and Korean."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection
from panel.diagnosis.wording import Wording

WINDOWS: tuple[Wording, ...] = (
    Wording(connection.CONNECTION_REFUSED, "Windows 11 sockets: 10061", """
        конечный компьютер отверг запрос на подключение
        car l'ordinateur cible l'a expressément refusée
        대상 컴퓨터에서 연결을 거부했으므로 연결하지 못했습니다
    """),
    Wording(connection.CONNECT_TIMEOUT, "Windows 11 sockets: 10060", """
        от другого компьютера за требуемое время не получен нужный отклик
        une tentative de connexion a échoué car le parti connecté n'a pas répondu convenablement
        ein verbindungsversuch ist fehlgeschlagen, da die gegenstelle nach einer
        연결된 구성원으로부터 응답이 없어 연결하지 못했거나
    """),
    Wording(connection.CONNECTION_LOST, "Windows 11 sockets: 10053, 10054", """
        удаленный хост принудительно разорвал существующее подключение
        программа на вашем хост-компьютере разорвала установленное подключение
        une connexion existante a dû être fermée par l'hôte distant
        eine vorhandene verbindung wurde vom remotehost geschlossen
        远程主机强迫关闭了一个现有的连接
        你的主机中的软件中止了一个已建立的连接
        현재 연결은 원격 호스트에 의해 강제로 끊겼습니다
        현재 연결은 사용자의 호스트 시스템의 소프트웨어의 의해 중단되었습니다
    """),
    Wording(connection.NETWORK_UNREACHABLE, "Windows 11 sockets: 10050, 10051, 10065", """
        сделана попытка выполнить операцию на сокете при отключенной сети
        연결할 수 없는 네트워크에서 소켓 작업을 시도했습니다
        연결할 수 없는 호스트로 소켓 작업을 시도했습니다
    """),
    Wording(connection.CONNECTION_FORBIDDEN, "Windows 11 sockets: 10013", """
        сделана попытка доступа к сокету методом, запрещенным правами доступа
        以一种访问权限不允许的方式做了一个访问套接字的尝试
    """),
    Wording(connection.DNS_NOT_FOUND, "Windows 11 sockets: 11001", """
        этот хост неизвестен
    """),
)
